"""What was found to be alike, as values that show themselves. Kind: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from racto_nb.exceptions import UsageError
from racto_nb.finetune.privacy.quoting import beginning, hidden

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_SHOWN = 10
_PIECE = 80
_ANSWERS = 5

DuplicateKind = Literal["exact", "words", "symbols", "near"]
"""The same to the letter, the same but for case, white space and punctuation, the same words with other symbols ("£1" and "€1",
"[]" and "()"), or nearly the same words."""
LeakKind = Literal["exact", "words", "symbols", "contained", "near"]
"""As of duplicates; "contained" is for words in a row that are the same."""
_ALIKE = {"exact": "the same", "words": "the same but for case and punctuation", "symbols": "the same but for symbols"}
Answers = Literal["label", "text", "preference"]
"""What contradicts: labels, longer texts, or what one example prefers and another rejects."""


class Row(Protocol):
    """One thing found: it says itself in a line, and as a row of a table."""

    def row(self) -> dict[str, object]: ...


One = TypeVar("One", bound=Row)


class Found(tuple[One, ...]):  # noqa: SLOT001  (it says what it holds)
    """What was found, in order: a tuple that prints as a list of at most ten lines and says how many there are."""

    what: str

    def __new__(cls, found: Iterable[One] = (), what: str = "found") -> Found[One]:
        made = super().__new__(cls, found)
        made.what = what
        return made

    def to_frame(self, *, library: Literal["polars", "pandas"] = "polars") -> pl.DataFrame | pd.DataFrame:
        """One row each, as a frame of polars or pandas. UsageError for another library."""
        rows = [one.row() for one in self]
        if library == "pandas":
            import pandas as pd

            return pd.DataFrame(rows)
        if library != "polars":  # pyright: ignore[reportUnnecessaryComparison]
            msg = f"A frame is one of polars or of pandas, not of {library!r}."
            raise UsageError(msg)
        import polars as pl

        return pl.DataFrame(rows, infer_schema_length=None)

    def __repr__(self) -> str:
        more = [f"  … and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else []
        return "\n".join([f"{self.what}: {len(self):,}", *(f"  {one}" for one in self[:_SHOWN]), *more])


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Examples that are the same, or nearly: their places from 0, the first one first.

    `kind` is that of the two that differ most. `likeness` is the lowest that was measured between two of them, 1 for the same
    words; `pairs` has each measured pair of a near group. In a near group each is near to another one, and the first and the last
    may differ by more. `shown` is a piece of the first one's text.
    """

    examples: tuple[int, ...]
    kind: DuplicateKind
    likeness: float = 1.0
    shown: str = ""
    pairs: tuple[tuple[int, int, float], ...] = ()

    def row(self) -> dict[str, object]:
        """The group as a row of a table."""
        return {"kind": self.kind, "examples": list(self.examples), "likeness": self.likeness, "shown": self.shown}

    def __str__(self) -> str:
        how = _ALIKE.get(self.kind, f"near ({self.likeness:.2f})")
        return f"Examples {listed(self.examples)} are {how}: {self.shown!r}"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The same question, or nearly, with different answers.

    `examples` are the places from 0, `answers` what each of them says (a label, or a piece of a text), `likeness` how near the
    questions are (1: the same), `shown` a piece of the first question.
    """

    examples: tuple[int, ...]
    answers: tuple[str, ...]
    of: Answers
    likeness: float = 1.0
    shown: str = ""

    def row(self) -> dict[str, object]:
        """The contradiction as a row of a table."""
        return {
            "of": self.of,
            "examples": list(self.examples),
            "answers": list(self.answers),
            "likeness": self.likeness,
            "shown": self.shown,
        }

    def __str__(self) -> str:
        distinct = list(dict.fromkeys(repr(answer) for answer in self.answers))
        more = f" and {len(distinct) - _ANSWERS:,} more" if len(distinct) > _ANSWERS else ""
        said = " / ".join(distinct[:_ANSWERS]) + more
        near = "" if self.likeness == 1 else f" nearly ({self.likeness:.2f})"
        return f"Examples {listed(self.examples)} ask{near} the same and differ: {self.shown!r} is {said}"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that stand on both sides: `text` as it is in the validation example, and where it is in both.

    `message` and `start` to `end` (characters of its content, the end not counted) are the place in the validation example,
    `train_message` and so on the one in the training example.
    """

    text: str
    message: int
    start: int
    end: int
    train_message: int
    train_start: int
    train_end: int

    def __repr__(self) -> str:
        there = f"train_message={self.train_message}, train_start={self.train_start}, train_end={self.train_end}"
        return f"Span({piece(self.text)!r}, message={self.message}, start={self.start}, end={self.end}, {there})"


@dataclass(frozen=True, slots=True)
class Leak:
    """A validation example that training gives away, with the training example that is nearest to it.

    `share` is how much of it is there, from 0 to 1: 1 for the same words; of a "contained" one the share of its words that stand
    in `spans`; of a "near" one the overlap of both. `trains` counts the training examples that give it away. Places are from 0.
    """

    validation: int
    train: int
    kind: LeakKind
    share: float
    trains: int = 1
    spans: tuple[Span, ...] = ()
    shown: str = ""

    def row(self) -> dict[str, object]:
        """The leak as a row of a table."""
        return {
            "kind": self.kind,
            "validation": self.validation,
            "train": self.train,
            "share": self.share,
            "trains": self.trains,
            "spans": [hidden(span.text) for span in self.spans],
            "shown": self.shown,
        }

    def __str__(self) -> str:
        how = {
            "exact": f"is training example {self.train}",
            "words": f"is training example {self.train} but for case and punctuation",
            "symbols": f"is training example {self.train} but for symbols",
            "contained": f"has {self.share:.0%} of its words from training example {self.train}",
            "near": f"is near ({self.share:.2f}) to training example {self.train}",
        }[self.kind]
        more = f" and {self.trains - 1} more" if self.trains > 1 else ""
        return f"Validation example {self.validation} {how}{more}: {self.shown!r}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """An example that was left out, `like` the one that was kept; its `kind` and `likeness` say why."""

    example: int
    like: int
    kind: DuplicateKind
    likeness: float = 1.0

    def __str__(self) -> str:
        how = {"exact": "the same as", "words": "but for case and punctuation the same as"}.get(
            self.kind, f"near ({self.likeness:.2f}) to"
        )
        return f"Example {self.example} is {how} example {self.like}"


def listed(places: tuple[int, ...]) -> str:
    """Places as words: the first ones, and how many more there are."""
    some = ", ".join(map(str, places[:_SHOWN]))
    return some if len(places) <= _SHOWN else f"{some} and {len(places) - _SHOWN:,} more"


def piece(text: str) -> str:
    """The beginning of a text, in one line, with personal data and secrets masked."""
    line = " ".join(hidden(beginning(text)).split())
    return line if len(line) <= _PIECE else line[: _PIECE - 1] + "…"

"""What was made, and what was left out of it. Pure values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from racto_nb.finetune.examples import RactoTrainingExample

Data = TypeVar("Data")
Other = TypeVar("Other")

Why: TypeAlias = Literal[
    "cut",
    "refused",
    "failed",
    "uncertain",
    "unsupported",
    "continued",
    "files",
    "empty",
    "no chat",
    "unreadable",
    "budget",
    "replaced",
]
"""Why something was left out. "unsupported" is an answer that is not in its source, "continued" a turn that is in a longer
example, "replaced" what a later record stands for."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that became no example: `where` it stands in its source, `why`, and what there is to say of it.

    >>> print(LeftOut("answers.replay.jsonl, entry 3", "cut", "The answer was cut at max_tokens."))
    answers.replay.jsonl, entry 3: The answer was cut at max_tokens.
    """

    where: str
    why: Why
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


@dataclass(frozen=True, slots=True)
class Made(Generic[Data]):
    """What was made: the `dataset`, and all that was `left_out` of it, in the order of the source.

    >>> made = Made([1, 2], (LeftOut("entry 3", "cut", "The answer was cut."),))
    >>> dataset, left_out = made
    >>> made, made.counts
    (Made(2 examples, left out: 1 cut), {'cut': 1})
    """

    dataset: Data
    left_out: tuple[LeftOut, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many were left out for each reason, the most frequent first."""
        return dict(Counter(each.why for each in self.left_out).most_common())

    def __iter__(self) -> Iterator[object]:
        return iter((self.dataset, self.left_out))

    def __repr__(self) -> str:
        size = len(self.dataset) if isinstance(self.dataset, Sized) else 0
        left = ", ".join(f"{count:,} {why}" for why, count in self.counts.items())
        return f"Made({size:,} example{'' if size == 1 else 's'}, left out: {left or 'nothing'})"

    def of(self, kind: Callable[[Data], Other]) -> Made[Other]:
        """The same with the dataset as another kind of one."""
        return Made(kind(self.dataset), self.left_out)


@dataclass(slots=True)
class Harvest:
    """What has been made so far."""

    examples: list[RactoTrainingExample] = field(default_factory=list[RactoTrainingExample])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])

    def leave(self, where: str, why: Why, says: str) -> None:
        """Leave something out. What `says` quotes of answers and errors is masked: nobody knows what stands in them."""
        from racto_nb.finetune.privacy.quoting import hidden

        self.left_out.append(LeftOut(where, why, hidden(says)))

    def made(self) -> Made[Sequence[RactoTrainingExample]]:
        """What was made."""
        return Made(self.examples, tuple(self.left_out))

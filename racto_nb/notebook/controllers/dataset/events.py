"""What happens in an editor of training data: what a page says, what the widget tells, and what is wished to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.notebook.controllers.reading import FromPage, Key, Line, Place, Text
from racto_nb.prompts.files import RactoFile

Turn = Annotated[int, Meta(ge=0, le=100_000)]
"""A turn of the example that is open, counted over its messages, then the preferred ones, then the rejected ones."""
Side = Literal["preferred", "rejected"]


class Rows(FromPage, frozen=True):
    """Send the rows from `first` to before `last`."""

    first: Place
    last: Place


class Open(FromPage, frozen=True):
    """Open the example in `row`, as rows stood when they had this `shape`."""

    row: Place
    shape: Place


class Go(FromPage, frozen=True):
    """Open the example at `place` of the dataset, which a finding or a leak names."""

    place: Place


class Write(FromPage, frozen=True):
    """A turn says `value` now."""

    key: Key
    turn: Turn
    value: Text


class Speak(FromPage, frozen=True):
    """A turn is said by `value` now."""

    key: Key
    turn: Turn
    value: Annotated[str, Meta(max_length=40)]


class Weigh(FromPage, frozen=True):
    """A turn of the assistant is learnt, or is not."""

    key: Key
    turn: Turn
    value: bool


class Insert(FromPage, frozen=True):
    """Put an empty turn after this one; with an example without turns, the first."""

    key: Key
    turn: Turn


class Drop(FromPage, frozen=True):
    """Take a turn out."""

    key: Key
    turn: Turn


class Move(FromPage, frozen=True):
    """Exchange a turn with the one before it (-1) or after it (1)."""

    key: Key
    turn: Turn
    by: Literal[-1, 1]


class Split(FromPage, frozen=True):
    """Make two turns of one: `value` stays, `rest` is said by the other speaker."""

    key: Key
    turn: Turn
    value: Text
    rest: Text


class Merge(FromPage, frozen=True):
    """Make one turn of this one and the next."""

    key: Key
    turn: Turn


class Attach(FromPage, frozen=True):
    """Files go along with a turn: their names and types, in the order of the buffers that came along."""

    key: Key
    turn: Turn
    names: Annotated[list[Line], Meta(max_length=20)]
    types: Annotated[list[Line], Meta(max_length=20)]


class Detach(FromPage, frozen=True):
    """Take the file with this number away from a turn."""

    key: Key
    turn: Turn
    place: Turn


class Tag(FromPage, frozen=True):
    """The tag `name` is `value` now; without a value it is taken away."""

    key: Key
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Line


class Prefer(FromPage, frozen=True):
    """Make a pair of the last answer: both sides begin with it, and one of them is written anew."""

    key: Key


class Swap(FromPage, frozen=True):
    """What was preferred is rejected, and what was rejected is preferred."""

    key: Key


class Unpair(FromPage, frozen=True):
    """Keep this side as the answer, and let the other one go."""

    key: Key
    side: Side


OnTurn = Write | Speak | Weigh | Insert | Drop | Move | Split | Merge | Attach | Detach
OnExample = OnTurn | Tag | Prefer | Swap | Unpair


class New(FromPage, frozen=True):
    """Put an empty question and answer at the end."""


class Copy(FromPage, frozen=True):
    """Put a copy of the open example at the end."""

    key: Key


class Delete(FromPage, frozen=True):
    """Take the open example out."""

    key: Key


class Undo(FromPage, frozen=True):
    """Take the last edit back."""


class Redo(FromPage, frozen=True):
    """Do again what was taken back last."""


class Seek(FromPage, frozen=True):
    """Show the examples that have `value` in a text."""

    value: Line


class Filter(FromPage, frozen=True):
    """Show the examples for which `where`, a condition of SQL, holds."""

    where: Line


class For(FromPage, frozen=True):
    """Check for this provider from now on."""

    value: Annotated[str, Meta(max_length=40)]


class Check(FromPage, frozen=True):
    """Check all examples; `deep` also for what is alike, personal data and balance."""

    deep: bool = False


class Mend(FromPage, frozen=True):
    """Mend what `rule` found: in the open example `key`, or without a key in all."""

    rule: Key
    key: Key = ""


class Leaks(FromPage, frozen=True):
    """Look for validation examples in the training data."""


class Pair(FromPage, frozen=True):
    """Show the leak with this number: both examples side by side."""

    number: Place


class Sign(FromPage, frozen=True):
    """Who edits from now on, and why."""

    who: Annotated[str, Meta(max_length=200)]
    why: Line


class Compare(FromPage, frozen=True):
    """Say how the data differs from what was opened or saved last."""


class Save(FromPage, frozen=True):
    """Write the file of the data, over the one that is there where `overwrite` is set."""

    overwrite: bool = False


class Export(FromPage, frozen=True):
    """Write the data to another file, in the form of a provider. A page may name files of data in few folders alone."""

    path: Line
    form: Annotated[str, Meta(max_length=40)]
    overwrite: bool = False


class Away(FromPage, frozen=True):
    """The reader has read what was restored."""


HEARD = (
    Rows | Open | Go | OnExample | New | Copy | Delete | Undo | Redo | Seek | Filter | For | Check | Mend | Leaks | Pair | Sign
    | Compare | Save | Export | Away
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Became:
    """Parts of the state are others now: the dataset was changed, searched, checked, measured, saved."""

    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """Files have come for a turn of the example `key`."""

    key: str
    turn: int
    files: tuple[RactoFile, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Wish: open the example in `row`, or at `place` where there is one."""

    row: int = -1
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Wish: put `examples` in place of the `covers` ones from `place` on; None: at the end."""

    place: int | None
    covers: int
    examples: tuple[RactoTrainingExample, ...]
    what: str

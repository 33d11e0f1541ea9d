"""What was done to a dataset, by whom, when and why, and how it is taken back. Kind: plain; edits are values.

A dataset keeps a list of steps, one for each edit. A step knows which stretch of the examples it wrote, and what stood there
before. An added example costs about 200 bytes, a filtered or shuffled dataset eight bytes for each example that it was made of,
since the examples themselves are shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import overload

import msgspec

from racto_nb._scoped import Scoped
from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample

KEPT = 16
"""How many times the examples of a dataset are kept for `undo`: so many filters and shuffles in a row can be taken back."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Signature:
    """Who edits, and why; empty where nobody said it."""

    who: str = ""
    why: str = ""


SIGNATURE: Scoped[Signature] = Scoped("dataset_signature", Signature())
"""Who edits datasets within a block, `dataset.edit(who=..., why=...)`."""


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One change: `what` was done in words, by `who` ("" where nobody said it), `when` (UTC) and `why`.

    `added` and `removed` are how many examples came and went; one that was replaced or changed is counted in both.
    """

    what: str
    who: str
    when: datetime
    why: str
    added: int
    removed: int

    def __str__(self) -> str:
        counts = f"+{self.added} -{self.removed}"
        why = f" ({self.why})" if self.why else ""
        return f"{self.when:%Y-%m-%d %H:%M:%S}  {counts:>12}  {self.who or 'unknown'}: {self.what}{why}"


class Step(msgspec.Struct, frozen=True):
    """An edit, and what takes it back: `before` stood where `covers` examples stand now, from `place` on.

    `before` is None where it is not kept any more.
    """

    edit: Edit
    place: int
    covers: int
    before: tuple[RactoTrainingExample, ...] | None


def signed(what: str, *, added: int, removed: int) -> Edit:
    """The edit that is made now, by whoever signs in this block."""
    by = SIGNATURE.get()
    return Edit(what, by.who, datetime.now(UTC), by.why, added, removed)


def taken_back(examples: list[RactoTrainingExample], steps: list[Step]) -> Edit:
    """Take the last step back, in both lists. UsageError where there is none, or where what was before is not kept."""
    if not steps:
        msg = "There is nothing to undo: this dataset is as it was made."
        raise UsageError(msg)
    step = steps[-1]
    if step.before is None:
        msg = (
            f"{step.edit.what!r} cannot be undone any more: what was there before is kept for the last {KEPT} changes of it all."
        )
        raise UsageError(msg)
    examples[step.place : step.place + step.covers] = step.before
    return steps.pop().edit


def derived_steps(
    steps: Sequence[Step], before: Sequence[RactoTrainingExample], after: Sequence[RactoTrainingExample], what: str
) -> list[Step]:
    """The steps of a dataset that was made of another one: those of the other, and the making."""
    old, new = Counter(map(id, before)), Counter(map(id, after))
    edit = signed(what, added=(new - old).total(), removed=(old - new).total())
    return _within_bounds([*steps, Step(edit, 0, len(after), tuple(before))])


def _within_bounds(steps: list[Step]) -> list[Step]:
    """The steps, the oldest ones without what they would be taken back with, where all of it together is too much."""
    most = KEPT * max(len(steps[-1].before or ()), steps[-1].covers, 1_000)
    held = 0
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        held += len(step.before or ())
        if step.before is None or held > most:
            return [*(Step(old.edit, 0, 0, None) for old in steps[: number + 1]), *steps[number + 1 :]]
    return steps


class History(Sequence[Edit]):
    """The edits of a dataset, the oldest first. Printed, edits that are alike and follow each other are one line."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits = tuple(edits)

    @overload
    def __getitem__(self, index: int) -> Edit: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Edit | History:
        return History(self._edits[index]) if isinstance(index, slice) else self._edits[index]

    def __len__(self) -> int:
        return len(self._edits)

    def __iter__(self) -> Iterator[Edit]:
        return iter(self._edits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and self._edits == other._edits

    def __hash__(self) -> int:
        return hash(self._edits)

    def to_jsonl(self) -> str:
        """One edit a line, as JSON: what, who, when (ISO 8601), why, added, removed."""
        return msgspec.json.Encoder().encode_lines(self._edits).decode()

    def __repr__(self) -> str:
        lines = [_line(list(run)) for _, run in groupby(self._edits, lambda edit: (edit.what, edit.who, edit.why))]
        more = [f"... and {len(lines) - _SHOWN} before these"] if len(lines) > _SHOWN else []
        return "\n".join([*more, *lines[-_SHOWN:]]) or "(no edits)"


def _line(run: Sequence[Edit]) -> str:
    """A run of edits that are alike, as one, with the time of the last."""
    if len(run) == 1:
        return str(run[0])
    total = {"added": sum(edit.added for edit in run), "removed": sum(edit.removed for edit in run)}
    return str(msgspec.structs.replace(run[-1], **total)) + f", {len(run):,} times"

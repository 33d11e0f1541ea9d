"""The dataset on the desk: every edit goes through here, so that rows, findings, token counts and the file of edits go along.

An edit touches what it changes; nothing is copied or checked again for the sake of the other examples.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.results import Findings
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.history import Edit
from racto_nb.finetune.likeness.results import Leak
from racto_nb.finetune.tokens import TokenCounter
from racto_nb.notebook.widgets.dataset.journal import Change, Group, Journal, inverse

OF_ALL = ("sizes", "likeness", "balance", "system_texts_differ", "lengths_differ", "token_limit_unknown")
"""Rules that are about all examples, and are not asked when one was edited."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The data as it is saved: the edits that led there from its file, and what all examples come to; None: not known."""

    ahead: tuple[tuple[Group, bool], ...]
    away: int
    total: int | None


@dataclass(slots=True)
class Desk:
    """`order` are the places of the rows that are shown, None for all.

    `shape` changes when rows move, `fresh` when they stay and say something else. `found` are the findings by the places of their
    examples, `general` those of the dataset as a whole, `leaks` those whose examples stand as they were found. `ahead` are the
    edits that lead here from what is in the file, each with whether it was taken back; `away` counts what comes before them, and
    is not known one by one.
    """

    data: RactoDataset
    provider: str
    journal: Journal | None = None
    order: list[int] | None = None
    shape: int = 0
    fresh: int = 0
    tokens: list[int] | None = None
    counter: TokenCounter = field(default_factory=TokenCounter)
    found: dict[int, tuple[Finding, ...]] = field(default_factory=dict[int, "tuple[Finding, ...]"])
    general: tuple[Finding, ...] = ()
    leaks: tuple[Leak, ...] = ()
    away: int = 0
    ahead: list[tuple[Group, bool]] = field(default_factory=list[tuple[Group, bool]])
    done: list[tuple[Group, Edit]] = field(default_factory=list[tuple[Group, Edit]])
    undone: list[Group] = field(default_factory=list[Group])
    _known: tuple[int, Edit | None] = (0, None)

    def __post_init__(self) -> None:
        self._known = self._now()

    @property
    def unsaved(self) -> int:
        """How many edits lie between the data and its file."""
        return self.away + len(self.ahead)

    @property
    def shown(self) -> int:
        """How many rows there are."""
        return len(self.data) if self.order is None else len(self.order)

    def place(self, row: int) -> int:
        """The place of the example in `row`."""
        return row if self.order is None else self.order[row]

    def row(self, place: int) -> int:
        """The row of the example at `place`; -1 where it is not shown."""
        if self.order is None:
            return place
        row = bisect_left(self.order, place)
        return row if row < len(self.order) and self.order[row] == place else -1

    def narrow(self, order: Iterable[int] | None) -> None:
        """Show the examples at these places, in their order; None: all."""
        self.order = None if order is None else list(order)
        self.shape += 1

    def strayed(self) -> bool:
        """Whether the dataset was changed elsewhere since it was looked at last; then what was known of it is forgotten."""
        now = self._now()
        if self._known[0] == now[0] and self._known[1] is now[1]:
            return False
        self._known = now
        self.away, self.ahead = self.unsaved + 1, []
        self.order, self.tokens, self.general, self.leaks = None, None, (), ()
        self.found.clear()
        self.done.clear()
        self.undone.clear()
        self.shape += 1
        if self.journal is not None:
            self.journal.outside(self.data.examples)
        return True

    def put(self, group: Group, *, kept: bool = True) -> None:
        """Make the changes of an edit, and keep them in the file of edits (`kept`)."""
        self._begin_journal()
        with self.data.edit(who=group.who, why="; ".join(filter(None, (group.why, group.what)))):
            for change in group.changes:
                self._make(change)
        self.done.append((group, self.data.history[-1]))
        self.undone.clear()
        self._note(group, taken_back=False, kept=kept)

    def undo(self) -> Group:
        """Take the last edit back. UsageError where another one was made elsewhere since."""
        group, edit = self.done[-1]
        if self.data.history[-1] is not edit:
            raise UsageError("The dataset was changed in a cell since then. data.undo() takes that back.")
        self._begin_journal()
        for change in reversed(group.changes):
            self.data.undo()
            self._follow(Change(change.place, change.after, change.before))
        self.done.pop()
        self.undone.append(group)
        self._note(group, taken_back=True)
        return group

    def redo(self) -> Group:
        """Do again what was taken back last."""
        group, left = self.undone[-1], self.undone[:-1]
        self.put(group)
        self.undone = left
        return group

    def mark(self) -> Mark:
        """Where the data is now, for when it has been saved."""
        return Mark(tuple(self.ahead), self.away, None if self.journal is None else self.journal.now)

    def saved(self, mark: Mark) -> None:
        """What the data was at `mark` is in its file now: edits since then are all that lead here."""
        if self.away != mark.away:  # it was changed elsewhere meanwhile: what leads here is not known one by one
            self.away -= mark.away + len(mark.ahead)
            return
        pairs = zip(mark.ahead, self.ahead, strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0][0] is pair[1][0] and pair[0][1] is pair[1][1], pairs))
        back = [(group, not taken_back) for group, taken_back in reversed(mark.ahead[common:])]
        self.away, self.ahead = 0, [*back, *self.ahead[common:]]
        if self.journal is not None and (mark.total is not None or not self.ahead):  # else it begins with these edits
            self.journal.begin_anew(mark.total, [inverse(group) if taken_back else group for group, taken_back in self.ahead])

    def check(self, place: int) -> tuple[Finding, ...]:
        """Check one example by itself, at once."""
        alone = RactoDataset([self.data[place]])
        said = alone.validate(self.provider, ignore=OF_ALL)
        about_all = [each for each in self.found.get(place, ()) if each.rule in _LIKE]
        self.found[place] = (*(placed(each, place) for each in said.all), *about_all)
        return self.found[place]

    def findings(self) -> Findings:
        """All that is known, as `validate` gives it."""
        every = [finding for place in sorted(self.found) for finding in self.found[place]]
        return Findings((*self.general, *every), provider=self.provider, examples=len(self.data))

    def take(self, findings: Findings, examples: Sequence[RactoTrainingExample]) -> None:
        """Keep what was found in `examples`, as far as these still stand where they stood."""
        self.found.clear()
        self.general = tuple(each for each in findings.all if each.example is None)
        places: dict[int, list[Finding]] = {}
        for each in findings.all:
            place = each.example
            if place is not None and place < len(self.data) and self.data[place] is examples[place]:
                places.setdefault(place, []).append(each)
        self.found.update((place, tuple(several)) for place, several in places.items())

    def _begin_journal(self) -> None:
        if self.journal is not None and self.journal.closed:
            raise UsageError("This editor was closed, and keeps no more edits. Nothing was changed: open another one.")
        if self.journal is not None and not self.journal.ready:
            self.journal.begin(self.data.examples)

    def _make(self, change: Change) -> None:
        match len(change.before), change.after:
            case 1, (example,):
                self.data.replace(change.place, example)
            case 1, ():
                self.data.remove(change.place)
            case 0, (example,):
                self.data.insert(change.place, example)
            case _:
                raise UsageError("An edit replaces one example, takes one out, or puts one in.")
        self._follow(change)

    def _follow(self, change: Change) -> None:
        """Let counts, findings and rows go along with a change that was made."""
        gone, come = len(change.before), len(change.after)
        place, end = change.place, change.place + gone
        if self.tokens is not None:
            self.tokens[place:end] = [self.counter.example(example) for example in change.after]
        shift = come - gone
        if any(leak.train >= place for leak in self.leaks):
            rest = (leak for leak in self.leaks if not place <= leak.train < end)
            self.leaks = tuple(replace(leak, train=_shifted(leak.train, end, shift)) for leak in rest)
        if not shift:
            return
        rest = ((at, some) for at, some in self.found.items() if not place <= at < end)
        self.found = {_shifted(at, end, shift): _moved(some, at, end, shift) for at, some in rest}
        if self.order is not None:
            kept = [_shifted(at, end, shift) for at in self.order if not place <= at < end]
            self.order = sorted({*kept, *range(place, place + come)})
        self.shape += 1

    def _note(self, group: Group, *, taken_back: bool, kept: bool = True) -> None:
        """Write an edit down. It goes back a step where the last one was its opposite, and is one more step everywhere else."""
        self._known = self._now()
        back = bool(self.ahead) and self.ahead[-1][0] is group and self.ahead[-1][1] is not taken_back
        if back:
            self.ahead.pop()
        else:
            self.ahead.append((group, taken_back))
        if self.journal is not None:
            self.journal.write(inverse(group) if taken_back else group, back=back, kept=kept)

    def _now(self) -> tuple[int, Edit | None]:
        """The last edit itself: another one may have taken its place in a history that is as long as before."""
        history = self.data.history
        return len(self.data), history[-1] if history else None


_LIKE = frozenset({"exact_duplicates", "near_duplicates", "contradictions", "leakage"})
"""What a check of one example cannot see; it stays until all are checked again."""


def _shifted(at: int, end: int, shift: int) -> int:
    return at + shift if at >= end else at


def _moved(some: tuple[Finding, ...], at: int, end: int, shift: int) -> tuple[Finding, ...]:
    return tuple(placed(each, at + shift) for each in some) if at >= end else some


def placed(finding: Finding, place: int) -> Finding:
    """The finding, said of the example at `place`."""
    return Finding(
        finding.rule,
        finding.severity,
        finding.says,
        example=place,
        message=finding.message,
        fix=finding.fix,
        fixable=finding.fixable,
        shown=finding.shown,
    )

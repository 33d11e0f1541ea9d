"""What a classifier panel holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from racto_nb.notebook.controllers.classifier.measured import Judged, Results, Split, Sureness, split
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.pipelines.list_classifier.reporting import RowsProgress
from racto_nb.pipelines.list_classifier.results import ClassifierResult

ASKING, DONE, FAILED = "asking", "done", "failed"
UNSURE, SPREAD = "unsure", "spread"


@dataclass(frozen=True, slots=True)
class About:
    """The classifier: its `name`, who it asks, its labels with what they mean, and whether a text may have `several`."""

    name: str
    asks: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    several: bool = False
    checkpoint: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The labels."""
        return tuple(name for name, _ in self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The cells of the column that is sorted, and the true labels of those rows that a column of the frame tells."""

    cells: Sequence[object] = ()
    column: str = ""
    truth: str = ""
    truths: Mapping[int, str] = field(default_factory=dict[int, str])

    def text(self, row: int) -> str:
        """The text of a row, "" where its cell holds none."""
        cell = self.cells[row]
        return cell if isinstance(cell, str) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A text that is tried: `state` is asking, done or failed. `html` and `plain` say what came of it; `html` is clean."""

    text: str
    state: str = ASKING
    result: ClassifierResult | None = None
    html: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Which rows are listed: all, doubtful, failed, wrong, labelled, or those of a cell of the confusion matrix."""

    kind: str = "all"
    truth: str = ""
    found: str = ""


@dataclass(frozen=True)
class Queue:
    """The rows that wait for a person. `place` is the one that is looked at; `len(rows)` when all are done.

    `source` are the rows that these were taken from, so that a queue of many rows is not made again with each label.
    """

    order: str = UNSURE
    rows: tuple[int, ...] = ()
    place: int = 0
    source: tuple[int, ...] = ()

    @cached_property
    def held(self) -> frozenset[int]:
        """The rows, to be looked up."""
        return frozenset(self.rows)

    def left(self, marks: Mapping[int, str]) -> int:
        """How many of the rows have no label of a person."""
        return len(self.rows) - sum(1 for row in marks if row in self.held)

    @property
    def row(self) -> int | None:
        """The row that is looked at."""
        return self.rows[self.place] if 0 <= self.place < len(self.rows) else None


@dataclass(frozen=True, slots=True, eq=False)
class PanelState:
    """`raw` are the results as the classifier gave them; `judged` has them as they are shown, calibrated where that was asked."""

    about: About
    rows: Rows
    threshold: float
    raw: Results
    judged: Judged
    split: Split
    missing: tuple[int, ...]
    """The rows that a next run asks about."""
    trial: Tried | None = None
    progress: RowsProgress | None = None
    running: bool = False
    why: str = ""
    """Why the last run ended before its end."""
    marks: Mapping[int, str] = field(default_factory=dict[int, str])
    """The labels that a person gave, by row."""
    undo: tuple[tuple[int, str | None, int], ...] = ()
    """Rows that were labelled, what they had before, and the place in the queue."""
    queue: Queue = field(default_factory=Queue)
    person: float | None = None
    """US dollars that a person costs for a row."""
    calibrator: Calibrator | None = None
    fitting: bool = False
    notes: tuple[str, ...] = ()
    looked: Looked = field(default_factory=Looked)
    listed: Sequence[int] = ()
    version: int = 0
    tab: str = ""
    """The part that is looked at, "" for the first. Figures of many rows are made while they are looked at."""

    @property
    def sureness(self) -> Sureness:
        """How sure the results are, as they are shown."""
        return self.judged.sureness

    @property
    def truths(self) -> dict[int, str]:
        """What is known to be true: what a person said goes before the frame's column."""
        return {**self.rows.truths, **self.marks}


def missing_of(raw: Results, rows: Rows) -> tuple[int, ...]:
    """The rows that were not asked about yet, or failed; a cell without a text is not asked about twice."""
    pairs = enumerate(raw)
    return tuple(row for row, one in pairs if one is None or (one.error is not None and rows.text(row).strip()))


def begun(about: About, rows: Rows, threshold: float) -> PanelState:
    """A panel in which nothing has happened yet."""
    raw = (None,) * len(rows.cells)
    judged = Judged(Sureness(raw), rows.truths)
    return PanelState(
        about, rows, threshold, raw, judged, split(judged, threshold), missing_of(raw, rows), listed=range(len(raw))
    )

"""What happens in a classifier panel: what a page says, and what the widget tells. And what the panel wishes to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from racto_nb.notebook.controllers.reading import FromPage, Line, Place, Text
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.pipelines.list_classifier.reporting import RowsProgress
from racto_nb.pipelines.list_classifier.results import ClassifierResult


class Try(FromPage, frozen=True):
    """Sort one text."""

    text: Text


class Run(FromPage, frozen=True):
    """Sort the rows that have no label yet, or all of them `anew`."""

    anew: bool = False


class Stop(FromPage, frozen=True):
    """Stop the run; what was answered is kept."""


class Cut(FromPage, frozen=True):
    """Leave the rows under this confidence to a person."""

    value: Annotated[float, Meta(ge=0, le=1)]


class Price(FromPage, frozen=True):
    """What a person costs for a row, in US dollars; None where nobody knows."""

    value: Annotated[float, Meta(ge=0, le=1_000_000)] | None


class Turn(FromPage, frozen=True):
    """Look at another part of the panel."""

    value: Literal["try", "rows", "confidence", "person"]


class Look(FromPage, frozen=True):
    """List these rows; `truth` and `found` are the numbers of the names of a cell of the confusion matrix."""

    kind: Literal["all", "doubtful", "failed", "wrong", "labelled", "cell"]
    truth: Place = 0
    found: Place = 0


class Window(FromPage, frozen=True):
    """Send the listed rows from `start` to before `end`."""

    start: Place
    end: Place


class Mark(FromPage, frozen=True):
    """A person says that `row` has this label."""

    row: Place
    label: Line


class Move(FromPage, frozen=True):
    """Look at the next row of the queue, or at the one before."""

    step: Literal[-1, 1]


class Skip(FromPage, frozen=True):
    """Look at the next row that has no label of a person."""


class Undo(FromPage, frozen=True):
    """Take the last label of a person back."""


class Order(FromPage, frozen=True):
    """Which rows wait for a person: those that are not sure, or a sample spread over all confidences."""

    value: Literal["unsure", "spread"]


class Calibrate(FromPage, frozen=True):
    """Fit the confidences on the rows whose truth is known."""


class Raw(FromPage, frozen=True):
    """Show the confidences as the classifier gave them."""


HEARD = Try | Run | Stop | Cut | Price | Turn | Look | Window | Mark | Move | Skip | Undo | Order | Calibrate | Raw


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """The text that was tried has its result, or an `error` in its place."""

    text: str
    result: ClassifierResult | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Progressed:
    """The run is so far."""

    progress: RowsProgress


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """The run of these rows has ended, each with its result, None for one that was not asked. `shown` are calibrated ones.

    `why` says why it ended before its end, "" where it did not.
    """

    rows: tuple[int, ...]
    results: tuple[ClassifierResult | None, ...]
    shown: tuple[ClassifierResult | None, ...]
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The confidences were fitted: all results as they are shown now, and what is to be said of the fit.

    `calibrator` is None where it failed; `notes` say why.
    """

    calibrator: Calibrator | None
    shown: tuple[ClassifierResult | None, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """Wish: sort this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Classify:
    """Wish: sort these rows."""

    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Halt:
    """Wish: stop the run."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Wish: fit the confidences on the rows whose truth is known."""


@dataclass(frozen=True, slots=True)
class Send:
    """Wish: send the page these rows of the list, which begin at `start`."""

    start: int
    rows: tuple[tuple[object, ...], ...]
    version: int

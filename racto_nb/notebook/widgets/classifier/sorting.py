"""Sort a text or the rows of a frame for a panel, and tell it what comes of it. Runs on the widget's loop."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from racto_nb.budgets.budget import Budget
from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.notebook.controllers.classifier.events import Came, Classify, Fitted, Progressed, Sorted
from racto_nb.notebook.controllers.classifier.state import About
from racto_nb.notebook.magics.failing import line_of
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.widgets.classifier.fitting import calibrated, fitted
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.pipelines.list_classifier.reporting import RowsProgress
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier
from racto_nb.pipelines.list_classifier.rows import RowsWish, Run, checkpoint_of, classifying_rows, kept_when_cancelled

_LOG = logging.getLogger(__name__)
PAUSE = 0.1
"""Seconds between two messages about how far a run is, at least."""
Shown = tuple[ClassifierResult | None, ...]


class Told(Protocol):
    """A widget that hears what happens."""

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...


@dataclass(frozen=True, slots=True)
class Sorter:
    """Who sorts, and how: so many rows at once, within a budget, into a checkpoint."""

    classifier: TextClassifier
    cells: Sequence[object] = ()
    concurrency: int = 8
    checkpoint: str | os.PathLike[str] | None = None
    budget: Budget | None = None


@dataclass(slots=True)
class Paced:
    """Tells a panel how far a run is: at once, then at most every 0.1 s. Called from any thread, it tells on `loop`."""

    widget: Told
    loop: asyncio.AbstractEventLoop
    _due: asyncio.TimerHandle | None = field(default=None, init=False)
    _next: RowsProgress | None = field(default=None, init=False)

    def __call__(self, progress: RowsProgress) -> None:
        self.loop.call_soon_threadsafe(self._take, progress)

    def _take(self, progress: RowsProgress) -> None:
        self._next = progress
        if self._due is None:
            self._tell()

    def _tell(self) -> None:
        self.rest()
        if self._next is not None:
            self._due = self.loop.call_later(PAUSE, self._tell)
            self.widget.tell(Progressed(self._next))
            self._next = None

    def rest(self) -> None:
        """Wait for no more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def end(self) -> None:
        """Tell what was not told yet, and nothing after it."""
        self._tell()
        self.rest()


async def tried(widget: Told, sorter: Sorter, text: str) -> None:
    """Sort one text."""
    try:
        refuse_secrets(text, os.environ)
        with sorter.budget or nullcontext():
            result = await sorter.classifier.arun(text)
    except Exception as error:  # noqa: BLE001  (shown in the place of the result)
        widget.tell(Sorted(text, None, _told(error)))
        return
    failed = "" if result.error is None else f"The classification failed: {result.error}"
    widget.tell(Sorted(text, None if failed else result, failed))


async def sorted_rows(widget: Told, sorter: Sorter, wish: Classify, calibrator: Calibrator | None) -> None:
    """Sort the rows of `wish`. What was answered is kept, however it ends."""
    told = Paced(widget, asyncio.get_running_loop())
    try:
        rows = RowsWish(sorter.concurrency, told=told, checkpoint=checkpoint_of(sorter.checkpoint, sorter.classifier))
        run = Run([sorter.cells[row] for row in wish.rows], rows)
    except RactoGatewayError as error:
        nothing = (None,) * len(wish.rows)
        widget.tell(Came(wish.rows, nothing, nothing, line_of(error)))
        return
    why = await _why_it_ended(sorter, run)
    told.end()
    shown = results = _results(run)
    try:
        if calibrator is not None:
            shown = await _calibrated(calibrator, results)
    finally:
        widget.tell(Came(wish.rows, results, shown, why))


async def _calibrated(calibrator: Calibrator, results: Shown) -> Shown:
    """The results with calibrated confidences. It takes a moment, and who presses stop in it shall not lose what was answered."""
    work = asyncio.ensure_future(asyncio.to_thread(calibrated, calibrator, results))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        return await work


async def _why_it_ended(sorter: Sorter, run: Run) -> str:
    """Let `run` go; why it ended before its end, "" where it did not."""
    try:
        with sorter.budget or nullcontext():
            await AsyncDriver().run(classifying_rows(sorter.classifier, run))
    except asyncio.CancelledError:
        kept_when_cancelled(run)
        return f"Stopped. {len(run.results):,} texts have a result; the next run asks for the others."
    except Exception as error:  # noqa: BLE001  (shown beside the rows that have a result)
        kept_when_cancelled(run)
        return _told(error)
    return run.stopped.removeprefix("not asked: ")


def _results(run: Run) -> Shown:
    """The result of each row, None for one that was not asked about."""
    pairs = zip(run.texts, run.outcomes(), strict=True)
    return tuple(None if text is not None and text not in run.results else result for text, result in pairs)


async def fit(widget: Told, raw: Shown, truths: Mapping[int, str]) -> None:
    """Fit the confidences on the rows whose truth is known."""
    try:
        calibrator, notes = await asyncio.to_thread(fitted, raw, truths)
        shown = await asyncio.to_thread(calibrated, calibrator, raw)
    except Exception as error:  # noqa: BLE001  (shown in the place of the fit)
        widget.tell(Fitted(None, raw, (_told(error),)))
        return
    widget.tell(Fitted(calibrator, shown, tuple(notes)))


def _told(error: Exception) -> str:
    """What an error says, in one line; one that is no refusal of ours is logged besides."""
    if not isinstance(error, RactoGatewayError):
        _LOG.error("a classifier panel met an error", exc_info=error)
    return line_of(error)


def about(classifier: TextClassifier, name: str, checkpoint: object) -> About:
    """What is known of a classifier: its labels, those of what it wraps, and who it asks."""
    inner: Any = classifier
    while not hasattr(inner, "options") and (below := getattr(inner, "classifier", None) or getattr(inner, "expensive", None)):
        inner = below
    meanings: Mapping[str, str] = getattr(inner, "descriptions", {})
    labels = tuple((label, meanings.get(label, "")) for label in getattr(inner, "options", None) or ())
    several = getattr(classifier, "selection_mode", getattr(inner, "selection_mode", "single")) == "multiple"
    return About(name, getattr(inner, "asks", ""), labels, several, "" if checkpoint is None else str(checkpoint))

"""Shows each batch and each training that is waited for, and each frame that is classified, from their logs. Imports little."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from racto_nb.notebook.display.progressing import InPlace

_LOGS = ("racto_nb.batch.progress", "racto_nb.pipelines.progress", "racto_nb.finetune.progress", "racto_nb.fleet.progress")


@dataclass(frozen=True, slots=True)
class _Told:
    """What a record tells: of which wait, what there is to show, and whether it has ended. `bar` makes its display."""

    wait: object
    shown: Any
    ended: bool
    bar: Callable[[], Any]


class ProgressBars(logging.Handler):
    """Shows each wait in a display of its own, updated in place. `mode` says how: live, static (its end only) or off."""

    def __init__(self, mode: Callable[[], str]) -> None:
        super().__init__(logging.INFO)
        self._mode = mode
        self._bars: WeakKeyDictionary[object, InPlace] = WeakKeyDictionary()

    def emit(self, record: logging.LogRecord) -> None:
        """Show what a record tells of a job, of the rows of a frame, or of a training."""
        mode = self._mode()
        told = self._told(record)
        if told is None or mode == "off" or (mode == "static" and not told.ended):
            return
        try:
            bar: Any = self._bars.get(told.wait)
            if bar is None:
                bar = self._bars[told.wait] = told.bar()
            bar(told.shown)
        except Exception:  # noqa: BLE001  (as the log's handlers do: what cannot be shown does not end the wait)
            self.handleError(record)

    def _told(self, record: logging.LogRecord) -> _Told | None:
        job: Any = getattr(record, "batch_job", None)
        rows: Any = getattr(record, "rows_progress", None)
        run: Any = getattr(record, "tuning_run", None)
        if job is not None:
            return _Told(getattr(record, "batch_wait", self), job, job.status.ended, _batch_bar)
        if rows is not None:
            return _Told(getattr(record, "rows_run", self), rows, rows.ended, _rows_bar)
        return None if run is None else _Told(run, run.lines, run.ended, _tuning_lines)


def _batch_bar() -> InPlace:
    from racto_nb.notebook.display.batches import BatchBar

    return BatchBar()


def _rows_bar() -> InPlace:
    from racto_nb.notebook.display.labelled import RowsBar

    return RowsBar()


def _tuning_lines() -> InPlace:
    from racto_nb.notebook.display.tuning import TuningLines

    return TuningLines()


def listen(shell: Any, setting: Callable[[], str]) -> None:
    """Draw bars in this kernel from now on. A terminal, which cannot update what it has printed, gets none."""
    for log in map(logging.getLogger, _LOGS):
        if not hasattr(shell, "kernel") or any(isinstance(handler, ProgressBars) for handler in log.handlers):
            continue
        log.addHandler(ProgressBars(lambda: os.environ.get("RACTO_DISPLAY") or setting()))
        log.setLevel(logging.INFO)
        log.propagate = False  # other handlers would print a line at each look


def listen_no_more() -> None:
    """Draw no more bars, and leave the logs as they were."""
    for log in map(logging.getLogger, _LOGS):
        for handler in [handler for handler in log.handlers if isinstance(handler, ProgressBars)]:
            log.removeHandler(handler)
            log.setLevel(logging.NOTSET)
            log.propagate = True

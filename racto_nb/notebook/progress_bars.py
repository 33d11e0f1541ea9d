"""Draws a bar for each batch that is waited for and each frame that is classified, from what they log. Imports little."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from racto_nb.notebook.display.batches import BatchBar
    from racto_nb.notebook.display.labelled import RowsBar

_LOGS = ("racto_nb.batch.progress", "racto_nb.pipelines.progress")


class ProgressBars(logging.Handler):
    """Shows each wait in a display of its own, updated in place. `mode` says how: live, static (its end only) or off."""

    def __init__(self, mode: Callable[[], str]) -> None:
        super().__init__(logging.INFO)
        self._mode = mode
        self._bars: WeakKeyDictionary[object, BatchBar | RowsBar] = WeakKeyDictionary()

    def emit(self, record: logging.LogRecord) -> None:
        """Show what a record tells of a job, or of the rows of a frame."""
        job: Any = getattr(record, "batch_job", None)
        rows: Any = getattr(record, "rows_progress", None)
        mode = self._mode()
        if (job is None and rows is None) or mode == "off":
            return
        if mode == "static" and not (rows.ended if job is None else job.status.ended):
            return
        try:
            self._show(record, job, rows)
        except Exception:  # noqa: BLE001  (as the log's handlers do: what cannot be shown does not end the wait)
            self.handleError(record)

    def _show(self, record: logging.LogRecord, job: Any, rows: Any) -> None:
        from racto_nb.notebook.display.batches import BatchBar
        from racto_nb.notebook.display.labelled import RowsBar

        wait = getattr(record, "batch_wait" if rows is None else "rows_run", self)
        bar: Any = self._bars.setdefault(wait, BatchBar() if rows is None else RowsBar())
        bar(job if rows is None else rows)


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

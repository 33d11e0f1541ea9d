"""Draws a bar for each batch that is waited for, from what its processor writes to the log. Imports little."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from racto_nb.notebook.display.batches import BatchBar

_LOG = "racto_nb.batch.progress"


class BatchBars(logging.Handler):
    """Shows each wait in a display of its own, updated in place. `mode` says how: live, static (its end only) or off."""

    def __init__(self, mode: Callable[[], str]) -> None:
        super().__init__(logging.INFO)
        self._mode = mode
        self._bars: WeakKeyDictionary[object, BatchBar] = WeakKeyDictionary()

    def emit(self, record: logging.LogRecord) -> None:
        """Show what a record tells of a job."""
        info: Any = getattr(record, "batch_job", None)
        mode = self._mode()
        if info is None or mode == "off" or (mode == "static" and not info.status.ended):
            return
        try:
            self._bar(getattr(record, "batch_wait", self))(info)
        except Exception:  # noqa: BLE001  (as the log's handlers do: what cannot be shown does not end the wait)
            self.handleError(record)

    def _bar(self, wait: object) -> BatchBar:
        from racto_nb.notebook.display.batches import BatchBar

        if wait not in self._bars:
            self._bars[wait] = BatchBar()
        return self._bars[wait]


def listen(shell: Any, setting: Callable[[], str]) -> None:
    """Draw bars in this kernel from now on. A terminal, which cannot update what it has printed, gets none."""
    log = logging.getLogger(_LOG)
    if not hasattr(shell, "kernel") or any(isinstance(handler, BatchBars) for handler in log.handlers):
        return
    log.addHandler(BatchBars(lambda: os.environ.get("RACTO_DISPLAY") or setting()))
    log.setLevel(logging.INFO)
    log.propagate = False  # other handlers would print a line at each look


def listen_no_more() -> None:
    """Draw no more bars, and leave the log as it was."""
    log = logging.getLogger(_LOG)
    for handler in [handler for handler in log.handlers if isinstance(handler, BatchBars)]:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
        log.propagate = True

"""Work in a thread for a caller who awaits it and may leave: it ends when the work next reports, not unseen at its own end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from racto_nb.flow.threads import in_thread
from racto_nb.providers.embedded.reporting import Reporter

T = TypeVar("T")


class CallerLeftError(Exception):
    """Raised inside work whose caller was cancelled. Nobody is left to see it."""


class LeavableReporter:
    """Passes everything on to `reporter` until the caller has left; then each report ends the work that makes it."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._left = threading.Event()

    def leave(self) -> None:
        """The caller is gone."""
        self._left.set()

    def look(self) -> None:
        """Raise CallerLeftError when the caller is gone."""
        if self._left.is_set():
            raise CallerLeftError

    def say(self, text: str) -> None:
        """Pass `text` on."""
        self.look()
        self._reporter.say(text)

    def progress(self, done: int, total: int, what: str) -> None:
        """Pass the progress on."""
        self.look()
        self._reporter.progress(done, total, what)

    def finished(self) -> None:
        """Pass it on, also when the caller is gone: what is drawn must be put away."""
        self._reporter.finished()


async def while_awaited(function: Callable[[LeavableReporter], T], reporter: Reporter) -> T:
    """`function(reporter)` in a worker thread. When the awaiting task is cancelled, its next report ends it."""
    told = LeavableReporter(reporter)
    try:
        return await in_thread(function, told)
    except asyncio.CancelledError:
        told.leave()
        raise

"""Keep an event loop in reach of the stop button.

A signal handler that cancels a task, as the kernel's does, runs at once, but a loop that waits for its sockets goes on waiting:
the system call is resumed after the handler (PEP 475), and the cancellation is found when something else wakes the loop. So while
a flow waits on the main thread, where signals arrive, the loop is woken several times a second.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

PAUSE = 0.1
"""Seconds between two wakings."""


class KeptAwake:
    """Wakes the running loop every PAUSE seconds inside the block. On other threads than the main one it does nothing."""

    __slots__ = ("_handle", "_loop")

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._loop = asyncio.get_running_loop()
            self._wake()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _wake(self) -> None:
        self._handle = self._loop.call_later(PAUSE, self._wake)

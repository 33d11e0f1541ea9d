"""Ctrl-C while a cell in a terminal awaits answers. A kernel cancels such a cell itself.

Without it, Python raises KeyboardInterrupt out of the event loop: the tasks that wait stay where they are, and the model that
they wait for goes on.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager


class Waiting:
    """The tasks of one shell that await an answer on the main thread. Ctrl-C cancels them all, so that `gather` ends too."""

    def __init__(self, *, in_kernel: bool = False) -> None:
        self._in_kernel = in_kernel
        # In the order in which they began to wait, so that of several answers the first one says that they were stopped.
        self._tasks: dict[asyncio.Task[object], None] = {}
        self._stopped = False

    @contextmanager
    def here(self) -> Generator[None]:
        """While the block is open, Ctrl-C cancels the current task."""
        task = asyncio.current_task()
        if self._in_kernel or task is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._tasks[task] = None
        self._stopped = False
        # Who has a handler of their own, as asyncio.run has, cancels the task themselves.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._stop)
        try:
            yield
        finally:
            self._tasks.pop(task, None)
            if not self._tasks and signal.getsignal(signal.SIGINT) == self._stop:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _stop(self, *_: object) -> None:
        running = [task for task in self._tasks if task.get_loop().is_running()]
        if self._stopped or not running:  # the second time, something else does not end
            raise KeyboardInterrupt
        self._stopped = True
        for task in running:
            task.get_loop().call_soon_threadsafe(task.cancel)

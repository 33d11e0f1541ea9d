"""Work that the stop button must not tear: it is done in a thread of its own while the main thread waits."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """One thread for work of an object that only one thread may use at a time.

    An interrupt reaches the main thread only. There it ends the waiting, and the work goes on to its end unseen.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._worker: ThreadPoolExecutor | None = None
        self._process = os.getpid()
        self.turn = threading.RLock()

    def do(self, work: Callable[[], T]) -> T:
        """`work()` in its turn: here, or in the thread aside where this is the main one."""
        if threading.current_thread() is not threading.main_thread():
            return self._in_turn(work)
        if self._worker is None or self._process != os.getpid():  # a forked child has no threads
            self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"racto-{self._name}")
            self._process = os.getpid()
        return self._worker.submit(self._in_turn, work).result()

    def _in_turn(self, work: Callable[[], T]) -> T:
        with self.turn:
            return work()

    def rest(self) -> None:
        """End the thread when its work is done."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown(wait=False)

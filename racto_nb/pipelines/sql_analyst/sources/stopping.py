"""A statement on a server that its caller can end: at its deadline, by the stop button, or when its task is cancelled."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from racto_nb.exceptions import QueryTimeoutError

T = TypeVar("T")
_GRACE = 5.0
"""Seconds that a server may take to end a statement after it was told to; its caller does not wait longer."""
_LOOK_SECONDS = 0.05
"""How soon a caller who left is noticed."""


class Ending:
    """How a statement that runs is ended from another thread. Whoever runs it says so with `by`."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._end: Callable[[], None] | None = None
        self.wanted = False

    def by(self, end: Callable[[], None] | None) -> None:
        """`end()` ends what runs now; None: nothing runs that could be ended. It is called at once if the end is wanted."""
        with self._turn:
            self._end = end
            wanted = self.wanted
        if wanted and end is not None:
            end()

    def now(self) -> None:
        """End the statement, or what is begun next."""
        with self._turn:
            self.wanted = True
            end = self._end
        if end is not None:
            end()


class _Work(threading.Thread, Generic[T]):
    """Work in a thread of its own, so that its caller hears the stop button while a driver waits for its server."""

    def __init__(self, work: Callable[[Ending], T], ending: Ending) -> None:
        super().__init__(name="racto-statement", daemon=True)
        self._work, self._ending = work, ending
        self.results: list[T] = []
        self.errors: list[BaseException] = []

    def run(self) -> None:
        try:
            self.results.append(self._work(self._ending))
        except BaseException as error:  # noqa: BLE001  (raised by the one who waits)
            self.errors.append(error)

    def outcome(self) -> T:
        if self.errors:
            raise self.errors[0]
        return self.results[0]


def watched(work: Callable[[Ending], T], *, sql: str, deadline: float, stop: threading.Event | None = None) -> T:
    """What `work(ending)` gives within `deadline` seconds, else QueryTimeoutError: the statement is ended first.

    It is ended too when the caller is interrupted, or has left (`stop`): asyncio.CancelledError then. A server that does not end
    its statement is not waited for.
    """
    ending = Ending()
    thread = _Work(work, ending)
    thread.start()
    until = time.monotonic() + deadline
    try:
        while thread.is_alive() and time.monotonic() < until and not (stop is not None and stop.is_set()):
            thread.join(min(_LOOK_SECONDS, max(until - time.monotonic(), 0.0)))
    except BaseException:
        _end(thread, ending)
        raise
    if not thread.is_alive():
        return thread.outcome()
    _end(thread, ending)
    if stop is not None and stop.is_set():
        raise asyncio.CancelledError
    # A result that comes now is not one: a function that was stopped gives 0 or 1 in MySQL, and no error.
    raise too_long(sql, deadline, confirmed=not thread.is_alive())


def _end(thread: _Work[T], ending: Ending) -> None:
    """Tell the server in a thread of its own, too: a network that is gone would keep its caller. What goes wrong with that is not
    told: the statement is over already, or the caller hears that nobody has confirmed its end."""

    def tell() -> None:
        with suppress(Exception):
            ending.now()

    threading.Thread(target=tell, name="racto-ending", daemon=True).start()
    thread.join(_GRACE)


def too_long(sql: str, deadline: float, *, confirmed: bool = True) -> QueryTimeoutError:
    """The error for a statement that took longer than `deadline` seconds."""
    reason = f"stopped after {deadline:g} s"
    rest = "" if confirmed else " The database has not confirmed that it stopped; its connection was given up."
    msg = f"The statement was {reason}.{rest} Ask for less, or raise deadline of RunLimits."
    return QueryTimeoutError(msg, sql=sql, reason=reason)

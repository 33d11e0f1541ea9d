"""Questions that are on their way: who asks the same one meanwhile waits for the answer instead of asking too.

The first caller leads, the others follow. Waiting is an effect, so a thread sleeps in it and can be interrupted, and an event
loop goes on. Nobody waits for what cannot come while they wait: see `may_wait`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Never

from racto_nb.cache.keeping import Kept
from racto_nb.flow.threads import no_streams

PATIENCE = 1.0
"""Seconds after which one who waits looks whether the leader can still come to an end."""


class End(Enum):
    """How the question of a leader ended, where it left no answer to share."""

    LEFT = auto()
    """The leader went away before the answer: a follower takes its place."""

    NOTHING = auto()
    """An error, or an answer that is not to be shared: each follower asks for itself."""


Outcome = Kept | End

_led: ContextVar[tuple[Flight, ...]] = ContextVar("racto_nb_led", default=())
"""What the caller itself leads: a tool that asks the question which it is called for would wait for itself."""


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


@dataclass(slots=True, eq=False)
class Flight:
    """One question on its way: who leads it, and who waits for it."""

    thread: int = field(default_factory=threading.get_ident)
    loop: asyncio.AbstractEventLoop | None = field(default_factory=_running_loop)
    followers: list[Future[Outcome]] = field(default_factory=list[Future[Outcome]])

    def may_wait(self) -> bool:
        """Whether the leader can come to an end while the caller waits.

        Not where the caller's own work leads it, nor where waiting would hold up the thread or the loop in which the leader runs.
        """
        if self in _led.get():
            return False
        return self.thread != threading.get_ident() or (self.loop is not None and self.loop is _running_loop())

    def is_stuck(self) -> bool:
        """Whether the leader's event loop stands still, so that it will not come to an end."""
        return self.loop is not None and not self.loop.is_running()


class Flights:
    """The questions of one cache that are on their way, by their keys. A forked child has none."""

    def __init__(self) -> None:
        self._own = _Own(os.getpid())

    def joined(self, key: str, *, may_lead: bool) -> tuple[Flight, Future[Outcome] | None] | None:
        """The flight of `key` and what to wait for: None for its leader, who must `end` it however it ends.

        None for who shall ask without regard to others: there is nobody to wait for, or no waiting for them.
        """
        own = self._mine()
        with own.lock:
            flight = own.flights.get(key)
            if flight is None and may_lead:
                flight = own.flights[key] = Flight()
                return flight, None
            if flight is None or not flight.may_wait():
                return None
            waiting: Future[Outcome] = Future()
            flight.followers.append(waiting)
            return flight, waiting

    @property
    def ended(self) -> int:
        """How many have come to an end: who finds it changed looks once more for what was stored meanwhile."""
        return self._own.ended

    def lead(self, flight: Flight) -> None:
        """From here on what is done in this thread or task is done for `flight`."""
        _led.set((*_led.get(), flight))

    def end(self, key: str, flight: Flight, outcome: Outcome) -> None:
        """Tell those who wait how it ended. Without effects, so that it can stand in a `finally`."""
        _led.set(tuple(led for led in _led.get() if led is not flight))
        own = self._mine()
        with own.lock:
            if own.flights.get(key) is flight:
                del own.flights[key]
            followers, flight.followers = flight.followers, []
            own.ended += 1
        for waiting in followers:
            if waiting.set_running_or_notify_cancel():
                waiting.set_result(outcome)

    def drop(self, key: str, flight: Flight) -> None:
        """Let the next one who asks `key` lead."""
        own = self._mine()
        with own.lock:
            if own.flights.get(key) is flight:
                del own.flights[key]

    def _mine(self) -> _Own:
        if self._own.process != os.getpid():
            self._own = _Own(os.getpid())
        return self._own


@dataclass(slots=True)
class _Own:
    process: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    flights: dict[str, Flight] = field(default_factory=dict[str, Flight])
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a follower waits for."""

    flight: Flight
    future: Future[Outcome]


class WaitingPort:
    """Waits for the outcome of a flight; End.LEFT where the leader will not come to an end any more."""

    def send(self, request: Waiting) -> Outcome:
        """Sleep until the outcome is there. In pieces, since an interrupt ends no unlimited wait on Windows.

        A synchronous call on the thread of a running event loop holds up all that runs there, so it does not wait.
        """
        if _running_loop() is not None:
            return End.NOTHING
        while True:
            try:
                return request.future.result(PATIENCE)
            except NotYetError:
                if request.flight.is_stuck():
                    return End.LEFT

    async def asend(self, request: Waiting) -> Outcome:
        """Await the outcome."""
        outcome = asyncio.wrap_future(request.future)
        try:
            while True:
                done, _ = await asyncio.wait({outcome}, timeout=PATIENCE)
                if done:
                    return outcome.result()
                if request.flight.is_stuck():
                    return End.LEFT
        finally:
            outcome.cancel()  # this follower's own: the others wait on

    def open(self, request: Waiting) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: Waiting) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

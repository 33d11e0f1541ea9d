"""Async twins of sync-only work: the body in a thread, in its turn, the event loop free."""

from __future__ import annotations

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Never, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Request_contra = TypeVar("Request_contra", contravariant=True)
Reply_co = TypeVar("Reply_co", covariant=True)


async def in_thread(
    function: Callable[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """`function(*args, **kwargs)` in a worker thread.

    A thread cannot be stopped from outside: after a cancellation the call goes on unseen and its result is dropped.
    """
    return await asyncio.to_thread(function, *args, **kwargs)


async def in_turn(turn: threading.Lock | None, function: Callable[[], T]) -> T:
    """`function()` in a worker thread while holding `turn`, for objects that only one thread may use at a time.

    A caller that is cancelled before its turn came never has it: `function` is not called any more.
    """
    left = threading.Event()

    def body() -> T:
        held: AbstractContextManager[object] = nullcontext() if turn is None else turn
        with held:
            if left.is_set():
                raise asyncio.CancelledError
            return function()

    try:
        return await asyncio.to_thread(body)
    except asyncio.CancelledError:
        left.set()
        raise


class ThreadedPort(ABC, Generic[Request_contra, Reply_co]):
    """A port for quick work on a file or in a library that blocks: a synchronous caller does it itself, in its turn.

    For an event loop it is done in one thread of the port's own, and not in the loop's pool: that is full of slow calls just when
    much goes on, and what takes microseconds would wait for them. A forked child begins a thread of its own.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._own = _Own(os.getpid())

    @abstractmethod
    def perform(self, request: Request_contra) -> Reply_co:
        """The reply to `request`. Only one thread is in here at a time."""
        ...

    def send(self, request: Request_contra) -> Reply_co:
        """The reply to `request`, made in this thread."""
        with self._mine().turn:
            return self.perform(request)

    async def asend(self, request: Request_contra) -> Reply_co:
        """The reply to `request`, made in the port's thread."""
        return await asyncio.wrap_future(self.begin(request))

    def begin(self, request: Request_contra) -> Future[Reply_co]:
        """Let the port's thread perform `request`, without waiting for it: for who is leaving and cannot wait."""
        return self.run(partial(self.send, request))

    def run(self, work: Callable[[], T]) -> Future[T]:
        """Let the port's thread do `work`, without waiting for it."""
        own = self._mine()
        if own.worker is None:
            own.worker = ThreadPoolExecutor(1, thread_name_prefix=f"racto-{self._name}")
        return own.worker.submit(work)

    def open(self, request: Request_contra) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: Request_contra) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def rest(self) -> None:
        """End the thread when all that was begun is done. The next use begins another."""
        own = self._mine()
        worker, own.worker = own.worker, None
        if worker is not None:
            worker.shutdown(wait=True)

    def _mine(self) -> _Own:
        """The lock and the thread of this process: a fork copies a lock that another thread holds, and no threads."""
        if self._own.process != os.getpid():
            self._own = _Own(os.getpid())
        return self._own


@dataclass(slots=True)
class _Own:
    process: int
    turn: threading.Lock = field(default_factory=threading.Lock)
    worker: ThreadPoolExecutor | None = None


def no_streams(port: object, request: object) -> TypeError:
    """The error for a stream that is asked of a port without streams."""
    return TypeError(f"{type(port).__name__} has no streams; {request!r:.80} is sent, not opened.")

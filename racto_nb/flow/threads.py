"""Async twins of sync-only work: the body in a thread, in its turn, the event loop free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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

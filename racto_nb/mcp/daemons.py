"""Plain functions in threads that do not hold up the end of the program: a client that goes ends a `stdio` server at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

from racto_nb.kits.running import ToolTroubleError, words_of

T = TypeVar("T")


async def in_daemon(function: Callable[[], T]) -> T:
    """`function()` in a thread of its own. What would end a program or an iteration is an error like others."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def told(value: T | None, error: Exception | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # pyright: ignore[reportArgumentType]

    def work() -> None:
        value: T | None = None
        failed: Exception | None = None
        try:
            value = function()
        except BaseException as error:  # noqa: BLE001  (told to who waits)
            ends = isinstance(error, StopIteration) or not isinstance(error, Exception)
            failed = ToolTroubleError(words_of(error)) if ends else error  # pyright: ignore[reportAssignmentType]
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(told, value, failed)

    threading.Thread(target=copy_context().run, args=(work,), name="racto-mcp-tool", daemon=True).start()
    return await future

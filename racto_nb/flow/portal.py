"""Sync callers for async-only libraries: one background loop, owned by one resource.

Waiting forwards cancellation: when the waiting caller is interrupted, the coroutine is cancelled too. Without that, a paid
call would run to its end after the user pressed stop. Never run on a portal what the kernel's own loop also touches.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, Self, TypeVar

from racto_nb.exceptions import UsageError

T = TypeVar("T")


class Portal:
    """A daemon thread with an event loop. Close it, or use it as a context manager.

    >>> async def double(number):
    ...     return 2 * number
    >>> with Portal("example") as portal:
    ...     portal.call(lambda: double(21))
    42
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"racto-portal-{name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(_cancel_others())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def call(self, coroutine_function: Callable[[], Coroutine[Any, Any, T]], *, timeout: float | None = None) -> T:
        """Run `coroutine_function()` on the portal's loop and wait for its value.

        Raises what the coroutine raises, TimeoutError after `timeout` seconds, and UsageError on a closed portal, when the
        portal is closed meanwhile, or from inside the portal's own loop, where waiting would never end.
        """
        self._refuse_own_loop()
        with self._turn:  # so that no call comes between the last look at `_closed` and the end of the loop
            if self._closed:
                msg = f"The portal {self._name!r} is closed."
                raise UsageError(msg)
            future = asyncio.run_coroutine_threadsafe(coroutine_function(), self._loop)
        try:
            return future.result(timeout)
        except CancelledError as error:
            msg = f"The call was cancelled{', the portal was closed' if self._closed else ''}: {self._name!r}."
            raise UsageError(msg) from error
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs, end the loop and its thread. Closing twice is allowed."""
        self._refuse_own_loop()
        with self._turn:
            if not self._closed:
                self._closed = True
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _refuse_own_loop(self) -> None:
        if threading.current_thread() is self._thread:
            msg = f"The portal {self._name!r} was called from its own loop. Use the async method there."
            raise UsageError(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

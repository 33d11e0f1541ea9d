"""Sync callers for async-only libraries: one background loop, owned by one resource.

Waiting forwards cancellation: when the waiting caller is interrupted, the coroutine is cancelled too. Without that, a paid
call would run to its end after the user pressed stop. Never run on a portal what the kernel's own loop also touches.
"""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, Self, TypeVar

from racto_nb.exceptions import UsageError

T = TypeVar("T")


class Portal:
    """A daemon thread with an event loop. Close it, or use it as a context manager; one that is dropped ends its thread itself.

    `patience` is how long `close` waits for work that it has cancelled, in seconds.

    >>> async def double(number):
    ...     return 2 * number
    >>> with Portal("example") as portal:
    ...     portal.call(lambda: double(21))
    42
    """

    def __init__(self, name: str, *, patience: float = 5.0) -> None:
        self._name = name
        self._patience = patience
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._process = os.getpid()
        self._turn = threading.Lock()
        # Neither the thread nor the finalizer may know `self`: a portal that is dropped would never be freed.
        self._thread = threading.Thread(target=_run, args=(self._loop,), name=f"racto-portal-{name}", daemon=True)
        self._thread.start()
        self._finalizer = weakref.finalize(self, _stop, self._loop)
        self._finalizer.atexit = False

    def call(self, coroutine_function: Callable[[], Coroutine[Any, Any, T]], *, timeout: float | None = None) -> T:
        """Run `coroutine_function()` on the portal's loop and wait for its value.

        Raises what the coroutine raises, TimeoutError after `timeout` seconds, and UsageError on a closed portal, when the
        portal is closed meanwhile, or from inside the portal's own loop, where waiting would never end.
        """
        self._refuse_own_loop()
        future = self.start(coroutine_function)
        try:
            return future.result(timeout)
        except CancelledError as error:
            msg = f"The call was cancelled{', the portal was closed' if self._closed else ''}: {self._name!r}."
            raise UsageError(msg) from error
        except BaseException:
            future.cancel()
            raise

    def start(self, coroutine_function: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run `coroutine_function()` on the portal's loop without waiting for it, in a copy of the caller's context.

        Raises UsageError on a closed portal, and in a process that was forked since the portal was made: its thread is not there.
        """
        if self._process != os.getpid():
            msg = f"The portal {self._name!r} belongs to the process that this one was forked from. Make another here."
            raise UsageError(msg)
        with self._turn:  # so that no call comes between the last look at `_closed` and the end of the loop
            if self._closed or self._loop.is_closed():  # what ends a program has ended the thread
                msg = f"The portal {self._name!r} is closed."
                raise UsageError(msg)
            return asyncio.run_coroutine_threadsafe(coroutine_function(), self._loop)

    def close(self) -> None:
        """Cancel what still runs, end the loop and its thread. Closing twice is allowed.

        Work that does not end within `patience` seconds after its cancellation is left to itself, with a RuntimeWarning: its
        thread goes on unseen and ends with the process at the latest.
        """
        self._refuse_own_loop()
        if self._process != os.getpid():  # a forked child's copy: there is nothing to end
            return
        with self._turn:
            if not self._closed:
                self._closed = True
                if self._finalizer.detach():
                    _stop(self._loop)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            message = (
                f"The portal {self._name!r} was closed, but work on it has not ended {self._patience} s after its cancellation."
            )
            warnings.warn(message, RuntimeWarning, stacklevel=2)

    def _refuse_own_loop(self) -> None:
        if threading.current_thread() is self._thread:
            msg = f"The portal {self._name!r} was called from its own loop. Use the async method there."
            raise UsageError(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(_cancel_others())
        loop.run_until_complete(loop.shutdown_asyncgens())
        _end_executor(loop)
        loop.close()


def _end_executor(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_until_complete(loop.shutdown_default_executor())
    except RuntimeError as error:
        if not says_the_end(error):  # from Python 3.12 on not even the thread that would wait here is begun
            raise


def says_the_end(error: BaseException) -> bool:
    """Whether `error` says that the program ends, and that no work is begun in threads any more.

    >>> says_the_end(RuntimeError("cannot schedule new futures after interpreter shutdown"))
    True
    """
    words = ("interpreter shutdown", "cannot schedule new futures after shutdown")
    return isinstance(error, RuntimeError) and any(each in str(error) for each in words)


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # the loop is closed already
        loop.call_soon_threadsafe(loop.stop)


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

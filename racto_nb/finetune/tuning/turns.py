"""One after the other: who makes a file or a job holds its turn, across threads, event loops and programs. Kind: threaded.

A turn is the lock of a small file beside the job files. The system gives it up when a program dies, however it dies.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Never, TypeVar

from racto_nb._held_files import locked
from racto_nb.exceptions import UnreadableFileError
from racto_nb.flow.effects import Flow, Port, close_stream, next_event, open_stream, sleep
from racto_nb.flow.threads import in_thread

T = TypeVar("T")
_PAUSE = 0.05
"""So many seconds pass between two tries."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is with what `key` names. The stream's events are tries, True when it is ours until the stream is closed."""

    key: str


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns by files in `folder`, which is made with the first."""

    folder: Path

    def send(self, request: Turn) -> Never:
        """A turn is held, not sent."""
        message = f"{request!r} is opened, not sent."
        raise TypeError(message)

    async def asend(self, request: Turn) -> Never:
        """A turn is held, not sent."""
        self.send(request)

    @contextmanager
    def open(self, request: Turn) -> Generator[Iterator[bool]]:
        """Try again with each event; leave the turn at the end."""
        place = self._place(request)
        try:
            yield iter(place.taken, None)
        finally:
            place.leave()

    @asynccontextmanager
    async def aopen(self, request: Turn) -> AsyncGenerator[AsyncIterator[bool]]:
        """The same, in threads."""
        place = self._place(request)
        try:
            yield _tries(place)
        finally:
            await in_thread(place.leave)

    def _place(self, request: Turn) -> _Place:
        return _Place(self.folder / f"racto-turn-{request.key[:40]}.lock")


async def _tries(place: _Place) -> AsyncGenerator[bool]:
    while True:
        yield await in_thread(place.taken)


@dataclass(slots=True)
class _Place:
    path: Path
    file: BinaryIO | None = None
    left: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def taken(self) -> bool:
        """Whether the turn is ours. Raises UnreadableFileError where the folder cannot be used."""
        with self.lock:
            if self.file is None and not self.left:  # who was cancelled meanwhile wants it no more
                try:
                    self.file = self._opened()
                except OSError as error:
                    message = (
                        f"The folder of job files {str(self.path.parent)!r} cannot be used ({error.strerror}). "
                        "Give another folder: jobs=... ."
                    )
                    raise UnreadableFileError(message, str(self.path), error.errno) from error
            return self.file is not None

    def _opened(self) -> BinaryIO | None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("ab")
        if locked(file) and self._is_there(file):
            return file
        file.close()
        return None

    def _is_there(self, file: BinaryIO) -> bool:
        """Whether the locked file is the one that others find: the one before us may have removed it since it was opened."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def leave(self) -> None:
        """Give the turn to the next."""
        with self.lock:
            self.left = True
            if self.file is not None:
                with suppress(OSError):  # Windows removes no open file: it lies there empty, and harms nobody
                    self.path.unlink()
                self.file.close()


def in_turn(turns: Port[Turn, Any, Any], key: str, work: Callable[[], Flow[T]]) -> Flow[T]:
    """What `work` makes while nobody else is at work with the same key. Who comes later waits."""
    turn = yield from open_stream(turns, Turn(key))
    while not (yield from next_event(turn)):
        yield from sleep(_PAUSE)
    try:
        done = yield from work()
    except Exception:
        yield from close_stream(turn)  # who catches the error may try again
        raise
    yield from close_stream(turn)
    return done

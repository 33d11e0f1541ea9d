"""The folder of a store: what is in it, who may write, and how objects in one process see what the others have written."""

from __future__ import annotations

import mmap
import os
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from racto_nb.exceptions import StoreError

DATABASE = "chunks.duckdb"
_LOCK = "lock"
_CHANGES = "changes"
_NEW = "new-"
_OURS = (_LOCK, _CHANGES, _NEW)


class Alone:
    """What stands for a folder where there is none: one object's own turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self.changes = 0
        """How often the store was changed, times two: an odd number while a change is being made."""

    @contextmanager
    def writing(self) -> Generator[None]:
        """The turn to write."""
        with self._turn:
            yield

    @contextmanager
    def changing(self) -> Generator[None]:
        """A change that readers must see whole: who reads meanwhile reads again."""
        self.changes += 1
        try:
            yield
        finally:
            self.changes += 1


class Folder:
    """The folder `path`. Nothing is written before it is known to be empty, new, or a store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._lock: int | None = None
        self._pulse: mmap.mmap | None = None

    @property
    def database(self) -> Path:
        """The database of the rows."""
        return self.path / DATABASE

    def refuse_foreign(self, *, read_only: bool) -> None:
        """Raise StoreError for a folder that holds something else, or nothing where only reading is wanted."""
        try:
            names = sorted(file.name for file in self.path.iterdir()) if self.path.exists() else []
        except OSError as error:
            msg = f"{str(self.path)!r} is no folder that can be read ({error.strerror}). A store is a folder."
            raise StoreError(msg, place=str(self.path)) from error
        if DATABASE in names:
            return
        foreign = [name for name in names if not name.startswith(_OURS)]
        if foreign:
            msg = (
                f"The folder {str(self.path)!r} is no store: it has no {DATABASE!r}, but {', '.join(map(repr, foreign[:3]))}. "
                "Nothing was written. Name a new folder, or an empty one."
            )
            raise StoreError(msg, place=str(self.path))
        if read_only:
            msg = f"There is no store in {str(self.path)!r}. Fill one without read_only=True first."
            raise StoreError(msg, place=str(self.path))

    def open(self) -> None:
        """Make what writing needs: the folder, the file of the lock, and the count of changes. StoreError where that fails."""
        try:
            self._make()
        except (OSError, ValueError) as error:
            self.close()
            msg = f"The store {str(self.path)!r} cannot be opened for writing: {error}. With read_only=True it can be read."
            raise StoreError(msg, place=str(self.path)) from error

    def _make(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
            os.ftruncate(self._lock, 1)
        if self._pulse is None:
            changes = os.open(self.path / _CHANGES, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
            try:
                os.ftruncate(changes, 8)
                self._pulse = mmap.mmap(changes, 8)
            finally:
                os.close(changes)

    def new_database(self) -> Path:
        """Where a database is made, to be moved to its place when it is whole."""
        return self.path / f"{_NEW}{os.getpid()}.duckdb"

    @property
    def changes(self) -> int:
        """How often the store was changed, times two: an odd number while a change is being made."""
        return 0 if self._pulse is None else struct.unpack_from("Q", self._pulse)[0]

    @contextmanager
    def writing(self) -> Generator[None]:
        """The turn to write. One object at a time has it, in whatever process it is."""
        with self._turn:
            assert self._lock is not None  # noqa: S101  (opened before)
            _take(self._lock)
            try:
                if self.changes % 2:  # its writer was killed
                    self._set(self.changes + 1)
                yield
            finally:
                _give_up(self._lock)

    @contextmanager
    def changing(self) -> Generator[None]:
        """A change that readers of this process must see whole: who reads meanwhile reads again."""
        self._set(self.changes + 1)
        try:
            yield
        finally:
            self._set(self.changes + 1)

    def _set(self, changes: int) -> None:
        assert self._pulse is not None  # noqa: S101  (opened before)
        struct.pack_into("Q", self._pulse, 0, changes)

    def tidy(self, generation: int) -> None:
        """Delete what other generations, and databases that never became whole, have left."""
        for file in self.path.iterdir():
            kind, _, rest = file.name.partition("-")
            old = kind in {"vectors", "rounded", "measures", "graph"} and rest.partition(".")[0] != str(generation)
            if old or file.name.startswith(_NEW):
                with suppress(OSError):  # on Windows a file that is mapped stays until it is not
                    file.unlink()

    def close(self) -> None:
        """Give back what is open."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            pulse.close()


def _take(lock: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        os.lseek(lock, 0, os.SEEK_SET)
        msvcrt.locking(lock, msvcrt.LK_LOCK, 1)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    else:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _give_up(lock: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        os.lseek(lock, 0, os.SEEK_SET)
        msvcrt.locking(lock, msvcrt.LK_UNLCK, 1)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    else:
        fcntl.flock(lock, fcntl.LOCK_UN)

"""The files of a ledger: rows are only ever added, each process to a segment of its own, so that nobody waits for anybody.

A segment has a row of JSON a line, written with one system call. A process that is killed in the middle leaves at most a torn
last line, which readers leave out; whatever was written before is whole. Segments of processes that have ended are put together
in Parquet files, by whoever holds the lock.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from racto_nb._place import session_id

if sys.platform != "win32":
    import fcntl

MOST_SEGMENTS = 32
"""So many segments of ended processes may lie around; from there on they are put together when somebody reads."""


class Segments:
    """The folder of a ledger, and the segment to which this process adds its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = 0
        self._descriptor = -1
        self._torn = False

    def append(self, row: bytes) -> None:
        """Add one row, which ends with a new line. Raises OSError where it cannot be written whole."""
        descriptor = self._opened()
        if self._torn:  # what the failed row left behind ends here
            row = b"\n" + row
        self._torn = True
        if os.write(descriptor, row) < len(row):
            raise OSError(errno.ENOSPC, "only a part of the row was written: the disk is full")
        self._torn = False

    def close(self) -> None:
        """Let go of the segment. The next row begins another."""
        if self._process == os.getpid() and self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def files(self) -> tuple[list[Path], list[Path]]:
        """The segments, and the Parquet files."""
        return sorted(self.folder.glob("*.jsonl")), sorted(self.folder.glob("*.parquet"))

    @contextmanager
    def held_for_reading(self) -> Generator[None]:
        """Meanwhile nobody puts segments together."""
        with self._locked(exclusively=False):
            yield

    @contextmanager
    def held_for_compacting(self) -> Generator[bool]:
        """Whether segments may be put together now: nobody else does, and nobody reads."""
        with self._locked(exclusively=True) as mine:
            yield mine

    def ended(self) -> list[Path]:
        """The segments whose processes have ended. Where that cannot be told, none."""
        return [path for path in self.files()[0] if _has_ended(path)]

    def _opened(self) -> int:
        """The descriptor of this process's segment: a fork, or a folder that was removed, makes it begin another."""
        if self._process == os.getpid() and self._descriptor >= 0 and os.fstat(self._descriptor).st_nlink:
            return self._descriptor
        self.close()
        self._process, self._torn = os.getpid(), False
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = _own_segment(self.folder)
        return self._descriptor

    @contextmanager
    def _locked(self, *, exclusively: bool) -> Generator[bool]:
        """Hold the lock of the folder, shared or not. Yields whether it is held: a folder that cannot be written has none."""
        if sys.platform == "win32":
            yield False
            return
        try:
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        try:
            held = False
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusively else fcntl.LOCK_SH)
                held = True
            yield held
        finally:
            os.close(lock)


def _own_segment(folder: Path) -> int:
    """A new segment, which is held as long as the process lives. One that somebody takes for ended meanwhile is no use."""
    while True:
        path = folder / f"{session_id()}-{secrets.token_hex(2)}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        if _hold(descriptor) and os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _hold(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: segments are then never put together
        return True
    return True


def _has_ended(path: Path) -> bool:
    """Whether no process holds the segment any more: a lock ends with its process, however that ends."""
    if sys.platform == "win32":
        return False
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True

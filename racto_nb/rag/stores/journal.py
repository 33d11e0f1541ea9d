"""Chunks and their vectors in one file, to which each change is added. Kind: threaded (who calls holds a lock).

    magic, then records: kind, lengths, checksum | JSON | numbers of float32

A record is on the disk as a whole when a change is reported done. One that a crash cut off at the end is left out, as if it had
never been begun; anything else that does not fit its checksum is damage, and refused. No pickle: reading runs no code.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from racto_nb.exceptions import StoreError, StoreLockedError
from racto_nb.rag.stores.checking import Array

if sys.platform != "win32":
    import fcntl

MAGIC = b"racto_nb vectors, 1\n"
_HEAD = struct.Struct("<4sIQI")
Kind = Literal["put ", "drop", "wipe"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A change: "put" texts (chunks as JSON) with their vectors, "drop" texts (ids), or "wipe" all."""

    kind: Kind
    texts: list[str]
    vectors: Array = None


class Journal:
    """The file at `path`, held by this process while it is open. Raises StoreLockedError when another one holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _held(path)
        self._file: BinaryIO | None = None

    def read(self) -> Iterator[Entry]:
        """All changes, in order; none of a file that is not there yet. StoreError for a damaged one."""
        if not self.path.exists():
            _replace(self.path, [])
        self._file = file = self.path.open("r+b")
        if file.read(len(MAGIC)) != MAGIC:
            raise _damaged(self.path, "it does not begin as such a file does")
        size = os.fstat(file.fileno()).st_size
        while (start := file.tell()) < size:
            entry = _read(file, size, self.path)
            if entry is None:
                file.seek(start)
                file.truncate()
                return
            yield entry

    def add(self, entry: Entry) -> None:
        """Bring one change to the disk: as a whole, or, after an error, not at all."""
        file = cast("BinaryIO", self._file)
        start = file.seek(0, os.SEEK_END)
        try:
            for piece in _written(entry):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            with suppress(OSError):
                file.seek(start)
                file.truncate()
            raise

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Put `entries` in the place of all that was written."""
        self._close_file()
        _replace(self.path, entries)
        self._file = self.path.open("r+b")

    def close(self) -> None:
        """Give the file back."""
        self._close_file()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def written_to(path: Path, entries: Iterable[Entry]) -> None:
    """Write a new file, in the place of one that is there: as a whole, or, after an error, not at all."""
    lock = _held(path)
    try:
        _replace(path, entries)
    finally:
        if lock is not None:
            os.close(lock)


def read_from_file(path: Path) -> list[Entry]:
    """All changes in the file at `path`. StoreError for one that is damaged or not there."""
    if not path.exists():
        msg = f"There is no file {str(path)!r}. save() writes one."
        raise StoreError(msg, place=str(path))
    journal = Journal(path)
    try:
        return list(journal.read())
    finally:
        journal.close()


def _replace(path: Path, entries: Iterable[Entry]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(MAGIC)
            for entry in entries:
                file.writelines(_written(entry))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _written(entry: Entry) -> list[bytes]:
    texts = json.dumps(entry.texts).encode()
    vectors = b"" if entry.vectors is None else entry.vectors.astype("<f4").tobytes()
    check = zlib.crc32(vectors, zlib.crc32(texts, zlib.crc32(entry.kind.encode())))
    return [_HEAD.pack(entry.kind.encode(), len(texts), len(vectors), check), texts, vectors]


def _read(file: BinaryIO, size: int, path: Path) -> Entry | None:
    """The next change, or None when it was cut off."""
    import numpy as np

    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, texts, vectors, check = _HEAD.unpack(head)
    if kind not in {b"put ", b"drop", b"wipe"}:
        raise _damaged(path, f"at byte {file.tell() - _HEAD.size} there is no record")
    if file.tell() + texts + vectors > size:
        return None
    data, numbers = file.read(texts), file.read(vectors)
    if zlib.crc32(numbers, zlib.crc32(data, zlib.crc32(kind))) != check:
        raise _damaged(path, f"the record that ends at byte {file.tell()} does not fit its checksum")
    found = cast("list[str]", json.loads(data))
    rows = np.frombuffer(numbers, "<f4").reshape(len(found), -1) if numbers else None
    return Entry(cast("Kind", kind.decode()), found, rows)


def _damaged(path: Path, how: str) -> StoreError:
    msg = f"{str(path)!r} is no file of vectors, or a damaged one: {how}. Take it away and ingest again, or use a copy."
    return StoreError(msg, place=str(path))


def _held(path: Path) -> int | None:
    """The lock beside the file, held by this process; the system gives it up when the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        return None
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        msg = f"{str(path)!r} is open in another store or process. close() it there first."
        raise StoreLockedError(msg, place=str(path)) from error
    return lock

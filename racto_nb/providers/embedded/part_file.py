"""A model file while it is fetched: `<final>.part` and a small journal, so that an interrupted download can go on.

The journal is written after the bytes it counts, so after a crash it may count too few, and the surplus is cut off. A machine
that loses power may have kept fewer bytes than it counts: the sha256 of the whole file finds that out.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import cast

from racto_nb.exceptions import ModelDownloadError

_CHECKPOINT = 4 * 1024 * 1024
_BLOCK = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class TooLongError(ModelDownloadError):
    """A source sent more bytes than the file has."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there already: `size` bytes, of which the first `parts` wheels were taken."""

    size: int = 0
    parts: int = 0


class Writing:
    """The open partial file: append only, hashed as it grows."""

    def __init__(
        self, handle: FileIO, kept: Kept, *, limit: int, note: Callable[[Kept], None], checkpoint: int | None = None
    ) -> None:
        """Go on after `kept`; `note` is told every `checkpoint` bytes, or only at the end of each part when that is None."""
        self._handle = handle
        self._digest = hashlib.sha256()
        _read_first(handle, kept.size, self._digest.update)
        self._limit = limit
        self._note = note
        self._checkpoint = checkpoint
        self._noted = kept.size
        self.done = kept.size
        self.parts = kept.parts
        handle.truncate(kept.size)
        handle.seek(kept.size)

    def write(self, data: bytes) -> None:
        """Append `data`. Raises `TooLongError` when the file outgrows its known size, `ModelDownloadError` on a full disk."""
        if self.done + len(data) > self._limit:
            msg = f"sent more than the {self._limit} bytes the file has"
            raise TooLongError(msg)
        left = memoryview(data)
        with disk_errors(self._handle.name):
            while left:
                count = self._handle.write(left)
                self._digest.update(left[:count])
                self.done += count
                left = left[count:]
        if self._checkpoint is not None and self.done - self._noted >= self._checkpoint:
            self.save()

    def end_of_part(self) -> None:
        """Note that one more wheel is in the file, whole."""
        self.parts += 1
        self.save()

    def save(self) -> None:
        """Note how far the file has come."""
        self._note(Kept(size=self.done, parts=self.parts))
        self._noted = self.done

    def hexdigest(self) -> str:
        """sha256 of everything written so far, the kept bytes included."""
        return self._digest.hexdigest()


class PartFile:
    """The partial file beside `final`, for a file of `size` bytes. One process at a time may use it: hold the lock."""

    def __init__(self, final: Path, *, size: int, checkpoint: int = _CHECKPOINT) -> None:
        self.final = final
        self.size = size
        self.path = final.with_name(final.name + ".part")
        self.journal = final.with_name(final.name + ".part.json")
        self.scratch = final.with_name(final.name + ".wheels")
        self.resumed = False
        self.digest = ""
        self._checkpoint = checkpoint

    def kept(self, source: str) -> Kept:
        """What an earlier attempt from this `source` left; nothing when another source wrote the file or it was damaged."""
        try:
            noted = cast("object", json.loads(self.journal.read_bytes()))
            on_disk = self.path.stat().st_size
        except (OSError, ValueError):  # no journal, no file, or something that is no journal: all mean starting afresh
            return Kept()
        match noted:
            case {"source": str(said), "bytes": int(size), "parts": int(parts)}:
                fits = said == source and parts >= 0 and 0 <= size <= min(on_disk, self.size)
                return Kept(size=size, parts=parts) if fits else Kept()
            case _:
                return Kept()

    def bytes_on_disk(self) -> int:
        """How much room the partial file takes already."""
        return self.path.stat().st_size if self.path.exists() else 0

    @contextmanager
    def writing(self, source: str, kept: Kept, *, by_parts: bool = False) -> Generator[Writing]:
        """Open for appending after `kept`; what came later is cut off. `by_parts` notes progress only where a wheel ends."""

        def note(now: Kept) -> None:
            self._save(source, now)

        with disk_errors(self.path):
            handle = FileIO(self.path, "r+" if kept.size else "w+")
        with handle:
            with disk_errors(self.path):
                out = Writing(handle, kept, limit=self.size, note=note, checkpoint=None if by_parts else self._checkpoint)
            self.resumed = kept.size > 0
            out.save()
            try:
                yield out
            finally:
                self.digest = out.hexdigest()
                if not by_parts:
                    out.save()

    def _save(self, source: str, now: Kept) -> None:
        fresh = self.journal.with_name(self.journal.name + ".new")
        with disk_errors(self.journal):
            fresh.write_text(json.dumps({"source": source, "bytes": now.size, "parts": now.parts}), encoding="utf-8")
            fresh.replace(self.journal)

    def publish(self) -> None:
        """Give the complete file its final name, in one step."""
        with disk_errors(self.path):
            with self.path.open("rb+") as handle:
                os.fsync(handle.fileno())
            self.path.replace(self.final)
            self.journal.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the partial file and its journal."""
        with disk_errors(self.path):
            self.path.unlink(missing_ok=True)
            self.journal.unlink(missing_ok=True)
            self.journal.with_name(self.journal.name + ".new").unlink(missing_ok=True)


@contextmanager
def disk_errors(path: object) -> Generator[None]:
    """Turn a refusal of the disk inside the block into a `ModelDownloadError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what = "The disk is full. Free some space and try again (what was fetched is kept)"
        else:
            what = f"The model cache cannot be used: {error.strerror or error}. Make it writable"
        msg = f"{what}, or set RACTO_CACHE_DIR to another folder. File: {str(path)!r}."
        raise ModelDownloadError(msg, path=str(path)) from error


def _read_first(handle: FileIO, size: int, take: Callable[[bytes], None]) -> None:
    left = size
    while left and (block := handle.read(min(_BLOCK, left))):
        take(block)
        left -= len(block)

"""Records that wait for their broker, on the disk: written before they are sent, and removed when they were acknowledged.

A folder has segments, files to which one process adds lines of JSON: an event, or the mark that one was delivered. Their owner
holds a lock on each, which the system gives up when the process dies; whoever opens the folder next takes over what was left.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from racto_nb._held_files import locked, synced
from racto_nb._place import session_id
from racto_nb.exceptions import UnreadableFileError
from racto_nb.kafka.errors import SpillFullError

_SEGMENTS = 8
"""A folder that may hold so and so much has segments of an eighth of it, so that what was delivered goes piece by piece."""
REJECTED = "rejected.jsonl"


@dataclass(eq=False, slots=True)
class Segment:
    """A file of the folder, held by this process. `waiting` are the ids of its events that are not delivered.

    `written` counts the lines that were added, `synced` those of them that are on the disk for sure.
    """

    path: Path
    file: BinaryIO
    size: int = 0
    written: int = 0
    synced: int = 0
    waiting: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Left:
    """An event that an ended process left behind: its line, and the segment that has it."""

    line: bytes
    segment: Segment


class Spill:
    """A folder with at most `limit` bytes of this process's events that no broker has acknowledged. Callers take turns."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self._limit = folder, limit
        self._segments: list[Segment] = []
        self._current: Segment | None = None
        self._made = 0
        self._syncing = threading.Lock()

    def left(self) -> Iterator[Left]:
        """Take over what ended processes left, oldest first."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob("*-*.jsonl")):
            if path not in {segment.path for segment in self._segments} and (segment := _held(path)) is not None:
                yield from self._adopted(segment)

    def add(self, line: bytes, event_id: str) -> Segment:
        """Write a line, which `sync` waits for. SpillFullError without room, UnreadableFileError where it cannot be written."""
        self._refuse_full(len(line))
        try:
            segment = self._own(len(line))
            _append(segment, line)
        except OSError as error:
            if self._current is not None and self._current.waiting:
                self._current = None  # where one file cannot be written any more, another may
            raise self._unwritable(error) from error
        segment.waiting.add(event_id)
        return segment

    def sync(self, segment: Segment) -> None:
        """Wait until what was added to `segment` is on the disk. Who comes while another waits is served by the same effort.

        Callers take no turns here. UnreadableFileError where the disk fails.
        """
        wanted = segment.written
        with self._syncing:
            if segment.synced >= wanted:
                return
            reached = segment.written
            try:
                os.fsync(segment.file.fileno())
            except ValueError:  # closed: all that it had was delivered
                return
            except OSError as error:
                raise self._unwritable(error) from error
            segment.synced = reached

    def settle(self, segment: Segment, event_id: str) -> None:
        """Note that an event was delivered. A segment without others is emptied or removed.

        OSError where that cannot be written: the event may then be sent again by the next owner.
        """
        segment.waiting.discard(event_id)
        if segment.waiting:
            _append(segment, json.dumps({"done": event_id}).encode() + b"\n")
        elif segment is self._current:
            segment.file.truncate(0)
            segment.size = 0
        else:
            self._drop(segment)

    def reject(self, line: bytes, reason: str) -> None:
        """Put an event aside that no broker will ever take."""
        kept = json.dumps({"reason": reason, "event": line.decode(errors="replace").strip()}).encode() + b"\n"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.folder / REJECTED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, kept)
            os.fsync(handle)
        finally:
            os.close(handle)

    def close(self) -> None:
        """Let go of all segments; those with events stay for who comes next."""
        with self._syncing:  # who was just added may not be on the disk yet
            for segment in list(self._segments):
                if segment.waiting:
                    with suppress(OSError):
                        os.fsync(segment.file.fileno())
                    segment.file.close()
                else:
                    self._drop(segment)
        self._segments, self._current = [], None

    def let_go(self) -> None:
        """Close this process's descriptors and nothing else, in a forked child: files and locks are the other process's."""
        for segment in list(self._segments):
            segment.file.close()

    def _unwritable(self, error: OSError) -> UnreadableFileError:
        message = f"An audit event could not be written to {str(self.folder)!r} ({error}); it may be lost."
        return UnreadableFileError(message, str(self.folder), error.errno)

    def _refuse_full(self, more: int) -> None:
        size = sum(segment.size for segment in self._segments)
        if size + more > self._limit:
            waiting = sum(len(segment.waiting) for segment in self._segments)
            message = (
                f"The folder {str(self.folder)!r} has {waiting} audit events in {size:,} bytes that no broker acknowledged, and "
                f"this logger may keep {self._limit:,} (spill_limit). The new event was not logged. "
                "Does the broker run, and may you write?"
            )
            raise SpillFullError(message, path=str(self.folder))

    def _own(self, more: int) -> Segment:
        """The segment for new events; a full one is followed by another."""
        current = self._current
        if current is None or (current.size and current.size + more > self._limit // _SEGMENTS):
            if current is not None and not current.waiting:
                self._drop(current)
            self._current = current = self._new()
            self._segments.append(current)
        return current

    def _new(self) -> Segment:
        """A new file, held. One that somebody takes for left behind, before it is held, is no use."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            self._made += 1
            path = self.folder / f"{session_id()}-{self._made:06}-{secrets.token_hex(2)}.jsonl"
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            segment = _held(path)
            if segment is not None:
                synced(self.folder)
                return segment

    def _adopted(self, segment: Segment) -> list[Left]:
        lines, damaged = _events_in(segment)
        for line in damaged:
            self.reject(line, "the line is damaged")
        if not segment.waiting:
            self._drop(segment)
            return []
        self._segments.append(segment)
        return [Left(line, segment) for line in lines]

    def _drop(self, segment: Segment) -> None:
        if segment in self._segments:
            self._segments.remove(segment)
        if segment is self._current:
            self._current = None
        with segment.file as file:
            try:
                segment.path.unlink(missing_ok=True)  # before the lock goes: nobody shall take it over
            except PermissionError:  # Windows removes no open file; who takes the empty one over loses nothing
                file.truncate(0)
            else:
                return
        segment.path.unlink(missing_ok=True)


def _held(path: Path) -> Segment | None:
    """The segment of a file, if no living process holds it."""
    try:
        file = path.open("r+b", buffering=0)
    except OSError:
        return None
    if locked(file) and os.fstat(file.fileno()).st_nlink:
        return Segment(path, file, size=file.seek(0, os.SEEK_END))  # pyright: ignore[reportArgumentType]
    file.close()
    return None


def _append(segment: Segment, line: bytes) -> None:
    if segment.file.seek(0, os.SEEK_END) != segment.size:  # a line that was torn and could not be taken back
        _cut_back(segment)
    written = 0
    try:
        written = segment.file.write(line)
    finally:
        if written != len(line):
            with suppress(OSError):
                _cut_back(segment)
    if written != len(line):
        raise OSError("only a part of the line was written: the disk is full")
    segment.size += len(line)
    segment.written += 1


def _cut_back(segment: Segment) -> None:
    """Leave whole lines only: what comes after a torn one would be read as its end."""
    segment.file.truncate(segment.size)
    segment.file.seek(segment.size)


def _events_in(segment: Segment) -> tuple[list[bytes], list[bytes]]:
    """The lines of events that were not delivered, and the damaged ones. A last line that was torn was never logged."""
    segment.file.seek(0)
    whole, end, _ = segment.file.read().rpartition(b"\n")
    segment.size = len(whole) + len(end)
    found: dict[str, bytes] = {}
    damaged: list[bytes] = []
    for line in whole.split(b"\n"):
        try:
            entry = json.loads(line or b"{}")
            done = entry.get("done")
            if done is not None:
                found.pop(done, None)
            elif entry:
                found[_well_formed(entry)] = line + b"\n"
        except (ValueError, KeyError, AttributeError, TypeError):
            damaged.append(line)
    segment.waiting = set(found)
    return list(found.values()), damaged


def _well_formed(entry: dict[str, Any]) -> str:
    """The id of an event. Both it and its user can be sent as bytes; else AttributeError, KeyError or ValueError."""
    (entry.get("user_id") or "").encode()
    entry["event_id"].encode()
    return entry["event_id"]

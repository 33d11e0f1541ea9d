"""The folder of job files. Kind: threaded; a port, so that flows name what they want and both colours get it.

A file is only ever added to, and each line is on the disk before what it announces is done. Who submits a job holds its file's
lock; the system gives that up when a program dies, however it dies.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from racto_nb._held_files import locked, synced
from racto_nb.batch.errors import BatchError
from racto_nb.batch.records import Draft, EndLine, JobLine, JobRecord, Line, PartLine, encoded_line, record_from
from racto_nb.exceptions import UnreadableFileError
from racto_nb.flow.threads import in_thread
from racto_nb.models.batches import BatchStatus

_ENDING = ".jsonl"


@dataclass(frozen=True, slots=True)
class Create:
    """Write a new job down; the answer is its record."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Note:
    """Add what became of a part; the answer is the record with it."""

    ref: str
    part: int
    became: Literal["submitting", "submitted", "refused"]
    job: str = ""


@dataclass(frozen=True, slots=True)
class NoteEnd:
    """Add that the job has ended, or that its results were read; the answer is the record with it."""

    ref: str
    status: BatchStatus
    read: bool


@dataclass(frozen=True, slots=True)
class Find:
    """The record of the job that users, or the provider, call so; None where it was not handed in here.

    Of several jobs of that name, one of this provider at this host.
    """

    job_id: str
    provider: str
    host: str


@dataclass(frozen=True, slots=True)
class Torn:
    """The record of a job of this digest that was not submitted whole, and that nobody is submitting now; None for none."""

    digest: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The record of the newest job of this digest whose results were not read yet, or only `since` then; None for none."""

    digest: str
    since: float = float("inf")


@dataclass(frozen=True, slots=True)
class Unread:
    """The records of all jobs of a provider at a host whose results were not read yet, the oldest first."""

    provider: str
    host: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove the file of a job of which nothing was sent."""

    ref: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold the right to submit a job, as a stream that is open as long: its one event is the record as it is then.

    Raises BatchError where another program, or another call, holds it.
    """

    ref: str


Wish = Create | Note | NoteEnd | Find | Torn | Latest | Unread | Forget


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The files in `folder`, which is made when the first job is written. Our names of jobs begin with `begins`."""

    folder: Path
    begins: str = "racto-batch-"

    def send(self, request: Wish) -> JobRecord | list[JobRecord] | None:
        """Do what is wished. Raises UnreadableFileError for a file that cannot be read or written."""
        try:
            return self._done(request)
        except UnreadableFileError:
            raise
        except OSError as error:
            message = f"The job files in {str(self.folder)!r} cannot be used ({error.strerror}). Give another folder: jobs=... ."
            raise UnreadableFileError(message, str(error.filename or self.folder), error.errno) from error

    async def asend(self, request: Wish) -> JobRecord | list[JobRecord] | None:
        """Do what is wished, in a thread."""
        return await in_thread(self.send, request)

    @contextmanager
    def open(self, request: Claim) -> Generator[Iterator[JobRecord]]:
        """Hold a job's lock; the one event is its record."""
        file, record = self._claimed(request.ref)
        with file:
            yield iter([record])

    @asynccontextmanager
    async def aopen(self, request: Claim) -> AsyncGenerator[AsyncIterator[JobRecord]]:
        """Hold a job's lock; the one event is its record."""
        file, record = await in_thread(self._claimed, request.ref)
        try:
            yield _once(record)
        finally:
            file.close()

    def _done(self, request: Wish) -> JobRecord | list[JobRecord] | None:
        match request:
            case Create(draft):
                return self._created(draft)
            case Note(ref, part, became, job):
                return self._added(ref, PartLine(part, became, time.time(), job))
            case NoteEnd(ref, status, read):
                return self._added(ref, EndLine(status, time.time(), read))
            case Forget(ref):
                return self._path(ref).unlink(missing_ok=True)
            case _:
                return self._sought(request)

    def _sought(self, request: Find | Torn | Latest | Unread) -> JobRecord | list[JobRecord] | None:
        match request:
            case Find(job_id, provider, host):
                found = self._found(job_id)
                here = (record for record in found if (record.provider, record.host) == (provider, host))
                return next(here, found[0] if found else None)
            case Torn(digest):
                return self._torn(digest)
            case Latest(digest, since):
                return self._latest(digest, since)
            case Unread(provider, host):
                return self._unread(provider, host)

    def _created(self, draft: Draft) -> JobRecord:
        self.folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        # The time comes first, so that names sort by age.
        ref = f"{self.begins}{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(4)}"
        line = JobLine(
            ref, draft.provider, draft.host, draft.model, draft.window, now, draft.digest, draft.operations, draft.items
        )
        with self._path(ref).open("xb") as file:
            _written(file, line)
        synced(self.folder)
        record = record_from(encoded_line(line))
        assert record is not None  # noqa: S101  (it was just written)
        return record

    def _added(self, ref: str, line: Line) -> JobRecord | None:
        path = self._path(ref)
        content = path.read_bytes()
        with path.open("ab") as file:
            if not content.endswith(b"\n"):  # half a line of a program that was killed
                file.truncate(content.rfind(b"\n") + 1)
            _written(file, line)
        return self._read(path)

    def _found(self, job_id: str) -> list[JobRecord]:
        if job_id.startswith(self.begins):
            path = self._path(job_id)
            record = self._read(path) if path.exists() else None
            return [] if record is None else [record]
        quoted = msgspec.json.encode(job_id)
        records = [self._read(path) for path in self._paths() if quoted in path.read_bytes()]
        return [record for record in records if record is not None and any(part.job == job_id for part in record.parts)]

    def _torn(self, digest: str) -> JobRecord | None:
        for path in self._paths():
            record = self._read(path) if digest.encode() in path.read_bytes() else None
            if record is not None and record.digest == digest and not record.submitted and not _is_held(path):
                return record
        return None

    def _latest(self, digest: str, since: float) -> JobRecord | None:
        for path in reversed(self._paths()):
            record = self._read(path) if digest.encode() in path.read_bytes() else None
            if record is not None and record.digest == digest and (not record.read or record.read_at > since):
                return record
        return None

    def _unread(self, provider: str, host: str) -> list[JobRecord]:
        records = [record for path in self._paths() if (record := self._read(path)) is not None and not record.read]
        return [record for record in records if record.provider == provider and record.host == host]

    def _claimed(self, ref: str) -> tuple[BinaryIO, JobRecord]:
        path = self._path(ref)
        try:
            file = path.open("r+b")
        except FileNotFoundError as error:
            message = f"The file of the job {ref!r} is gone: {str(path)!r}."
            raise BatchError(message, job_id=ref) from error
        record = self._read(path) if locked(file) else None
        if record is None:
            file.close()
            message = f"The job {ref!r} is being submitted by another program, or by another call, at this moment."
            raise BatchError(message, job_id=ref)
        return file, record

    def _read(self, path: Path) -> JobRecord | None:
        try:
            return record_from(path.read_bytes())
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            message = f"The job file {str(path)!r} cannot be read ({error}). Move it away; its job can still be found by its id."
            raise UnreadableFileError(message, str(path)) from error

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"{self.begins}*{_ENDING}")) if self.folder.is_dir() else []

    def _path(self, ref: str) -> Path:
        return self.folder / f"{Path(ref).name}{_ENDING}"


def _written(file: BinaryIO, line: Line) -> None:
    file.write(encoded_line(line))
    file.flush()
    os.fsync(file.fileno())


def _is_held(path: Path) -> bool:
    with path.open("r+b") as file:
        return not locked(file)


async def _once(record: JobRecord) -> AsyncGenerator[JobRecord]:
    yield record

"""What a job's file says: one JSON object a line, the first about the whole job, later ones about what became of it. Pure.

The first line is written before anything is sent, a "submitting" line before each of the provider's jobs is made, and a
"submitted" line after it. Texts of questions are in none of them: only ids, and digests of what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from racto_nb.models.batches import BatchStatus

_VERSION = 1


class ItemLine(msgspec.Struct, array_like=True, frozen=True):
    """An item: its id, the digest of what was sent, and the part that it is in."""

    custom_id: str
    digest: str
    part: int


class JobLine(msgspec.Struct, tag="job", tag_field="record", frozen=True):
    """The whole job. `operations` are the endpoints of its parts."""

    ref: str
    provider: str
    host: str
    model: str
    window: str
    created_at: float
    digest: str
    operations: tuple[str, ...]
    items: tuple[ItemLine, ...]
    version: int = _VERSION


class PartLine(msgspec.Struct, tag="part", tag_field="record", frozen=True):
    """What became of a part. `job` is the provider's id where it was submitted."""

    part: int
    became: Literal["submitting", "submitted", "refused"]
    at: float
    job: str = ""


class EndLine(msgspec.Struct, tag="end", tag_field="record", frozen=True):
    """That the job has ended, or (`read`) that its results were handed out."""

    status: BatchStatus
    at: float
    read: bool = False


Line = JobLine | PartLine | EndLine
_decoder = msgspec.json.Decoder(Line)


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A part: its endpoint, when it was tried to submit it (None: never), and the provider's id of it, "" before it has one."""

    operation: str
    tried: float | None = None
    job: str = ""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as its file tells it. `items` is empty for a job that was not handed in here; `read_at` is when it was last read."""

    ref: str
    provider: str
    host: str
    model: str
    window: str
    created_at: float
    digest: str
    parts: tuple[PartRecord, ...]
    items: tuple[ItemLine, ...] = ()
    status: BatchStatus = BatchStatus.PENDING
    read: bool = False
    read_at: float = 0.0

    @property
    def job_id(self) -> str:
        """What users call it: the provider's id, or ours where there are several of the provider's, or none yet."""
        return self.parts[0].job if len(self.parts) == 1 and self.parts[0].job else self.ref

    @property
    def submitted(self) -> bool:
        """Whether all of it is at the provider."""
        return all(part.job for part in self.parts)

    def of_part(self, number: int) -> list[int]:
        """The places of the items in one part, in the order in which they were sent."""
        return [place for place, item in enumerate(self.items) if item.part == number]

    def tag(self, number: int) -> str:
        """What one part is called at the provider."""
        return f"{self.ref}/{number}"


def foreign(job: str, *, provider: str, host: str, model: str) -> JobRecord:
    """The record of a job that was handed in elsewhere: all that is known is its id."""
    return JobRecord(job, provider, host, model, "", 0.0, "", (PartRecord("", job=job),))


def encoded_line(line: Line) -> bytes:
    """A line of a job's file."""
    return msgspec.json.encode(line) + b"\n"


def record_from(content: bytes) -> JobRecord | None:
    """What a job's file says; None where not even its first line is whole, so that nothing was sent.

    A program that is killed may leave half a line at the end: it is as if it had not been written.
    """
    lines = content.split(b"\n")[:-1]
    if not lines:
        return None
    first, *later = (_decoder.decode(line) for line in lines if line.strip())
    if not isinstance(first, JobLine):
        return None
    return _after(_begun(first), later)


def _begun(line: JobLine) -> JobRecord:
    parts = tuple(PartRecord(operation) for operation in line.operations)
    return JobRecord(line.ref, line.provider, line.host, line.model, line.window, line.created_at, line.digest, parts, line.items)


def _after(record: JobRecord, lines: Sequence[Line]) -> JobRecord:
    for line in lines:
        if isinstance(line, PartLine):
            record = _with_part(record, line)
        elif isinstance(line, EndLine):
            read_at = line.at if line.read else record.read_at
            record = replace(record, status=line.status, read=record.read or line.read, read_at=read_at)
    return record


def _with_part(record: JobRecord, line: PartLine) -> JobRecord:
    known = record.parts[line.part]
    tried = None if line.became == "refused" else known.tried or line.at
    part = PartRecord(known.operation, tried, line.job or known.job)
    parts = (*record.parts[: line.part], part, *record.parts[line.part + 1 :])
    done = all(each.job for each in parts)
    return replace(record, parts=parts, status=BatchStatus.IN_PROGRESS if done else record.status)


@dataclass(frozen=True, slots=True)
class Draft:
    """A job that is about to be written down."""

    provider: str
    host: str
    model: str
    window: str
    digest: str
    operations: tuple[str, ...]
    items: tuple[ItemLine, ...] = field(repr=False)

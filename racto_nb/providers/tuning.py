"""The port every provider that tunes models fills in: pure translation, like a wire. No I/O, no client, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.wire import Request


@dataclass(frozen=True, slots=True)
class TuningReport:
    """What a provider says of a tuning job. `said` is its own word for the status.

    `tuned` is the model that came of it, "" before there is one; `tokens` what was trained on and is charged, None where it is
    not told. `tag` is ours, as it was handed in with.
    """

    job: str
    status: BatchStatus
    said: str
    base: str = ""
    tuned: str = ""
    error: str = ""
    tokens: int | None = None
    created_at: float = 0.0
    tag: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file at the provider: its id, the name it was uploaded under, its size in bytes, and when that was."""

    id: str
    name: str
    size: int
    created_at: float


class TuningApi(Protocol):
    """Pure translation for one provider's tuning."""

    def created(self, asked: Mapping[str, Any], tag: str) -> Request:
        """Make the job that `asked` describes, with our `tag` on it."""
        ...

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        ...

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        ...

    def listed(self, after: str, most: int) -> Request:
        """Ask for at most so many jobs, the newest first; `after` is where the last page ended, "" for the first."""
        ...

    def report(self, raw: Mapping[str, Any]) -> TuningReport:
        """What a reply says of a job. Raises Unreadable for a reply that says nothing of one."""
        ...

    def page(self, raw: Mapping[str, Any]) -> tuple[list[TuningReport], str]:
        """The jobs of a page, and where it ended: "" for the last one."""
        ...


class FileApi(Protocol):
    """Pure translation for one provider's files of training data."""

    def uploaded(self, name: str, content: bytes) -> Request:
        """Upload a file."""
        ...

    def looked_up(self, file: str) -> Request:
        """Ask whether a file is there."""
        ...

    def files(self, after: str) -> Request:
        """Ask for a page of the files, the newest first."""
        ...

    def file(self, raw: Mapping[str, Any]) -> FileReport:
        """What a reply says of a file. Raises Unreadable for a reply that says nothing of one."""
        ...

    def files_page(self, raw: Mapping[str, Any]) -> tuple[list[FileReport], str]:
        """The files of a page, and where it ended: "" for the last one."""
        ...

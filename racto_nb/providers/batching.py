"""The port every provider with a batch API fills in: pure translation, like a wire. No I/O, no client, no clock.

A job of ours is one or more jobs of the provider's; what is called a job here is the provider's.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import Request

T = TypeVar("T")

Exchange = Generator[Request, Any, T]
"""Several requests, each made from the replies before it: yields a request, is sent its reply, and returns what came of it."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one job may hold: so many requests (None: no limit is known) and so many bytes."""

    requests: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """Items that become one job: their lines, as `BatchApi.line` wrote them, for one endpoint of one model.

    `tag` is our name for the job, for providers that keep one. `window` is the time in which it shall be done.
    """

    tag: str
    model: str
    operation: str
    lines: Sequence[bytes] = field(repr=False)
    window: str = "24h"


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a provider says of a job. Counts are None where it does not tell them.

    `tag` is the one it was submitted with, "" where the provider keeps none. `error` says why the job as a whole failed,
    `wrong_lines` why certain lines (counted from 0) did.
    """

    job: str
    status: BatchStatus
    created_at: float
    total: int | None = None
    completed: int | None = None
    failed: int | None = None
    tag: str = ""
    error: str = ""
    wrong_lines: Mapping[int, str] = field(default_factory=dict[int, str])
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What came of one item: the `reply`, as the chat endpoint would have given it, or an `error`.

    `custom_id` is "" where the provider does not say whose it is; then it is the item in the same place.
    """

    custom_id: str
    reply: Mapping[str, Any] | None
    error: str
    raw: Mapping[str, Any] = field(repr=False)


class BatchApi(Protocol):
    """Pure translation for one provider's batch API."""

    @property
    def limits(self) -> BatchLimits:
        """What one job may hold."""
        ...

    @property
    def keeps_tags(self) -> bool:
        """Whether a submitted job is found again by our tag. Otherwise it is found by the ids of its items."""
        ...

    def refused_id(self, custom_id: str) -> str:
        """Why the provider takes no item of this id; "" where it does."""
        ...

    def line(self, custom_id: str, request: Request) -> bytes:
        """An item as it goes out, on one line. Raises UsageError for what JSON cannot hold."""
        ...

    def marked(self, request: Request, cache: str) -> Request:
        """`request` with what it has in common with others marked for the provider's prompt cache. `cache` names it."""
        ...

    def submitted(self, part: Part) -> Exchange[JobReport]:
        """Hand in a job. The last request is the one that creates it."""
        ...

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        ...

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job. Raises Unreadable for a reply that says nothing of one."""
        ...

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        ...

    def listed(self, after: str, most: int) -> Request:
        """Ask for at most so many jobs, the newest first; `after` is where the last page ended, "" for the first."""
        ...

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page, and where it ended: "" for the last one."""
        ...

    def downloads(self, report: JobReport) -> list[Request]:
        """Where the results of a job lie, which are read by their lines."""
        ...

    def enclosed(self, report: JobReport) -> list[Mapping[str, Any]]:
        """The results that the report itself holds."""
        ...

    def answer(self, line: Mapping[str, Any]) -> ItemAnswer:
        """What one line of the results says."""
        ...


def seconds_of(time: object) -> float:
    """A time as providers write it, in seconds since 1970; 0 for none.

    >>> seconds_of(1767224341), seconds_of("2026-01-01T00:00:00Z"), seconds_of(None)
    (1767224341.0, 1767225600.0, 0.0)
    """
    if isinstance(time, int | float):
        return float(time)
    try:
        return datetime.fromisoformat(time).timestamp() if isinstance(time, str) else 0.0
    except ValueError:
        return 0.0


def count_of(value: object) -> int | None:
    """A count, which some providers write as text; None for none.

    >>> count_of(3), count_of("3"), count_of(None)
    (3, 3, None)
    """
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def error_text(said: object, *, code: object = "", status: object = None) -> str:
    """A provider's error in one line.

    >>> error_text("Too many requests.", code="rate_limit_exceeded", status=429)
    'HTTP 429 (rate_limit_exceeded): Too many requests.'
    """
    word = str(code) if code else ""
    where = f"HTTP {status} ({word})" if status and word else f"HTTP {status}" if status else word
    text = str(said) if said else "no reason was given"
    return f"{where}: {text}" if where else text


def no_job(raw: Mapping[str, Any]) -> Unreadable:
    """The failure for a reply that says nothing of a job."""
    return Unreadable(f"a JSON object with {', '.join(map(repr, sorted(raw)[:5])) or 'nothing'} in it")

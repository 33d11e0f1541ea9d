"""Where jobs come from: what a source of jobs is, and how the one of an object is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib import import_module
from typing import NamedTuple, Protocol, cast, runtime_checkable

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.jobs.kinds import source_named
from racto_nb.notebook.controllers.jobs.state import Job


class Came(NamedTuple):
    """What came of a job: the value, that in a line, and its cost in US dollars where only now it is known."""

    value: object
    said: str
    cost: Decimal | None = None


@runtime_checkable
class JobSource(Protocol):
    """Where jobs come from. All methods run on the panel's loop, and must not block it.

    What a job costs, how far it is and what can be done about it stands in its `Job`. A source whose jobs can be gone on with is
    a `Resuming` too, and one that is asked at no cost, such as of this process, may be a `Near`.
    """

    @property
    def kind(self) -> str:
        """What its jobs are, e.g. `batches`."""
        ...

    async def jobs(self) -> Sequence[Job]:
        """The jobs as they are now, those of earlier sessions too."""
        ...

    async def cancel(self, job_id: str) -> None:
        """Ask for the end of a job."""
        ...

    async def read(self, job_id: str) -> Came:
        """What came of a job that has ended."""
        ...


@runtime_checkable
class Resuming(Protocol):
    """A source whose jobs can be gone on with: those with "resume" in `Job.can`."""

    async def resume(self, job_id: str) -> None:
        """Go on with a job that was left in the middle."""
        ...


@runtime_checkable
class Near(Protocol):
    """A source that is asked more often than others, while one of its jobs is under way."""

    @property
    def pause(self) -> float:
        """Seconds between two looks."""
        ...


def source_of(given: object) -> JobSource:
    """The source of an object's jobs, or the source that was given. UsageError for what has no jobs."""
    if isinstance(given, JobSource):
        return given
    if not (named := source_named(given)):
        raise UsageError(
            f"{type(given).__name__} has no jobs. Give a batch processor, a tuner, a RactoRAG, a RactoCeleryWorker, or an object "
            "like a JobSource."
        )
    module, _, name = named.partition(":")
    return cast("Callable[[object], JobSource]", getattr(import_module(module), name))(given)

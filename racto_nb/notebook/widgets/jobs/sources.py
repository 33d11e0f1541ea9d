"""Where jobs come from: batch processors, tuners, and whatever else has these methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from racto_nb.batch.processor import BatchProcessor
from racto_nb.exceptions import UsageError
from racto_nb.finetune.tuning.tuner import FineTuner
from racto_nb.models.batches import BatchJobInfo
from racto_nb.notebook.controllers.jobs.state import Job

_ENDS = ("succeeded", "failed", "cancelled", "completed", "expired", "partially_succeeded")
ENDED = frozenset(f"{before}{word}" for before in ("", "job_state_") for word in _ENDS)
"""The words of providers for the end of a fine-tune, in small letters."""


@runtime_checkable
class JobSource(Protocol):
    """Where jobs come from. All methods run on the panel's loop, and must not block it."""

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

    async def read(self, job_id: str) -> tuple[object, str]:
        """What came of a job that has ended, and that in a line."""
        ...


def source_of(given: object) -> JobSource:
    """The source of a processor's or a tuner's jobs. UsageError for what has no jobs."""
    match given:
        case BatchProcessor():
            return Batches(given)
        case FineTuner():
            return Tunings(given)
        case JobSource():
            return given
        case _:
            raise UsageError(
                f"{type(given).__name__} has no jobs. Give a batch processor, a tuner, or an object like a JobSource."
            )


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a processor whose results were not read yet."""

    processor: BatchProcessor
    kind: str = "batches"

    async def jobs(self) -> Sequence[Job]:
        """The jobs of this machine; those that have not ended are asked about."""
        known = await self.processor.aresume()
        return [_batch(job if job.status.ended else await self.processor.apoll_status(job.job_id)) for job in known]

    async def cancel(self, job_id: str) -> None:
        """Ask the provider to end a job early."""
        await self.processor.acancel(job_id)

    async def read(self, job_id: str) -> tuple[object, str]:
        """The results of a job."""
        results = await self.processor.aget_results(job_id)
        return results, results.summary()


def _batch(job: BatchJobInfo) -> Job:
    return Job(
        id=job.job_id,
        status=job.status.value.replace("_", " "),
        ended=job.status.ended,
        model=job.model or "",
        done=job.completed,
        failed=job.failed,
        total=job.request_count,
        began=job.created_at,
        error=job.error or "",
    )


@dataclass(frozen=True, slots=True)
class Tunings:
    """The fine-tunes of a tuner that somebody still waits for."""

    tuner: FineTuner
    kind: str = "fine-tunes"

    async def jobs(self) -> Sequence[Job]:
        """The jobs that were made from this machine, each asked about."""
        return [await self._job(job.job_id, job.created_at) for job in await self.tuner.aunfinished_jobs()]

    async def _job(self, job_id: str, began: float) -> Job:
        told = await self.tuner.aget_status(job_id)
        status = str(told["status"])
        error = told["error"]
        return Job(
            id=job_id,
            status=status.lower().replace("_", " "),
            ended=status.lower() in ENDED,
            model=str(told["model"] or ""),
            began=began,
            error="" if not error else str(error),
        )

    async def cancel(self, job_id: str) -> None:
        """Ask the provider to end a job early."""
        await self.tuner.acancel_job(job_id)

    async def read(self, job_id: str) -> tuple[object, str]:
        """The status of a job that has ended, with the name of its model."""
        told = await self.tuner.aget_status(job_id)
        return told, f"model {told['fine_tuned_model']}" if told["fine_tuned_model"] else "no model was made"

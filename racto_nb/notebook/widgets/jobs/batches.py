"""The batches of a processor, for a panel of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.batch.processor import BatchProcessor
from racto_nb.models.batches import BatchJobInfo, BatchStatus
from racto_nb.notebook.controllers.jobs.state import Job
from racto_nb.notebook.widgets.jobs.sources import Came


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

    async def read(self, job_id: str) -> Came:
        """The results of a job, and what they cost at batch prices."""
        results = await self.processor.aget_results(job_id)
        costs = (results.cost, results.warm_up_cost)
        known = [cost for cost in costs if cost is not None]
        return Came(results, results.summary(), sum(known[1:], known[0]) if len(known) == len(costs) else None)


def _batch(job: BatchJobInfo) -> Job:
    """A provider counts the tokens of a batch answer by answer, so that its cost is known when these are read."""
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
        pending="when it was read" if job.status.ended and job.status is not BatchStatus.FAILED else "",
    )

"""The batches of a Celery worker, for a panel of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from racto_nb.celery.handles import TaskGroup
from racto_nb.celery.results import TaskResult
from racto_nb.celery.worker import RactoCeleryWorker
from racto_nb.exceptions import NotFoundError
from racto_nb.fleet.progress import UNHEARD, FleetProgress
from racto_nb.flow.threads import in_thread
from racto_nb.notebook.controllers.jobs.state import Job
from racto_nb.notebook.widgets.jobs.sources import Came


@dataclass(frozen=True, slots=True)
class Fleets:
    """The groups that `worker.parallel_batch` sent, in this session and in earlier ones."""

    worker: RactoCeleryWorker
    kind: str = "fleets"
    pause: float = 2.0
    _over: dict[str, Job] = field(default_factory=dict[str, Job], repr=False)
    """Those that have ended: nobody asks for their tasks again."""

    async def jobs(self) -> Sequence[Job]:
        """The groups, each looked at once."""
        return [await self._looked(group) for group in await self.worker.agroups()]

    async def cancel(self, job_id: str) -> None:
        """Tell the workers not to begin the tasks of a group."""
        await self.worker.acancel(await self._group(job_id))

    async def read(self, job_id: str) -> Came:
        """The results of a group's tasks, and what their answers cost."""
        results = await self.worker.await_parallel(await self._group(job_id), timeout_s=0)
        answered = sum(result.ok for result in results)
        failed = len(results) - answered
        said = f"{answered} of {len(results)} answered{f', {failed} failed' if failed else ''}"
        return Came(results, said, await in_thread(_cost, results))

    async def _group(self, job_id: str) -> TaskGroup:
        groups = {group.id: group for group in await self.worker.agroups()}
        if job_id not in groups:
            raise NotFoundError.among("group", job_id, groups)
        return groups[job_id]

    async def _looked(self, group: TaskGroup) -> Job:
        if group.id in self._over:
            return self._over[group.id]
        job = _job(group, self.worker.name, await self.worker.aprogress(group, timeout_s=0, on_progress=UNHEARD))
        if job.ended:
            self._over[group.id] = job
        return job


def _job(group: TaskGroup, model: str, progress: FleetProgress) -> Job:
    under_way = progress.done or progress.running or progress.retrying
    return Job(
        id=group.id,
        status="completed" if progress.ended else "running" if under_way else "pending",
        ended=progress.ended,
        model=model,
        done=progress.done - progress.failed,
        failed=progress.failed,
        total=progress.rows,
        began=group.began,
        pending="when it was read" if progress.ended else "",
    )


def _cost(results: Sequence[TaskResult]) -> Decimal | None:
    """US dollars for the answers; None where the price of one is unknown. It looks at the catalogue's file."""
    from racto_nb.providers.pricing import price_of_all

    spents = [result.response.spent for result in results if result.ok]
    return price_of_all(one for few in spents for one in few) if all(spents) else None

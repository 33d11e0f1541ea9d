"""The batches of a Celery worker as jobs of a panel: `JobsPanel([Fleets(worker, {"reviews": group})])`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from racto_nb.celery.handles import TaskGroup
from racto_nb.celery.worker import RactoCeleryWorker
from racto_nb.exceptions import NotFoundError
from racto_nb.fleet.progress import FleetProgress
from racto_nb.notebook.controllers.jobs.state import Job


@dataclass(frozen=True, slots=True)
class Fleets:
    """A JobSource of groups that `worker.parallel_batch` returned, by names of yours."""

    worker: RactoCeleryWorker
    groups: Mapping[str, TaskGroup]
    kind: str = "fleets"

    async def jobs(self) -> Sequence[Job]:
        """The groups, each looked at once."""
        return [
            _job(name, self.worker.name, await self.worker.aprogress(group, timeout_s=0)) for name, group in self.groups.items()
        ]

    async def cancel(self, job_id: str) -> None:
        """Tell the workers not to begin the tasks of a group."""
        await self.worker.acancel(self._group(job_id))

    async def read(self, job_id: str) -> tuple[object, str]:
        """The results of a group's tasks."""
        results = await self.worker.await_parallel(self._group(job_id), timeout_s=0)
        failed = sum(1 for result in results if not result.ok)
        return results, f"{len(results) - failed} of {len(results)} answered{f', {failed} failed' if failed else ''}"

    def _group(self, name: str) -> TaskGroup:
        if name not in self.groups:
            raise NotFoundError.among("group", name, self.groups)
        return self.groups[name]


def _job(name: str, model: str, progress: FleetProgress) -> Job:
    status = "completed" if progress.ended else "running" if progress.done or progress.running else "pending"
    return Job(
        id=name,
        status=status,
        ended=progress.ended,
        model=model,
        done=progress.done - progress.failed,
        failed=progress.failed,
        total=progress.rows,
    )

"""The fine-tunes of a tuner, for a panel of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.finetune.tuning.tuner import FineTuner
from racto_nb.notebook.controllers.jobs.state import Job
from racto_nb.notebook.widgets.jobs.sources import Came

_ENDS = ("succeeded", "failed", "cancelled", "completed", "expired", "partially_succeeded")
ENDED = frozenset(f"{before}{word}" for before in ("", "job_state_") for word in _ENDS)
"""The words of providers for the end of a fine-tune, in small letters."""


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
            cost=self.tuner.cost_of(told),
        )

    async def cancel(self, job_id: str) -> None:
        """Ask the provider to end a job early."""
        await self.tuner.acancel_job(job_id)

    async def read(self, job_id: str) -> Came:
        """The status of a job that has ended, with the name of its model."""
        told = await self.tuner.aget_status(job_id)
        model = told["fine_tuned_model"]
        return Came(told, f"model {model}" if model else "no model was made", self.tuner.cost_of(told))

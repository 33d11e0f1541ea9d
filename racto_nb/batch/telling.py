"""Who is told how far a job is when nobody was named: the log, at level INFO. A notebook that listens there draws a bar."""

from __future__ import annotations

import logging

from racto_nb.models.batches import BatchJobInfo

_progress = logging.getLogger("racto_nb.batch.progress")


class Logged:
    """An `on_progress` that writes to the log `racto_nb.batch.progress`. One object is one wait."""

    def __call__(self, info: BatchJobInfo) -> None:
        """Write what is known of the job now. The record has it as `batch_job`, and this object as `batch_wait`."""
        told = {"batch_job": info, "batch_wait": self}
        _progress.info("The job %s is %s.", info.job_id, info.status.value, extra=told)

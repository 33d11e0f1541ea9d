"""What a page is sent of jobs, and what is saved of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from racto_nb.notebook.controllers.jobs.state import Job, JobsState
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.tabling import Table, table_bundle

HEADS = ("job", "of", "model", "began", "state", "progress", "what came of it")


def view(state: JobsState) -> dict[str, Any]:
    """The parts: the sources with their jobs, and the pause between two looks."""
    return {
        "sources": [
            {
                "name": name,
                "kind": told.kind,
                "trouble": printable(told.trouble),
                "looked": told.looked,
                "jobs": [_job(job) for job in told.jobs.values()],
            }
            for name, told in state.sources.items()
        ],
        "looking": {"every": state.every, "now": state.looking, "all_ended": state.all_ended},
        "status": _status(state),
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "model": printable(job.model),
        "status": printable(job.status),
        "ended": job.ended,
        "done": job.done,
        "failed": job.failed,
        "total": job.total,
        "progress": progress(job),
        "began": began(job),
        "error": printable(job.error),
        "result": printable(job.result),
        "doing": job.doing,
    }


def progress(job: Job) -> str:
    """How far it is, in words.

    >>> progress(Job("a", "in progress", False, done=3, failed=1, total=10))
    '4 of 10, 1 failed'
    """
    if job.done is None or not job.total:
        return "" if not job.total else f"{job.total:,} in all"
    failed = f", {job.failed:,} failed" if job.failed else ""
    return f"{job.done + (job.failed or 0):,} of {job.total:,}{failed}"


def began(job: Job) -> str:
    """When it began, in UTC; "" where nobody says."""
    return "" if job.began is None else f"{datetime.fromtimestamp(job.began, UTC):%Y-%m-%d %H:%M} UTC"


def _status(state: JobsState) -> str:
    jobs = [job for told in state.sources.values() for job in told.jobs.values()]
    running = sum(not job.ended for job in jobs)
    return f"{running} of {len(jobs)} jobs are under way." if jobs else ""


def twin(state: JobsState) -> dict[str, str]:
    """The jobs as a table, as they stand in a saved notebook."""
    rows = [_row(name, job) for name, told in state.sources.items() for job in told.jobs.values()]
    troubles = [f"{name}: {told.trouble}" for name, told in state.sources.items() if told.trouble]
    caption = " · ".join(["Jobs" if rows else "There is no job of this machine that somebody still waits for.", *troubles])
    return table_bundle(Table(HEADS, rows, printable(caption)))


def _row(name: str, job: Job) -> Sequence[str]:
    return job.id, name, job.model, began(job), job.status, progress(job), job.error or job.result

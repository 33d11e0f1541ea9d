"""What a page is sent of jobs, and what is saved of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from racto_nb.notebook.controllers.jobs.state import Costs, Job, JobsState, costs_of
from racto_nb.notebook.display.footer import price
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.tabling import Table, table_bundle

HEADS = ("job", "of", "model", "began", "state", "progress", "cost", "what came of it")


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
                "cost": total(costs_of(told.jobs.values())),
            }
            for name, told in state.sources.items()
        ],
        "looking": {"every": state.every, "now": state.looking, "all_ended": state.all_ended},
        "costs": {"total": total(costs_of(_jobs(state)))},
        "status": _status(state),
    }


def _jobs(state: JobsState) -> list[Job]:
    return [job for told in state.sources.values() for job in told.jobs.values()]


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
        "cost": cost_of(job),
        "verbs": list(job.verbs),
        "note": printable(job.note),
    }


def cost_of(job: Job) -> str:
    """What it cost, in words.

    >>> from decimal import Decimal
    >>> cost_of(Job("a", "completed", True, cost=Decimal("0.5"))), cost_of(Job("a", "completed", True))
    ('$0.50', 'price unknown')
    >>> cost_of(Job("a", "in progress", False))
    'not known yet'
    """
    if job.cost is not None:
        return price(job.cost)
    return f"known {printable(job.pending)}" if job.pending else price(None) if job.ended else "not known yet"


def total(costs: Costs) -> str:
    """What jobs cost together, in words; "" for no jobs.

    >>> from decimal import Decimal
    >>> total(Costs(Decimal("0.5"), 1, 2, 1))
    '$0.50, and 2 of unknown price, 1 not known yet'
    """
    known = price(costs.known) if costs.priced else ""
    others = [
        f"{costs.unknown:,} of unknown price" if costs.unknown else "",
        f"{costs.later:,} not known yet" if costs.later else "",
    ]
    told = ", ".join(filter(None, others))
    return f"{known}, and {told}" if known and told else known or told


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
    jobs = _jobs(state)
    running = sum(not job.ended for job in jobs)
    return f"{running} of {len(jobs)} jobs are under way." if jobs else ""


def twin(state: JobsState) -> dict[str, str]:
    """The jobs as a table, as they stand in a saved notebook."""
    rows = [_row(name, job) for name, told in state.sources.items() for job in told.jobs.values()]
    troubles = [f"{name}: {told.trouble}" for name, told in state.sources.items() if told.trouble]
    cost = total(costs_of(_jobs(state)))
    none = "" if troubles else "There is no job of this machine that somebody still waits for."
    caption = " · ".join(filter(None, [f"Jobs{cost and f' · cost: {cost}'}" if rows else none, *troubles]))
    return table_bundle(Table(HEADS, rows, printable(caption)))


def _row(name: str, job: Job) -> Sequence[str]:
    return job.id, name, job.model, began(job), job.status, progress(job), cost_of(job), job.error or job.result or job.note

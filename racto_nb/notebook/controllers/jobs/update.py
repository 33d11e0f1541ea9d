"""What a panel of jobs does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.jobs.events import (
    Cancel,
    Changed,
    Do,
    Every,
    Listed,
    Look,
    LookAround,
    Looked,
    Read,
    Resume,
    Troubled,
)
from racto_nb.notebook.controllers.jobs.state import Job, JobsState, Told, Verb

_VERBS: Mapping[type, Verb] = {Cancel: "cancel", Read: "read", Resume: "resume"}
_DOING: Mapping[Verb, str] = {"cancel": "cancelling", "read": "reading", "resume": "resuming"}
SHORTEST = 5.0
"""Seconds between two looks that a page may ask for, at least."""
ENDED_ELSEWHERE = "ended elsewhere"
GONE = "Its end was taken outside this panel, such as by a cell that waited for it."


def update(state: JobsState, event: object) -> tuple[JobsState, Sequence[object]]:
    """The next state and what is to be done. UsageError for a job that is not there, or cannot be cancelled or read now."""
    match event:
        case Look():
            return _looking(state, state.every)
        case Every() if 0 < event.value < SHORTEST:
            raise UsageError(f"Looking each {event.value:g} s would be too much for a provider: {SHORTEST:g} s at least, or 0.")
        case Every():
            return _looking(state, event.value)
        case Cancel() | Read() | Resume():
            verb = _VERBS[type(event)]
            return _asked(state, event.source, event.id, verb), [Do(verb, event.source, event.id)]
        case Looked():
            # The end of a look that another one has replaced is not the end of that one.
            return (replace(state, looking=False) if event.number == state.look else state), ()
        case _:
            return _told(state, event), ()


def _looking(state: JobsState, every: float) -> tuple[JobsState, Sequence[object]]:
    number = state.look + 1
    return replace(state, every=every, looking=True, look=number), [LookAround(every, number)]


def _told(state: JobsState, event: object) -> JobsState:
    match event:
        case Listed():
            return _with(state, event.source, _listed(_source(state, event.source), event.jobs))
        case Troubled():
            return _with(state, event.source, replace(_source(state, event.source), trouble=event.why))
        case Changed():
            told = _source(state, event.source)
            known = told.jobs.get(event.id)
            return state if known is None else _with(state, event.source, told.with_job(event.id, **_changed(known, event)))
        case _:
            raise UsageError(f"A panel of jobs does not know what to do about {event!r}.")


def _changed(known: Job, event: Changed) -> dict[str, object]:
    """What is new about a job. Of one that was read nobody will tell a price any more."""
    return {
        "doing": "",
        "error": event.error,
        "result": event.result or known.result,
        "cost": known.cost if event.cost is None else event.cost,
        "pending": "" if event.result else known.pending,
    }


def _listed(told: Told, jobs: Sequence[Job]) -> Told:
    """The jobs as they are now. What was read of one, and what is done about it, is kept; so is one that is told no more."""
    found = {job.id: job for job in jobs}
    for key, had in told.jobs.items():
        now = found.get(key)
        found[key] = _gone(had) if now is None else _kept(had, now)
    return replace(
        told, jobs=dict(sorted(found.items(), key=lambda item: (item[1].began or 0.0, item[0]))), trouble="", looked=True
    )


def _gone(had: Job) -> Job:
    """A job that its source tells of no more: its end was taken where somebody waited for it, such as in a cell."""
    if had.ended:
        return had
    return replace(had, status=ENDED_ELSEWHERE, ended=True, can=None if had.can is None else (), note=GONE)


def _kept(had: Job, now: Job) -> Job:
    error = now.error or ("" if had.ended and not now.ended else had.error)
    cost, pending = (had.cost, had.pending) if had.result and now.cost is None else (now.cost, now.pending)
    return replace(now, result=had.result or now.result, doing=had.doing, error=error, cost=cost, pending=pending)


def _asked(state: JobsState, source: str, key: str, verb: Verb) -> JobsState:
    told = _source(state, source)
    job = told.jobs.get(key)
    if job is None:
        raise UsageError(f"There is no job {key!r} of {source!r}.")
    if job.doing:
        raise UsageError(f"{key!r} is {job.doing} already.")
    if verb not in job.verbs:
        raise UsageError(_refusal(job, verb))
    return _with(state, source, told.with_job(key, doing=_DOING[verb], error=""))


def _refusal(job: Job, verb: Verb) -> str:
    told = f" {job.note}" if job.note else ""
    match verb:
        case "cancel" if job.ended:
            return f"{job.id!r} has ended ({job.status}); there is nothing to cancel."
        case "read" if not job.ended:
            return f"{job.id!r} has not ended yet ({job.status}); there is nothing to read."
        case _:
            return f"There is no way to {verb} {job.id!r} ({job.status}).{told}"


def _source(state: JobsState, name: str) -> Told:
    if (found := state.sources.get(name)) is None:
        raise UsageError(f"There is no source of jobs {name!r}. There is: {', '.join(state.sources) or 'none'}.")
    return found


def _with(state: JobsState, name: str, told: Told) -> JobsState:
    return replace(state, sources={**state.sources, name: told})

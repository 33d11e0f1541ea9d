"""What a processor does, written once for both colours. Flows: no I/O here, only effects."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from racto_nb.batch.bounding import give_up, set_aside, settle
from racto_nb.batch.desk import Desk
from racto_nb.batch.entering import entered, entered_warm_up
from racto_nb.batch.errors import BatchError, BatchUndecidedError
from racto_nb.batch.job_files import Unread
from racto_nb.batch.planning import Plan
from racto_nb.batch.records import JobRecord
from racto_nb.batch.results import BatchResults, prices_of
from racto_nb.batch.submitting import Submitted, Wanted, completed, plan_of, submitted
from racto_nb.batch.tracing import traced_results, traced_submission
from racto_nb.batch.waiting import Patience, info_of, noted_info, polled, record_of, results, waited
from racto_nb.batch.warming import warmed
from racto_nb.budgets.budget import Reservation
from racto_nb.flow.effects import Flow, call, now, send, sleep
from racto_nb.models.batches import BatchJobInfo, BatchResult
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.providers.batching import JobReport


@dataclass(frozen=True, slots=True)
class Known:
    """What a processor knows of a job that it handed in: what was asked, by id, what was asked beforehand,
    and what budgets have set aside."""

    configs: Mapping[str, ChatConfig] = field(default_factory=dict[str, ChatConfig])
    warm_up: Sequence[LLMResponse] = ()
    held: Sequence[Reservation] = ()


@dataclass(slots=True)
class Memory:
    """What was asked, by job: classes cannot be written into a file. Usable from several threads."""

    _known: dict[str, Known] = field(default_factory=dict[str, Known])
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, ref: str, plan: Plan, warm_up: Sequence[LLMResponse] = (), held: Sequence[Reservation] = ()) -> None:
        """Remember what was asked in a job."""
        configs = {one.config.custom_id: one.config for one in plan.asked}
        with self._turn:
            self._known[ref] = Known(configs, warm_up, held)

    def of(self, ref: str) -> Known:
        """What is known of a job, nothing where it was not handed in here."""
        with self._turn:
            return self._known.get(ref, Known())


def submit(desk: Desk, memory: Memory, wanted: Wanted) -> Flow[tuple[JobRecord, BatchJobInfo]]:
    """Hand in a batch."""
    return (yield from traced_submission(desk, len(wanted.items), _submit(desk, memory, wanted)))


def _submit(desk: Desk, memory: Memory, wanted: Wanted) -> Flow[tuple[JobRecord, BatchJobInfo]]:
    plan = yield from plan_of(desk, wanted)
    held = yield from set_aside(desk, plan, warmed=bool(wanted.cache))
    began = yield from now()
    try:
        warm_up = (yield from warmed(desk, plan, wanted.cache)) if wanted.cache else []
        yield from entered_warm_up(desk, warm_up, began)
        done = yield from submitted(desk, wanted, plan)
    except BaseException as error:
        give_up(held, error)
        raise
    memory.keep(done.record.ref, plan, warm_up, held)
    return done.record, (yield from _info(desk, done))


def _info(desk: Desk, done: Submitted) -> Flow[BatchJobInfo]:
    parts = range(len(done.record.parts))
    if all(number in done.reports for number in parts):
        return info_of(done.record, [done.reports[number] for number in parts])
    return info_of(done.record, (yield from polled(desk, done.record)))


def poll(desk: Desk, job_id: str) -> Flow[BatchJobInfo]:
    """How far a job is."""
    record = yield from record_of(desk, job_id)
    if not record.submitted:
        return noted_info(record)
    return info_of(record, (yield from polled(desk, record)))


def fetch(desk: Desk, memory: Memory, job_id: str) -> Flow[BatchResults]:
    """The results of a job that has ended."""
    record = yield from record_of(desk, job_id)
    reports = yield from polled(desk, record)
    return (yield from _read(desk, memory, record, reports))


def submit_and_wait(desk: Desk, memory: Memory, wanted: Wanted, patience: Patience) -> Flow[BatchResults]:
    """Hand in a batch, wait for its end and read its results."""
    record, info = yield from submit(desk, memory, wanted)
    if patience.told is not None:
        yield from call(partial(patience.told, info))
    _, reports = yield from waited(desk, record, patience)
    return (yield from _read(desk, memory, record, reports))


def unread(desk: Desk) -> Flow[list[BatchJobInfo]]:
    """The jobs that were handed in from here and whose results were not read yet, as their files tell them."""
    records = cast("list[JobRecord]", (yield from send(desk.jobs, Unread(desk.name, desk.host))))
    return [noted_info(record) for record in records]


def resume(desk: Desk, memory: Memory, job_id: str, wanted: Wanted | None, patience: Patience) -> Flow[BatchResults]:
    """Go on with a job: hand in what is missing, wait for its end, read its results."""
    record = yield from record_of(desk, job_id)
    plan = (yield from _same_plan(desk, record, wanted)) if wanted is not None else None
    known = memory.of(record.ref)
    held = known.held
    if not record.submitted:
        held = (yield from set_aside(desk, plan, warmed=False)) if plan is not None else ()
        try:
            record = yield from _mended(desk, record, plan, patience)
        except BaseException as error:
            give_up(held, error)
            raise
    if plan is not None:
        memory.keep(record.ref, plan, known.warm_up, held)
    _, reports = yield from waited(desk, record, patience)
    return (yield from _read(desk, memory, record, reports))


def _same_plan(desk: Desk, record: JobRecord, wanted: Wanted) -> Flow[Plan]:
    """The plan for the items of a job, which are those that it was written down with."""
    for each in (replace(wanted, cache=""), wanted):  # with or without marks for the cache
        plan = yield from plan_of(desk, each)
        if plan.digest == record.digest or not record.items:
            return plan
    known = {item.custom_id for item in record.items}
    other = [one.config.custom_id for one in plan.asked if one.config.custom_id not in known]
    why = (
        f"{other[0]!r} is not among its items"
        if other
        else "the model, the prompt or a question is another one, or an item is missing"
    )
    message = f"These items are not those of the job {record.job_id!r}: {why}. Nothing was sent."
    raise BatchError(message, job_id=record.job_id)


def _mended(desk: Desk, record: JobRecord, plan: Plan | None, patience: Patience) -> Flow[JobRecord]:
    """The record of a job that is at the provider as a whole now. Waits where only the end of another job can tell."""
    began: float = yield from call(time.monotonic)
    while True:
        try:
            return (yield from completed(desk, plan, record)).record
        except BatchUndecidedError:
            now: float = yield from call(time.monotonic)
            if (left := patience.most - (now - began)) <= 0:
                raise
        yield from sleep(min(patience.interval, left))


def _read(desk: Desk, memory: Memory, record: JobRecord, reports: Sequence[JobReport]) -> Flow[BatchResults]:
    return (yield from traced_results(desk, record.job_id, _results(desk, memory, record, reports)))


def _results(desk: Desk, memory: Memory, record: JobRecord, reports: Sequence[JobReport]) -> Flow[BatchResults]:
    known = memory.of(record.ref)
    found = yield from results(desk, record, reports, known.configs)
    told: BatchResults = yield from call(partial(_priced, desk, record, reports, found, known))
    settle(known.held, told)
    yield from entered(desk, record, told)
    return told


def _priced(
    desk: Desk, record: JobRecord, reports: Sequence[JobReport], found: Sequence[BatchResult], known: Known
) -> BatchResults:
    prices = prices_of(desk.spec)
    for result in found:
        if result.response is not None:
            result.cost = prices.batch(result.response.usage)
    return BatchResults(found, job=info_of(record, reports), standard=prices.standard, warm_up=known.warm_up)

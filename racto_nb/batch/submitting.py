"""Hand a batch in, so that whatever happens nothing is paid twice. Kind: flow.

The job is written down first. Where an earlier program, or an earlier call, died or lost its connection in the middle, the
provider's list is looked through before anything is sent again: by our tag where the provider keeps one, else by the ids of the
items in the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from racto_nb.batch.desk import Desk
from racto_nb.batch.errors import BatchError, BatchUndecidedError, naming
from racto_nb.batch.job_files import Claim, Create, Forget, Note, Torn
from racto_nb.batch.planning import Plan, planned
from racto_nb.batch.records import JobRecord
from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.effects import Flow, call, close_stream, next_event, open_stream, send, sleep
from racto_nb.kits.polling import certainly_refused
from racto_nb.models.batches import BatchItem
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.batching import JobReport, Part

SETTLING = 5.0
"""So many seconds a request may be on its way after its sender died."""
_SKEW = 900.0
"""By so many seconds our clock and the provider's may differ."""
_PAGE = 100
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be handed in, and how. With the name of a `cache` it is marked for the provider's prompt cache."""

    items: Sequence[BatchItem]
    prompt: RactoPrompt | None = None
    window: str = "24h"
    cache: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job at the provider, and what the provider said of the parts that were handed in, or found, just now."""

    record: JobRecord
    reports: dict[int, JobReport]


def plan_of(desk: Desk, wanted: Wanted) -> Flow[Plan]:
    """The plan, made where it keeps no event loop waiting."""
    make = partial(
        planned,
        wanted.items,
        provider=desk.provider,
        api=desk.api,
        settings=desk.settings,
        prompt=wanted.prompt,
        host=desk.host,
        cache=wanted.cache,
    )
    plan: Plan = yield from call(make)
    return plan


def submitted(desk: Desk, wanted: Wanted, plan: Plan) -> Flow[Submitted]:
    """Hand in a batch. One with the same content that was handed in only in part, or whose end is unknown, is gone on with."""
    record = cast("JobRecord | None", (yield from send(desk.jobs, Torn(plan.digest))))
    if record is None:
        draft = plan.draft(desk.name, desk.host, desk.settings.model, wanted.window)
        record = cast("JobRecord", (yield from send(desk.jobs, Create(draft))))
    return (yield from completed(desk, plan, record))


def completed(desk: Desk, plan: Plan | None, record: JobRecord) -> Flow[Submitted]:
    """Note what of a job is at the provider, and hand in the rest. Without a plan BatchError is raised where there is a rest."""
    claim = yield from open_stream(desk.jobs, Claim(record.ref))
    record = cast("JobRecord", (yield from next_event(claim)))
    try:
        done = yield from _completed(desk, plan, record)
    except Exception:
        yield from close_stream(claim)  # who catches the error may try again
        raise
    yield from close_stream(claim)
    return done


def _completed(desk: Desk, plan: Plan | None, record: JobRecord) -> Flow[Submitted]:
    reports: dict[int, JobReport] = {}
    for number, part in enumerate(record.parts):
        if part.job:
            continue
        report = (yield from found(desk, record, number)) if part.tried is not None else None
        if report is None:
            if plan is None:
                raise not_submitted(record)
            report = yield from _handed_in(desk, record, plan, number)
        reports[number] = report
        record = cast("JobRecord", (yield from send(desk.jobs, Note(record.ref, number, "submitted", report.job))))
    return Submitted(record, reports)


def not_submitted(record: JobRecord) -> BatchError:
    """The error for a job that is written down, and is not, or not whole, at the provider."""
    there = sum(bool(part.job) for part in record.parts)
    how = (
        f"{there} of its {len(record.parts)} parts were handed in" if there else "nothing of it was handed in, as far as is known"
    )
    message = (
        f"The job {record.ref!r} is written down, but {how}. resume({record.ref!r}, items=[...]), with the same items, looks "
        "for it at the provider and hands in what is missing."
    )
    return BatchError(message, job_id=record.ref)


def _handed_in(desk: Desk, record: JobRecord, plan: Plan, number: int) -> Flow[JobReport]:
    yield from send(desk.jobs, Note(record.ref, number, "submitting"))
    # As it was written down: another version of this package may make other parts of the same items.
    lines, operation = plan.lines(record.of_part(number)), record.parts[number].operation
    part = Part(record.tag(number), record.model, operation, lines, record.window)
    try:
        return (yield from desk.exchanged(desk.api.submitted(part)))
    except RactoGatewayError as error:
        if not certainly_refused(error):
            raise _uncertain(error, record) from None
        yield from send(desk.jobs, Note(record.ref, number, "refused"))
        if any(each.job for each in record.parts):
            raise naming(error, record.ref) from None
        yield from send(desk.jobs, Forget(record.ref))
        raise


def _uncertain(error: RactoGatewayError, record: JobRecord) -> RactoGatewayError:
    message = (
        f"{error} Whether the batch was accepted is not known. Hand in the same items again: before anything is sent, the "
        f"provider's list is looked through for this one (job {record.ref!r})."
    )
    error.args = (message, *error.args[1:])
    error.__dict__["job_id"] = record.ref
    return error


def found(desk: Desk, record: JobRecord, number: int) -> Flow[JobReport | None]:
    """The provider's job that a part became, though nobody noted it; None where it became none.

    Raises BatchUndecidedError where only a job that is not done yet could be it, for a provider that keeps no tags.
    """
    report = yield from _looked_for(desk, record, number)
    if report is None:
        yield from sleep(SETTLING)  # what a program sent before it died may still be on its way
        report = yield from _looked_for(desk, record, number)
    return report


def _looked_for(desk: Desk, record: JobRecord, number: int) -> Flow[JobReport | None]:
    tried = record.parts[number].tried or record.created_at
    after, pages = "", 0
    while pages < _MOST_PAGES:
        reports, after = desk.page((yield from desk.read(desk.api.listed(after, _PAGE))))
        for report in reports:
            if desk.api.keeps_tags:
                if report.tag == record.tag(number):
                    return report
            elif (yield from _is_it(desk, record, number, report, tried)):
                return report
        if not after or (reports and 0 < reports[-1].created_at < tried - _SKEW):
            return None
        pages += 1
    return None


def _is_it(desk: Desk, record: JobRecord, number: int, report: JobReport, tried: float) -> Flow[bool]:
    """Whether a job of a provider that keeps no tags is the part: made since it was tried, with the same items."""
    places = record.of_part(number)
    known = any(report.job == part.job for part in record.parts)
    if known or report.created_at < tried - _SKEW or report.total != len(places):
        return False
    report = desk.report((yield from desk.read(desk.api.polled(report.job))))
    if not report.status.ended:
        message = (
            f"The job {record.ref!r} was being submitted when its program died, and {report.job!r} at {desk.name} may be it: "
            f"that is known when it has ended. Call resume({record.ref!r}) then; nothing is sent again before."
        )
        raise BatchUndecidedError(message, job_id=record.ref)
    ids = {record.items[place].custom_id for place in places}
    for request in desk.api.downloads(report):
        lines = yield from desk.lines(request)
        if ids == {desk.api.answer(line).custom_id for line in lines}:
            return True
    return False

"""Ask how far a job is, wait for its end, read its results, end it early. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from racto_nb.batch.desk import Desk
from racto_nb.batch.errors import BatchError, BatchTimeoutError, naming
from racto_nb.batch.job_files import Find, NoteEnd
from racto_nb.batch.reading import PartAnswers, results_of
from racto_nb.batch.records import JobRecord, foreign
from racto_nb.batch.submitting import not_submitted
from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.effects import Flow, call, send, together
from racto_nb.kits.polling import ended_look
from racto_nb.models.batches import BatchJobInfo, BatchResult, BatchStatus
from racto_nb.models.chat import ChatConfig
from racto_nb.providers.batching import JobReport

_ENDS = (BatchStatus.FAILED, BatchStatus.EXPIRED, BatchStatus.CANCELLED)
"""What a split job ended as, where one of its parts did."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a job, in seconds, how often to ask, and who is told how far it is."""

    interval: float = 60.0
    most: float = 86_400.0
    told: Callable[[BatchJobInfo], object] | None = None


def record_of(desk: Desk, job_id: str) -> Flow[JobRecord]:
    """The record of a job; of one that was handed in elsewhere, a record that knows its id only."""
    known = cast("JobRecord | None", (yield from send(desk.jobs, Find(job_id, desk.name, desk.host))))
    if known is not None and (known.provider != desk.name or known.host != desk.host):
        message = (
            f"The job {job_id!r} is one of {known.provider} at {known.host}; this processor asks {desk.name} at {desk.host}."
        )
        raise BatchError(message, job_id=job_id)
    return known or foreign(job_id, provider=desk.name, host=desk.host, model=desk.settings.model)


def polled(desk: Desk, record: JobRecord) -> Flow[list[JobReport]]:
    """What the provider says of each part. Raises BatchError for a job that was not handed in whole."""
    if not record.submitted:
        raise not_submitted(record)
    return (yield from together([_report(desk, part.job) for part in record.parts], limit=4))


def _report(desk: Desk, job: str) -> Flow[JobReport]:
    return desk.report((yield from desk.read(desk.api.polled(job))))


def info_of(record: JobRecord, reports: Sequence[JobReport]) -> BatchJobInfo:
    """What is known of a job, with what the provider says of all its parts."""
    raws = [report.raw for report in reports]
    count = len(record.items) or sum(report.total or 0 for report in reports)
    errors = "; ".join(dict.fromkeys(report.error for report in reports if report.error))
    return BatchJobInfo(
        job_id=record.job_id,
        provider=record.provider,
        status=_together([report.status for report in reports]),
        created_at=min((report.created_at for report in reports if report.created_at), default=record.created_at),
        request_count=count,
        raw=raws[0] if len(raws) == 1 else raws,
        completed=_sum([report.completed for report in reports]),
        failed=_sum([report.failed for report in reports]),
        model=record.model,
        parts=tuple(report.job for report in reports),
        error=errors or None,
    )


def noted_info(record: JobRecord) -> BatchJobInfo:
    """What the job's file alone says."""
    return BatchJobInfo(
        job_id=record.job_id,
        provider=record.provider,
        status=record.status,
        created_at=record.created_at,
        request_count=len(record.items),
        model=record.model,
        parts=tuple(part.job for part in record.parts if part.job),
    )


def _together(statuses: Sequence[BatchStatus]) -> BatchStatus:
    """The status of a job whose parts have these."""
    running = [status for status in statuses if not status.ended]
    if running:
        alike = len(set(running)) == 1
        return running[0] if alike else BatchStatus.IN_PROGRESS
    return next((end for end in _ENDS if end in statuses), BatchStatus.COMPLETED)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def waited(desk: Desk, record: JobRecord, patience: Patience) -> Flow[tuple[BatchJobInfo, list[JobReport]]]:
    """Ask until the job has ended. A poll that fails is made again; an error says how to come back to the job."""

    def seen(reports: Sequence[JobReport]) -> Flow[bool]:
        info = info_of(record, reports)
        if patience.told is not None:
            yield from call(partial(patience.told, info))
        return info.status.ended

    reports = yield from ended_look(
        lambda: polled(desk, record),
        seen,
        interval=patience.interval,
        most=patience.most,
        lost=lambda error: naming(error, record.job_id),
        late=lambda: _out_of_time(record, patience),
    )
    return info_of(record, reports), reports


def _out_of_time(record: JobRecord, patience: Patience) -> BatchTimeoutError:
    message = (
        f"The job {record.job_id!r} had not ended after {patience.most:g} seconds (max_wait_s). It goes on at the provider: "
        f"resume({record.job_id!r}) waits on, also in another session."
    )
    return BatchTimeoutError(message, job_id=record.job_id)


def results(
    desk: Desk, record: JobRecord, reports: Sequence[JobReport], configs: Mapping[str, ChatConfig]
) -> Flow[list[BatchResult]]:
    """One result for each item of a job that has ended. Raises BatchError for one that has not."""
    info = info_of(record, reports)
    if not info.status.ended:
        message = (
            f"The job {record.job_id!r} has not ended: {info.status.value}. resume({record.job_id!r}) waits for its results."
        )
        raise BatchError(message, job_id=record.job_id)
    try:
        parts: list[PartAnswers] = []
        for number, report in enumerate(reports):
            parts.append((yield from _answers(desk, record, number, report)))
    except RactoGatewayError as error:
        raise naming(error, record.job_id)  # noqa: B904  (the same one)
    read = partial(
        results_of,
        parts,
        [item.custom_id for item in record.items],
        configs,
        provider=desk.provider,
        api=desk.api,
        spec=desk.spec,
    )
    found: list[BatchResult] = yield from call(read)
    if record.items:
        yield from send(desk.jobs, NoteEnd(record.ref, info.status, read=True))
    return found


def _answers(desk: Desk, record: JobRecord, number: int, report: JobReport) -> Flow[PartAnswers]:
    """What a part gave. Results that are fewer than the provider says are downloaded once more: the first ones broke off."""
    lines = yield from _lines(desk, report)
    if len(lines) < (report.completed or 0):
        lines = yield from _lines(desk, report)
    return PartAnswers(report, lines, [record.items[place].custom_id for place in record.of_part(number)])


def _lines(desk: Desk, report: JobReport) -> Flow[list[Mapping[str, Any]]]:
    lines = desk.api.enclosed(report)
    for request in desk.api.downloads(report):
        lines += yield from desk.lines(request)
    return lines


def cancelled(desk: Desk, record: JobRecord) -> Flow[BatchJobInfo]:
    """Ask the provider to end a job early, and say how far it is."""
    for report in (yield from polled(desk, record)):
        if not report.status.ended:
            yield from desk.read(desk.api.cancelled(report.job))
    return info_of(record, (yield from polled(desk, record)))


def listed(desk: Desk, most: int) -> Flow[list[BatchJobInfo]]:
    """The newest jobs of the account, as the provider lists them."""
    found: list[BatchJobInfo] = []
    after = ""
    while len(found) < most:
        reports, after = desk.page((yield from desk.read(desk.api.listed(after, most - len(found)))))
        for report in reports[: most - len(found)]:
            record = foreign(report.job, provider=desk.name, host=desk.host, model="")
            found.append(info_of(record, [report]).model_copy(update={"model": None}))
        if not after or not reports:
            break
    return found

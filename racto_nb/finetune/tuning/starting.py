"""Make a job, once: the same one that is under way is gone on with. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from racto_nb.batch.job_files import Find, Note, NoteEnd
from racto_nb.batch.records import JobRecord
from racto_nb.exceptions import NotFoundError, TuningError
from racto_nb.finetune.tuning.desk import JOB, Errand, TuningDesk, found_late, once
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.flow.effects import Flow, send
from racto_nb.models.batches import BatchStatus

_PAGE, _MOST_PAGES = 100, 20


def started(
    desk: TuningDesk, described: Mapping[str, Any], asked: Callable[[], Flow[Mapping[str, Any]]], teller: Teller
) -> Flow[str]:
    """The provider's id of the job that `described` names, with its data named by their content; `asked` brings the data there.

    One of the same description that was made from here, and whose model nobody was given yet, is not made again: so a notebook
    that runs once more, after its kernel died, pays no second job. One that failed is made anew.
    """

    def ready() -> Flow[Callable[[str], Flow[str]]]:
        wanted = yield from asked()
        return lambda tag: _sent(desk, wanted, tag)

    digest = desk.digest(JOB, described)
    errand = Errand(
        JOB, digest, desk.settings.model, lambda record: _goes_on(desk, record), lambda tag: found_job(desk, tag), ready
    )
    job = yield from once(desk, errand)
    yield from teller.say(f"Job created: {job.id}" if job.new else f"Job {job.id} was made before; going on with it")
    return job.id


def _goes_on(desk: TuningDesk, record: JobRecord) -> Flow[bool]:
    try:
        report = yield from desk.report(desk.api.polled(record.job_id))
    except NotFoundError:
        return False
    if not report.status.ended or report.status is BatchStatus.COMPLETED:
        return True
    yield from send(desk.jobs, NoteEnd(record.ref, report.status, read=True))
    return False


def _sent(desk: TuningDesk, asked: Mapping[str, Any], tag: str) -> Flow[str]:
    reply = yield from desk.made(desk.api.created(asked, tag))
    return desk.told(desk.api.report, reply).job


def found_job(desk: TuningDesk, tag: str) -> Flow[str | None]:
    """The job that a program made which died before it heard so."""
    after = ""
    for _ in range(_MOST_PAGES):
        page, after = desk.told(desk.api.page, (yield from desk.read(desk.api.listed(after, _PAGE))))
        for report in page:
            if report.tag in {tag, tag.replace("/", "-")}:
                return report.job
        if not after:
            break
    return None


def record_of(desk: TuningDesk, job: str) -> Flow[JobRecord | None]:
    """The record of a job; None for one that was not made from here."""
    record = cast("JobRecord | None", (yield from send(desk.jobs, Find(job, desk.name, desk.account))))
    return record if record is not None and (record.provider, record.host) == (desk.name, desk.account) else None


def job_of(desk: TuningDesk, job: str) -> Flow[str]:
    """The provider's id of a job. For one that a program was making when it died it is looked for; TuningError for none."""
    record = yield from record_of(desk, job)
    if record is None or record.ref != job:
        return job
    if record.submitted:
        return record.job_id
    found = yield from found_late(lambda tag: found_job(desk, tag), record.tag(0))
    if found is None:
        message = (
            f"The job {job!r} was being made when its program died, or lost its connection, and {desk.host} has none with its "
            "mark. The same call as then makes it anew."
        )
        raise TuningError(message, job=job)
    yield from send(desk.jobs, Note(record.ref, 0, "submitted", found))
    return found

"""Ask how far a job is, wait for its end and hand on what happens meanwhile. Kind: flow."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, cast

import msgspec

from racto_nb.batch.job_files import NoteEnd
from racto_nb.exceptions import NotFoundError, RactoGatewayError, TuningError, UsageError, WrongTypeError
from racto_nb.finetune.tuning.desk import TuningDesk
from racto_nb.finetune.tuning.entering import entered
from racto_nb.finetune.tuning.starting import job_of, record_of
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.flow.effects import Flow, call, send
from racto_nb.kits.polling import ended_look
from racto_nb.models.batches import BatchStatus
from racto_nb.providers.tuning import TuningReport
from racto_nb.providers.wire import Request

LONGEST = 86_400.0
"""So many seconds a job is waited for where nothing else is said: a day."""
_PAGE = 100
OnEvent = Callable[[Mapping[str, object]], object]


class EventApi(Protocol):
    """Pure translation for what a provider tells of a job on its way."""

    def events(self, job: str, after: str, most: int) -> Request:
        """Ask for a page of what happened to a job, the newest first."""
        ...

    def items(self, raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """The entries of a page, and where it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait: how often to ask and how long (None: without a limit), in seconds, and who hears of what happens."""

    interval: float
    most: float | None
    teller: Teller
    on_event: OnEvent | None = None
    state: str = "Job {job} → {said}"
    done: str = "Done!  Fine-tuned model: {tuned}"


def patience_of(interval: object, most: object, teller: Teller, told: object, **words: str) -> Patience:
    """How to wait. Raises UsageError for times that are none, WrongTypeError for what cannot be called."""
    for name, seconds in (("poll_interval", interval), ("max_wait_s", most)):
        if name == "max_wait_s" and seconds is None:
            continue
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds <= 0:
            message = f"{name} is a number of seconds above 0{' or None' if name == 'max_wait_s' else ''}; got {seconds!r}."
            raise UsageError(message)
    if told is not None and not callable(told):
        message = f"on_event is a function that takes an event, a dict, not {type(told).__name__}."
        raise WrongTypeError(message)
    return Patience(cast("float", interval), cast("float | None", most), teller, cast("OnEvent | None", told), **words)


def refuse_async(**functions: object) -> None:
    """Raise UsageError for a coroutine function given to a method that is not awaited, before anything is sent."""
    for name, function in functions.items():
        if inspect.iscoroutinefunction(function):
            message = f"{name}= is an async function, which only the async methods call: await tuner.a...(). Nothing was sent."
            raise UsageError(message)


@dataclass(slots=True)
class _Heard:
    """What of a job was told already: its status, and the events by what tells them apart. `silent`: the server has no events."""

    said: str = ""
    events: set[str] = field(default_factory=set[str])
    silent: bool = False


def waited(desk: TuningDesk, job: str, patience: Patience, events: EventApi | None = None) -> Flow[TuningReport]:
    """The report of a job that has succeeded. Raises TuningError for one that ended otherwise, or not in time."""
    heard = _Heard(silent=events is None)
    wanted = patience.on_event is not None or patience.teller.verbose

    job = yield from job_of(desk, job)
    began: float = yield from call(time.monotonic)
    until = None if patience.most is None else began + patience.most

    def look() -> Flow[tuple[TuningReport, list[dict[str, Any]]]]:
        # The job first: what happens after it comes with the next look.
        report = desk.told(desk.api.report, (yield from desk.looked(desk.api.polled(job), until)))
        if events is None or heard.silent or not wanted:
            return report, []
        return report, (yield from _new_events(desk, events, job, heard, until))

    def seen(found: tuple[TuningReport, list[dict[str, Any]]]) -> Flow[bool]:
        report, news = found
        yield from _told(report, news, patience, heard)
        return report.status.ended

    report, _ = yield from ended_look(
        look,
        seen,
        interval=patience.interval,
        most=patience.most,
        lost=lambda error: _lost(error, job),
        late=lambda: _late(job, patience),
    )
    failed = report.status is not BatchStatus.COMPLETED or not report.tuned
    if not failed:
        yield from patience.teller.say(patience.done.format(tuned=report.tuned))
    yield from noted(desk, report, told=True)  # last: what is noted as told is made anew by the next run
    if failed:
        raise _failed(report)
    return report


def noted(desk: TuningDesk, report: TuningReport, *, told: bool = False) -> Flow[None]:
    """Write down that a job has ended, and what it used into the ledger. `told`: who waited for its model has it now."""
    yield from entered(desk, report)
    record = yield from record_of(desk, report.job)
    if record is not None and not record.read and (told or not record.status.ended):
        yield from send(desk.jobs, NoteEnd(record.ref, report.status, read=told))


def _new_events(desk: TuningDesk, events: EventApi, job: str, heard: _Heard, until: float | None) -> Flow[list[dict[str, Any]]]:
    """What happened since the last look, in its order. Pages that cannot be had now are asked for with the next look."""
    news: dict[str, dict[str, Any]] = {}
    after, ended = "", False
    while not ended:
        try:
            page, then = desk.told(events.items, (yield from desk.looked(events.events(job, after, _PAGE), until)))
        except RactoGatewayError as error:
            heard.silent = isinstance(error, NotFoundError)  # a server with jobs and without events
            return []  # only the look at the job itself says whether it can be waited for
        unheard = {key: event for event in page if (key := _key(event)) not in heard.events and key not in news}
        ended = then in {"", after} or len(unheard) < len(page)
        after = then
        news.update(unheard)
    heard.events.update(news)
    return list(news.values())[::-1]


def _key(event: Mapping[str, Any]) -> str:
    """What tells an event from others: its id, else all that it says."""
    return str(event.get("id") or msgspec.json.encode(event, order="sorted"))


def _told(report: TuningReport, news: list[dict[str, Any]], patience: Patience, heard: _Heard) -> Flow[None]:
    patience.teller.ended = report.status.ended
    if report.said != heard.said:
        heard.said = report.said
        yield from patience.teller.say(patience.state.format(job=report.job, said=report.said))
        if heard.silent and patience.on_event is not None:
            yield from _handed(patience.on_event, _state_event(report))
    for event in news:
        if message := event.get("message"):
            yield from patience.teller.say(str(message))
        if patience.on_event is not None:
            yield from _handed(patience.on_event, event)


def _handed(told: OnEvent, event: Mapping[str, Any]) -> Flow[None]:
    yield from call(partial(told, event))


def _state_event(report: TuningReport) -> dict[str, Any]:
    """What stands for an event where the provider tells of none: the job's new state."""
    return {"message": f"State: {report.said}", "job": report.job, "status": report.said}


def _lost(error: RactoGatewayError, job: str) -> RactoGatewayError:
    error.args = (f"{error} The job {job!r} is not lost: wait_for_completion({job!r}) goes on with it.", *error.args[1:])
    return error


def _late(job: str, patience: Patience) -> TuningError:
    message = (
        f"The job {job!r} had not ended after {patience.most:g} seconds (max_wait_s). It goes on at the provider: "
        f"wait_for_completion({job!r}) waits on, also in another session; cancel_job({job!r}) ends it."
    )
    return TuningError(message, job=job)


def _failed(report: TuningReport) -> TuningError:
    why = report.error or ("its model has no name" if report.status is BatchStatus.COMPLETED else "the provider gives no reason")
    message = f"The job {report.job!r} ended as {report.said!r}: {why.rstrip('.')}."
    return TuningError(message, job=report.job)


def paged(
    desk: TuningDesk, ask: Callable[[str, int], Request], items: Callable[[Mapping[str, Any]], tuple[list[Any], str]], most: int
) -> Flow[list[Any]]:
    """The first `most` entries of a list of the provider's."""
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"limit is a whole number from 1 on; got {most!r}."
        raise UsageError(message)
    found: list[Any] = []
    after = ""
    while len(found) < most:
        page, after = desk.told(items, (yield from desk.read(ask(after, most - len(found)))))
        found += page
        if not after or not page:
            break
    return found[:most]

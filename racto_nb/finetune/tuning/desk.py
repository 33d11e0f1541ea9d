"""What the flows of a tuner share: its provider, its folder of job files, and how a request is made once. Kind: flow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import msgspec

from racto_nb.batch.errors import BatchError
from racto_nb.batch.job_files import Claim, Create, Forget, Latest, Note
from racto_nb.batch.records import Draft, JobRecord
from racto_nb.exceptions import RactoGatewayError, TuningError, UsageError
from racto_nb.flow.effects import Flow, Port, close_stream, next_event, open_stream, send, sleep
from racto_nb.kits.exchanging import Exchanging
from racto_nb.kits.polling import certainly_refused
from racto_nb.providers.tuning import TuningApi, TuningReport
from racto_nb.providers.wire import Request

FILE, JOB = "file", "job"
SETTLING = 5.0
"""So many seconds a request may be on its way after its sender died."""


@dataclass(frozen=True, slots=True)
class TuningDesk(Exchanging):
    """A provider that tunes models, and the folder of job files. `who` is the tuner's class, as lines begin with it."""

    api: TuningApi
    jobs: Port[Any, Any, Any]
    who: str

    api_name: ClassVar[str] = "fine-tuning"

    def report(self, request: Request) -> Flow[TuningReport]:
        """What the provider says of a job."""
        return self.told(self.api.report, (yield from self.read(request)))

    def digest(self, kind: str, *parts: object) -> str:
        """What names a thing that is made at this provider. Raises UsageError for what JSON cannot hold."""
        try:
            text = msgspec.json.encode([kind, self.name, self.host, parts], order="sorted")
        except (TypeError, ValueError) as error:
            message = f"The options of a job are values of JSON: {error}. Nothing was sent."
            raise UsageError(message) from None
        return hashlib.sha256(text).hexdigest()

    def latest(self, digest: str) -> Flow[JobRecord | None]:
        """The newest record of this digest whose end was not handed out yet."""
        return cast("JobRecord | None", (yield from send(self.jobs, Latest(digest))))


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that shall be made at a provider once, whatever happens: a file, or a job.

    `find` looks for it at the provider by the tag of its record; `make` makes it. Both answer with the provider's id.
    """

    kind: str
    digest: str
    model: str
    find: Callable[[str], Flow[str | None]]
    make: Callable[[str], Flow[str]]


def once(desk: TuningDesk, errand: Errand, record: JobRecord | None) -> Flow[str]:
    """The id of what is made. One that was begun, and whose program died, is looked for before anything is sent again."""
    if record is None:
        draft = Draft(desk.name, desk.host, errand.model, "", errand.digest, (errand.kind,), ())
        record = cast("JobRecord", (yield from send(desk.jobs, Create(draft))))
    claim = yield from open_stream(desk.jobs, Claim(record.ref))
    try:
        made = yield from _claimed(desk, errand, cast("JobRecord", (yield from next_event(claim))))
    except BatchError as error:
        message = f"The {errand.kind} {record.ref!r} is being made by another program, or another call, at this moment."
        raise TuningError(message, job=record.ref) from error
    except Exception:
        yield from close_stream(claim)  # who catches the error may try again
        raise
    yield from close_stream(claim)
    return made


def _claimed(desk: TuningDesk, errand: Errand, record: JobRecord) -> Flow[str]:
    part, made = record.parts[0], None
    if part.job:
        return part.job
    if part.tried is not None:
        made = yield from errand.find(record.tag(0))
        if made is None:
            yield from sleep(SETTLING)  # what a program sent before it died may still be on its way
            made = yield from errand.find(record.tag(0))
    if made is None:
        made = yield from _made(desk, errand, record)
    yield from send(desk.jobs, Note(record.ref, 0, "submitted", made))
    return made


def _made(desk: TuningDesk, errand: Errand, record: JobRecord) -> Flow[str]:
    yield from send(desk.jobs, Note(record.ref, 0, "submitting"))
    try:
        return (yield from errand.make(record.tag(0)))
    except RactoGatewayError as error:
        if certainly_refused(error):
            yield from send(desk.jobs, Note(record.ref, 0, "refused"))
            yield from send(desk.jobs, Forget(record.ref))
            raise
        again = f"Whether the {errand.kind} was made is not known. Call the same again: it is looked for before anything is sent."
        error.args = (f"{error} {again}", *error.args[1:])
        raise

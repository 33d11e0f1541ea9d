"""What the flows of a tuner share: its provider, its folder of job files, and how a request is made once. Kind: flow."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self, cast

import msgspec

from racto_nb.batch.job_files import Create, Forget, Latest, Note
from racto_nb.batch.records import Draft, JobRecord
from racto_nb.exceptions import (
    MissingExtraError,
    NotFoundError,
    RactoGatewayAuthError,
    RactoGatewayError,
    TuningError,
    UsageError,
)
from racto_nb.finetune.tuning.turns import Turn, in_turn
from racto_nb.flow.effects import Flow, Port, call, now, send, sleep
from racto_nb.kits.exchanging import Exchanging
from racto_nb.kits.polling import certainly_refused
from racto_nb.providers.tuning import TuningApi, TuningReport
from racto_nb.providers.wire import Request

FILE, JOB = "file", "job"
SETTLING = 5.0
"""So many seconds a request may be on its way after its sender died."""

_SHORTEST = 0.001
_NOTHING_SENT = (MissingExtraError, RactoGatewayAuthError, UsageError)


@dataclass(frozen=True, slots=True)
class TuningDesk(Exchanging):
    """A provider that tunes models, and the folder of job files. `who` is the tuner's class, as lines begin with it.

    `place` is the part of the provider that jobs belong to, such as a project and its region. `began` is when the call began, in
    seconds since 1970: what another call has made since then is the same wish at the same time.
    """

    api: TuningApi
    jobs: Port[Any, Any, Any]
    turns: Port[Turn, Any, Any]
    who: str
    place: str = ""
    began: float = float("inf")

    api_name: ClassVar[str] = "fine-tuning"

    @property
    def account(self) -> str:
        """Where jobs are, as job files name it."""
        return f"{self.host}/{self.place}" if self.place else self.host

    def now(self) -> Flow[Self]:
        """This desk for a call that begins now."""
        moment = yield from now()
        return replace(self, began=moment.wall)

    def report(self, request: Request) -> Flow[TuningReport]:
        """What the provider says of a job."""
        return self.told(self.api.report, (yield from self.read(request)))

    def looked(self, request: Request, until: float | None) -> Flow[Any]:
        """The reply to a look, as `read` gives it, for which there is time until then by the monotonic clock.

        No time is spent on a pause after which there would be none for another try.
        """
        if until is None:
            return (yield from self.read(request))
        policy, tries, left = self.settings.retry, 0, 0.0

        def one() -> Flow[Any]:
            nonlocal tries, left
            tries += 1
            left = until - (yield from call(time.monotonic))
            try:
                return (yield from send(self.port(), replace(request, timeout=self._within(left))))
            except Exception:
                left = until - (yield from call(time.monotonic))
                raise

        def advice(error: Exception) -> float | None:
            wait = self.patient(error)
            pause = wait or policy.delay(tries - 1) * (1 + policy.jitter)
            return wait if pause < left else None

        return (yield from self.asked(one, advice))

    def _within(self, left: float) -> float:
        """How long a request may take when so much time is left."""
        left = max(left, _SHORTEST)
        return left if self.settings.timeout is None else min(left, self.settings.timeout)

    def digest(self, kind: str, *parts: object) -> str:
        """What names a thing that is made at this provider. Raises UsageError for what JSON cannot hold."""
        try:
            text = msgspec.json.encode([kind, self.name, self.account, parts], order="sorted")
        except (TypeError, ValueError) as error:
            message = f"The options of a job are values of JSON: {error}. Nothing was sent."
            raise UsageError(message) from None
        return hashlib.sha256(text).hexdigest()

    def latest(self, digest: str) -> Flow[JobRecord | None]:
        """The newest record of this digest whose end was not handed out before this call began."""
        return cast("JobRecord | None", (yield from send(self.jobs, Latest(digest, self.began))))


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that shall be made at a provider once, whatever happens: a file, or a job.

    `goes_on` says whether one that was made before will do. `find` looks for one at the provider by the tag of its record.
    `ready` does what has to be done before, and gives what makes it. Both answer with the provider's id in the end.
    """

    kind: str
    digest: str
    model: str
    goes_on: Callable[[JobRecord], Flow[bool]]
    find: Callable[[str], Flow[str | None]]
    ready: Callable[[], Flow[Callable[[str], Flow[str]]]]


class Made(NamedTuple):
    """The provider's id of what was made, and whether this call has made it."""

    id: str
    new: bool


def once(desk: TuningDesk, errand: Errand) -> Flow[Made]:
    """What is made, or was made before. Of several calls at once, in whatever program, one makes it and the others wait for it.

    One that was begun, and whose program died, is looked for before anything is sent again.
    """
    return (yield from in_turn(desk.turns, errand.digest, lambda: _latest_or_made(desk, errand)))


def _latest_or_made(desk: TuningDesk, errand: Errand) -> Flow[Made]:
    record = yield from desk.latest(errand.digest)
    if record is not None and record.submitted:
        at_once = max(record.created_at, record.read_at) > desk.began
        if at_once or (yield from errand.goes_on(record)):
            return Made(record.job_id, new=False)
        record = None
    made = None if record is None else (yield from _sought(desk, errand, record))
    if made is None or record is None:
        make = yield from errand.ready()
        if record is None:
            draft = Draft(desk.name, desk.account, errand.model, "", errand.digest, (errand.kind,), ())
            record = cast("JobRecord", (yield from send(desk.jobs, Create(draft))))
        made = yield from _made(desk, errand, record, make)
    yield from send(desk.jobs, Note(record.ref, 0, "submitted", made))
    return Made(made, new=True)


def _sought(desk: TuningDesk, errand: Errand, record: JobRecord) -> Flow[str | None]:
    if record.parts[0].tried is None:
        return None
    try:
        return (yield from found_late(errand.find, record.tag(0)))
    except NotFoundError:
        yield from send(desk.jobs, Note(record.ref, 0, "refused"))
        message = (
            f"A program died, or lost its connection, while it made a {errand.kind} at {desk.host}, and that server has no list "
            "to look for it in. Look there whether it was made. The same call again makes it anew."
        )
        raise TuningError(message, job=record.ref) from None


def found_late(find: Callable[[str], Flow[str | None]], tag: str) -> Flow[str | None]:
    """What `find` finds, at once or a little later: what a program sent before it died may still be on its way."""
    made = yield from find(tag)
    if made is None:
        yield from sleep(SETTLING)
        made = yield from find(tag)
    return made


def _made(desk: TuningDesk, errand: Errand, record: JobRecord, make: Callable[[str], Flow[str]]) -> Flow[str]:
    yield from send(desk.jobs, Note(record.ref, 0, "submitting"))
    try:
        return (yield from make(record.tag(0)))
    except RactoGatewayError as error:
        if certainly_refused(error) or isinstance(error, _NOTHING_SENT):
            yield from send(desk.jobs, Note(record.ref, 0, "refused"))
            yield from send(desk.jobs, Forget(record.ref))
            raise
        again = f"Whether the {errand.kind} was made is not known. Call the same again: it is looked for before anything is sent."
        error.args = (f"{error} {again}", *error.args[1:])
        raise

"""The row of a batch in the ledger: one for a job, written when its results are read. Kind: flow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from racto_nb._place import session_id
from racto_nb.batch.desk import Desk
from racto_nb.batch.records import JobRecord
from racto_nb.batch.results import BATCH, BatchResults
from racto_nb.flow.effects import Flow, Moment, now, send
from racto_nb.kits.warning import warn_of_ledger
from racto_nb.ledger.entries import Entry
from racto_nb.ledger.port import LedgerPort
from racto_nb.models.response import FRESH, REPLAY, LLMResponse
from racto_nb.models.usage import Spent


def entered(desk: Desk, record: JobRecord, results: BatchResults) -> Flow[None]:
    """Write what a job has used into the ledger of the call, where there is one.

    The row is named after the job: reading its results again, in whatever session, writes the same row once more.
    """
    if (ledger := desk.around.ledger) is None:
        return
    moment = yield from now()
    answered = [result.response for result in results if result.response is not None]
    spec, origin = desk.spec, _origin(desk)
    spent = tuple(
        Spent(spec.provider, spec.name, spec.name, response.usage, BATCH, origin, free=spec.free, official=spec.official)
        for response in answered
    )
    entry = Entry(
        "batch",
        desk.name,
        spec.name,
        began=record.created_at or moment.wall,
        clock=moment.clock,
        seconds=moment.wall - record.created_at if record.created_at else None,
        spent=spent,
        origin=origin,
        requests=len(results),
        answered=answered[0].model if answered else None,
        finish_reason=None if results.job is None else str(results.job.status.value),
        place=desk.around.place,
        session=session_id(),
        redacted=desk.provider.redacted,
        id=hashlib.sha256(f"{desk.name}/{desk.host}/{record.job_id}/{origin}".encode()).hexdigest()[:16],
    )
    yield from _sent(ledger, entry)


def entered_warm_up(desk: Desk, responses: Sequence[LLMResponse], began: Moment) -> Flow[None]:
    """Write what was asked before a batch, so that the provider's cache has it, into the ledger: it costs as chats do."""
    if (ledger := desk.around.ledger) is None or not responses:
        return
    moment = yield from now()
    spec, origin = desk.spec, _origin(desk)
    spent = tuple(
        Spent(
            spec.provider,
            spec.name,
            each.model or spec.name,
            each.usage,
            "",
            origin,
            free=spec.free,
            official=spec.official,
        )
        for each in responses
    )
    entry = Entry(
        "chat",
        desk.name,
        spec.name,
        began=began.wall,
        clock=began.clock,
        seconds=moment.clock - began.clock,
        spent=spent,
        requests=len(responses),
        origin=origin,
        answered=responses[0].model,
        place=desk.around.place,
        session=session_id(),
        redacted=desk.provider.redacted,
    )
    yield from _sent(ledger, entry)


def _origin(desk: Desk) -> str:
    """Where replies come from: what is replayed is no second price of the same job."""
    tape = desk.around.tape
    return FRESH if tape is None or tape.asks else REPLAY


def _sent(ledger: LedgerPort, entry: Entry) -> Flow[None]:
    if (trouble := (yield from send(ledger, entry))) is not None:
        warn_of_ledger(trouble)

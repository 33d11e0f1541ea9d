"""The row of a batch in the ledger: one for a job, written when its results are read. Kind: flow."""

from __future__ import annotations

import hashlib

from racto_nb._place import session_id
from racto_nb.batch.desk import Desk
from racto_nb.batch.records import JobRecord
from racto_nb.batch.results import BATCH, BatchResults
from racto_nb.flow.effects import Flow, now, send
from racto_nb.kits.warning import warn_of_ledger
from racto_nb.ledger.entries import Entry
from racto_nb.models.response import FRESH, REPLAY
from racto_nb.models.usage import Spent


def entered(desk: Desk, record: JobRecord, results: BatchResults) -> Flow[None]:
    """Write what a job has used into the ledger of the call, where there is one.

    The row is named after the job: reading its results again, in whatever session, writes the same row once more.
    """
    if (ledger := desk.around.ledger) is None:
        return
    moment = yield from now()
    answered = [result.response for result in results if result.response is not None]
    spec, tape = desk.spec, desk.around.tape
    origin = FRESH if tape is None or tape.asks else REPLAY  # what is replayed is no second price of the same job
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
    if (trouble := (yield from send(ledger, entry))) is not None:
        warn_of_ledger(trouble)

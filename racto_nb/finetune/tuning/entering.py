"""The row of a training in the ledger: one for a job, written when its end is seen. Kind: flow."""

from __future__ import annotations

import hashlib

from racto_nb._place import session_id
from racto_nb.finetune.tuning.charging import charge_of
from racto_nb.finetune.tuning.desk import TuningDesk
from racto_nb.flow.effects import Flow, now, send
from racto_nb.kits.warning import warn_of_ledger
from racto_nb.ledger.entries import Entry
from racto_nb.models.response import FRESH
from racto_nb.models.usage import Spent, usage_of
from racto_nb.providers.tuning import TuningReport

TUNING = "tuning"


def entered(desk: TuningDesk, report: TuningReport) -> Flow[None]:
    """Write what a job has used into the ledger of the call, where there is one and the provider tells it.

    The row is named after the job: seeing its end again, in whatever session, writes the same row once more.
    """
    if (ledger := desk.around.ledger) is None or not report.tokens:
        return
    moment = yield from now()
    base = report.base or desk.settings.model
    began = report.created_at or moment.wall
    price = charge_of(desk.name, base, report.tokens) if desk.spec.official else (None, "")
    entry = Entry(
        TUNING,
        desk.name,
        base,
        began=began,
        clock=moment.clock,
        seconds=moment.wall - began,
        # Not official: the list prices are those of questions, and none of a training.
        spent=(Spent(desk.name, base, base, usage_of(report.tokens, 0), TUNING, FRESH, official=False),),
        requests=1,
        answered=report.tuned or None,
        finish_reason=report.said,
        error=report.error or None,
        place=desk.around.place,
        session=session_id(),
        redacted=desk.provider.redacted,
        charge=price,
        id=hashlib.sha256(f"{TUNING}/{desk.name}/{desk.host}/{report.job}".encode()).hexdigest()[:16],
    )
    if (trouble := (yield from send(ledger, entry))) is not None:
        warn_of_ledger(trouble)

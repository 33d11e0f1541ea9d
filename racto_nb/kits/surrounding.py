"""What stands around a call at this moment, as the process and the blocks it is made in have said."""

from __future__ import annotations

from racto_nb._place import HERE
from racto_nb.budgets.budget import budgets_here
from racto_nb.kits.calling import Surroundings
from racto_nb.ledger.choosing import current as ledger_here
from racto_nb.replay.blocks import current as tape_here
from racto_nb.telemetry.choosing import current as tracer_here


def surroundings() -> Surroundings:
    """What holds for a call that begins here and now."""
    ledger = ledger_here()
    port = None if ledger is None else ledger.port
    return Surroundings(tape=tape_here(), ledger=port, place=HERE.get(), budgets=budgets_here(), tracer=tracer_here())

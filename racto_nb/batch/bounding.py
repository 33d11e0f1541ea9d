"""What the budgets around a batch let through: the most that a part may cost is set aside before it is handed in. Kind: flow.

The results come hours later, perhaps to another program: so what was set aside stays charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from racto_nb.batch.desk import Desk
from racto_nb.batch.planning import Plan
from racto_nb.batch.results import BATCH
from racto_nb.budgets.budget import Reservation, reserve_all
from racto_nb.budgets.estimates import Estimate, estimated, summed
from racto_nb.flow.effects import Flow, call


def set_aside(desk: Desk, plan: Plan, places: Sequence[int]) -> Flow[list[Reservation]]:
    """Set the most aside that the items in these places may cost. Raises BudgetExceededError where it does not fit."""
    tape, budgets = desk.around.tape, tuple(dict.fromkeys(desk.around.budgets))
    if not budgets or (tape is not None and not tape.asks):
        return []
    estimate: Estimate = yield from call(partial(_estimate, desk, plan, places))
    return reserve_all(budgets, estimate)


def _estimate(desk: Desk, plan: Plan, places: Sequence[int]) -> Estimate:
    asked = [plan.asked[place] for place in places]
    return summed([estimated(one.config, one.request, desk.spec).in_tier(BATCH) for one in asked])

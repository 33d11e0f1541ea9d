"""What the budgets around a batch let through: the most that all of it may cost is set aside before it is handed in. Flows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from racto_nb.batch.desk import Desk
from racto_nb.batch.errors import BatchError
from racto_nb.batch.planning import Plan
from racto_nb.batch.results import BATCH, BatchResults
from racto_nb.budgets.budget import Reservation, reserve_all
from racto_nb.budgets.estimates import Estimate, estimated, summed
from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.effects import Flow, call
from racto_nb.models.usage import added


def set_aside(desk: Desk, plan: Plan, *, warmed: bool) -> Flow[list[Reservation]]:
    """Set aside what the items may cost together. Raises BudgetExceededError, before anything is sent, where it does not fit."""
    tape, budgets = desk.around.tape, tuple(dict.fromkeys(desk.around.budgets))
    if not budgets or (tape is not None and not tape.asks):  # what is replayed costs nothing
        return []
    estimate: Estimate = yield from call(partial(_estimate, desk, plan, warmed=warmed))
    return reserve_all(budgets, estimate)


def _estimate(desk: Desk, plan: Plan, *, warmed: bool) -> Estimate:
    """The sum over all items. What a warm cache costs more (a question for each beginning, and the writing) is less than as much
    again at the standard price."""
    each = [estimated(one.config, one.request, desk.spec) for one in plan.asked]
    return summed([*each, *each] if warmed else [one.at_tier(BATCH) for one in each])


def give_up(held: Sequence[Reservation], error: BaseException) -> None:
    """A batch was not handed in: what was set aside for it is given back, or charged where it may have arrived."""
    refused = isinstance(error, BatchError) or (isinstance(error, RactoGatewayError) and not hasattr(error, "job_id"))
    for reservation in held:
        if refused:
            reservation.release()
        else:
            reservation.keep()


def settle(held: Sequence[Reservation], results: BatchResults) -> None:
    """Charge what the answers used, and the questions that were asked beforehand."""
    answered = [result.response for result in results if result.response is not None]
    usage = added(*(response.usage for response in (*answered, *results.warm_up)))
    costs = (results.cost if answered else Decimal(0), results.warm_up_cost)
    usd = None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))
    for reservation in held:
        reservation.charge(usd, usage.get("total_tokens", 0))

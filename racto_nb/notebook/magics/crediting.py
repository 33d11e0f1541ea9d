"""Who gave an answer, where it came from, and what it cost: what its footer says."""

from __future__ import annotations

from racto_nb.exceptions import BudgetExceededError, MissingExtraError, UnsupportedError, UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.response import FRESH, REPLAY, LLMResponse
from racto_nb.models.route import AUTO
from racto_nb.notebook.magics.result import NOT_SENT
from racto_nb.replay.blocks import current

BEFORE_SENDING = (BudgetExceededError, UsageError, UnsupportedError, MissingExtraError)
"""Errors of a question that never left."""


def origin_of(response: LLMResponse, error: BaseException | None) -> str:
    """Where an answer came from, or what there is in its place. Where nobody may be asked, an error too is a replay."""
    if isinstance(error, BEFORE_SENDING) and not (response.content or error.tool_runs):
        return NOT_SENT
    tape = current()
    return response.origin if tape is None or tape.asks or error is None else REPLAY


def cost_of(kit: DeveloperKit, response: LLMResponse) -> float | None:
    """US dollars, None when nobody knows. What had arrived of an answer that failed was not counted, so it has no price.

    An answer that was known already costs nothing: its usage is what it once cost.
    """
    if kit.spec.free or response.origin != FRESH:
        return 0.0
    if not response.spent:
        return None
    from racto_nb.providers.pricing import price_of_all

    found = price_of_all(response.spent)
    return None if found is None else float(found)


def answered_by(kit: DeveloperKit, response: LLMResponse) -> str:
    """Who answered, and in whose place where that is another than was asked for. A dated version is no other.

    Where a router chose, it says so.
    """
    asked = kit.model if response.route is None else response.route.model
    model, where = response.model or asked, f"{kit.provider}:"
    if asked != kit.model or kit.model == AUTO != model:
        where = f"{where}{AUTO} → "
    is_asked = model == asked or model.startswith(f"{asked}-") or asked == AUTO
    return f"{where}{model}" if is_asked else f"{where}{model} in place of {asked}"

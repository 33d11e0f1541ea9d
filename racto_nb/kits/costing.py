"""What an answer cost, for those above the kits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from racto_nb.models.usage import Spent
from racto_nb.providers.pricing import price_of_all


def cost_of(spent: Sequence[Spent]) -> Decimal | None:
    """US dollars for the requests behind an answer (`LLMResponse.spent`); None when the price of one is unknown.

    The first price of a session loads the list of prices, half a second: call it in a thread where nothing may wait.
    """
    return price_of_all(spent)

"""What answers cost together, for those who know kits and no providers. Pure, but for the prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from racto_nb.models.response import FRESH, LLMResponse
from racto_nb.models.usage import Spent
from racto_nb.providers.pricing import price_of_all


def spent_on(responses: Iterable[LLMResponse]) -> tuple[Spent, ...] | None:
    """What all requests behind `responses` used; None when one of them does not tell (an object of another make gave it)."""
    found: list[Spent] = []
    for response in responses:
        if not response.spent and response.origin == FRESH:
            return None
        found += response.spent
    return tuple(found)


def price_in_dollars(spent: Iterable[Spent] | None) -> Decimal | None:
    """US dollars for what was spent; None when the price of one request is unknown.

    The first price of a session loads the list of prices, half a second: call it in a thread where nothing may wait.

    >>> price_in_dollars([])
    Decimal('0')
    """
    return None if spent is None else price_of_all(spent)

"""What one request cost. The one function behind footers, the ledger and budgets.

It looks at the user's catalogue, and the first time it imports the list prices.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from racto_nb.exceptions import UsageError
from racto_nb.models.response import FRESH
from racto_nb.models.usage import Spent
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.catalog.prices import price_data

FREE = Decimal(0)


def price_of(spent: Spent, *, at: datetime | None = None, known: Catalogue | None = None) -> Decimal | None:
    """US dollars for one request that was made `at` a time (None: now); None when nobody knows.

    What runs on the user's own machine costs nothing, and so does what a cache or a recording gave. The list price is the
    provider's own: what another server takes under its API, only the user's catalogue can say. `known` is that catalogue, where
    it was read before: looking it up looks at a file.

    >>> price_of(Spent("openai", "gpt-6-luna", "gpt-6-luna", {"prompt_tokens": 1000, "completion_tokens": 100}))
    Decimal('0.00015')
    """
    if spent.free or spent.origin != FRESH:
        return FREE
    return list_value(spent, at=at, known=known)


def list_value(spent: Spent, *, at: datetime | None = None, known: Catalogue | None = None) -> Decimal | None:
    """What the tokens of `spent` cost where they come from the provider; None when nobody knows."""
    if spent.free:
        return FREE
    if not spent.usage:
        return None
    known = known or sound_catalogue()
    if known is None:
        return None
    # The price of a dated version that is not listed yet is that of the model that was asked.
    names = (spent.answered, spent.asked) if spent.answered.startswith(spent.asked) else (spent.answered,)
    for name in dict.fromkeys(names):
        facts = known.facts(spent.provider, name)
        if spent.official or (facts is not None and facts.own_price is not None):
            found = known.cost(spent.provider, name, spent.usage, at=at, tier=spent.tier)
            if found is not None:
                return found
    return None


def sound_catalogue() -> Catalogue | None:
    """The user's catalogue; None where it is broken: an answer, which is paid for, is not lost for that."""
    try:
        return catalogue()
    except UsageError:
        return None


def price_of_all(spents: Iterable[Spent], *, at: datetime | None = None) -> Decimal | None:
    """US dollars for several requests; None when the price of one is unknown."""
    prices = [price_of(spent, at=at) for spent in spents]
    known = [price for price in prices if price is not None]
    return sum(known, FREE) if len(known) == len(prices) else None


def needs_list_prices(spents: Iterable[Spent]) -> bool:
    """Whether the list prices are looked at for these."""
    return any(not spent.free and spent.usage and spent.official for spent in spents)


def source_of(spent: Spent, known: Catalogue | None) -> str:
    """Where the price of a request comes from, in words: "free", the user's "catalog.toml", or the list with its version.

    `known` is the user's catalogue, None where it is broken.
    """
    if spent.free:
        return "free"
    if known is None:
        return ""
    facts = known.facts(spent.provider, spent.answered) or known.facts(spent.provider, spent.asked)
    return "catalog.toml" if facts is not None and facts.own_price is not None else price_data()

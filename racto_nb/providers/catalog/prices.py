"""What tokens cost. The list prices are those of genai-prices, imported only when a price is asked for (it takes half a second).

A model that it does not know has no price: None, never 0. Its data is part of its wheel, so nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation, TieredPrices

_MILLION = Decimal(1_000_000)
# Our name of a provider and theirs. They match names loosely, so a provider that is not here would be found in a wrong place.
_LISTED = {"openai": "openai", "anthropic": "anthropic", "google": "google"}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens.

    `input` is for tokens read, `cached` for those of them that the provider had kept (None: like `input`), `output` for tokens
    written, thinking included (None: the model writes none, as for embeddings). `as_of` is the day the price was looked up or
    noted for (None: not told). Prompts of more than `step` tokens cost more (None: all cost the same).

    >>> Price(Decimal("0.10"), Decimal("0.50")).cost({"prompt_tokens": 1000, "completion_tokens": 100})
    Decimal('0.00015')
    """

    input: Decimal
    output: Decimal | None = None
    cached: Decimal | None = None
    as_of: date | None = None
    step: int | None = None

    @property
    def free(self) -> bool:
        """Whether nothing is charged."""
        return not self.input and not self.output and not self.cached

    def cost(self, usage: Mapping[str, int]) -> Decimal | None:
        """US dollars for `usage`; None when it does not add up. `step` is not looked at."""
        counts = _counts(usage)
        if counts is None:
            return None
        read, cached, written = counts
        kept = self.input if self.cached is None else self.cached
        return ((read - cached) * self.input + cached * kept + written * (self.output or Decimal(0))) / _MILLION


def batch_list_price(provider: str, model: str, *, on: date) -> Price | None:
    """The list price of a model in batches on a day, or None when it is unknown.

    Where the list knows no price for batches it tells the standard one, which would say that nothing is saved: that is unknown.

    >>> batch_list_price("openai", "gpt-6-luna", on=date(2026, 11, 21)).input
    Decimal('0.05')
    """
    found = list_price(provider, model, on=on, context={"processing": "batch"})
    return None if found is None or (found == list_price(provider, model, on=on) and not found.free) else found


def list_price(provider: str, model: str, *, on: date, context: Mapping[str, str] | None = None) -> Price | None:
    """The list price of a model on a day, or None when it is unknown. `context` is what else it depends on.

    >>> from datetime import date
    >>> list_price("openai", "gpt-6-luna", on=date(2026, 11, 21)).input
    Decimal('0.1')
    """
    found = _calculated(provider, model, (0, 0, 0), datetime.combine(on, time(12), tzinfo=UTC), context=context)
    if found is None:
        return None
    listed = found.model_price
    if listed.input_mtok is None:
        return None
    return Price(
        input=_base(listed.input_mtok),
        output=None if listed.output_mtok is None else _base(listed.output_mtok),
        cached=None if listed.cache_read_mtok is None else _base(listed.cache_read_mtok),
        as_of=on,
        step=_step(listed.input_mtok),
    )


def batch_list_cost(provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None) -> Decimal | None:
    """US dollars for `usage` in a batch at list prices; None when unknown. `at` is the time (None: now).

    Where the list knows no price for batches it tells the standard one, which would say that nothing is saved: that is unknown.
    """
    counts = _counts(usage)
    found = None if counts is None else _calculated(provider, model, counts, at, context={"processing": "batch"})
    if found is None or found.model_price.input_mtok is None:
        return None
    standard = list_cost(provider, model, usage, at=at)
    return found.total_price if found.total_price != standard or not standard else None


def list_cost(provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None) -> Decimal | None:
    """US dollars for `usage` at list prices, with their tiers and dates; None when unknown. `at` is the time (None: now)."""
    counts = _counts(usage)
    found = None if counts is None else _calculated(provider, model, counts, at)
    # A model without a price for text, such as one that is charged by the minute, is not free.
    return None if found is None or found.model_price.input_mtok is None else found.total_price


def price_data() -> str:
    """Where list prices come from, in words: `genai-prices 0.2.3`."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


def _calculated(
    provider: str,
    model: str,
    counts: tuple[int, int, int],
    at: datetime | None,
    *,
    context: Mapping[str, str] | None = None,
) -> PriceCalculation | None:
    if provider not in _LISTED:
        return None
    from genai_prices import Usage, calc_price

    read, cached, written = counts
    usage = Usage(input_tokens=read, cache_read_tokens=cached, output_tokens=written)
    try:
        told = dict(context) if context else None
        return calc_price(usage, model, provider_id=_LISTED[provider], genai_request_timestamp=at, price_context=told)
    except LookupError:
        return None


def _counts(usage: Mapping[str, int]) -> tuple[int, int, int] | None:
    """Tokens read, those of them that were cached, tokens written; None when nobody counted them or they do not add up."""
    if "prompt_tokens" not in usage:
        return None
    read, cached, written = (usage.get(key, 0) for key in ("prompt_tokens", "cached_tokens", "completion_tokens"))
    return (read, cached, written) if 0 <= cached <= read and written >= 0 and read + written else None


def _base(price: Decimal | TieredPrices) -> Decimal:
    return price if isinstance(price, Decimal) else price.base


def _step(price: Decimal | TieredPrices) -> int | None:
    return None if isinstance(price, Decimal) else min((tier.start for tier in price.tiers), default=None)

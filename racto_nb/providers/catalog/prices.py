"""What tokens cost. The list prices are those of genai-prices, imported only when a price is asked for (it takes half a second).

A model that it does not know has no price: None, never 0. Its data is part of its wheel, so nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation, TieredPrices

_MILLION = Decimal(1_000_000)
# Our name of a provider and theirs. They match names loosely, so a provider that is not here would be found in a wrong place.
_LISTED = {"openai": "openai", "anthropic": "anthropic", "google": "google"}
_TIER = {"anthropic": "speed"}
"""What the tier of a provider is under, where not under `service_tier`."""
_KEYS = ("prompt_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens.

    `input` is for tokens read, `cached` for those of them that the provider had kept, `cache_write` for those that it began to
    keep (None: like `input`), `output` for tokens written, thinking included (None: the model writes none, as for embeddings).
    `as_of` is the day the price was looked up or noted for (None: not told).
    Prompts of more than `step` tokens cost more (None: all cost the same).

    >>> Price(Decimal("0.10"), Decimal("0.50")).cost({"prompt_tokens": 1000, "completion_tokens": 100})
    Decimal('0.00015')
    """

    input: Decimal
    output: Decimal | None = None
    cached: Decimal | None = None
    as_of: date | None = None
    step: int | None = None
    cache_write: Decimal | None = None

    @property
    def free(self) -> bool:
        """Whether nothing is charged."""
        return not self.input and not self.output and not self.cached

    def cost(self, usage: Mapping[str, int]) -> Decimal | None:
        """US dollars for `usage`; None when it does not add up. `step` is not looked at."""
        counts = _counts(usage)
        return None if counts is None else self.sum(counts)

    def sum(self, counts: Counts) -> Decimal:
        """US dollars for `counts`. `step` is not looked at, nor what is kept for an hour."""
        kept = self.input if self.cached is None else self.cached
        keeping = self.input if self.cache_write is None else self.cache_write
        plain = counts.read - counts.cached - counts.kept
        return (
            plain * self.input + counts.cached * kept + counts.kept * keeping + counts.written * (self.output or Decimal(0))
        ) / _MILLION


class Counts(NamedTuple):
    """Tokens read; of these the ones that came from the provider's cache, went to it, went to it for an hour; tokens written."""

    read: int = 0
    cached: int = 0
    kept: int = 0
    kept_long: int = 0
    written: int = 0


def list_price(provider: str, model: str, *, on: date) -> Price | None:
    """The list price of a model on a day, or None when it is unknown.

    >>> from datetime import date
    >>> list_price("openai", "gpt-6-luna", on=date(2026, 11, 21)).input
    Decimal('0.1')
    """
    found = _calculated(provider, model, Counts(), datetime.combine(on, time(12), tzinfo=UTC))
    if found is None:
        return None
    listed = found.model_price
    if listed.input_mtok is None:
        return None
    return Price(
        input=_base(listed.input_mtok),
        output=None if listed.output_mtok is None else _base(listed.output_mtok),
        cached=None if listed.cache_read_mtok is None else _base(listed.cache_read_mtok),
        cache_write=None if listed.cache_write_mtok is None else _base(listed.cache_write_mtok),
        as_of=on,
        step=_step(listed.input_mtok),
    )


@lru_cache(maxsize=1024)
def _plain_price(provider: str, model: str, day: date, tier: str) -> Price | None:
    """The price of a model on a day, up to its first step; None where it is unknown, or depends on the time of day."""
    found = _calculated(provider, model, Counts(), datetime.combine(day, time(12), tzinfo=UTC), tier)
    if found is None or found.model_price.input_mtok is None:
        return None
    kinds = [*(found.model.prices if isinstance(found.model.prices, list) else ()), *(found.model.price_variants or ())]
    if any(isinstance(kind.constraint, _hours()) for kind in kinds):
        return None
    listed = found.model_price
    parts = (listed.input_mtok, listed.output_mtok, listed.cache_read_mtok, listed.cache_write_mtok)
    steps = [step for part in parts if part is not None and (step := _step(part)) is not None]
    read, written, cached, kept = (None if part is None else _base(part) for part in parts)
    return Price(read or Decimal(0), written, cached, step=min(steps, default=None), cache_write=kept)


def _day_of(at: datetime | None) -> date:
    """The day of UTC on which a call was made. A time without a zone is one of UTC."""
    if at is None:
        return datetime.now(tz=UTC).date()
    return (at if at.tzinfo is None else at.astimezone(UTC)).date()


def _hours() -> type:
    """What genai-prices calls prices by the time of day."""
    from genai_prices.types import TimeOfDateConstraint

    return TimeOfDateConstraint


def batch_list_cost(provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None) -> Decimal | None:
    """US dollars for `usage` in a batch at list prices; None when unknown. `at` is the time (None: now).

    Where the list knows no price for batches it tells the standard one, which would say that nothing is saved: that is unknown.
    """
    found, standard = list_cost(provider, model, usage, at=at, tier="batch"), list_cost(provider, model, usage, at=at)
    return found if found != standard or not standard else None


def list_cost(
    provider: str, model: str, usage: Mapping[str, int], *, at: datetime | None = None, tier: str = ""
) -> Decimal | None:
    """US dollars for `usage` at list prices, with their steps and dates; None when unknown.

    `at` is the time (None: now), `tier` the provider's word for how the call is charged: "flex", "priority", "batch", …
    """
    counts = _counts(usage)
    if counts is None or provider not in _LISTED:
        return None
    # genai-prices takes a tenth of a millisecond for each sum; nearly all are these few products.
    plain = _plain_price(provider, model, _day_of(at), tier)
    if plain is not None and not counts.kept_long and (plain.step is None or counts.read <= plain.step):
        return plain.sum(counts)
    found = _calculated(provider, model, counts, at, tier)
    # A model without a price for text, such as one that is charged by the minute, is not free.
    return None if found is None or found.model_price.input_mtok is None else found.total_price


@cache
def price_data() -> str:
    """Where list prices come from, in words: `genai-prices 0.2.3`."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


def prices_are_loaded() -> bool:
    """Whether a list price can be had at once. The first one waits until genai-prices is imported, for half a second."""
    return _library.cache_info().currsize > 0


def load_prices() -> None:
    """Import genai-prices, so that prices are had at once."""
    _library()


@cache
def _library() -> ModuleType:
    """genai-prices, with its data read: that is most of the half second."""
    import genai_prices

    genai_prices.calc_price(genai_prices.Usage(), "gpt-4o", provider_id="openai")
    return genai_prices


def _calculated(provider: str, model: str, counts: Counts, at: datetime | None, tier: str = "") -> PriceCalculation | None:
    if provider not in _LISTED:
        return None
    prices = _library()
    usage = prices.Usage(
        input_tokens=counts.read,
        cache_read_tokens=counts.cached,
        cache_write_tokens=counts.kept,
        output_tokens=counts.written,
        **({"cache_write_1h_tokens": counts.kept_long} if counts.kept_long else {}),
    )
    context = _context(provider, tier)
    try:
        return prices.calc_price(usage, model, provider_id=_LISTED[provider], genai_request_timestamp=at, price_context=context)
    except LookupError:
        return None


def _context(provider: str, tier: str) -> dict[str, str] | None:
    """What genai-prices calls a tier."""
    if not tier:
        return None
    return {"processing": tier} if tier == "batch" else {_TIER.get(provider, "service_tier"): tier}


def _counts(usage: Mapping[str, int]) -> Counts | None:
    """The counts in `usage`; None when nobody counted, or when they do not add up."""
    if "prompt_tokens" not in usage:
        return None
    counts = Counts(*(usage.get(key, 0) for key in _KEYS))
    sound = min(counts) >= 0 and counts.cached + counts.kept <= counts.read and counts.kept_long <= counts.kept
    return counts if sound and counts.read + counts.written else None


def _base(price: Decimal | TieredPrices) -> Decimal:
    return price if isinstance(price, Decimal) else price.base


def _step(price: Decimal | TieredPrices) -> int | None:
    return None if isinstance(price, Decimal) else min((tier.start for tier in price.tiers), default=None)

"""The short way to a list price gives, to the last digit, what genai-prices gives on the long one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.providers.catalog import catalogue
from racto_nb.providers.catalog.prices import _context, list_cost

MODELS = sorted(
    (provider, name) for provider in ("openai", "anthropic", "google") for name in catalogue().names(provider, current=False)
)
COUNTS = st.integers(0, 1_000_000) | st.integers(199_000, 201_000) | st.integers(271_900, 272_100)
TIMES = st.integers(1_735_700_000, 1_830_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@settings(max_examples=400)
@given(
    st.sampled_from(MODELS),
    st.tuples(COUNTS, st.integers(0, 100), st.integers(0, 100), COUNTS),
    TIMES,
    st.sampled_from(["", "batch", "flex", "priority", "fast"]),
)
def test_both_ways_say_the_same(model: tuple[str, str], counts: tuple[int, int, int, int], at: datetime, tier: str):
    provider, name = model
    read, cached_share, kept_share, written = counts
    cached = read * cached_share // 200
    kept = read * kept_share // 200
    usage = {"prompt_tokens": read, "completion_tokens": written, "cached_tokens": cached, "cache_write_tokens": kept}
    theirs = genai_prices.Usage(input_tokens=read, cache_read_tokens=cached, cache_write_tokens=kept, output_tokens=written)
    try:
        found = genai_prices.calc_price(
            theirs, name, provider_id=provider, genai_request_timestamp=at, price_context=_context(provider, tier)
        )
    except LookupError:
        assert list_cost(provider, name, usage, at=at, tier=tier) is None
        return
    ours = list_cost(provider, name, usage, at=at, tier=tier)
    if found.model_price.input_mtok is None or not read + written:
        assert ours is None
    else:
        assert ours == found.total_price
        assert isinstance(ours, Decimal)

"""The line below an answer: model, tokens, time, price, origin. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import floor, log10


def footer(*, model: str, usage: Mapping[str, int], seconds: float, cost: float | Decimal | None, origin: str) -> str:
    """One line about an answer. `cost` in US dollars, None when unknown; tokens are left out when nobody counted them.

    >>> footer(model="embedded:m", usage={"prompt_tokens": 9, "completion_tokens": 1}, seconds=1.25, cost=0.0, origin="fresh")
    'embedded:m · 9 + 1 tokens · 1.2 s · free, on this machine · fresh'
    """
    return " · ".join(part for part in (model, tokens(usage), duration(seconds), _said(cost, origin), origin) if part)


def _said(cost: float | Decimal | None, origin: str) -> str:
    """The price, which an answer that was known already has none of."""
    return "" if origin in {"exact", "semantic", "replay"} else price(cost)


def tokens(usage: Mapping[str, int]) -> str:
    """Tokens read and written, e.g. `9 + 1 tokens`."""
    if "completion_tokens" not in usage:
        return ""
    # A few tokens of a chat template are always there already; said from a tenth on, it tells why an answer was quick or cheap.
    read = usage.get("cached_tokens", 0)
    cached = f" ({read:,} cached)" if 10 * read >= usage.get("prompt_tokens", 0) and read else ""
    return f"{usage.get('prompt_tokens', 0):,}{cached} + {usage['completion_tokens']:,} tokens"


def duration(seconds: float) -> str:
    """A time a person reads at a glance: `0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:  # noqa: PLR2004  (from here on tenths say nothing)
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def price(cost: float | Decimal | None) -> str:
    """US dollars to the cent, or to two significant digits below a cent; `free, on this machine` for 0, `price unknown` for None.

    >>> price(0.000012), price(Decimal("1234.5"))
    ('$0.000012', '$1,234.50')
    """
    if cost is None:
        return "price unknown"
    return f"${cost:,.{max(2, 1 - floor(log10(cost)))}f}" if cost else "free, on this machine"

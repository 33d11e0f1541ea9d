"""What a training costs by the tokens that the provider has counted, where a price is known. The ledger's row has it."""

from __future__ import annotations

from decimal import Decimal

from racto_nb.finetune.training_prices import rate_of

_COUNTS_EPOCHS = frozenset({"openai"})
"""Providers whose count has each epoch in it. Vertex AI tells the tokens of the file once: no price is made of that."""
_MILLION = 1_000_000


def charge_of(provider: str, model: str, tokens: int) -> tuple[Decimal | None, str]:
    """US dollars for so many trained tokens, None where nobody knows, and where the price comes from.

    >>> charge_of("openai", "gpt-4o-mini-2024-07-18", 1_000_000)[0] == rate_of("openai", "gpt-4o-mini-2024-07-18").per_million
    True
    >>> charge_of("openai", "a-model-of-yours", 1_000_000)
    (None, '')
    """
    rate = rate_of(provider, model) if provider in _COUNTS_EPOCHS else None
    if rate is None or rate.per_million is None:
        return None, ""
    return rate.per_million * tokens / _MILLION, rate.source

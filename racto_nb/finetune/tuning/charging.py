"""What a training costs by the tokens that the provider has counted, where a price is known. The ledger's row has it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from racto_nb.finetune.training_prices import rate_of


def charge_of(provider: str, model: str, tokens: int, at: datetime) -> tuple[Decimal | None, str]:  # noqa: ARG001  (one date so far)
    """US dollars for so many trained tokens at a time, None where nobody knows, and where the price comes from."""
    rate = rate_of(provider, model)
    if rate is None or rate.per_million is None:
        return None, ""
    return rate.per_million * tokens / 1_000_000, f"{rate.source}, read {rate.read}"

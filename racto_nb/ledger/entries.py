"""One call of a kit as the ledger is told of it, and the row that it becomes. Pure, but for the prices."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from racto_nb._place import Place
from racto_nb.models.response import FRESH
from racto_nb.models.usage import Spent, added
from racto_nb.providers.pricing import list_value, price_of, sound_catalogue, source_of

LEFT = "left"
"""The `error` of a call that its caller left: an interrupt, a cancelled task, a loop over a stream that ended early."""

COLUMNS: Mapping[str, str] = {
    "id": "VARCHAR",
    "version": "INTEGER",
    "time": "TIMESTAMP",
    "session": "VARCHAR",
    "notebook": "VARCHAR",
    "cell": "VARCHAR",
    "kind": "VARCHAR",
    "provider": "VARCHAR",
    "model": "VARCHAR",
    "answered": "VARCHAR",
    "prompt_hash": "VARCHAR",
    "input_tokens": "BIGINT",
    "cached_tokens": "BIGINT",
    "cache_write_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "price": "DECIMAL(24,12)",
    "price_source": "VARCHAR",
    "unpriced": "INTEGER",
    "saved_tokens": "BIGINT",
    "saved": "DECIMAL(24,12)",
    "seconds": "DOUBLE",
    "first_token_seconds": "DOUBLE",
    "origin": "VARCHAR",
    "requests": "INTEGER",
    "finish_reason": "VARCHAR",
    "error": "VARCHAR",
    "question": "VARCHAR",
    "answer": "VARCHAR",
}
"""The columns of a row with their types in DuckDB. `version` counts how often a row was written: the last one counts."""

_TOKENS = {
    "input_tokens": "prompt_tokens",
    "cached_tokens": "cached_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "output_tokens": "completion_tokens",
}
_MAIN = ("input_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that has ended. It `began` so many seconds after 1970, which was `clock` on the monotonic clock, and took `seconds`
    (None: it ends when its row is made); its first token came after `first` seconds.

    `spent` is what each of its requests used, and what an answer used that was known already; `requests` how many went out.
    `charge` is its price, and where that comes from, where it is no price of a chat: it holds in place of the list prices.
    `question` and `answer` are written down only by a ledger that keeps texts, without secrets: `redacted` takes the key out.
    """

    kind: str
    provider: str
    model: str
    began: float
    clock: float
    seconds: float | None = None
    first: float | None = None
    spent: tuple[Spent, ...] = ()
    requests: int = 0
    origin: str = FRESH
    answered: str | None = None
    prompt_hash: str | None = None
    finish_reason: str | None = None
    error: str | None = None
    place: Place = field(default_factory=Place)
    session: str = ""
    question: str | None = None
    answer: str | None = None
    redacted: Callable[[str], str] = str
    charge: tuple[Decimal | None, str] | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(8))


def row_of(entry: Entry, *, priced: bool = True, texts: Callable[[str], str] | None = None) -> dict[str, Any]:
    """The row for `entry`. Without `priced` its price is left open, for a second version; `texts` cleans kept texts."""
    at = datetime.fromtimestamp(entry.began, UTC)
    paid = [spent for spent in entry.spent if spent.origin == FRESH]
    known = [spent for spent in entry.spent if spent.origin != FRESH]
    row: dict[str, Any] = {
        "id": entry.id,
        "version": 2 if priced else 1,
        "time": at.replace(tzinfo=None).isoformat(timespec="microseconds"),
        "session": entry.session,
        "notebook": entry.place.notebook,
        "cell": entry.place.cell,
        "kind": entry.kind,
        "provider": entry.provider,
        "model": entry.model,
        "answered": entry.answered,
        "prompt_hash": entry.prompt_hash,
        **_tokens(paid, known),
        "seconds": _rounded(time.perf_counter() - entry.clock if entry.seconds is None else entry.seconds),
        "first_token_seconds": _rounded(entry.first),
        "origin": entry.origin,
        "requests": entry.requests,
        "finish_reason": entry.finish_reason,
        "error": entry.error,
    }
    if priced:
        row |= _prices(entry, paid, known, at)
    if texts is not None:
        row |= {name: _clean(text, entry, texts) for name, text in (("question", entry.question), ("answer", entry.answer))}
    return row


def _tokens(paid: list[Spent], known: list[Spent]) -> dict[str, int | None]:
    """The tokens that were paid for, None where nobody counted them, and those that were not, since they were known already."""
    usage, before = (added(*(dict(spent.usage) for spent in spents)) for spents in (paid, known))
    counted = {name: usage.get(ours, 0 if not paid or name not in _MAIN else None) for name, ours in _TOKENS.items()}
    return {**counted, "saved_tokens": before.get("total_tokens", 0)}


def _prices(entry: Entry, paid: list[Spent], known: list[Spent], at: datetime) -> dict[str, Any]:
    """What is known of the price. It is none at all, and not 0, where the price of every request is unknown.

    `unpriced` counts the requests whose price is unknown, or known in part: of an answer that its caller left, the provider has
    told only what it had counted by then.
    """
    if entry.charge is not None:
        price, source = entry.charge
        known_price = None if price is None else f"{price:f}"
        return {"price": known_price, "price_source": source, "unpriced": int(price is None), "saved": "0"}
    catalogue = sound_catalogue() if not all(spent.free for spent in entry.spent) else None
    prices = [price_of(spent, at=at, known=catalogue) for spent in paid]
    unpriced = prices.count(None) + (entry.error == LEFT and bool(prices) and bool(prices[-1]))
    saved = [list_value(spent, at=at, known=catalogue) for spent in known]
    priced = next((spent for spent, price in zip(paid, prices, strict=True) if price is not None), None)
    return {
        "price": _sum(prices) if any(price is not None for price in prices) or not unpriced else None,
        "price_source": None if priced is None else source_of(priced, catalogue),
        "unpriced": unpriced,
        "saved": _sum(saved) if None not in saved else None,
    }


def _sum(prices: Iterable[Decimal | None]) -> str:
    """The sum of what is known, as a plain decimal: JSON has no exact numbers."""
    return f"{sum((price for price in prices if price is not None), Decimal(0)):f}"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _clean(text: str | None, entry: Entry, texts: Callable[[str], str]) -> str | None:
    if text is None:
        return None
    return texts(entry.redacted(text)).encode("utf-8", "replace").decode()  # half a character has no place in a file

"""Which fields a model has in a catalogue file, and what each may hold. Pure data and predicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

ABILITIES = ("json_schema", "tools", "images", "documents", "thinking", "sampling", "dimensions")
"""What `able` and `unable` may name: fields of `Abilities`. `dimensions` is to choose the length of an embedding."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field may hold, in words and as a predicate."""

    allowed: str
    holds: Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _LONGEST


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in cast("list[object]", value))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**63


def _is_amount(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite() and 0 <= value < 10**9


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


_COUNT = Rule("a whole number of at least 1", _is_count)
_AMOUNT = Rule("a number of dollars of at least 0", _is_amount)
_TEXT = Rule(f"a text of at most {_LONGEST} characters", _is_text)
_TEXTS = Rule("a list of texts", _are_texts)
_DAY = Rule("a day such as 2027-01-14, without quotes,", _is_day)

FIELDS: Mapping[str, Rule] = {
    "able": _TEXTS,
    "aliases": _TEXTS,
    "dimensions": _COUNT,
    "embed_batch": _COUNT,
    "gone": Rule("true or false", lambda value: isinstance(value, bool)),
    "kind": Rule("'chat' or 'embedding'", lambda value: value in {"chat", "embedding"} if isinstance(value, str) else False),
    "note": _TEXT,
    "output_limit": _COUNT,
    "price": Rule("a table { input = 0.10, output = 0.50 }", lambda value: isinstance(value, dict)),
    "retires": _DAY,
    "successor": _TEXT,
    "unable": _TEXTS,
    "window": _COUNT,
}
PRICE: Mapping[str, Rule] = {"input": _AMOUNT, "output": _AMOUNT, "cached": _AMOUNT, "cache_write": _AMOUNT, "as_of": _DAY}

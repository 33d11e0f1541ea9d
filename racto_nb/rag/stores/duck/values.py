"""Values of metadata in a form that a database compares as Python does. Pure.

A value is a text whose first letter tells its kind: `b1` and `b0` are True and False, `n12` a number, `tred` a text,
`l,"n1","tred",` a list, `d` a mapping, `q` what is equal to nothing (NaN). None is no value. Numbers also stand as float64, to be
ordered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from racto_nb.exceptions import UsageError

EXACT = 2**53
"""Up to here each whole number is a float64 of its own."""


def as_json(value: object, key: str) -> Any:
    """`value` of the metadata `key` in kinds that JSON has: dates become texts, tuples and sets lists. UsageError for others."""
    if isinstance(value, date):
        return value.isoformat()
    if callable(item := getattr(value, "item", None)) and hasattr(value, "dtype") and getattr(value, "ndim", 0) == 0:
        value = item()
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return _ranged(value, key)
        case Mapping():
            return {str(name): as_json(inner, key) for name, inner in cast("Mapping[object, object]", value).items()}
        case list() | tuple() | set() | frozenset():
            return [as_json(inner, key) for inner in cast("list[object]", value)]
        case _:
            msg = (
                f"The metadata {key!r} of a chunk is {type(value).__name__}: {value!r:.80}. A store keeps texts, numbers, dates, "
                "True, False, None, and lists and mappings of these."
            )
            raise UsageError(msg)


def _ranged(value: int, key: str) -> int:
    try:
        float(value)
    except OverflowError:
        msg = f"The metadata {key!r} of a chunk is a whole number beyond 1.8e308. Store it as a text."
        raise UsageError(msg) from None
    return value


def coded(value: object) -> str | None:
    """`value` (of the kinds that JSON has) as a text that equal values share, and others do not."""
    match value:
        case None:
            return None
        case bool():
            return "b1" if value else "b0"
        case int() | float():
            return coded_number(value)
        case str():
            return "t" + value
        case list():
            return "".join(["l,", *(f"{_coded_item(item)}," for item in cast("list[object]", value))])
        case _:
            return "d"


def coded_number(value: float) -> str:
    """A number as a text: 1 and 1.0 are the same."""
    if isinstance(value, float) and not value.is_integer():
        return "q" if math.isnan(value) else f"n{value!r}"
    return f"n{_digits(int(value))}"


def _digits(value: int) -> str:
    """All digits; Python by itself refuses more than 4300, which no float64 has."""
    return str(value)


def coded_in_list(value: object) -> str:
    """What stands in the text of a list that holds `value`."""
    return f",{_coded_item(value)},"


def _coded_item(value: object) -> str:
    return json.dumps("z" if value is None else coded(value), ensure_ascii=False)


def number_of(value: object) -> float | None:
    """`value` as a float64 to be ordered; None for what is no number, or NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  (NaN)
        return None
    return float(value)

"""What the columns of a result are to a chart: amounts, times, steps, names, keys. Pure.

A type says what a column holds, and its name what it is for: the whole numbers of "year" are no amounts, and nobody adds up ids.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

Role = Literal["measure", "time", "step", "name", "key", "other"]
"""An amount; a date or moment; a whole number that counts years, months or hours; a text, flag or category; a number or text that
tells rows apart; what cannot be drawn (lists, structs, bytes)."""

_STEP_WORDS = frozenset({"year", "yr", "quarter", "qtr", "month", "week", "weekday", "dow", "day", "hour", "minute", "decade"})
_KEY_WORDS = frozenset({"id", "ids", "key", "uuid", "guid", "sku", "zip", "zipcode", "postcode", "isbn", "ean", "phone", "pk"})
_RATIO_WORDS = frozenset(
    {"avg", "average", "mean", "median", "min", "max", "minimum", "maximum", "rate", "ratio", "percent", "percentage", "pct"}
    | {"share", "price", "score", "rating", "rank", "age", "temperature", "std", "stddev", "variance", "growth", "margin"}
)
_COUNTING = frozenset({"count", "number", "total", "sum", "per", "of", "by", "num", "n"})
_MOMENT = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its `name`, its `role`, how many different values it has, and whether it may be added up."""

    name: str
    role: Role
    distinct: int
    additive: bool = True


def columns_of(frame: pl.DataFrame) -> list[Column]:
    """All columns of `frame`, in their order."""
    return [column_of(series) for series in frame.iter_columns()]


def column_of(series: pl.Series) -> Column:
    """What `series` is to a chart.

    >>> column_of(pl.Series("order_year", [2023, 2024])).role, column_of(pl.Series("revenue", [9.5, 7.0])).role
    ('step', 'measure')
    """
    role = role_of(series)
    distinct = 0 if role == "other" else series.drop_nulls().n_unique()
    return Column(series.name, role, distinct, additive=not _RATIO_WORDS & words_of(series.name))


def role_of(series: pl.Series) -> Role:
    """The role of `series`, by its type, its name and its values."""
    if is_number(series):
        return _role_of_numbers(series)
    if isinstance(series.dtype, pl.Date | pl.Datetime) or _are_moments(series):
        return "time"
    if not is_name(series):
        return "other"
    return "key" if words_of(series.name) & _KEY_WORDS else "name"


def is_number(series: pl.Series) -> bool:
    """Whether `series` can be measured: numbers, and durations in seconds. Flags are no numbers."""
    return series.dtype.is_numeric() or series.dtype == pl.Duration


def is_time(series: pl.Series) -> bool:
    """Whether `series` are dates or moments, also where a database without such a type keeps them as text."""
    return isinstance(series.dtype, pl.Date | pl.Datetime) or _are_moments(series)


def is_name(series: pl.Series) -> bool:
    """Whether `series` can stand beside a bar as it is: texts, flags, categories, times of day."""
    return isinstance(series.dtype, pl.String | pl.Boolean | pl.Categorical | pl.Enum | pl.Time)


def words_of(name: str) -> frozenset[str]:
    """The words of a column's name, in small letters: `orderYear` and `order_year` are the same two."""
    return frozenset(re.findall(r"[^\W_]+", _CAMEL.sub(" ", name).casefold()))


def is_year(series: pl.Series) -> bool:
    """Whether `series` are years, which stand in a row as dates do."""
    return role_of(series) == "step" and bool({"year", "yr"} & words_of(series.name))


def count_of_doubles(frame: pl.DataFrame, names: Sequence[str]) -> int:
    """How many rows repeat what another row has in all of `names`."""
    known = frame.select(names).drop_nulls()
    return known.height - known.unique().height


def _role_of_numbers(series: pl.Series) -> Role:
    words = words_of(series.name)
    if not series.dtype.is_integer() or words & _COUNTING:  # "orders_per_month" counts orders
        return "measure"
    if words & _STEP_WORDS and _is_step(series, words):
        return "step"
    return "key" if words & _KEY_WORDS else "measure"


def _is_step(series: pl.Series, words: frozenset[str]) -> bool:
    """Whether the numbers can be what the name says: "days" between 3 and 900 are an amount."""
    known = series.drop_nulls()
    if not known.len():
        return True
    least, most = int(str(known.min())), int(str(known.max()))
    if words & {"year", "yr", "decade"}:
        return least >= 1000 and most <= 2999  # noqa: PLR2004  (years of four digits)
    return least >= 0 and most <= 60  # noqa: PLR2004  (no month, week, day, hour or minute is above)


def _are_moments(series: pl.Series) -> bool:
    """Whether texts are ISO dates: SQLite has no other."""
    if series.dtype != pl.String:
        return False
    known = series.drop_nulls()
    return known.len() > 0 and bool(known.str.contains(f"^{_MOMENT.pattern}$").all())

"""Columns whose values a server has written as text, made columns of their types, a column at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal[
    "text", "other", "int16", "int32", "int64", "uint64", "float32", "float64", "decimal", "bool", "date", "datetime", "instant",
    "time", "hex", "bytes",
]  # fmt: skip
"""What a column is. "instant" is a moment with a time zone, "hex" bytes as \\x00ff, "bytes"
bytes as they are, "other" a type that stays text."""

_DECIMAL = r"^-?\d+(\.\d+)?$"
_MOST_DIGITS = 38
_FORMATS = {"datetime": "%Y-%m-%d %H:%M:%S%.f", "instant": "%Y-%m-%d %H:%M:%S%.f%#z"}


def typed(values: Iterable[str | None] | pl.Series, kind: Kind, places: int = 0) -> pl.Series | None:
    """The texts `values` as a column of `kind`. None where one of them has no place in it ("infinity" among dates, "NaN" among
    decimals, a number of more than 38 digits): the column stays text then, so that no value is
    changed or lost. Decimals have `places`, or as many as the longest one needs.

    >>> typed(["1.50", None, "-0.25"], "decimal").to_list()
    [Decimal('1.50'), None, Decimal('-0.25')]
    >>> typed(["2026-01-02", "infinity"], "date") is None
    True
    """
    import polars as pl

    texts = pl.Series(values, dtype=pl.String)
    if kind in {"text", "other"}:
        return texts
    made = _decimal(texts, places) if kind == "decimal" else _made(texts, kind)
    return made if made is not None and made.null_count() == texts.null_count() else None


def _made(texts: pl.Series, kind: Kind) -> pl.Series | None:
    """`texts` as `kind`, null where that cannot be."""
    import polars as pl

    numbers = {
        "int16": pl.Int16, "int32": pl.Int32, "int64": pl.Int64, "uint64": pl.UInt64,
        "float32": pl.Float32, "float64": pl.Float64,
    }  # fmt: skip
    if kind in numbers:
        return texts.cast(numbers[kind], strict=False)
    if kind == "bool":
        return texts.replace_strict({"t": True, "f": False}, default=None, return_dtype=pl.Boolean)
    if kind == "date":
        return texts.str.to_date("%Y-%m-%d", strict=False)
    if kind == "time":
        return texts.str.to_time("%H:%M:%S%.f", strict=False)
    if kind == "hex":
        return texts.str.strip_prefix("\\x").str.decode("hex", strict=False)
    zone = "UTC" if kind == "instant" else None
    return texts.str.to_datetime(_FORMATS[kind], time_unit="us", time_zone=zone, strict=False)


def _decimal(texts: pl.Series, places: int) -> pl.Series | None:
    import polars as pl

    if not texts.str.contains(_DECIMAL).all():
        return None
    places = max(places, _longest(texts, r"\.(\d+)$"))
    if places + _longest(texts, r"^-?0*(\d*)") > _MOST_DIGITS:
        return None
    return texts.cast(pl.Decimal(_MOST_DIGITS, places), strict=False)


def _longest(texts: pl.Series, pattern: str) -> int:
    """The most characters that `pattern` finds in one of `texts`."""
    found = texts.str.extract(pattern, 1).str.len_chars().max()
    return found if isinstance(found, int) else 0

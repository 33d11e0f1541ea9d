"""Columns out of SQLite's rows. SQLite keeps any kind of value in any column, so a column is what is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Cell = int | float | str | bytes | None
Affinity = Literal["whole", "real", "text", "blob"]
_EXACT = 2**53
"""Whole numbers up to this one are exact as floats."""


def column(values: Sequence[Cell], declared: str) -> tuple[pl.Series, bool]:
    """`values` as a column, and whether it became text because it holds different kinds of values.

    Whole numbers beside fractions are one kind, as long as a float holds them exactly: SQLite stores 3.0 as 3 where it may. Where
    there is no value, the type that the table declares decides.

    >>> column([3, 2.5, None], "")[0].to_list(), column([3, "x", b"\\x01"], "")[0].to_list()
    ([3.0, 2.5, None], ['3', 'x', "x'01'"])
    """
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    dtypes = {"whole": pl.Int64, "real": pl.Float64, "text": pl.String, "blob": pl.Binary}
    if not kinds:
        return pl.Series(values, dtype=dtypes[affinity(declared)]), False
    if kinds == {int, float} and all(abs(value) <= _EXACT for value in values if isinstance(value, int)):
        kinds = {float}
    if len(kinds) > 1:
        return pl.Series([written(value) for value in values], dtype=pl.String), True
    plain = {int: pl.Int64, float: pl.Float64, str: pl.String, bytes: pl.Binary}
    return pl.Series(values, dtype=plain[kinds.pop()], strict=False), False


def affinity(declared: str) -> Affinity:
    """The kind of values that a column declared so prefers, by SQLite's rules. Numbers of any kind count as floats; what is
    declared as nothing or as something else (DATE) is text.

    >>> affinity("BIGINT"), affinity("varchar(20)"), affinity("DOUBLE"), affinity("DECIMAL(10,2)"), affinity("DATE")
    ('whole', 'text', 'real', 'real', 'text')
    """
    name = declared.upper()
    if "INT" in name:
        return "whole"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if "BLOB" in name:
        return "blob"
    return "real" if any(word in name for word in ("REAL", "FLOA", "DOUB", "NUM", "DEC")) else "text"


def written(value: Cell) -> str | None:
    """`value` as SQLite writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return str(value)


def text_or_bytes(raw: bytes) -> str | bytes:
    """A text that SQLite gave, which may be none: then its bytes, unchanged."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def size_of(row: Sequence[Cell]) -> int:
    """About the bytes that `row` takes as Arrow data."""
    return sum(8 if value is None or isinstance(value, (int, float)) else len(value) + 8 for value in row)

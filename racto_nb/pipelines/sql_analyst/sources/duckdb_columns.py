"""The columns of a DuckDB result on their way to polars: unique names, and text for what has no type there. Runs in the child."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from racto_nb.pipelines.sql_analyst.schema.quoting import quoted
from racto_nb.pipelines.sql_analyst.sources.column_names import unique_names

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_AS_TEXT = frozenset(
    {"bignum", "bit", "geometry", "interval", "map", "time with time zone", "uhugeint", "union", "variant", "varint"}
)
"""Types that polars has no like of, or that lose something on the way: also inside of lists and structs."""
_NESTED = frozenset({"array", "list", "struct", "tuple"})
_MOST_DIGITS = 10**38
_WHOLE = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a result: `names` as DuckDB gives them, `unique` ones, and the places of those that come `as_text`."""

    names: tuple[str, ...]
    unique: tuple[str, ...]
    huge: frozenset[int]
    as_text: frozenset[int]

    @classmethod
    def of(cls, names: Sequence[str], types: Sequence[DuckDBPyType]) -> Columns:
        """The columns with these names and types."""
        text = frozenset(place for place, kind in enumerate(types) if _needs_text(kind))
        huge = frozenset(place for place, kind in enumerate(types) if kind.id == "hugeint")
        return cls(tuple(names), tuple(unique_names(names)), huge, text)

    def with_text(self, places: Sequence[int]) -> Columns:
        """The same, with the columns at `places` as text too."""
        return replace(self, as_text=self.as_text.union(places), huge=self.huge.difference(places))

    def projection(self) -> str:
        """The columns as a projection: by place, because names may come twice."""
        return ", ".join(
            f"{f'CAST(#{place + 1} AS VARCHAR)' if place in self.as_text else f'#{place + 1}'} AS {quoted(name, 'duckdb')}"
            for place, name in enumerate(self.unique)
        )

    def text_names(self) -> list[str]:
        """The unique names of the columns that come as text."""
        return [self.unique[place] for place in sorted(self.as_text)]


def out_of_range(frame: pl.DataFrame, columns: Columns) -> list[int]:
    """The places of columns with values that polars cannot show: an infinite date, a year after 9999, 39 digits."""
    return [place for place, column in enumerate(frame.iter_columns()) if _is_beyond(column, is_huge=place in columns.huge)]


def tidied(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """`frame` with sums of whole numbers, which DuckDB counts in 128 bits, as Int64 where all of them fit."""
    fitting = [
        pl.col(columns.unique[place]).cast(pl.Int64) for place in columns.huge if _is_within(frame.to_series(place), *_WHOLE)
    ]
    return frame.with_columns(fitting) if fitting else frame


def _needs_text(kind: DuckDBPyType) -> bool:
    if kind.id in _AS_TEXT:
        return True
    return kind.id in _NESTED and any(_needs_text(child) for _, child in _children(kind))


def _children(kind: DuckDBPyType) -> list[tuple[str, Any]]:
    return [(name, child) for name, child in kind.children if hasattr(child, "id")]


def _is_beyond(column: pl.Series, *, is_huge: bool) -> bool:
    if is_huge:
        return not _is_within(column, 1 - _MOST_DIGITS, _MOST_DIGITS - 1)
    return not all(_is_within(values.to_physical(), *_years(kind)) for values, kind in _times(column))


def _times(column: pl.Series) -> Iterator[tuple[pl.Series, pl.Date | pl.Datetime]]:
    """The dates and times of a column, also those inside of its lists and structs."""
    kind = column.dtype
    if isinstance(kind, pl.Date | pl.Datetime):
        yield column, kind
    elif isinstance(kind, pl.List | pl.Array):
        yield from _times(column.explode())
    elif isinstance(kind, pl.Struct):
        for field in kind.fields:
            yield from _times(column.struct.field(field.name))


def _years(kind: pl.Date | pl.Datetime) -> tuple[int, int]:
    """The years 1 to 9999 in the numbers that `kind` is kept in."""
    first, last = -719_162, 2_932_896
    if isinstance(kind, pl.Date):
        return first, last
    second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.time_unit]
    return first * 86_400 * second, (last + 1) * 86_400 * second - 1


def _is_within(column: pl.Series, low: int, high: int) -> bool:
    least: Any = column.min()
    most: Any = column.max()
    return least is None or (low <= least and most <= high)

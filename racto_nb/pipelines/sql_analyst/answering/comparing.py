"""Numbers that are computed from two values of a result: differences, ratios, changes, shares, sums of some. Pure.

There are many of them, and among many numbers any number finds a neighbour. So a pair counts only where the sentence is about it:
both values stand in rows that it names, or are the first, last, lowest or highest of their column, their mean, or neighbours; and
where it names rows, one of the two stands in one of them. Of up to six rows all pairs may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import polars as pl

from racto_nb.pipelines.sql_analyst.answering.known import Fact, Facts
from racto_nb.pipelines.sql_analyst.charting.checking import finite
from racto_nb.pipelines.sql_analyst.charting.columns import is_number

Named = frozenset[int]
"""The rows that a sentence names."""
_MOST_ROWS = 200
_MOST_PAIRED = 40
_MOST_COLUMNS = 6
_FEW = 6


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two values, the rows that they stand in (none: they are sums), and those of them that a sentence must name."""

    one: float
    other: float
    told: str
    rows: Named = frozenset()
    needs: Named = frozenset()

    def is_meant(self, named: Named) -> bool:
        return self.needs <= named and (not named or not self.rows or bool(self.rows & named))


class Compared:
    """The comparisons that a result allows."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame.head(_MOST_ROWS)
        self._whole = frame

    def named(self, sentence: str) -> Named:
        """The rows whose names stand in `sentence`."""
        folded = sentence.casefold()
        return frozenset(row for name, pattern, row in self._names if name in folded and pattern.search(folded))

    def shares(self, named: Named) -> Facts:
        """How much of its column's sum a value is, in percent; and all named ones together."""
        return Facts(fact for series in self._columns for fact in _shares(series, self._sum(series), named))

    def differences(self, named: Named) -> Facts:
        """How far two values lie from each other."""
        return self._facts(named, "the difference", lambda pair: abs(pair.one - pair.other))

    def ratios(self, named: Named) -> Facts:
        """How many times one value is another."""
        return self._facts(named, "the ratio", lambda pair: pair.one / pair.other)

    def changes(self, named: Named) -> Facts:
        """By how many percent one value lies over or under another, and how many percent of it one is."""
        changes = self._facts(named, "the change", lambda pair: abs(100 * (pair.one / pair.other - 1)))
        return Facts([*changes.all(), *self._facts(named, "the ratio", lambda pair: 100 * pair.one / pair.other).all()])

    def sums(self, named: Named) -> Facts:
        """The sums of two values, of a column's first ones, and of the rows that are named."""
        first = [fact for series in self._columns for fact in _first_sums(series, named)]
        two = [
            Fact(pair.one + pair.other, f"the sum {pair.told}")
            for pair in self._pairs
            if len(pair.rows) > 1 and pair.is_meant(named)
        ]
        return Facts([*first, *two])

    def _facts(self, named: Named, what: str, value: Callable[[_Pair], float]) -> Facts:
        meant = (pair for pair in self._pairs if pair.is_meant(named))
        return Facts(Fact(value(pair), f"{what} {pair.told}") for pair in meant if pair.other and pair.one != pair.other)

    def _sum(self, series: pl.Series) -> float:
        return float(finite(self._whole[series.name]).sum())

    @cached_property
    def _names(self) -> list[tuple[str, re.Pattern[str], int]]:
        found: list[tuple[str, re.Pattern[str], int]] = []
        for series in self._frame.iter_columns():
            if isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum):
                for row, name in enumerate(series.cast(pl.String).to_list()):
                    if name and name.strip():
                        folded = name.strip().casefold()
                        found.append((folded, re.compile(rf"(?<!\w){re.escape(folded)}(?!\w)"), row))
        return found

    @cached_property
    def _columns(self) -> list[pl.Series]:
        return [finite(series) for series in self._frame.iter_columns() if is_number(series)]

    @cached_property
    def _pairs(self) -> list[_Pair]:
        found = [pair for series in self._columns for pair in _pairs_of(series)]
        for one in self._columns[:_MOST_COLUMNS]:
            for other in self._columns[:_MOST_COLUMNS]:
                if one.name != other.name:
                    told = f"of {one.name!r} and {other.name!r}"
                    found += _pairs_in_rows(one, other, told)
                    found.append(_Pair(self._sum(one), self._sum(other), f"{told}, added up"))
        return found


def _pairs_in_rows(one: pl.Series, other: pl.Series, told: str) -> Iterator[_Pair]:
    for row, (a, b) in enumerate(zip(one.to_list(), other.to_list(), strict=True)):
        if a is not None and b is not None:
            rows = frozenset({row})
            yield _Pair(a, b, f"{told} in a row", rows, frozenset() if one.len() <= _FEW else rows)


def _pairs_of(series: pl.Series) -> Iterator[_Pair]:
    values = [(row, value) for row, value in enumerate(series.to_list()) if value is not None]
    if len(values) < 2:  # noqa: PLR2004  (a pair)
        return
    told = f"of two {series.name!r}"
    plain = _plain_rows(values)
    near = [value for value in values if value[0] in plain or len(values) <= _MOST_PAIRED]
    for row, value in near:
        for other_row, other in near:
            if row != other_row:
                rows = frozenset({row, other_row})
                yield _Pair(value, other, told, rows, rows - plain)
    for (row, value), (other_row, other) in pairwise(values):
        rows = frozenset({row, other_row})
        yield _Pair(other, value, told, rows, frozenset() if len(values) <= 2 * _FEW else frozenset({other_row}))
    mean = sum(value for _, value in values) / len(values)
    for row, value in near:
        yield _Pair(value, mean, f"of a {series.name!r} and their mean", frozenset({row}), frozenset({row}) - plain)


def _plain_rows(values: Sequence[tuple[int, float]]) -> Named:
    """The rows that need no name: of a few all, else the first, the last, the lowest and the highest."""
    if len(values) <= _FEW:
        return frozenset(row for row, _ in values)
    lowest, highest = min(values, key=lambda each: each[1]), max(values, key=lambda each: each[1])
    return frozenset({values[0][0], values[-1][0], lowest[0], highest[0]})


def _shares(series: pl.Series, whole: float, named: Named) -> Iterator[Fact]:
    values = [(row, value) for row, value in enumerate(series.to_list()) if value is not None]
    if not whole or len(values) < 2:  # noqa: PLR2004  (one value is all of it)
        return
    meant = [(row, value) for row, value in values if row in named] or values
    for _, value in meant:
        yield Fact(100 * value / whole, f"a share of the sum of {series.name!r}")
    if named:
        yield Fact(100 * sum(value for _, value in meant) / whole, f"a share of the sum of {series.name!r}")
    yield from (Fact(100 * fact.value / whole, f"the share of {fact.told}") for fact in _first_sums(series, named))


def _first_sums(series: pl.Series, named: Named) -> Iterator[Fact]:
    """The sums of the first values, as "the top three" are, and of the rows that are named."""
    values = series.drop_nulls().head(2 * _FEW).to_list()
    running = 0.0
    for place, value in enumerate(values):
        running += value
        if place:
            yield Fact(running, f"the sum of the first {place + 1} {series.name!r}")
    chosen = [value for row, value in enumerate(series.to_list()) if row in named and value is not None]
    if len(chosen) > 1:
        yield Fact(sum(chosen), f"the sum of {len(chosen)} {series.name!r}")

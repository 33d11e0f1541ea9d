"""The numbers that an answer may name: those in the rows, and what is simply computed from them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import polars as pl

from racto_nb.pipelines.sql_analyst.answering.dates import dates_in
from racto_nb.pipelines.sql_analyst.answering.reading import numbers_in
from racto_nb.pipelines.sql_analyst.charting.checking import finite
from racto_nb.pipelines.sql_analyst.charting.columns import is_number

_MOST_TEXTS = 5_000
_MOST_COUNTED = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that is known, and where from, in words."""

    value: float
    told: str


class Facts:
    """Numbers that can be looked up by nearness."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = sorted((fact for fact in facts if fact.value == fact.value), key=lambda fact: fact.value)
        self._values = [fact.value for fact in self._facts]

    def all(self) -> Sequence[Fact]:
        """All of them, the smallest first."""
        return self._facts

    def nearest(self, value: float) -> Fact | None:
        """The fact nearest to `value`."""
        place = bisect_left(self._values, value)
        around = self._facts[max(0, place - 1) : place + 1]
        return min(around, key=lambda fact: abs(fact.value - value), default=None)

    def within(self, value: float, slack: float) -> Fact | None:
        """The fact nearest to `value`, if it is no farther off than `slack`."""
        found = self.nearest(value)
        return found if found is not None and abs(found.value - value) <= slack * (1 + 1e-9) + abs(value) * 1e-12 else None


class Known:
    """What is known of the results of a question, in `frames`, and `given` by its words. A part is computed when it is needed."""

    def __init__(self, frames: Sequence[pl.DataFrame], given: str = "") -> None:
        self.frames, self.given = frames, given

    @cached_property
    def cells(self) -> Facts:
        """The numbers of all cells."""
        return Facts(
            Fact(value, f"a value of {series.name!r}")
            for frame in self.frames
            for series in frame.iter_columns()
            if is_number(series)
            for value in finite(series).drop_nulls().unique().to_list()
        )

    @cached_property
    def words(self) -> Facts:
        """Numbers in names: of columns, and in cells that are texts."""
        texts = [name for frame in self.frames for name in frame.columns]
        for frame in self.frames:
            for series in frame.iter_columns():
                if isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum):
                    texts += series.cast(pl.String).drop_nulls().unique(maintain_order=True).head(_MOST_TEXTS).to_list()
        return Facts(Fact(value, "part of a name") for text in texts for value in _numbers(text))

    @cached_property
    def question(self) -> Facts:
        """The numbers that the question and the SQL name."""
        return Facts(Fact(value, "named in the question or the SQL") for value in _numbers(self.given))

    @cached_property
    def totals(self) -> Facts:
        """Counts of rows and of names, and sum, mean and median of each column."""
        return Facts(fact for frame in self.frames for fact in (*_counts(frame), *_totals(frame)))

    @cached_property
    def dates(self) -> frozenset[date]:
        """All days in the results."""
        return frozenset(day for frame in self.frames for series in frame.iter_columns() for day in _days(series))

    @cached_property
    def times(self) -> frozenset[str]:
        """All times of day in the results, as "09:30"."""
        return frozenset(time for frame in self.frames for series in frame.iter_columns() for time in _times(series))


def _numbers(text: str) -> Iterator[float]:
    """Each number in a text, the readings of dates left aside."""
    bare = list(text)
    for found in dates_in(text):
        bare[found.start : found.end] = " " * (found.end - found.start)
        yield from (float(year) for year, _, _ in found.readings if year is not None)
    for number in numbers_in("".join(bare)):
        for written in (number, *number.parts):
            yield from (abs(reading.value) for reading in written.readings)
    yield from (float(digits) for digits in re.findall(r"(?<=[^\W\d_])\d{1,15}", text))  # "Q3", "A4"


def _counts(frame: pl.DataFrame) -> Iterator[Fact]:
    # Of one row with a number in it, that number is what was asked for: "there is 1 row" would be read as the answer.
    if frame.height != 1 or not any(dtype.is_numeric() for dtype in frame.dtypes):
        yield Fact(float(frame.height), "the number of rows")
    for series in frame.iter_columns():
        if not isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum | pl.Boolean | pl.Date):
            continue
        distinct = series.drop_nulls().n_unique()
        yield Fact(float(distinct), f"how many different {series.name!r} there are")
        if distinct <= _MOST_COUNTED and distinct < frame.height:
            for count in series.drop_nulls().value_counts().get_column("count"):
                yield Fact(float(count), f"how many rows have one {series.name!r}")


def _totals(frame: pl.DataFrame) -> Iterator[Fact]:
    for series in frame.iter_columns():
        if not is_number(series) or frame.height < 2:  # noqa: PLR2004  (of one value they are the value)
            continue
        numbers = finite(series).drop_nulls()
        for value, told in ((numbers.sum(), "sum"), (numbers.mean(), "mean"), (numbers.median(), "median")):
            if value is not None:
                yield Fact(float(str(value)), f"the {told} of {series.name!r}")


def _days(series: pl.Series) -> Iterator[date]:
    if isinstance(series.dtype, pl.Date | pl.Datetime):
        for value in series.drop_nulls().unique().to_list():
            yield value.date() if isinstance(value, datetime) else value
    elif isinstance(series.dtype, pl.String):
        for text in series.drop_nulls().unique(maintain_order=True).head(_MOST_TEXTS).to_list():
            yield from days_in(text)


def days_in(text: str) -> Iterator[date]:
    """The days that are written in `text`; a month is its first day."""
    for found in dates_in(text):
        for year, month, day in found.readings:
            if year is not None and month is not None:
                try:
                    yield date(year, month, day or 1)
                except ValueError:
                    continue  # "2024-02-31" is no day


def _times(series: pl.Series) -> Iterator[str]:
    if isinstance(series.dtype, pl.Datetime | pl.Time):
        yield from series.drop_nulls().dt.strftime("%H:%M").unique().to_list()
    elif isinstance(series.dtype, pl.String):
        for text in series.drop_nulls().unique(maintain_order=True).head(_MOST_TEXTS).to_list():
            yield from (found.time for found in dates_in(text) if found.time)

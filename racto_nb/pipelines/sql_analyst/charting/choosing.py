"""Which chart a result asks for, by rules. Nobody is asked, and the same result always gets the same chart. Pure.

The rules, in their order; the first that fits is taken. "Amounts" are numbers that are neither ids nor years, months and such.

1.  Fewer than two rows, or no amounts: nothing is drawn.
2.  A date, or a year: a line; one for each name where a column of up to 10 names makes the dates unique; a heatmap for up to 50.
3.  A month, hour or other step: bars up to 12 steps, else a line.
4.  A name in every row only once: a pie for 2 to 6 parts of a whole, bars for up to 50, lying ones if names are long or many.
    Above, a scatter of two amounts, or a histogram.
5.  Two names that make the rows unique: grouped bars if one has up to 10 names and the other up to 25, else a heatmap to 50 each.
6.  Names that come back in five rows or more: a box for each of up to 20 names.
7.  An id and an amount, up to 30 rows: bars.
8.  Two amounts: a scatter. One: a histogram.

Several amounts stand in one chart if the largest is at most 100 times the smallest; else the first one is drawn. Parts of a whole
are amounts above 0 that may be added up: averages, rates and shares are no parts, unless they sum up to 1 or 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.checking import finite
from racto_nb.pipelines.sql_analyst.charting.columns import Column, columns_of, count_of_doubles, is_year
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

_PARTS, _BARS, _GROUPED, _LINES, _CELLS, _BOXES, _KEYED, _STEPS = 6, 50, 25, 10, 50, 20, 30, 12
_LONG_NAME, _MANY_NAMES, _SCALES, _MOST_MEASURES, _ENOUGH = 14, 10, 100.0, 4, 5


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """The chart that fits a result, or None, and the `reason`: which rule, in words for the reader."""

    spec: ChartSpec | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: pl.DataFrame
    columns: Sequence[Column]

    def of(self, *roles: str) -> list[Column]:
        """The columns of these roles that say something: one that is the same in all rows does not."""
        return [column for column in self.columns if column.role in roles and column.distinct > 1]

    @property
    def measures(self) -> list[str]:
        return [column.name for column in self.columns if column.role == "measure" and column.distinct]


def auto_chart(frame: pl.DataFrame) -> ChartSpec | None:
    """The chart that the columns of `frame` ask for, or None where a table says more. Always the same for the same frame.

    >>> auto_chart(pl.DataFrame({"city": ["Oslo", "Rome"], "avg_price": [3.5, 2.0]})).chart_type
    'bar'
    """
    return chosen_chart(frame).spec


def chosen_chart(frame: pl.DataFrame) -> ChartChoice:
    """As `auto_chart`, with the reason.

    >>> chosen_chart(pl.DataFrame({"orders": [12]})).reason
    'One row says more as numbers.'
    """
    seen = _Seen(frame, columns_of(frame))
    if frame.height < 2:  # noqa: PLR2004  (a chart compares)
        return ChartChoice(None, "One row says more as numbers." if frame.height else "There are no rows.")
    if not seen.measures:
        return ChartChoice(None, "No column holds amounts: ids, dates and names alone are best read in the table.")
    for rule in _RULES:
        choice = rule(seen)
        if choice is not None:
            return choice
    return ChartChoice(None, "No rule fits these columns.")


def _over_time(seen: _Seen) -> ChartChoice | None:
    time = next(iter(seen.of("time")), None) or next((c for c in seen.of("step") if is_year(seen.frame[c.name])), None)
    return None if time is None else _along(seen, time, "line", f"{time.name!r} is a time")


def _by_step(seen: _Seen) -> ChartChoice | None:
    step = next(iter(seen.of("step")), None)
    if step is None:
        return None
    return _along(seen, step, "bar" if step.distinct <= _STEPS else "line", f"{step.name!r} counts steps")


def _along(seen: _Seen, axis: Column, kind: str, why: str) -> ChartChoice | None:
    """A chart along `axis`: the amounts as they are, or one series for each name."""
    if not count_of_doubles(seen.frame, [axis.name]):
        return ChartChoice(ChartSpec(chart_type=kind, x=axis.name, y=_together(seen)), f"{why}, with one row each.")
    for other in [*seen.of("name"), *seen.of("step"), *seen.of("key")]:
        if other.name == axis.name or count_of_doubles(seen.frame, [axis.name, other.name]):
            continue
        if other.distinct <= _LINES:
            spec = ChartSpec(chart_type=kind, x=axis.name, y=seen.measures[0], color=other.name)
            return ChartChoice(spec, f"{why}, with one row for each {other.name!r}.")
        if other.distinct <= _CELLS:
            spec = ChartSpec(chart_type="heatmap", x=axis.name, y=other.name, color=seen.measures[0])
            return ChartChoice(spec, f"{why}, and {other.name!r} has too many names for lines.")
    return None


def _by_name(seen: _Seen) -> ChartChoice | None:
    name = next((column for column in seen.of("name") if not count_of_doubles(seen.frame, [column.name])), None)
    if name is None:
        return None
    if _are_parts(seen, name):
        return ChartChoice(ChartSpec(chart_type="pie", x=name.name, y=seen.measures[0]), f"Few {name.name!r}, parts of a whole.")
    if name.distinct > _BARS:
        return _points(seen)
    long = seen.frame[name.name].cast(pl.String).str.len_chars().max()
    lying = name.distinct > _MANY_NAMES or int(str(long or 0)) > _LONG_NAME
    spec = ChartSpec(chart_type="bar", x=name.name, y=_together(seen), orientation="h" if lying else None)
    return ChartChoice(spec, f"One row for each {name.name!r}.")


def _by_two_names(seen: _Seen) -> ChartChoice | None:
    names = sorted(seen.of("name"), key=lambda column: -column.distinct)[:2]
    if len(names) < 2 or count_of_doubles(seen.frame, [column.name for column in names]):  # noqa: PLR2004  (a pair)
        return None
    many, few = names
    if few.distinct <= _LINES and many.distinct <= _GROUPED:
        spec = ChartSpec(chart_type="bar", x=many.name, y=seen.measures[0], color=few.name)
    elif many.distinct <= _CELLS:
        spec = ChartSpec(chart_type="heatmap", x=few.name, y=many.name, color=seen.measures[0])
    else:
        return None
    return ChartChoice(spec, f"One row for each pair of {many.name!r} and {few.name!r}.")


def _spread(seen: _Seen) -> ChartChoice | None:
    """Names that come back: how their amounts are spread. A pair of rows is no spread."""
    for column in seen.of("name"):
        if column.distinct <= _BOXES and seen.frame.height >= _ENOUGH * column.distinct:
            spec = ChartSpec(chart_type="box", x=column.name, y=seen.measures[0])
            return ChartChoice(spec, f"Many rows for each {column.name!r}.")
    return None


def _by_key(seen: _Seen) -> ChartChoice | None:
    key = next(iter(seen.of("key")), None)
    if key is None or seen.frame.height > _KEYED or count_of_doubles(seen.frame, [key.name]):
        return None
    return ChartChoice(ChartSpec(chart_type="bar", x=key.name, y=seen.measures[0]), f"One row for each {key.name!r}.")


def _points(seen: _Seen) -> ChartChoice | None:
    varying = [column.name for column in seen.of("measure")]
    if len(varying) > 1:
        return ChartChoice(ChartSpec(chart_type="scatter", x=varying[0], y=varying[1]), "Two amounts in many rows.")
    if varying and seen.frame.height >= _ENOUGH:
        return ChartChoice(ChartSpec(chart_type="histogram", x=varying[0]), f"Many values of {varying[0]!r}.")
    return None


_RULES: Sequence[Callable[[_Seen], ChartChoice | None]] = (
    _over_time, _by_step, _by_name, _by_two_names, _spread, _by_key, _points,
)  # fmt: skip


def _together(seen: _Seen) -> str | list[str]:
    """The amounts that can share an axis: of like size, and all of them added up or none."""
    first = seen.measures[0]
    largest = {name: _largest(seen.frame[name]) for name in seen.measures}
    additive = {column.name: column.additive for column in seen.columns}
    alike = [
        name
        for name in seen.measures
        if additive[name] == additive[first]
        and largest[name] * _SCALES >= largest[first]
        and largest[name] <= largest[first] * _SCALES
    ][:_MOST_MEASURES]
    return alike if len(alike) > 1 else first


def _largest(series: pl.Series) -> float:
    return max((abs(value) for value in finite(series).drop_nulls()), default=0.0)


def _are_parts(seen: _Seen, name: Column) -> bool:
    if name.distinct > _PARTS or len(seen.measures) > 1 or seen.frame[name.name].null_count():
        return False
    measure = seen.measures[0]
    values = finite(seen.frame[measure])
    if values.null_count() or float(str(values.min())) <= 0:
        return False
    additive = next(column.additive for column in seen.columns if column.name == measure)
    return additive or any(math.isclose(float(values.sum()), whole, rel_tol=0.02) for whole in (1, 100))

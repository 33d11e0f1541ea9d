"""Whether a chart can be drawn from a result: its columns are there, and hold what such a chart needs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl
from pydantic import ValidationError

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import ChartError
from racto_nb.pipelines.sql_analyst.charting.columns import count_of_doubles, is_number, role_of
from racto_nb.pipelines.sql_analyst.charting.filling import filled
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

MOST_SERIES = 20
"""More colours than these are told apart by nobody."""
_OF_ONE_COLUMN = {"histogram", "box", "violin"}


def checked_chart(spec: ChartSpec | Mapping[str, object], frame: pl.DataFrame) -> ChartSpec:
    """`spec` as it can be drawn from `frame`; ChartError says what does not fit, and names the nearest column.

    A bar, line, area, pie or funnel has one value for each name (and colour), a heatmap for each pair: rows are never added up
    behind the reader's back. Of a bar with `orientation="h"` the names may be `x` or `y`, and the values of a box, violin or
    histogram too; the spec that comes back has names in `x` and numbers in `y`. A spec that names no column gets those that fit.

    >>> checked_chart({"chart_type": "bar", "x": "city", "y": "sales"}, pl.DataFrame({"city": ["Oslo"], "sales": [3]})).y
    'sales'
    """
    read = _turned(filled(_read(spec), frame), frame)
    if not frame.height:
        msg = "There are no rows to draw."
        raise ChartError(msg)
    _CHECKS[read.chart_type](read, frame)
    _refuse_bad_colour(read, frame)
    return read


def measures_of(spec: ChartSpec) -> list[str]:
    """The columns that `y` names, each once."""
    if spec.y is None:
        return []
    return [spec.y] if isinstance(spec.y, str) else list(dict.fromkeys(spec.y))


def _read(spec: ChartSpec | Mapping[str, object]) -> ChartSpec:
    if isinstance(spec, ChartSpec):
        return spec
    try:
        return ChartSpec.model_validate(dict(spec))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        unknown = [name for name in spec if name not in ChartSpec.model_fields]
        hints = "".join(f" There is no field {name!r}.{did_you_mean(name, ChartSpec.model_fields)}" for name in unknown)
        msg = f"This is no chart: {wrong}.{hints}"
        raise ChartError(msg) from error


def _turned(spec: ChartSpec, frame: pl.DataFrame) -> ChartSpec:
    """`spec` with the numbers in `y`, where its columns are there and only `x` has them."""
    _refuse_unknown(spec, frame)
    measures = measures_of(spec)
    if spec.x is None or not is_number(frame[spec.x]):
        return spec
    alone = spec.chart_type in _OF_ONE_COLUMN and not measures
    lying = spec.chart_type in {"bar", "box", "violin"} and spec.orientation == "h"
    lying = lying and len(measures) == 1 and not is_number(frame[measures[0]])
    if not (alone or lying):
        return spec
    labels = {"x_label": spec.y_label, "y_label": spec.x_label}
    return spec.model_copy(update={"x": measures[0] if lying else None, "y": spec.x, **labels})


def _refuse_unknown(spec: ChartSpec, frame: pl.DataFrame) -> None:
    for name in [spec.x, *measures_of(spec), spec.color]:
        if name is not None and name not in frame.columns:
            msg = f"The result has no column {name!r} for a {spec.chart_type}.{did_you_mean(name, frame.columns)}"
            raise ChartError(msg)


def _needs_x(spec: ChartSpec, frame: pl.DataFrame) -> str:
    if spec.x is None:
        msg = f"A {spec.chart_type} needs x, the column of its names or steps. Columns: {', '.join(frame.columns)}."
        raise ChartError(msg)
    if role_of(frame[spec.x]) == "other":
        msg = f"{spec.x!r} holds {frame[spec.x].dtype}, which has no place on an axis."
        raise ChartError(msg)
    return spec.x


def _needs_numbers(spec: ChartSpec, frame: pl.DataFrame, names: Sequence[str], *, only_one: bool = False) -> None:
    if not names or (only_one and len(names) > 1):
        number = "one column" if only_one else "a column"
        msg = f"A {spec.chart_type} needs y, {number} of numbers. Columns: {', '.join(frame.columns)}."
        raise ChartError(msg)
    for name in names:
        if not is_number(frame[name]):
            msg = f"{name!r} holds {frame[name].dtype}, not numbers; a {spec.chart_type} cannot measure it."
            raise ChartError(msg)
        if finite(frame[name]).drop_nulls().is_empty():
            msg = f"{name!r} has no numbers, only empty places."
            raise ChartError(msg)


def finite(series: pl.Series) -> pl.Series:
    """`series` as floats; durations in seconds; NaN and infinite numbers are empty."""
    if series.dtype == pl.Duration:
        series = series.dt.total_microseconds() / 1e6
    floats = series.cast(pl.Float64, strict=False)
    return pl.select(pl.when(floats.is_finite()).then(floats).otherwise(None).alias(series.name)).to_series()


def _check_values_by_name(spec: ChartSpec, frame: pl.DataFrame) -> None:
    """Bar, line, area: one value for each name and colour."""
    x = _needs_x(spec, frame)
    _needs_numbers(spec, frame, measures_of(spec))
    _refuse_doubles(spec, frame, [x] if spec.color in {None, x} else [x, str(spec.color)])


def _check_parts(spec: ChartSpec, frame: pl.DataFrame) -> None:
    """Pie and funnel: one value for each name, none below 0."""
    x = _needs_x(spec, frame)
    measures = measures_of(spec)
    _needs_numbers(spec, frame, measures, only_one=True)
    values = finite(frame[measures[0]]).drop_nulls()
    if float(str(values.min())) < 0:
        msg = f"{measures[0]!r} has negative values ({values.min():g}): a {spec.chart_type} shows parts of a whole. Draw a bar."
        raise ChartError(msg)
    if not values.sum():
        msg = f"All of {measures[0]!r} is 0: there is no whole to show parts of."
        raise ChartError(msg)
    if spec.chart_type == "pie" and spec.color not in {None, x}:
        msg = f"The parts of a pie are coloured by its names ({x!r}); leave color out, or draw a bar."
        raise ChartError(msg)
    _refuse_doubles(spec, frame, [x] if spec.color in {None, x} else [x, str(spec.color)])


def _check_points(spec: ChartSpec, frame: pl.DataFrame) -> None:
    _needs_x(spec, frame)
    _needs_numbers(spec, frame, measures_of(spec))


def _check_counts(spec: ChartSpec, frame: pl.DataFrame) -> None:
    measures = measures_of(spec)
    if (spec.x is None) == (not measures) or len(measures) > 1:
        msg = "A histogram counts the values of one column: give x alone. For values by name draw a bar."
        raise ChartError(msg)
    counted = measures[0] if measures else str(spec.x)
    if role_of(frame[counted]) == "other" or frame[counted].drop_nulls().is_empty():
        msg = f"{counted!r} ({frame[counted].dtype}) holds nothing that a histogram can count."
        raise ChartError(msg)


def _check_spread(spec: ChartSpec, frame: pl.DataFrame) -> None:
    """Box and violin: numbers, for each name in x where there is one."""
    _needs_numbers(spec, frame, measures_of(spec))
    if spec.x is not None and frame[_needs_x(spec, frame)].n_unique() > 2 * MOST_SERIES:
        msg = f"{spec.x!r} has {frame[spec.x].n_unique()} different names: too many {spec.chart_type} plots to compare."
        raise ChartError(msg)


def _check_pairs(spec: ChartSpec, frame: pl.DataFrame) -> None:
    """A heatmap: a number for each pair of names."""
    x, rows = _needs_x(spec, frame), measures_of(spec)
    if len(rows) != 1 or spec.color is None:
        msg = f"A heatmap needs x and y, two columns of names, and color, the numbers. Columns: {', '.join(frame.columns)}."
        raise ChartError(msg)
    if x == rows[0]:
        msg = f"A heatmap needs two columns of names: x and y are both {x!r}."
        raise ChartError(msg)
    _needs_x(spec.model_copy(update={"x": rows[0]}), frame)
    _needs_numbers(spec, frame, [spec.color])
    _refuse_doubles(spec, frame, [x, rows[0]])


def _refuse_doubles(spec: ChartSpec, frame: pl.DataFrame, names: Sequence[str]) -> None:
    doubles = count_of_doubles(frame, names)
    if doubles:
        told = " and ".join(map(repr, names))
        said = f"A {spec.chart_type} shows one value for each {told}, and {doubles} rows repeat one."
        msg = f"{said} Aggregate in SQL, or draw a box."
        raise ChartError(msg)


def _refuse_bad_colour(spec: ChartSpec, frame: pl.DataFrame) -> None:
    colour = spec.color
    if colour is None or spec.chart_type == "heatmap":
        return
    if len(measures_of(spec)) > 1:
        msg = "Several columns in y are coloured already: leave color out, or name one column in y."
        raise ChartError(msg)
    if colour == spec.x or (spec.chart_type == "scatter" and is_number(frame[colour])):
        return
    if role_of(frame[colour]) == "other" or frame[colour].n_unique() > MOST_SERIES:
        msg = f"{colour!r} has {frame[colour].len()} values that {MOST_SERIES} colours cannot tell apart."
        raise ChartError(msg)


_CHECKS: Mapping[str, Callable[[ChartSpec, pl.DataFrame], None]] = {
    "bar": _check_values_by_name,
    "line": _check_values_by_name,
    "area": _check_values_by_name,
    "pie": _check_parts,
    "funnel": _check_parts,
    "scatter": _check_points,
    "histogram": _check_counts,
    "box": _check_spread,
    "violin": _check_spread,
    "heatmap": _check_pairs,
}

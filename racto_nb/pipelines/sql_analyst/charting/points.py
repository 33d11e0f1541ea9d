"""The columns of a result as a chart takes them: in groups, in order, and no more than can be seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.checking import finite, measures_of
from racto_nb.pipelines.sql_analyst.charting.columns import is_number, is_time, role_of
from racto_nb.pipelines.sql_analyst.charting.labels import labels_of
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

MOST_POINTS = 5_000
"""Points of one chart. More of them are slow in a notebook, and lie on top of each other."""
MOST_NAMES = 50
"""Names along one axis."""
AxisKind = Literal["category", "date", "linear", "step"]


@dataclass(frozen=True, slots=True)
class Group:
    """One series of a chart: what its legend says, where its points stand, and how high."""

    name: str | None
    x: list[object]
    y: list[float | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A result ready to be drawn. `notes` say what is not shown as it is in the result."""

    groups: list[Group]
    axis: AxisKind
    notes: tuple[str, ...] = ()


def prepared(spec: ChartSpec, frame: pl.DataFrame) -> Prepared:
    """The groups of a checked chart that has names or steps in `x` and numbers in `y`."""
    x, measures = str(spec.x), measures_of(spec)
    axis = axis_of(frame[x], spec.chart_type)
    notes: list[str] = []
    if axis == "category":
        kept = _largest_names(frame, x, measures[0], notes) if spec.chart_type in {"bar", "funnel"} else frame
    elif spec.chart_type == "scatter":
        kept = frame
    else:
        kept = frame.filter(frame[x].is_not_null()).sort(x, maintain_order=True)
    named = _split(spec, kept, measures)
    most = max(2, MOST_POINTS // max(1, len(named)))
    groups = [_group(name, _thin(part, spec, measure, most, notes), x, measure, axis) for name, part, measure in named]
    return Prepared(groups, axis, tuple(dict.fromkeys(notes)))


def axis_of(series: pl.Series, chart_type: str) -> AxisKind:
    """How the values of `series` stand along an axis. Years, months and ids under bars are names in their order."""
    if is_time(series):
        return "date"
    if not is_number(series):
        return "category"
    role = role_of(series)
    if role == "measure":
        return "linear"
    return (
        "step"
        if role == "step" and chart_type != "bar"
        else "linear"
        if chart_type in {"line", "area", "scatter"}
        else "category"
    )


def places(series: pl.Series, axis: AxisKind) -> list[object]:
    """Where the values of `series` stand on an axis of this kind."""
    if axis == "category":
        return list(labels_of(series.to_list()))
    if axis == "date":
        return list(moments(series))
    return list(finite(series).to_list())


def moments(series: pl.Series) -> list[str | None]:
    """Dates and moments in ISO 8601; those with a time zone as the clock there shows them."""
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.replace_time_zone(None).cast(pl.String).to_list()
    return series.cast(pl.String).to_list()


def ordered(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """`frame` with steps and dates in `name` ascending; names stay as the query gave them."""
    return frame if role_of(frame[name]) in {"name", "key"} else frame.sort(name, maintain_order=True, nulls_last=True)


def sampled(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Every n-th row of a frame that has too many; a note says so."""
    if frame.height <= MOST_POINTS:
        return frame
    step = -(-frame.height // MOST_POINTS)
    thin = frame.gather_every(step)
    notes.append(f"One row in {step} of {frame.height:,} is drawn.")
    return thin


def _split(spec: ChartSpec, frame: pl.DataFrame, measures: Sequence[str]) -> list[tuple[str | None, pl.DataFrame, str]]:
    """The parts of `frame` that are drawn in one colour each: name, rows, column of the numbers."""
    colour = spec.color
    if len(measures) > 1:
        return [(name, frame, name) for name in measures]
    continuous = spec.chart_type == "scatter" and colour is not None and role_of(frame[colour]) == "measure"
    if colour is None or colour == spec.x or continuous:
        return [(None, frame, measures[0])]
    parts = ordered(frame, colour).partition_by(colour, maintain_order=True)
    labels = labels_of([part[colour][0] for part in parts])
    return [(label, part, measures[0]) for label, part in zip(labels, parts, strict=True)]


def _group(name: str | None, frame: pl.DataFrame, x: str, measure: str, axis: AxisKind) -> Group:
    return Group(name, places(frame[x], axis), finite(frame[measure]).to_list())


def _largest_names(frame: pl.DataFrame, x: str, measure: str, notes: list[str]) -> pl.DataFrame:
    """`frame` with the names that have the largest amounts, in the order of the query, where there are too many to read."""
    if frame[x].n_unique() <= MOST_NAMES:
        return ordered(frame, x)
    sizes = pl.DataFrame({"name": frame[x], "size": finite(frame[measure]).abs()}).group_by("name", maintain_order=True)
    largest = sizes.agg(pl.col("size").sum()).sort("size", descending=True, maintain_order=True).head(MOST_NAMES)["name"]
    notes.append(f"{MOST_NAMES} of {frame[x].n_unique():,} {x!r} are drawn, those with the largest {measure!r}.")
    return frame.filter(frame[x].is_in(largest.implode(), nulls_equal=True))


def _thin(frame: pl.DataFrame, spec: ChartSpec, measure: str, most: int, notes: list[str]) -> pl.DataFrame:
    """`frame` with `most` rows: of a scatter every n-th, else each span's lowest and highest, so that no peak is lost."""
    if frame.height <= most:
        return frame
    if spec.chart_type == "scatter":
        step = -(-frame.height // most)
        notes.append(f"One row in {step} of {frame.height:,} is drawn.")
        return frame.gather_every(step)
    span = -(-2 * frame.height // most)
    rows = pl.DataFrame({"row": range(frame.height), "value": finite(frame[measure])})
    spans = rows.group_by(rows["row"] // span, maintain_order=True).agg(
        low=pl.col("row").get(pl.col("value").arg_min()), high=pl.col("row").get(pl.col("value").arg_max())
    )
    kept = pl.concat([spans["low"], spans["high"]]).drop_nulls().unique().sort()
    notes.append(f"Of each {span} of {frame.height:,} points along {spec.x!r} the lowest and the highest are drawn.")
    return frame[kept.to_list()]

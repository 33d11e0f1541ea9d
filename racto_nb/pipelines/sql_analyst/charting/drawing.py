"""The traces of a chart as plain data, one function for each type. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.bins import bins_of, counted, numbers_of
from racto_nb.pipelines.sql_analyst.charting.checking import finite, measures_of
from racto_nb.pipelines.sql_analyst.charting.columns import column_of, is_number, is_time, role_of
from racto_nb.pipelines.sql_analyst.charting.labels import labels_of, plain, spoken
from racto_nb.pipelines.sql_analyst.charting.points import AxisKind, Group, ordered, prepared, sampled
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

Trace = dict[str, object]
PALETTE = (
    "#3d8bd4",
    "#e0762f",
    "#2ba37a",
    "#c2549d",
    "#8f7be0",
    "#b8912b",
    "#d9566a",
    "#3aa0b4",
    "#7f9a3d",
    "#9a7b66",
    "#5f83a8",
)
"""Colours that can be told from each other, and from a white page and a black one."""
REST = "#858b96"
"""What is joined to one part."""
_MOST_PARTS = 12
_MOST_CELLS = 60
_WRITTEN_CELLS = 120


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as plain data: its `traces`, how its axes run, what its reader must know, and what else its layout says."""

    traces: list[Trace]
    x_axis: AxisKind = "linear"
    y_axis: AxisKind = "linear"
    lying: bool = False
    notes: tuple[str, ...] = ()
    layout: Mapping[str, object] = field(default_factory=dict[str, object])


def drawing_of(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    """`spec`, which has been checked, drawn from the columns of `frame`."""
    return _DRAWN[spec.chart_type](spec, frame)


def _bar(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    ready = prepared(spec, frame)
    lying = spec.orientation == "h"
    traces = [_trace("bar", group, place, lying=lying) for place, group in enumerate(ready.groups)]
    return Drawing(traces, ready.axis, lying=lying, notes=ready.notes, layout={"barmode": "group"})


def _line(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    ready = prepared(spec, frame)
    mode = "lines+markers" if max(len(group.x) for group in ready.groups) <= 40 else "lines"  # noqa: PLR2004  (dots still apart)
    traces = [_trace("scatter", group, place) | {"mode": mode} for place, group in enumerate(ready.groups)]
    return Drawing(traces, ready.axis, notes=ready.notes)


def _area(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    """Areas are stacked only where a stack means something: amounts that may be added up, and none below 0."""
    ready = prepared(spec, frame)
    parts = all(column_of(frame[name]).additive for name in measures_of(spec))
    stacked = parts and len(ready.groups) > 1 and all(value is None or value >= 0 for group in ready.groups for value in group.y)
    fill: Trace = {"stackgroup": "all"} if stacked else {"fill": "tozeroy"}
    traces = [_trace("scatter", group, place) | {"mode": "lines"} | fill for place, group in enumerate(ready.groups)]
    return Drawing(traces, ready.axis, notes=ready.notes)


def _scatter(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    rows = frame.drop_nulls([str(spec.x), *measures_of(spec)]) if len(measures_of(spec)) == 1 else frame
    ready = prepared(spec, rows)
    traces = [_trace("scatter", group, place) | {"mode": "markers"} for place, group in enumerate(ready.groups)]
    for trace, group in zip(traces, ready.groups, strict=True):
        trace["opacity"] = 0.75 if len(group.x) < 500 else 0.45  # noqa: PLR2004  (where many points lie on each other)
    notes = ready.notes if rows.height == frame.height else (*ready.notes, f"{frame.height - rows.height:,} rows have no point.")
    colour = spec.color
    if colour is not None and len(traces) == 1 and role_of(frame[colour]) == "measure":
        step = -(-rows.height // len(ready.groups[0].x))
        values = finite(rows[colour]).gather_every(step).to_list()
        bar = {"title": {"text": plain(colour)}, "outlinewidth": 0}
        traces[0]["marker"] = {"color": values, "colorscale": "Viridis", "showscale": True, "colorbar": bar, "opacity": 0.8}
    return Drawing(traces, ready.axis, notes=notes)


def _pie(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    measure = measures_of(spec)[0]
    parts = pl.DataFrame({"name": labels_of(frame[str(spec.x)].to_list()), "size": finite(frame[measure])}).drop_nulls()
    parts = parts.sort("size", descending=True, maintain_order=True)
    names, sizes = parts["name"].to_list(), parts["size"].to_list()
    notes: list[str] = [] if parts.height == frame.height else [f"{frame.height - parts.height:,} rows have no {measure!r}."]
    if len(names) > _MOST_PARTS:
        rest = len(names) - _MOST_PARTS + 1
        notes.append(f"The {rest:,} smallest parts are drawn as one.")
        names = [*names[: _MOST_PARTS - 1], f"{rest:,} others"]
        sizes = [*sizes[: _MOST_PARTS - 1], sum(sizes[_MOST_PARTS - 1 :])]
    trace: Trace = {"type": "pie", "labels": names, "values": sizes, "sort": False, "direction": "clockwise", "hole": 0.45}
    trace |= {"textinfo": "percent", "textposition": "inside", "insidetextfont": {"color": "#ffffff"}}
    colours = [colour_of(place) for place in range(min(len(names), _MOST_PARTS - 1))]
    trace |= {"marker": {"colors": [*colours, *[REST] * (len(names) - len(colours))]}, "insidetextorientation": "horizontal"}
    return Drawing([trace], notes=tuple(notes))


def _funnel(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    ready = prepared(spec, frame)
    traces: list[Trace] = []
    for place, group in enumerate(ready.groups):
        look: Trace = {"textinfo": "value+percent initial", "marker": {"color": colour_of(place)}, "constraintext": "none"}
        traces.append({"type": "funnel", "name": group.name or "", "y": group.x, "x": group.y, "orientation": "h"} | look)
    return Drawing(traces, y_axis="category", lying=True, notes=ready.notes)


def _histogram(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    column = (measures_of(spec) or [str(spec.x)])[0]
    if not is_number(frame[column]) and not is_time(frame[column]):
        return _counts_of_names(spec, frame, column)
    numbers = numbers_of(frame[column])
    whole = frame[column].dtype.is_integer()
    bins = bins_of(numbers, dates=is_time(frame[column]), whole=whole)
    traces: list[Trace] = []
    for place, (name, part) in enumerate(_parts(spec, frame)):
        group = Group(name, bins.middles(), [*counted(numbers_of(part[column]), bins)])
        width: Trace = {"width": bins.step * 1000 if bins.dates else bins.step}  # dates are milliseconds to Plotly
        hover = {"hovertext": bins.spans(), "hoverinfo": "text+y+name" if name else "text+y"}
        traces.append(_trace("bar", group, place) | ({} if name else width) | hover)
    missing = frame.height - numbers.len()
    notes = (f"{missing:,} rows without a value are not counted.",) if missing else ()
    return Drawing(traces, "date" if bins.dates else "linear", notes=notes, layout={"bargap": 0.06, "barmode": "group"})


def _counts_of_names(spec: ChartSpec, frame: pl.DataFrame, column: str) -> Drawing:
    keys = list(dict.fromkeys([column, *([spec.color] if spec.color else [])]))
    name = next(number for number in ("rows", "count", "n", "rows counted") if number not in frame.columns)
    counts = frame.group_by(keys, maintain_order=True).agg(pl.len().alias(name)).sort(name, descending=True, maintain_order=True)
    return _bar(ChartSpec(chart_type="bar", x=column, y=name, color=spec.color, orientation=spec.orientation), counts)


def _spread(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    """Box and violin."""
    notes: list[str] = []
    rows = sampled(frame, notes)
    rows = rows if spec.x is None else ordered(rows, spec.x)
    traces: list[Trace] = []
    for measure in measures_of(spec):
        for name, part in _parts(spec, rows):
            told = name if len(measures_of(spec)) == 1 else plain(measure)
            trace: Trace = {"type": spec.chart_type, "name": told or plain(measure), "y": finite(part[measure]).to_list()}
            if spec.x is not None:
                trace["x"] = labels_of(part[spec.x].to_list())
            look: Trace = {"marker": {"color": colour_of(len(traces)), "size": 4}, "line": {"width": 1.5}}
            look |= {"boxpoints": "outliers"} if spec.chart_type == "box" else {"points": False, "meanline": {"visible": True}}
            traces.append(trace | look)
    grouped = spec.x is not None and len(traces) > 1
    layout = {f"{spec.chart_type}mode": "group"} if grouped else {}
    lying = spec.orientation == "h"
    drawn = [_laid(trace) for trace in traces] if lying else traces
    return Drawing(drawn, "category", lying=lying, notes=tuple(notes), layout=layout)


def _heatmap(spec: ChartSpec, frame: pl.DataFrame) -> Drawing:
    x, y, colour = str(spec.x), measures_of(spec)[0], str(spec.color)
    columns, rows = ordered(frame, x)[x].unique(maintain_order=True), ordered(frame, y)[y].unique(maintain_order=True)
    notes = [
        f"The first {_MOST_CELLS} of {known.len():,} {known.name!r} are drawn."
        for known in (columns, rows)
        if known.len() > _MOST_CELLS
    ]
    columns, rows = columns.head(_MOST_CELLS), rows.head(_MOST_CELLS)
    values = {(spoken(a), spoken(b)): value for a, b, value in zip(frame[x], frame[y], finite(frame[colour]), strict=True)}
    cells = [[values.get((spoken(column), spoken(row))) for column in columns] for row in rows]
    trace: Trace = {"type": "heatmap", "x": labels_of(columns.to_list()), "y": labels_of(rows.to_list()), "z": cells}
    trace |= {"colorbar": {"title": {"text": plain(colour)}, "outlinewidth": 0}, "xgap": 1, "ygap": 1, "hoverongaps": False}
    below = any(value is not None and value < 0 for value in values.values())
    trace |= {"colorscale": "RdBu", "zmid": 0} if below else {"colorscale": "Viridis"}
    if len(columns) * len(rows) <= _WRITTEN_CELLS:
        trace["texttemplate"] = "%{z:.4~g}"
    return Drawing([trace], "category", "category", notes=tuple(notes))


_DRAWN: Mapping[str, Callable[[ChartSpec, pl.DataFrame], Drawing]] = {
    "area": _area, "bar": _bar, "box": _spread, "funnel": _funnel, "heatmap": _heatmap, "histogram": _histogram, "line": _line,
    "pie": _pie, "scatter": _scatter, "violin": _spread,
}  # fmt: skip


def colour_of(place: int) -> str:
    """The colour of the series at `place`."""
    return PALETTE[place % len(PALETTE)]


def _trace(kind: str, group: Group, place: int, *, lying: bool = False) -> Trace:
    along, high = ("y", "x") if lying else ("x", "y")
    trace: Trace = {"type": kind, along: group.x, high: group.y}
    if kind == "bar":
        trace |= {"marker": {"color": colour_of(place), "line": {"width": 0}}, "orientation": "h" if lying else "v"}
    else:
        trace |= {"marker": {"color": colour_of(place)}, "line": {"color": colour_of(place), "width": 2}}
    return trace | ({"name": plain(group.name)} if group.name else {"showlegend": False})


def _laid(trace: Trace) -> Trace:
    """A trace turned by a quarter: what lay along x stands along y."""
    rest = {name: value for name, value in trace.items() if name not in {"x", "y"}}
    turned = {new: trace[old] for old, new in (("x", "y"), ("y", "x")) if old in trace}
    return rest | turned | {"orientation": "h"}


def _parts(spec: ChartSpec, frame: pl.DataFrame) -> list[tuple[str | None, pl.DataFrame]]:
    if spec.color is None or spec.color == spec.x:
        return [(None, frame)]
    parts = ordered(frame, spec.color).partition_by(spec.color, maintain_order=True)
    return list(zip(labels_of([part[spec.color][0] for part in parts]), parts, strict=True))

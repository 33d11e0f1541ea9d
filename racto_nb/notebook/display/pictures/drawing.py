"""A figure as a picture: which kinds are drawn, and of what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb.notebook.display.pictures.axes import Axes, along
from racto_nb.notebook.display.pictures.bars import bars, funnel
from racto_nb.notebook.display.pictures.cells import cells
from racto_nb.notebook.display.pictures.fields import Chart, field_of
from racto_nb.notebook.display.pictures.head import sheet
from racto_nb.notebook.display.pictures.limits import MOST_LETTERS, is_drawn
from racto_nb.notebook.display.pictures.lines import lines
from racto_nb.notebook.display.pictures.marks import Mark, Ramp, Trace
from racto_nb.notebook.display.pictures.pies import pie_of
from racto_nb.notebook.display.pictures.ramps import ramp_of
from racto_nb.notebook.display.pictures.reading import lines_of, listed, mapping, text_at, within
from racto_nb.notebook.display.pictures.rules import rules_of
from racto_nb.notebook.display.pictures.spreads import alone, spreads
from racto_nb.notebook.display.pictures.svg import shortened, told

_SAID = {
    "bar": "bar chart", "scatter": "line chart", "pie": "pie chart", "heatmap": "heatmap", "box": "box plot",
    "violin": "violin plot", "funnel": "funnel",
}  # fmt: skip
_SPOKEN = 6
"""Parts that are named where a pie has no title."""
_MOST_NOTES = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG, and what it says to those who do not see it."""

    svg: str
    alt: str


def picture_of(figure: Mapping[str, Any]) -> Picture | None:
    """`figure`, which is Plotly's JSON, as a picture; None where it is of a kind that is not drawn, or holds nothing to draw.

    >>> found = picture_of({"data": [{"type": "bar", "x": ["Oslo"], "y": [3]}], "layout": {"title": {"text": "Sales"}}})
    >>> found.alt, found.svg[:4]
    ('Sales (bar chart)', '<svg')
    """
    layout = mapping(figure.get("layout"))
    traces = [Trace(place, mapping(body)) for place, body in enumerate(listed(figure.get("data")))]
    traces = [trace for trace in traces if trace.body.get("visible", True) is True]
    kinds = {trace.kind for trace in traces}
    if not is_drawn(traces, layout):
        return None
    title, notes = " ".join(lines_of(_title(layout))), _notes(layout)
    inside, tall = pie_of(traces[0], title, notes) if kinds == {"pie"} else _field(traces, layout, title, notes)
    if not inside:
        return None
    alt = f"{shortened(title or _usual(traces[0], layout))} ({_said(traces)})".strip()
    svg = sheet(alt, tall, inside)
    return Picture(svg, alt) if len(svg) <= MOST_LETTERS else None


def _field(traces: Sequence[Trace], layout: Mapping[str, Any], title: str, notes: Sequence[str]) -> tuple[str, float]:
    axes = Axes(*(along(mapping(layout.get(f"{side}axis")), _values(traces, side)) for side in ("x", "y")))
    marks, rules = _marks(traces, axes, layout), rules_of(layout, axes)
    if not marks or rules is None:
        return "", 0.0
    legend = text_at(layout, "legend", "title", "text")
    named = [(trace.name, trace.ink) for trace in traces if trace.name]
    keys = named if len(named) > 1 or (legend and named) else []
    lying, kinds = traces[0].lying, {trace.kind for trace in traces}
    chart = Chart(
        axes,
        [*marks, *rules],
        title,
        notes,
        [] if kinds <= {"box", "violin"} and not _grouped(traces) else keys,
        _ramp(traces),
        lying=lying,
        snug="scatter" not in kinds,
        bare=kinds == {"funnel"},
        rooted="bar" in kinds,
        cells=kinds == {"heatmap"},
        rows=len(traces) if kinds == {"bar"} and layout.get("barmode", "group") == "group" else 1,
    )
    return field_of(chart)


def _marks(traces: Sequence[Trace], axes: Axes, layout: Mapping[str, Any]) -> list[Mark]:
    kind = traces[0].kind
    if kind == "heatmap":
        return [*cells(traces[0], axes)]
    if kind == "funnel":
        return [*funnel(traces, axes)]
    if kind in {"box", "violin"}:
        return [*spreads(traces, axes)]
    upright = [trace for trace in traces if trace.kind == "bar"]
    curves = [trace for trace in traces if trace.kind == "scatter"]
    return [*(bars(upright, axes, str(layout.get("barmode"))) if upright else ()), *lines(curves, axes)]


def _values(traces: Sequence[Trace], side: str) -> list[Any]:
    """What stands along an axis. Values without names are counted; a box without a name stands at its trace's."""
    found: list[Any] = []
    for trace in traces:
        own, other = listed(trace.body.get(side)), listed(trace.body.get("y" if side == "x" else "x"))
        base = side == ("y" if trace.lying else "x")
        if not own and trace.kind in {"box", "violin"} and base:
            own = [alone(trace)]
        elif not own and trace.kind == "heatmap":
            rows = listed(trace.body.get("z"))
            own = range(len(rows) if side == "y" else max((len(listed(row)) for row in rows), default=0))
        found += own or range(len(other))
    return found


def _grouped(traces: Sequence[Trace]) -> bool:
    return any(listed(trace.body.get("y" if trace.lying else "x")) for trace in traces)


def _ramp(traces: Sequence[Trace]) -> Ramp | None:
    return next((ramp for trace in traces if (ramp := ramp_of(trace)) is not None), None)


def _title(layout: Mapping[str, Any]) -> str:
    found = within(layout, "title", "text") or layout.get("title")
    return found if isinstance(found, str) else ""


def _notes(layout: Mapping[str, Any]) -> list[str]:
    """The lines above the field: annotations that belong to the page."""
    known = [mapping(each) for each in listed(layout.get("annotations"))]
    told = [each.get("text", "") for each in known if each.get("xref") == each.get("yref") == "paper"]
    lines = [line for text in told[: _MOST_NOTES + 1] for line in lines_of(text)]
    return lines if len(lines) <= _MOST_NOTES else [*lines[:_MOST_NOTES], "…"]


def _usual(trace: Trace, layout: Mapping[str, Any]) -> str:
    """What a chart without a title is called: by its axes, or its parts."""
    parts = listed(trace.body.get("labels"))
    if trace.kind == "pie" and parts:
        more = f" and {len(parts) - _SPOKEN:,} more" if len(parts) > _SPOKEN else ""
        return ", ".join(map(told, parts[:_SPOKEN])) + more
    x, y = (text_at(layout, axis, "title", "text") for axis in ("xaxis", "yaxis"))
    return f"{y} by {x}" if x and y else x or y or "Chart"


def _said(traces: Sequence[Trace]) -> str:
    first = traces[0]
    if first.kind == "bar" and first.body.get("width") is not None:
        return "histogram"
    if first.kind == "scatter" and first.body.get("mode") == "markers":
        return "scatter plot"
    if first.kind == "scatter" and (first.body.get("fill") or first.body.get("stackgroup")):
        return "area chart"
    return _SAID[first.kind]

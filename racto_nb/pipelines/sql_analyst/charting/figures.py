"""A chart as a Plotly figure that looks right on light and dark pages. Pure; Plotly is loaded when the first one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.checking import checked_chart, measures_of
from racto_nb.pipelines.sql_analyst.charting.drawing import Drawing, drawing_of
from racto_nb.pipelines.sql_analyst.charting.labels import plain
from racto_nb.pipelines.sql_analyst.charting.points import AxisKind
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

if TYPE_CHECKING:
    import plotly.graph_objects as go  # pyright: ignore[reportMissingTypeStubs]

_INK = "#7b8089"
"""A grey that is read on white and on black alike."""
_FAINT = "rgba(128, 134, 144, 0.25)"
_HEIGHT, _A_ROW, _FEW = 380, 24, 8


def figure_of(spec: ChartSpec | Mapping[str, object], frame: pl.DataFrame) -> go.Figure:
    """`spec` drawn from the columns of `frame`, and from nothing else. ChartError where it cannot be drawn.

    Dates and steps are sorted, names stay in the order of the result. What is not shown as it is in the result (names left out,
    points thinned, small parts joined, empty values) is said in a line above the chart. Names and titles are texts of others:
    they are shown letter by letter. The background is transparent and all text a grey for light and dark pages.
    """
    import plotly.graph_objects as go  # pyright: ignore[reportMissingTypeStubs]

    return go.Figure(figure_json(spec, frame))


def figure_json(spec: ChartSpec | Mapping[str, object], frame: pl.DataFrame) -> dict[str, object]:
    """What `figure_of` draws, as Plotly's JSON. Plotly is not loaded. ChartError where it cannot be drawn."""
    checked = checked_chart(spec, frame)
    drawing = drawing_of(checked, frame)
    return {"data": drawing.traces, "layout": _layout(checked, drawing)}


def _layout(spec: ChartSpec, drawing: Drawing) -> dict[str, object]:
    lines = [plain(note, 120) for note in drawing.notes]
    layout: dict[str, object] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _INK, "size": 13},
        "height": _height(drawing),
        "margin": {"l": 16, "r": 16, "t": (44 if spec.title else 20) + 18 * len(lines), "b": 16},
        "legend": {"title": {"text": plain(spec.color or "")}, "bgcolor": "rgba(0,0,0,0)"},
        "hoverlabel": {"namelength": -1},
        "separators": ".,",
        "template": {"layout": {}},
    }
    if spec.title:
        layout["title"] = {"text": plain(spec.title), "x": 0, "xref": "container", "pad": {"l": 16}, "font": {"size": 16}}
    if lines:
        layout["annotations"] = [_note("<br>".join(lines))]
    return layout | _axes(spec, drawing) | dict(drawing.layout)


def _note(text: str) -> dict[str, object]:
    placed = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "align": "left"}
    return {"text": text, "showarrow": False, "font": {"size": 11, "color": _INK}, **placed}


def _axes(spec: ChartSpec, drawing: Drawing) -> dict[str, object]:
    if spec.chart_type == "pie":
        return {}
    names, numbers = _titles(spec)
    along = _axis(drawing.x_axis if spec.chart_type != "funnel" else drawing.y_axis, names)
    high = _axis(drawing.y_axis if spec.chart_type == "heatmap" else "linear", numbers)
    if spec.chart_type != "heatmap":
        high |= {"zeroline": True, "zerolinecolor": _FAINT, "zerolinewidth": 2}
    if drawing.x_axis == "date":
        along |= _ticks(drawing)
    if drawing.lying:
        return {"xaxis": high, "yaxis": along | {"autorange": "reversed"}}
    if spec.chart_type == "heatmap":
        high |= {"autorange": "reversed"}
    return {"xaxis": along, "yaxis": high}


def _ticks(drawing: Drawing) -> dict[str, object]:
    """Few dates are named one by one: an axis of months would else have weeks between them."""
    dates = sorted({name for trace in drawing.traces for name in _names(trace.get("x"))})
    if drawing.traces[0]["type"] == "bar" and "width" in drawing.traces[0]:  # a histogram stands between its dates
        return {}
    return (
        {"tickvals": dates, "ticktext": [date.removesuffix(" 00:00:00.000000") for date in dates]} if len(dates) <= _FEW else {}
    )


def _axis(kind: AxisKind, title: str) -> dict[str, object]:
    axis: dict[str, object] = {
        "type": {"category": "category", "date": "date"}.get(kind, "linear"),
        "title": {"text": title},
        "automargin": True,
        "gridcolor": _FAINT,
        "linecolor": _FAINT,
        "zeroline": False,
        "exponentformat": "B",
        "separatethousands": True,
    }
    if kind == "category":
        axis |= {"showgrid": False}
    if kind == "step":
        axis |= {"tickformat": "d", "separatethousands": False}
    return axis


def _titles(spec: ChartSpec) -> tuple[str, str]:
    """What stands beside the axis of names and the axis of numbers: the labels of the spec, or the columns."""
    measures = measures_of(spec)
    if spec.chart_type == "histogram":
        return plain((spec.y_label if measures else spec.x_label) or (measures or [str(spec.x)])[0]), "rows"
    numbers = spec.y_label or (measures[0] if len(measures) == 1 else "")
    return plain(spec.x_label or spec.x or ""), plain(numbers)


def _height(drawing: Drawing) -> int:
    """Lying bars and rows of cells need room for each name."""
    if not drawing.lying and drawing.y_axis != "category":
        return _HEIGHT
    names = {name for trace in drawing.traces for name in _names(trace.get("y"))}
    return max(_HEIGHT, 110 + _A_ROW * len(names))


def _names(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

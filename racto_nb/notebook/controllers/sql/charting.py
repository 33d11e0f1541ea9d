"""The chart that is wished for, and its points: at most a few thousand, whatever the rows are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import polars as pl

from racto_nb.exceptions import ChartError, UsageError
from racto_nb.notebook.controllers.sql.events import Chart, Draw, Specified
from racto_nb.notebook.controllers.sql.state import Picture, SqlState
from racto_nb.notebook.display.sanitising import printable
from racto_nb.pipelines.sql_analyst.charting.bins import bins_of, counted, numbers_of
from racto_nb.pipelines.sql_analyst.charting.checking import checked_chart, finite, measures_of
from racto_nb.pipelines.sql_analyst.charting.columns import is_number, is_time
from racto_nb.pipelines.sql_analyst.charting.labels import labels_of
from racto_nb.pipelines.sql_analyst.charting.points import MOST_NAMES, prepared
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

KINDS = ("bar", "line", "area", "scatter", "histogram", "box", "heatmap", "pie", "funnel", "violin")
HOWS = ("sum", "mean", "median", "min", "max", "count")
"""How rows of the same name are gathered into one."""
_GATHERED = frozenset({"bar", "line", "area", "pie", "funnel"})
_FIELDS = {"kind": "chart_type", "x": "x", "y": "y", "color": "color", "x_label": "x_label", "y_label": "y_label"}
LONGEST_LABEL = 200

Told = tuple[SqlState, Sequence[object]]


def charted(state: SqlState, event: Chart | Specified) -> Told:
    """A part of the chart is changed: draw it anew."""
    turn, result = state.turn, None if state.turn is None else state.turn.result
    if turn is None or result is None or not result.columns:
        raise UsageError("There are no rows to draw. Ask a question, or run a statement.")
    had = turn.picture
    spec, how = (
        (event.spec, had.how)
        if isinstance(event, Specified)
        else _changed(had.spec or ChartSpec(chart_type="bar"), had.how, event)
    )
    return state.with_turn(replace(turn, picture=replace(turn.picture, spec=spec, how=how))), [Draw(turn.key, result, spec, how)]


def _changed(spec: ChartSpec, how: str, event: Chart) -> tuple[ChartSpec, str]:
    value = event.value
    if event.part == "how":
        if value not in {"", *HOWS}:
            raise UsageError(f"Rows are gathered by {', '.join(HOWS)}, not by {value!r}.")
        return spec, value
    if event.part == "kind" and value not in KINDS:
        raise UsageError(f"There is no chart {value!r}. There are {', '.join(KINDS)}.")
    changed = spec.model_copy(update=_update(spec, event))
    if event.part == "kind" and value == "histogram" and changed.x is not None:
        changed = changed.model_copy(update={"y": None, "color": None})  # it counts one column
    return changed, how


def _update(spec: ChartSpec, event: Chart) -> dict[str, object]:
    """What changes in the spec. Several columns in `y` are coloured already, so that they take the place of a colour."""
    value, measures = event.value, measures_of(spec)
    match event.part:
        case "title":
            return {"title": value[:LONGEST_LABEL]}
        case "x_label" | "y_label":
            return {event.part: value[:LONGEST_LABEL] or None}
        case "more" if value and value not in measures:
            return {"y": [*measures, value] if measures else value, "color": None if measures else spec.color}
        case "more":
            return {}
        case "less":
            left = [name for name in measures if name != value]
            return {"y": left if len(left) > 1 else left[0] if left else None}
        case _:
            return {_FIELDS[event.part]: value or None}


def frame_of(result: SQLAnalystResult) -> pl.DataFrame:
    """What charts are drawn of: what was computed from the rows, or the rows."""
    return result.frame if result.charted is None else result.charted


def gathered(frame: pl.DataFrame, spec: ChartSpec, how: str) -> tuple[pl.DataFrame, ChartSpec]:
    """`frame` with one row for each name and colour, and the spec that draws it. ChartError where there is nothing to gather by.

    >>> rows = pl.DataFrame({"city": ["Oslo", "Oslo"], "sales": [1, 2]})
    >>> gathered(rows, ChartSpec(chart_type="bar", x="city", y="sales"), "sum")[0].rows()
    [('Oslo', 3.0)]
    """
    if not how or spec.chart_type not in _GATHERED:
        return frame, spec
    keys = list(dict.fromkeys(name for name in (spec.x, spec.color) if name is not None))
    measures = [] if how == "count" else measures_of(spec)
    unknown = [name for name in (*keys, *measures) if name not in frame.columns]
    if unknown or not keys:
        raise ChartError(f"There is no column {unknown[0]!r}." if unknown else "Choose x: rows are gathered by its values.")
    if not measures:
        name = next(name for name in ("count", "rows", "number") if name not in keys)
        return frame.group_by(keys, maintain_order=True).agg(pl.len().alias(name)), spec.model_copy(update={"y": name})
    for name in measures:
        if name in keys:
            raise ChartError(f"{name!r} is in y, and rows are gathered by it. Choose another column, or count the rows.")
        if not is_number(frame[name]):
            raise ChartError(f"{name!r} holds {frame[name].dtype}, no numbers. Count the rows instead.")
    numbers = frame.with_columns(finite(frame[name]) for name in measures)
    return numbers.group_by(keys, maintain_order=True).agg(getattr(pl.col(measures), how)()), spec


def drawn(frame: pl.DataFrame, spec: ChartSpec, how: str = "") -> Picture:
    """The chart with its points, or with the reason why it cannot be drawn as its `error`."""
    try:
        rows, wished = gathered(frame, spec, how)
        checked = checked_chart(wished, rows)
        data = _DRAWN[checked.chart_type](checked, rows)
    except ChartError as error:
        return Picture(spec, how, {"shape": "none", "error": printable(str(error))})
    above = ", ".join(measures_of(checked))
    title = checked.title or (f"{above} by {checked.x}" if checked.x and above else above or checked.x or "")
    usual = {"title": title, "x": checked.x or "", "y": above}
    labels = wished if checked.chart_type == "histogram" else checked  # whose numbers stand in y, and are drawn along x
    chosen = {"title": checked.title, "x": labels.x_label, "y": labels.y_label}
    written = {name: printable(text) for name, text in chosen.items() if text}  # they go before what a shape says of itself
    return Picture(spec, how, {**{name: printable(text) for name, text in usual.items()}, **data, **written})


def _bars(spec: ChartSpec, frame: pl.DataFrame) -> dict[str, Any]:
    """Also for parts of a whole: lengths are compared better than angles."""
    ready = prepared(spec.model_copy(update={"chart_type": "bar"}), frame)
    names = dict.fromkeys(x for group in ready.groups for x in group.x)
    heights = [dict(zip(group.x, group.y, strict=True)) for group in ready.groups]
    values = [
        {"label": _said(name), "value": height, "group": place}
        for name in names
        for place, group in enumerate(heights)
        if (height := group.get(name)) is not None
    ]
    notes = [*ready.notes]
    if spec.chart_type != "bar":
        notes.append(f"Drawn as bars here; .figure has the {spec.chart_type}.")
    return {"shape": "bars", "values": values, "groups": [_said(group.name) for group in ready.groups], "notes": notes}


def _lines(spec: ChartSpec, frame: pl.DataFrame) -> dict[str, Any]:
    ready = prepared(spec, frame)
    names = list(dict.fromkeys(x for group in ready.groups for x in group.x)) if ready.axis == "category" else []
    place = {name: number for number, name in enumerate(names)}
    series = [
        {
            "name": _said(group.name),
            "dots": spec.chart_type == "scatter",
            "points": [
                [place[x] if names else _seconds(x) if ready.axis == "date" else x, y]
                for x, y in zip(group.x, group.y, strict=True)
                if x is not None and y is not None
            ],
        }
        for group in ready.groups
    ]
    axis = "names" if names else "date" if ready.axis == "date" else "number"
    return {"shape": "lines", "series": series, "axis": axis, "names": [_said(name) for name in names], "notes": [*ready.notes]}


def _histogram(spec: ChartSpec, frame: pl.DataFrame) -> dict[str, Any]:
    name = spec.x or measures_of(spec)[0]
    series = frame[name]
    if not is_number(series) and not is_time(series):
        counts = series.drop_nulls().value_counts(sort=True, name="times of it").head(MOST_NAMES)
        labels = labels_of(counts[name].to_list())
        values = [
            {"label": _said(label), "value": count, "group": 0}
            for label, count in zip(labels, counts["times of it"], strict=True)
        ]
        return {"shape": "bars", "values": values, "groups": [""], "x": printable(name), "y": "count"}
    numbers, dates = numbers_of(series), is_time(series)
    bins = bins_of(numbers, dates=dates, whole=series.dtype.is_integer())
    edges = [bins.start + place * bins.step for place in range(bins.count + 1)]
    shape = {"edges": edges, "counts": [int(count) for count in counted(numbers, bins)], "axis": "date" if dates else "number"}
    return {"shape": "histogram", **shape, "title": printable(f"How often {name} is what"), "x": printable(name), "y": "count"}


def _boxes(spec: ChartSpec, frame: pl.DataFrame) -> dict[str, Any]:
    """From the least to the largest value, the middle half, the median: for each name, or each column."""
    measures = measures_of(spec)
    parts = [(name, frame[name]) for name in measures]
    if spec.x is not None:
        split = frame.partition_by(spec.x, maintain_order=True)
        parts = [
            (_said(label), part[measures[0]])
            for label, part in zip(labels_of([part[spec.x][0] for part in split]), split, strict=True)
        ]
    boxes: list[dict[str, Any]] = []
    for label, series in parts:
        numbers = finite(series).drop_nulls()
        if not numbers.is_empty():
            boxes.append(
                {"label": _said(label), "values": [numbers.quantile(part, "linear") for part in (0, 0.25, 0.5, 0.75, 1)]}
            )
    return {"shape": "boxes", "boxes": boxes}


def _cells(spec: ChartSpec, frame: pl.DataFrame) -> dict[str, Any]:
    across, down, value = str(spec.x), measures_of(spec)[0], str(spec.color)
    columns, rows = ([*dict.fromkeys(labels_of(frame[name].to_list()))] for name in (across, down))
    numbers = zip(labels_of(frame[across].to_list()), labels_of(frame[down].to_list()), finite(frame[value]), strict=True)
    cells = [
        [columns.index(x), rows.index(y), number]
        for x, y, number in numbers
        if number is not None and columns.index(x) < MOST_NAMES and rows.index(y) < MOST_NAMES
    ]
    names = {"columns": [_said(name) for name in columns[:MOST_NAMES]], "rows": [_said(name) for name in rows[:MOST_NAMES]]}
    return {"shape": "cells", "cells": cells, **names, "title": printable(f"{value} by {across} and {down}")}


_DRAWN: Mapping[str, Callable[[ChartSpec, pl.DataFrame], dict[str, Any]]] = {
    "bar": _bars, "pie": _bars, "funnel": _bars, "line": _lines, "area": _lines, "scatter": _lines, "histogram": _histogram,
    "box": _boxes, "violin": _boxes, "heatmap": _cells,
}  # fmt: skip


def _said(label: object) -> str:
    """A label as the page escapes it: those of charts are escaped for Plotly already."""
    return "" if label is None else printable(unescape(str(label)))[:80]


def _seconds(moment: object) -> float:
    """Seconds since 1970 of a date or moment in ISO 8601."""
    text = str(moment)
    padded = text + "-01-01"[len(text) - 4 :] if len(text) in {4, 7} else text
    return datetime.fromisoformat(padded).replace(tzinfo=UTC).timestamp()

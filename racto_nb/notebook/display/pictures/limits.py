"""Which figures are drawn as pictures, and how large they may be: counted before anything is drawn. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from racto_nb.notebook.display.pictures.marks import Trace
from racto_nb.notebook.display.pictures.reading import listed, named, within

MOST_RECTS = 5_000
"""Bars and cells of all traces."""
MOST_POINTS = 100_000
"""Of all traces, with the colours and widths that they have."""
MOST_PARTS = 200
"""Of a pie."""
MOST_SPREADS = 500
"""Boxes and violins."""
MOST_TRACES = 500
MOST_TICKS = 500
"""That the figure itself wants to be written along an axis."""
MOST_RULES = 100
MOST_LETTERS = 1_000_000
"""Of the SVG itself: many pieces of lines are few points, and long."""
_ONE = {"pie", "heatmap"}
_TOGETHER = ({"bar", "scatter"}, {"box", "violin"}, {"funnel"}, {"heatmap"}, {"pie"})
"""The kinds that are drawn, and which of them in one field."""
_FIELDS = ("x", "y", "z", "values", "labels")
_AXES = (None, "-", "category", "date", "linear")
_STEPS = {"x0", "y0", "dx", "dy"}
"""Places that are counted and not listed. Boxes have the first two for the name of their place, which is that of the trace."""


def is_drawn(traces: Sequence[Trace], layout: Mapping[str, Any]) -> bool:
    """Whether all `traces` are drawn, in one field and as they are meant, and are few enough."""
    kinds = {trace.kind for trace in traces}
    if not 0 < len(traces) <= MOST_TRACES or not any(kinds <= together for together in _TOGETHER):
        return False
    if kinds & _ONE and len(traces) > 1:
        return False
    if any(within(layout, f"{side}axis", "type") not in _AXES for side in ("x", "y")) or layout.get("barnorm"):
        return False
    return all(map(_is_plain, traces)) and _is_small(traces, layout)


def _is_plain(trace: Trace) -> bool:
    """Whether nothing moves it from where it would be drawn: no second axes, packed lists, bases, shares or areas to others."""
    body = trace.body
    if body.get("xaxis", "x") != "x" or body.get("yaxis", "y") != "y" or body.get("groupnorm"):
        return False
    if any(isinstance(body.get(name), Mapping) for name in _FIELDS):
        return False
    if trace.kind == "bar" and (body.get("base") is not None or body.get("offset") is not None):
        return False
    if trace.kind not in {"box", "violin"} and any(body.get(name) is not None for name in _STEPS):
        return False
    return bool(body.get("stackgroup")) or body.get("fill") in (None, "none", "tozeroy") or trace.kind != "scatter"


def _is_small(traces: Sequence[Trace], layout: Mapping[str, Any]) -> bool:
    parts = max(_long(trace, "values", "labels") for trace in traces)
    ticks = (within(layout, f"{side}axis", name) for side in ("x", "y") for name in ("tickvals", "ticktext"))
    return (
        sum(map(_rects, traces)) <= MOST_RECTS
        and sum(map(_points, traces)) <= MOST_POINTS
        and (traces[0].kind != "pie" or parts <= MOST_PARTS)
        and sum(map(_spreads, traces)) <= MOST_SPREADS
        and all(len(listed(each)) <= MOST_TICKS for each in ticks)
        and len(listed(layout.get("shapes"))) <= MOST_RULES
    )


def _long(trace: Trace, *names: str) -> int:
    return max(len(listed(trace.body.get(name))) for name in names)


def _rects(trace: Trace) -> int:
    if trace.kind == "heatmap":
        return sum(len(listed(row)) for row in listed(trace.body.get("z")))
    return _long(trace, "x", "y") if trace.kind in {"bar", "funnel"} else 0


def _points(trace: Trace) -> int:
    looks = (within(trace.body, "marker", name) for name in ("color", "colors", "colorscale"))
    return max(_long(trace, *_FIELDS, "width", "colorscale"), *(len(listed(each)) for each in looks))


def _spreads(trace: Trace) -> int:
    if trace.kind not in {"box", "violin"}:
        return 0
    return len({named(name) for name in listed(trace.body.get("y" if trace.lying else "x"))}) or 1

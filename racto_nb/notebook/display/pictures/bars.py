"""Bars (upright, lying, beside each other, stacked, as wide as a histogram's bins) and funnels. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from racto_nb.notebook.display.pictures.axes import Along, Axes
from racto_nb.notebook.display.pictures.marks import Mark, Rect, Trace, Word
from racto_nb.notebook.display.pictures.ramps import ink_upon
from racto_nb.notebook.display.pictures.reading import listed, number, numbers, within
from racto_nb.notebook.display.pictures.scales import short
from racto_nb.notebook.display.pictures.svg import colour

_FULL, _ALONE = 0.8, 0.35
"""The part of its room that a bar takes, and that of one that stands alone: it would look like a wall."""
_DAY = 86_400.0
_WHOLE = 1e7


def bars(traces: Sequence[Trace], axes: Axes, mode: str) -> Iterable[Mark]:
    """The bars of all `traces`. `mode` is Plotly's: group, stack, relative or overlay."""
    stacked, beside = mode in {"stack", "relative"}, mode not in {"stack", "relative", "overlay"}
    slot = _slot(traces, axes) * filling(_sides(traces[0], axes)[0])
    count = len(traces) if beside else 1
    above: defaultdict[float, float] = defaultdict(float)
    below: defaultdict[float, float] = defaultdict(float)
    for turn, trace in enumerate(traces):
        for place, height, width, ink in _each(trace, axes, slot / count):
            middle = place + ((turn + 0.5) / count - 0.5) * slot if beside and count > 1 else place
            heap = above if height >= 0 else below
            base = heap[place] if stacked else 0.0
            heap[place] = base + height
            ends = (middle - width / 2, middle + width / 2)
            yield _rect(trace, ends, (base, base + height), ink)


def filling(axis: Along) -> float:
    """The part of the room of each name that is drawn on; less where there are few."""
    return min(_FULL, _ALONE + (len(axis.names) - 1) * 0.2) if axis.kind == "category" else _FULL


def _rect(trace: Trace, ends: tuple[float, float], heights: tuple[float, float], ink: str) -> Rect:
    (x0, x1), (y0, y1) = (heights, ends) if trace.lying else (ends, heights)
    clear = number(trace.body.get("opacity"))
    gaps = (0.0, 0.5) if trace.lying else (0.5, 0.0)  # none where it stands: it would leave its axis
    return Rect(x0, y0, x1, y1, ink, gaps, 1.0 if clear is None else min(1.0, max(0.0, clear)))


def _each(trace: Trace, axes: Axes, slot: float) -> Iterable[tuple[float, float, float, str]]:
    """Each bar: where it stands, how high and how wide it is, its colour."""
    axis, high = _sides(trace, axes)
    names, heights = listed(trace.body.get("y" if trace.lying else "x")), listed(trace.body.get("x" if trace.lying else "y"))
    names = names or range(len(heights))
    inks = listed(within(trace.body, "marker", "color"))
    wide, scale = trace.body.get("width"), 1000 if axis.kind == "date" else 1
    widths = numbers(wide) or [number(wide)] * len(heights)
    for turn, (name, height) in enumerate(zip(names, heights, strict=False)):
        place, tall = axis.place(name), high.place(height)
        if place is None or tall is None:
            continue
        width = widths[turn] if turn < len(widths) else None
        ink = colour(inks[turn], trace.ink) if turn < len(inks) else trace.ink
        yield place, tall, slot if width is None else abs(width) / scale, ink


def _sides(trace: Trace, axes: Axes) -> tuple[Along, Along]:
    """The axis on which its bars stand, and the one of their heights."""
    return (axes.y, axes.x) if trace.lying else (axes.x, axes.y)


def _slot(traces: Sequence[Trace], axes: Axes) -> float:
    """How much of the axis the bars of one place have for themselves."""
    axis = _sides(traces[0], axes)[0]
    if axis.kind == "category":
        return 1.0
    given = (each for trace in traces for each in listed(trace.body.get("y" if trace.lying else "x")))
    places = sorted({place for each in given if (place := axis.place(each)) is not None})
    return min((b - a for a, b in pairwise(places)), default=_DAY if axis.kind == "date" else 1.0)


def funnel(traces: Sequence[Trace], axes: Axes) -> Iterable[Mark]:
    """Bars around a middle, with the value of each and what part of the first it is. Several traces stand beside each other."""
    parts = [list(_each(trace, axes, 1.0)) for trace in traces]
    totals: defaultdict[float, float] = defaultdict(float)
    for place, width, _, _ in (each for part in parts for each in part):
        totals[place] += abs(width)
    begun = {place: -total / 2 for place, total in totals.items()}
    for part in parts:
        first = next((width for _, width, _, _ in part if width), 1.0)
        for place, width, _, ink in part:
            start = begun[place]
            begun[place] = end = start + abs(width)
            yield Rect(start, place - 0.45, end, place + 0.45, ink)
            if len(traces) == 1:
                yield Word(0.0, place, f"{_amount(width)} · {_percent(width, first)}", ink_upon(ink), end - start, end)


def _percent(part: float, whole: float) -> str:
    return f"{100 * (part / whole):.3g}%"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < _WHOLE else short(value)

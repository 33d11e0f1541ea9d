"""Boxes and violins: how values are spread. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from racto_nb.notebook.display.pictures.axes import Axes
from racto_nb.notebook.display.pictures.bars import filling
from racto_nb.notebook.display.pictures.marks import Dots, Mark, Point, Rect, Run, Trace
from racto_nb.notebook.display.pictures.reading import listed

_FAR = 1.5
"""Values farther from the box than so many times its length stand alone."""
_BINS = 60
_FEW = 5
"""Of fewer values no shape is guessed."""


def spreads(traces: Sequence[Trace], axes: Axes) -> Iterable[Mark]:
    """A box or violin for each name of each trace; those of several traces at one name stand beside each other."""
    groups = [_groups(trace, axes) for trace in traces]
    crowd: defaultdict[float, list[int]] = defaultdict(list)
    for turn, group in enumerate(groups):
        for place in group:
            crowd[place].append(turn)
    count = max(map(len, crowd.values()), default=1)
    axis = axes.y if traces[0].lying else axes.x
    for turn, (trace, group) in enumerate(zip(traces, groups, strict=True)):
        for place, values in group.items():
            shift = ((crowd[place].index(turn) + 0.5) / count - 0.5) * 0.9 if count > 1 else 0.0
            yield from _spread(trace, place + shift, filling(axis) * 0.44 / count, sorted(values))


def _groups(trace: Trace, axes: Axes) -> dict[float, list[float]]:
    """The values of each place along the axis of names."""
    axis, high = (axes.y, axes.x) if trace.lying else (axes.x, axes.y)
    values, names = listed(trace.body.get("x" if trace.lying else "y")), listed(trace.body.get("y" if trace.lying else "x"))
    found: dict[float, list[float]] = {}
    for value, name in zip(values, names or [alone(trace)] * len(values), strict=False):
        place, known = axis.place(name), high.place(value)
        if place is not None and known is not None:
            found.setdefault(place, []).append(known)
    return found


def alone(trace: Trace) -> str:
    """Where a trace without names stands: at its own."""
    return str(trace.body.get("name") or " ")


def _spread(trace: Trace, place: float, half: float, values: Sequence[float]) -> Iterable[Mark]:
    lower, middle, upper = (_quantile(values, part) for part in (0.25, 0.5, 0.75))
    reach = _FAR * (upper - lower)
    near = [value for value in values if lower - reach <= value <= upper + reach]
    if trace.kind == "violin" and len(values) >= _FEW and values[-1] > values[0]:
        yield Run([_turned(trace, point) for point in _shape(values, place, half)], trace.ink, filled=True)
        half = min(half, 0.04)
    else:
        for end, start in ((near[0], lower), (near[-1], upper)):
            yield Run([_turned(trace, (place, start)), _turned(trace, (place, end))], trace.ink, 1.5)
            yield Run([_turned(trace, (place - half / 2, end)), _turned(trace, (place + half / 2, end))], trace.ink, 1.5)
        far = [value for value in values if not lower - reach <= value <= upper + reach]
        if far:
            yield Dots([_turned(trace, (place, value)) for value in far], trace.ink, 4, 0.7)
    (x0, y0), (x1, y1) = _turned(trace, (place - half, lower)), _turned(trace, (place + half, upper))
    yield Rect(x0, y0, x1, y1, trace.ink, (0.0, 0.0), 0.45)
    yield Run([_turned(trace, (place - half, middle)), _turned(trace, (place + half, middle))], trace.ink, 3)


def _turned(trace: Trace, point: Point) -> Point:
    return (point[1], point[0]) if trace.lying else point


def _quantile(values: Sequence[float], part: float) -> float:
    """Of sorted `values`, between the two nearest."""
    place = part * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _shape(values: Sequence[float], place: float, half: float) -> list[Point]:
    """The outline of a violin: how dense the values are from the lowest to the highest."""
    low, span = values[0], values[-1] - values[0]
    counts = [0.0] * (_BINS + 1)
    for value in values:
        counts[round((value - low) / span * _BINS)] += 1
    quarter = (_quantile(values, 0.75) - _quantile(values, 0.25)) / span * _BINS
    near = max(1.0, 0.9 * (quarter / 1.34 or _BINS / 8) * len(values) ** -0.2)
    weights = [math.exp(-0.5 * (away / near) ** 2) for away in range(_BINS + 1)]
    dense = [sum(count * weights[abs(here - there)] for there, count in enumerate(counts)) for here in range(_BINS + 1)]
    most = max(dense)
    sides = [(low + span * here / _BINS, half * each / most) for here, each in enumerate(dense)]
    return [(place - wide, at) for at, wide in sides] + [(place + wide, at) for at, wide in reversed(sides)]

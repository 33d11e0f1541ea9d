"""Lines, points and areas. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from racto_nb.notebook.display.pictures.axes import Axes
from racto_nb.notebook.display.pictures.marks import Dots, Mark, Point, Run, Trace
from racto_nb.notebook.display.pictures.ramps import ink_at, ramp_of
from racto_nb.notebook.display.pictures.reading import listed, number, numbers, within
from racto_nb.notebook.display.pictures.svg import INK

_MARKED = 40
"""More points than this would hide their line."""
_MANY = 500


def lines(traces: Sequence[Trace], axes: Axes) -> Iterable[Mark]:
    """The areas first, then lines and points above them."""
    heaps: defaultdict[object, defaultdict[float, float]] = defaultdict(lambda: defaultdict(float))
    drawn: list[Mark] = []
    for trace in traces:
        pieces = _pieces(trace, axes)
        group = trace.body.get("stackgroup")
        if isinstance(group, str) and group:
            pieces, low = _stacked(pieces, heaps[group])
        else:
            low = [[(x, 0.0) for x, _ in piece] for piece in pieces]
        if group or str(trace.body.get("fill", "")).startswith("to"):
            both = zip(pieces, low, strict=True)
            yield from (Run([*piece, *reversed(ground)], trace.ink, filled=True) for piece, ground in both if len(piece) > 1)
        drawn += _over(trace, pieces, axes)
    yield from drawn


def _over(trace: Trace, pieces: Sequence[Sequence[Point]], axes: Axes) -> Iterable[Mark]:
    points = [point for piece in pieces for point in piece]
    mode = str(trace.body.get("mode") or ("lines+markers" if len(points) <= _MARKED else "lines"))
    if "lines" in mode:
        thick = number(within(trace.body, "line", "width"))
        dash = str(within(trace.body, "line", "dash")) not in {"None", "solid"}
        yield from (Run(piece, trace.ink, min(6.0, max(0.5, thick or 2.0)), dash) for piece in pieces if len(piece) > 1)
    if "markers" in mode:
        yield from _dots(trace, points, _placed(trace, axes))
    else:
        yield from (Dots(piece, trace.ink) for piece in pieces if len(piece) == 1)  # as a line it would not be seen


def _dots(trace: Trace, points: Sequence[Point], placed: Sequence[Point | None]) -> Iterable[Dots]:
    wide, given = 6 if len(points) < _MANY else 4, number(trace.body.get("opacity"))
    clear = 1.0 if given is None else min(1.0, max(0.1, given))
    values, ramp = numbers(within(trace.body, "marker", "color")), ramp_of(trace)
    if ramp is None:
        yield Dots(points, trace.ink, wide, clear)
        return
    by_ink: defaultdict[str, list[Point]] = defaultdict(list)
    for point, value in zip(placed, values, strict=False):
        if point is not None:
            by_ink[INK if value is None else ink_at(ramp, value)].append(point)
    yield from (Dots(by_ink[ink], ink, wide, clear) for ink in sorted(by_ink))


def _placed(trace: Trace, axes: Axes) -> list[Point | None]:
    """Each of its points; None for one that has no place."""
    xs, ys = listed(trace.body.get("x")), listed(trace.body.get("y"))
    pairs = ((axes.x.place(x), axes.y.place(y)) for x, y in zip(xs or range(len(ys)), ys, strict=False))
    return [None if x is None or y is None else (x, y) for x, y in pairs]


def _pieces(trace: Trace, axes: Axes) -> list[list[Point]]:
    """Its points, in pieces between those that are missing."""
    runs = groupby(_placed(trace, axes), lambda point: point is None)
    return [[point for point in run if point is not None] for missing, run in runs if not missing]


def _stacked(pieces: Sequence[Sequence[Point]], heap: defaultdict[float, float]) -> tuple[list[list[Point]], list[list[Point]]]:
    """The points above what is in the `heap` already, and those that they stand on."""
    above: list[list[Point]] = []
    below: list[list[Point]] = []
    for piece in pieces:
        below.append([(x, heap[x]) for x, _ in piece])
        for x, y in piece:
            heap[x] += y
        above.append([(x, heap[x]) for x, _ in piece])
    return above, below

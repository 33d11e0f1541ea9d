"""Heatmaps: a field of colour for each pair of names, with its number where there is room. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from racto_nb.notebook.display.pictures.axes import Axes
from racto_nb.notebook.display.pictures.marks import Mark, Rect, Trace, Word
from racto_nb.notebook.display.pictures.ramps import ink_at, ink_upon, ramp_of
from racto_nb.notebook.display.pictures.reading import listed, numbers
from racto_nb.notebook.display.pictures.scales import short

_WRITTEN = 150
"""Of more cells the numbers would not be read."""


def cells(trace: Trace, axes: Axes) -> Iterable[Mark]:
    """The cells, and what is written in them. A cell without a value is left free."""
    rows = [numbers(row) for row in listed(trace.body.get("z"))]
    ramp = ramp_of(trace)
    if ramp is None:
        return
    across, down = _places(trace, axes, rows)
    written = sum(map(len, rows)) <= _WRITTEN
    for row, y in zip(rows, down, strict=False):
        for value, x in zip(row, across, strict=False):
            if value is None or x is None or y is None:
                continue
            ink = ink_at(ramp, value)
            yield Rect(x - 0.5, y - 0.5, x + 0.5, y + 0.5, ink)
            if written:
                yield Word(x, y, f"{value:.0%}" if ramp.percent else short(value), ink_upon(ink), 1.0)


def _places(trace: Trace, axes: Axes, rows: Sequence[Sequence[object]]) -> tuple[list[float | None], list[float | None]]:
    names_x = listed(trace.body.get("x")) or range(max(map(len, rows), default=0))
    names_y = listed(trace.body.get("y")) or range(len(rows))
    return [axes.x.place(name) for name in names_x], [axes.y.place(name) for name in names_y]

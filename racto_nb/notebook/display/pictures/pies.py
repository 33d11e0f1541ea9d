"""Parts of a whole around a middle, each beside its name and share. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.notebook.display.pictures.head import EDGE, WIDE, head
from racto_nb.notebook.display.pictures.marks import Trace
from racto_nb.notebook.display.pictures.ramps import ink_upon
from racto_nb.notebook.display.pictures.reading import listed, number, numbers, within
from racto_nb.notebook.display.pictures.svg import at, colour, colour_of, cut_name, square, told, wide, word

_RADIUS = 110.0
_ROW = 21.0
_MOST = 16
"""Names beside it."""
_WRITTEN = 0.05
"""Of smaller parts the share stands beside their name only."""


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    share: float
    ink: str


def pie_of(trace: Trace, title: str, notes: Sequence[str]) -> tuple[str, float]:
    """The SVG, and how high it is; empty where there is no part larger than nothing."""
    parts = _parts(trace)
    if not parts:
        return "", 0.0
    drawn, top = head(title, notes, ())
    hole = min(0.9, max(0.0, number(trace.body.get("hole")) or 0.0)) * _RADIUS
    rows = min(len(parts), _MOST + 1)
    tall = max(2 * _RADIUS, rows * _ROW)
    middle = (EDGE + 60 + _RADIUS, top + 10 + tall / 2)
    begun = 0.0
    for part in parts:
        drawn += _slice(middle, hole, begun, part)
        begun += part.share
    return drawn + _names(parts, middle[1] - rows * _ROW / 2), top + 10 + tall + EDGE


def _parts(trace: Trace) -> list[_Part]:
    sizes, names = numbers(trace.body.get("values")), listed(trace.body.get("labels"))
    known = [(place, size) for place, size in enumerate(sizes) if size is not None and size > 0]
    whole = math.fsum(size for _, size in known)
    inks = listed(within(trace.body, "marker", "colors"))
    return [
        _Part(
            told(names[place]) if place < len(names) else str(place + 1),
            size / whole,
            colour(inks[place] if place < len(inks) else None, colour_of(place)),
        )
        for place, size in known
        if size / whole > 0
    ]


def _slice(middle: tuple[float, float], hole: float, begun: float, part: _Part) -> str:
    if part.share > 0.999:  # noqa: PLR2004  (an arc that ends where it began would not be seen)
        ring = f'cx="{at(middle[0])}" cy="{at(middle[1])}" r="{at((hole + _RADIUS) / 2)}" stroke-width="{at(_RADIUS - hole)}"'
        return f'<circle fill="none" stroke="{part.ink}" {ring}/>'
    end = begun + part.share
    large = 1 if part.share > 0.5 else 0  # noqa: PLR2004  (the number says it)
    (x0, y0), (x1, y1) = _around(middle, _RADIUS, begun), _around(middle, _RADIUS, end)
    path = f"M{at(x0)} {at(y0)}A{at(_RADIUS)} {at(_RADIUS)} 0 {large} 1 {at(x1)} {at(y1)}"
    (x2, y2), (x3, y3) = _around(middle, hole, end), _around(middle, hole, begun)
    path += f"L{at(x2)} {at(y2)}A{at(hole)} {at(hole)} 0 {large} 0 {at(x3)} {at(y3)}z"
    drawn = f'<path fill="{part.ink}" d="{path}"/>'
    if part.share < _WRITTEN:
        return drawn
    x, y = _around(middle, (hole + _RADIUS) / 2 if hole else _RADIUS * 0.65, begun + part.share / 2)
    return drawn + word(x, y + 4, f"{part.share:.0%}", f' fill="{ink_upon(part.ink)}" text-anchor="middle" font-weight="600"')


def _around(middle: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    """The place at so much of a turn, from above and clockwise."""
    angle = 2 * math.pi * turn
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def _names(parts: Sequence[_Part], top: float) -> str:
    left, drawn = EDGE + 136 + 2 * _RADIUS, ""
    room = WIDE - left - EDGE - 12 - wide("00.0%")
    shown = [(part, cut_name(part.name, room)) for part in parts[:_MOST]]
    right = left + max(wide(name) for _, name in shown) + 12 + wide("00.0%")
    for place, (part, name) in enumerate(shown):
        y = top + place * _ROW + 5
        drawn += square(left - 16, y, part.ink) + word(left, y + 9, name)
        drawn += word(right, y + 9, f"{part.share:.1%}", ' text-anchor="end"')
    more = len(parts) - _MOST
    return drawn + (word(left, top + _MOST * _ROW + 14, f"and {more:,} more") if more > 0 else "")

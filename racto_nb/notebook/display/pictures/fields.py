"""A chart with two axes: how much room what stands beside it takes, and all of it drawn. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.notebook.display.pictures.axes import Axes, Axis, axis_of
from racto_nb.notebook.display.pictures.head import EDGE, WIDE, Key, head
from racto_nb.notebook.display.pictures.marks import Dots, Mark, Ramp, Rect, Rule, Run
from racto_nb.notebook.display.pictures.painting import Field, painted
from racto_nb.notebook.display.pictures.scales import step_of, ticks, written
from racto_nb.notebook.display.pictures.svg import LABEL, at, cut, cut_name, line, upwards, wide, word

_TALL = 250.0
_ROW, _LOWEST, _HIGHEST = 26.0, 110.0, 900.0
_LONGEST_NAME = 190.0
"""Pixels for a name beside a row."""
_LONGEST_SLANTED = 160.0
_SLANT = 40
_DOWN, _LEFT = math.sin(math.radians(_SLANT)), math.cos(math.radians(_SLANT))
_DATE_WIDE = 72.0
_NOUGHT = 'stroke="#808080" stroke-opacity="0.9"'


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart before anything has a place. With `lying` the amounts lie along x, which is not written where it is `bare`.

    A `rooted` one has bars that grow from nought; `cells` lie where names meet, without lines between; `rows` bars have one name.
    """

    axes: Axes
    marks: Sequence[Mark]
    title: str = ""
    notes: Sequence[str] = ()
    keys: Sequence[Key] = ()
    ramp: Ramp | None = None
    lying: bool = False
    snug: bool = False
    bare: bool = False
    rooted: bool = False
    cells: bool = False
    rows: int = 1


def field_of(chart: Chart) -> tuple[str, float]:
    """The SVG of all of it, and how high it is."""
    drawn, top = head(chart.title, chart.notes, chart.keys)
    x = axis_of(chart.axes.x, _places(chart.marks, 0), high=chart.lying and not chart.bare, snug=chart.snug and not chart.lying)
    y = axis_of(chart.axes.y, _places(chart.marks, 1), high=not chart.lying, snug=chart.snug and chart.lying)
    tall = _tall(y, chart.rows)
    side = _fitting(y.marks(5), tall / max(1, len(y.along.names)))
    left = EDGE + (20 if y.along.title else 0) + max((wide(text) for _, text in side), default=0.0) + 7
    where = Field(x, y, left, WIDE - EDGE - (74 if chart.ramp is not None else 4), top + 8, top + 8 + tall)
    below, height = ("", 6.0) if chart.bare else _below(x, where)
    names = "".join(word(left - 7, where.up(place) + 4, text, ' text-anchor="end"') for place, text in side)
    beside = upwards(EDGE + 9, (where.top + where.bottom) / 2, cut(y.along.title, tall)) if y.along.title else ""
    field, nought = painted(chart.marks, where), _nought(chart, where)
    field = field + nought if chart.rooted else nought + field
    return drawn + _grid(chart, where) + names + beside + below + field + _ramp(chart.ramp, where), where.bottom + height + 6


def _places(marks: Sequence[Mark], side: int) -> list[float]:
    """All places of the marks along one axis: x is 0, y is 1."""
    found: list[float] = []
    for mark in marks:
        if isinstance(mark, Rect):
            found += (mark.x0, mark.x1) if side == 0 else (mark.y0, mark.y1)
        elif isinstance(mark, Run | Dots):
            found += (point[side] for point in mark.points)
        elif isinstance(mark, Rule) and mark.axis == "xy"[side]:
            found.append(mark.place)
    return found


def _tall(y: Axis, rows: int) -> float:
    """Names down the side need a row each, higher ones where several bars stand in it."""
    if y.along.kind != "category":
        return _TALL
    each = min(64.0, _ROW + 9 * (rows - 1))
    return min(_HIGHEST, max(_LOWEST, each * len(y.along.names)))


def _fitting(marks: Sequence[tuple[float, str]], row: float) -> list[tuple[float, str]]:
    """What is written beside y: of names as many as have room."""
    each = max(1, math.ceil((LABEL + 1) / row)) if row > 0 else 1
    return [(place, cut_name(text, _LONGEST_NAME)) for place, text in marks[::each]]


def _grid(chart: Chart, where: Field) -> str:
    """Lines at the amounts that are written beside; none between names."""
    if chart.bare or chart.cells:
        return ""
    if chart.lying:
        places = [] if where.x.along.kind == "category" else _along_x(where.x, where)
        return "".join(line(where.across(place), where.top, where.across(place), where.bottom) for place, _ in places)
    places = [] if where.y.along.kind == "category" else where.y.marks(5)
    return "".join(line(where.left, where.up(place), where.right, where.up(place)) for place, _ in places)


def _nought(chart: Chart, where: Field) -> str:
    """The line from which bars grow, or which parts what is above nought from what is below."""
    axis = where.x if chart.lying else where.y
    if chart.bare or chart.cells or axis.along.kind != "linear":
        return ""
    if not (axis.low < 0 < axis.high or (chart.rooted and axis.low <= 0 <= axis.high)):
        return ""
    if chart.lying:
        return line(where.across(0), where.top, where.across(0), where.bottom, _NOUGHT)
    return line(where.left, where.up(0), where.right, where.up(0), _NOUGHT)


def _below(x: Axis, where: Field) -> tuple[str, float]:
    """What is written below x, and how high it is."""
    names = x.along.kind == "category"
    drawn, height = _names_below(x, where) if names else (_numbers_below(x, where), 20.0)
    if not x.along.title:
        return drawn, height
    middle, title = (where.left + where.right) / 2, cut(x.along.title, where.right - EDGE)
    middle = max(middle, wide(title) / 2 + EDGE)
    return drawn + word(middle, where.bottom + height + 14, title, ' text-anchor="middle"'), height + 20


def _along_x(x: Axis, where: Field) -> list[tuple[float, str]]:
    """As many numbers or dates as have room beside each other."""
    room = where.right - where.left
    found: list[tuple[float, str]] = []
    about = max(2, int(room // (_DATE_WIDE + 22))) if x.along.kind == "date" else 7
    for _ in range(3):
        found = [(place, cut_name(text, room)) for place, text in x.marks(about)]
        if sum(wide(text) + 16 for _, text in found) <= room or about == 1:
            break
        about = max(1, about // 2)
    kept: list[tuple[float, str]] = []
    for place, text in sorted(found):
        if not kept or where.across(place) - wide(text) / 2 >= where.across(kept[-1][0]) + wide(kept[-1][1]) / 2 + 6:
            kept.append((place, text))
    return kept


def _numbers_below(x: Axis, where: Field) -> str:
    drawn = ""
    for place, text in _along_x(x, where):
        half, at_x = wide(text) / 2, where.across(place)
        drawn += line(at_x, where.bottom, at_x, where.bottom + 4)
        drawn += word(min(WIDE - 2 - half, max(2 + half, at_x)), where.bottom + 17, text, ' text-anchor="middle"')
    return drawn


def _names_below(x: Axis, where: Field) -> tuple[str, float]:
    """Names below each other's bars: level where all have room, else slanted, and where they are many, only some of them."""
    names = x.marks(1)
    slot = (where.right - where.left) / max(1, len(names))
    widest = max((wide(text) for _, text in names), default=0.0)
    if widest + 8 <= slot:
        return _level(names, where), 20.0
    if widest <= 4 * LABEL and slot < LABEL + 4:
        return _level(names[:: math.ceil((widest + 8) / slot)], where), 20.0
    shown = names[:: max(1, math.ceil((LABEL + 4) / slot))]
    drawn, deepest = "", 0.0
    for place, text in shown:
        at_x, y = where.across(place) + 4, where.bottom + 14
        told = cut_name(text, min(_LONGEST_SLANTED, (at_x - 2) / _LEFT))
        deepest = max(deepest, wide(told) * _DOWN)
        drawn += word(at_x, y, told, f' text-anchor="end" transform="rotate(-{_SLANT} {at(at_x)} {at(y)})"')
    return drawn, deepest + 16


def _level(names: Sequence[tuple[float, str]], where: Field) -> str:
    return "".join(word(where.across(place), where.bottom + 17, text, ' text-anchor="middle"') for place, text in names)


def _ramp(ramp: Ramp | None, where: Field) -> str:
    """The colours and what they mean, right of the field."""
    if ramp is None:
        return ""
    left, tall = where.right + 16, min(where.bottom - where.top, 220.0)
    each = tall / len(ramp.inks)
    drawn = "".join(
        f'<rect x="{at(left)}" y="{at(where.top + place * each)}" width="12" height="{at(each + 0.6)}" fill="{ink}"/>'
        for place, ink in enumerate(reversed(ramp.inks))
    )
    span = ramp.high / 2 - ramp.low / 2
    if span <= 0:
        return drawn + word(left + 17, where.top + tall / 2 + 4, written([ramp.low], 1)[0])
    step = step_of(ramp.low, ramp.high, 6)
    places = ticks(ramp.low, ramp.high, step)
    for place, text in zip(places, written(places, step, percent=ramp.percent), strict=True):
        y = where.top + tall - (place / 2 - ramp.low / 2) / span * tall
        drawn += word(left + 17, y + 4, cut(text, WIDE - left - 19))
    return drawn + (word(WIDE - 4, where.top - 5, cut(ramp.title, WIDE / 2), ' text-anchor="end"') if ramp.title else "")

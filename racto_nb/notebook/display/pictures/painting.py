"""Marks, which are in the numbers of their axes, as SVG in pixels. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from racto_nb.notebook.display.pictures.axes import Axis
from racto_nb.notebook.display.pictures.marks import Dots, Mark, Point, Rect, Rule, Run, Word
from racto_nb.notebook.display.pictures.svg import INK, at, cut, line, wide, word

_THIN_FROM = 1_000
"""Lines and points of more places are thinned to what can be seen."""
_WORD = 11


@dataclass(frozen=True, slots=True)
class Field:
    """Where a chart is drawn: its axes and its sides, in pixels."""

    x: Axis
    y: Axis
    left: float
    right: float
    top: float
    bottom: float

    def across(self, value: float) -> float:
        """The pixel of a place along x."""
        return self.left + self.x.share(value) * (self.right - self.left)

    def up(self, value: float) -> float:
        """The pixel of a place along y."""
        return self.bottom - self.y.share(value) * (self.bottom - self.top)

    def point(self, point: Point) -> Point:
        """Its pixels, within the field."""
        x, y = self.across(point[0]), self.up(point[1])
        return min(self.right, max(self.left, x)), min(self.bottom, max(self.top, y))

    def holds(self, point: Point) -> bool:
        return 0 <= self.x.share(point[0]) <= 1 and 0 <= self.y.share(point[1]) <= 1


def painted(marks: Sequence[Mark], field: Field) -> str:
    """All of them: areas below bars, bars below lines, lines below points, words above all."""
    runs = [mark for mark in marks if isinstance(mark, Run)]
    pieces = [_run(run, field) for run in runs if run.filled]
    pieces.append(_rects([mark for mark in marks if isinstance(mark, Rect)], field))
    pieces += [_run(run, field) for run in runs if not run.filled]
    pieces += [_dots(mark, field) for mark in marks if isinstance(mark, Dots)]
    pieces += [_rule(mark, field) for mark in marks if isinstance(mark, Rule)]
    pieces.append(_words([mark for mark in marks if isinstance(mark, Word)], field))
    return "".join(pieces)


def _rects(rects: Sequence[Rect], field: Field) -> str:
    by_look: dict[tuple[str, float], list[str]] = {}
    for rect in rects:
        if (path := _rect(rect, field)) != "":
            by_look.setdefault((rect.ink, rect.clear), []).append(path)
    return "".join(_filled("".join(paths), ink, clear) for (ink, clear), paths in by_look.items())


def _filled(path: str, ink: str, clear: float) -> str:
    opacity = "" if clear == 1 else f' fill-opacity="{clear:.2g}"'
    return f'<path fill="{ink}"{opacity} d="{path}"/>'


def _rect(rect: Rect, field: Field) -> str:
    """One that has no height is not drawn, one that has hardly any is."""
    if rect.x0 == rect.x1 or rect.y0 == rect.y1:
        return ""
    one, other = field.point((rect.x0, rect.y0)), field.point((rect.x1, rect.y1))
    (x0, wide_), (y0, tall) = (_side(one[side], other[side], rect.gaps[side]) for side in (0, 1))
    return f"M{at(x0)} {at(y0)}h{at(wide_)}v{at(tall)}h{at(-wide_)}z"


def _side(one: float, other: float, gap: float) -> tuple[float, float]:
    """Where it begins and how long it is."""
    low, length = min(one, other), abs(other - one)
    if length > 6 * gap:
        return low + gap, length - 2 * gap
    return low, max(0.5, length)


def _run(run: Run, field: Field) -> str:
    points = [field.point(point) for point in run.points]
    if len(points) > _THIN_FROM:
        points = _thinned(points)
    path = "M" + "L".join(f"{at(x)} {at(y)}" for x, y in points)
    if run.filled:
        return _filled(path + "z", run.ink, 0.3)
    dash = ' stroke-dasharray="5 4"' if run.dash else ""
    return f'<path fill="none" stroke="{run.ink}" stroke-width="{at(run.thick)}" stroke-linejoin="round"{dash} d="{path}"/>'


def _thinned(points: Iterable[Point]) -> list[Point]:
    """Of the points above one pixel the first, the lowest, the highest and the last: the line looks the same."""
    kept: list[Point] = []
    for _, column in groupby(points, lambda point: int(point[0])):
        found = list(column)
        low, high = (pick(range(len(found)), key=lambda place: found[place][1]) for pick in (min, max))
        kept += [found[place] for place in sorted({0, low, high, len(found) - 1})]
    return kept


def _dots(dots: Dots, field: Field) -> str:
    points = [field.point(point) for point in dots.points if field.holds(point)]
    if not points:
        return ""
    if len(points) > _THIN_FROM:
        points = list(dict.fromkeys((float(round(x)), float(round(y))) for x, y in points))
    path = "".join(f"M{at(x)} {at(y)}h0" for x, y in points)
    clear = "" if dots.clear == 1 else f' stroke-opacity="{dots.clear:.2g}"'
    return f'<path fill="none" stroke="{dots.ink}"{clear} stroke-width="{at(dots.wide)}" stroke-linecap="round" d="{path}"/>'


def _rule(rule: Rule, field: Field) -> str:
    """Across the field, and nothing where the axis does not reach it. Its text stays in the field."""
    axis = field.y if rule.axis == "y" else field.x
    if not 0 <= axis.share(rule.place) <= 1:
        return ""
    look = f'stroke="{INK}" stroke-width="1.5" stroke-dasharray="5 4"'
    if rule.axis == "y":
        y = field.up(rule.place)
        drawn = line(field.left, y, field.right, y, look)
        return drawn + word(field.right - 4, y - 5, cut(rule.text, field.right - field.left - 8), ' text-anchor="end"')
    x = field.across(rule.place)
    before, after = x - 5 - field.left, field.right - x - 6
    if wide(rule.text) <= after or after >= before:
        text = word(x + 5, field.top + 11, cut(rule.text, after))
    else:
        text = word(x - 5, field.top + 11, cut(rule.text, before), ' text-anchor="end"')
    return line(x, field.top, x, field.bottom, look) + text


def _words(words: Sequence[Word], field: Field) -> str:
    rooms = [abs(field.across(each.x + each.room / 2) - field.across(each.x - each.room / 2)) - 6 for each in words]
    fits = [wide(each.text, _WORD) <= room for each, room in zip(words, rooms, strict=True)]
    if not all(fit or each.beside is not None for each, fit in zip(words, fits, strict=True)):
        return ""
    drawn = "".join(_word(each, field, inside=fit) for each, fit in zip(words, fits, strict=True))
    return f'<g font-size="{_WORD}">{drawn}</g>' if drawn else ""


def _word(each: Word, field: Field, *, inside: bool) -> str:
    y = field.up(each.y) + 4
    if inside or each.beside is None:
        return word(field.across(each.x), y, each.text, f' fill="{each.ink}" text-anchor="middle"')
    return word(field.across(each.beside) + 5, y, each.text)

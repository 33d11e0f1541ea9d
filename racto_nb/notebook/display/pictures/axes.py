"""The two axes of a chart: what stands along them, from where to where they go, what is written beside them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb.notebook.display.pictures.reading import listed, moment, named, number, text_at
from racto_nb.notebook.display.pictures.scales import date_ticks, step_of, ticks, written
from racto_nb.notebook.display.pictures.svg import told

_ZERO_FROM = 0.5
"""Where the lowest number is at most so much of the highest, the axis begins at nought."""


@dataclass(frozen=True, slots=True)
class Along:
    """What stands along an axis: `names` in their order, dates, or numbers."""

    kind: str
    names: Mapping[str, int]
    looks: Mapping[str, Any]

    def place(self, value: object) -> float | None:
        """Where `value` stands; None where it cannot."""
        if self.kind == "category":
            name = named(value)
            return None if name is None else float(self.names[name]) if name in self.names else None
        return moment(value) if self.kind == "date" else number(value)

    @property
    def title(self) -> str:
        return text_at(self.looks, "title", "text") or text_at(self.looks, "title")


@dataclass(frozen=True, slots=True)
class Axes:
    """Both."""

    x: Along
    y: Along


def along(looks: Mapping[str, Any], values: Iterable[Any]) -> Along:
    """The axis of `values`, of the type that its `looks` name, else of the type that the values have."""
    known = [value for value in values if value is not None]
    kind = str(looks.get("type"))
    if kind not in {"category", "date", "linear"}:
        kind = _guessed(known)
    places = dict.fromkeys(name for value in known if (name := named(value)) is not None) if kind == "category" else {}
    return Along(kind, {name: place for place, name in enumerate(places)}, looks)


def _guessed(values: Sequence[object]) -> str:
    if all(isinstance(value, int | float) for value in values):
        return "linear"
    return "date" if all(isinstance(value, str) and moment(value) is not None for value in values) else "category"


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis with its ends. `backwards`: the first stands where the last would."""

    along: Along
    low: float
    high: float
    backwards: bool = False

    def share(self, value: float) -> float:
        """How far along it `value` stands: 0 at its beginning, 1 at its end."""
        span = (self.high / 2 - self.low / 2) or 1.0
        part = (value / 2 - self.low / 2) / span
        part = min(2.0, max(-1.0, part))
        return 1 - part if self.backwards else part

    def marks(self, about: int) -> list[tuple[float, str]]:
        """Where something is written, and what; of names all of them."""
        if self.along.kind == "category":
            return [(float(place), told(name)) for name, place in self.along.names.items()]
        chosen = self._chosen()
        if chosen:
            return chosen
        if self.along.kind == "date":
            return date_ticks(self.low, self.high, max(1, about))
        looks = self.along.looks
        whole, percent = looks.get("tickformat") == "d", str(looks.get("tickformat", "")).endswith("%")
        step = step_of(self.low, self.high, max(1, about))
        step = max(1.0, step) if whole else step
        places = ticks(self.low, self.high, step)
        prefix = text_at(looks, "tickprefix")
        return list(zip(places, written(places, step, percent=percent, plain=whole, prefix=prefix), strict=True))

    def _chosen(self) -> list[tuple[float, str]]:
        """What the figure itself wants to be written there."""
        values, texts = listed(self.along.looks.get("tickvals")), listed(self.along.looks.get("ticktext"))
        if len(values) != len(texts):
            return []
        pairs = ((self.along.place(value), told(text)) for value, text in zip(values, texts, strict=True))
        return [(place, text) for place, text in pairs if place is not None and self.low <= place <= self.high]


def axis_of(known: Along, places: Sequence[float], *, high: bool, snug: bool) -> Axis:
    """The axis that holds `places`. With `high` it is that of amounts, and ends at round numbers; a `snug` one ends with them."""
    backwards = known.looks.get("autorange") == "reversed"
    if known.kind == "category":
        return Axis(known, -0.5, max(0.5, len(known.names) - 0.5), backwards)
    ends = [known.place(value) for value in listed(known.looks.get("range"))]
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:  # noqa: PLR2004  (two ends)
        return Axis(known, min(ends[0], ends[1]), max(ends[0], ends[1]), ends[0] > ends[1])
    low, top = _spread(min(places, default=0.0), max(places, default=1.0), dates=known.kind == "date")
    if snug:
        return Axis(known, low, top, backwards)
    if not high or known.kind == "date":
        room = top / 40 - low / 40
        return Axis(known, low - room, top + room, backwards)
    return Axis(known, *_rounded(low, top), backwards)


def _spread(low: float, high: float, *, dates: bool) -> tuple[float, float]:
    """`low` and `high`, so far apart that something can stand between them."""
    if high > low and high / 2 - low / 2 > abs(high) * 1e-14:
        return low, high
    if low == high == 0 and not dates:
        return 0.0, 1.0
    room = 43_200.0 if dates else max(abs(low) / 10, 1e-300)
    return low - room, high + room


def _rounded(low: float, high: float) -> tuple[float, float]:
    if 0 < low <= high * _ZERO_FROM:
        low = 0.0
    if 0 > high >= low * _ZERO_FROM:
        high = 0.0
    first, last = low, high
    for _ in range(2):  # what is added at the ends may need a larger step
        step = step_of(first, last)
        first, last = step * (low // step), -step * (-high // step)
    return (first, last) if last > first else (low, high)

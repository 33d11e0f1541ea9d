"""What is drawn in the field of a chart, in the numbers of its axes. Data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from racto_nb.notebook.display.pictures.reading import within
from racto_nb.notebook.display.pictures.svg import colour, colour_of, told

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled field between two corners. `gaps`, in pixels, are free on each side and above and below where there is room."""

    x0: float
    y0: float
    x1: float
    y1: float
    ink: str
    gaps: tuple[float, float] = (0.5, 0.5)
    clear: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """A line through points, or the area within them."""

    points: Sequence[Point]
    ink: str
    thick: float = 2
    dash: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Points of one colour."""

    points: Sequence[Point]
    ink: str
    wide: float = 6
    clear: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """A text around a point, at most as wide as `room` along x. Else it stands at `beside`, or none of the chart is written."""

    x: float
    y: float
    text: str
    ink: str
    room: float
    beside: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line across the field at a place of one axis, with what it says."""

    axis: str
    place: float
    text: str


Mark = Rect | Run | Dots | Word | Rule


@dataclass(frozen=True, slots=True)
class Ramp:
    """What the colours of numbers mean: from `low` to `high`, the colours in equal steps between."""

    title: str
    low: float
    high: float
    inks: Sequence[str]
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace of a figure, and which it is."""

    place: int
    body: Mapping[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        return str(self.body.get("type", "scatter"))

    @property
    def lying(self) -> bool:
        return self.body.get("orientation") == "h" or self.kind == "funnel"

    @property
    def ink(self) -> str:
        """Its own colour, or the one of its place."""
        own = (within(self.body, *path) for path in (("marker", "color"), ("line", "color"), ("fillcolor",)))
        usual = colour_of(self.place)
        return next((found for each in own if (found := colour(each, "")) != ""), usual)

    @property
    def name(self) -> str:
        """What the legend says of it; "" where it is not in the legend."""
        known = self.body.get("name")
        return told(known) if isinstance(known, str) and self.body.get("showlegend") is not False else ""

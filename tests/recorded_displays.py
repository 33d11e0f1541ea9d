"""Displays that are recorded instead of shown, on a clock that is set by hand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest

from racto_nb.notebook.display import streaming
from racto_nb.notebook.display.streaming import LiveAnswer


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Screen:
    """Where displays are recorded, with the time of each."""

    clock: Clock = field(default_factory=Clock)
    times: list[float] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    opened: int = 0

    def show(self, data: dict[str, str]) -> Screen:
        self.opened += 1
        self.update(data, raw=True)
        return self

    def update(self, obj: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.times.append(self.clock.now)
        self.shown.append(obj)

    @property
    def size(self) -> int:
        return sum(len(text.encode()) for data in self.shown for text in data.values())


def busiest_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1 for time in times) for start in times)


class Page:
    """One display, with the times of its updates."""

    def __init__(self, clock: Clock, data: dict[str, str]) -> None:
        self.clock = clock
        self.times = [clock.now]
        self.shown = [data]

    def update(self, obj: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.times.append(self.clock.now)
        self.shown.append(obj)


class Pages:
    """All displays of an answer, in the order in which they were opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        self.all: list[Page] = []
        patch.setattr(streaming, "show_updatable", self.show)

    def show(self, data: dict[str, str]) -> Page:
        self.all.append(Page(self.clock, data))
        return self.all[-1]

    def live(self, budget: int = 300_000) -> LiveAnswer:
        found = LiveAnswer("fake:m", budget, clock=self.clock)
        found.open()
        return found

    @property
    def size(self) -> int:
        return sum(len(text.encode()) for page in self.all for data in page.shown for text in data.values())

    @property
    def times(self) -> list[float]:
        return sorted(itertools.chain.from_iterable(page.times for page in self.all))

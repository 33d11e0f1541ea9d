"""Displays that are recorded instead of shown, on a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field


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

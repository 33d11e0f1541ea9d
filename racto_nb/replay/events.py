"""The events of a stream on their way: kept as they come, or given again at their times. Kind: both colours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Heard:
    """The events of a stream as they come, with their times in seconds since it was asked for.

    `error` is what ended it, `ended` whether it ended by itself. With `is_download` it is no answer of a model but the lines of a
    file, and complete when it has ended.
    """

    began: float = field(default_factory=time.perf_counter)
    events: list[tuple[float, Any]] = field(default_factory=list[tuple[float, Any]])
    error: Exception | None = None
    ended: bool = False
    is_download: bool = False

    @property
    def seconds(self) -> float:
        """How long it is since it was asked for."""
        return time.perf_counter() - self.began

    def hear(self, event: Any) -> Any:
        """`event`, which is kept."""
        self.events.append((time.perf_counter() - self.began, event))
        return event


class Listened:
    """Events that are kept as they pass."""

    def __init__(self, events: AsyncIterator[Any], heard: Heard) -> None:
        self._events, self._heard = events, heard

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            event = await anext(self._events)
        except StopAsyncIteration:
            self._heard.ended = True
            raise
        except Exception as error:
            self._heard.error = error
            raise
        return self._heard.hear(event)


class Replayed:
    """Recorded events, each at its time."""

    def __init__(self, told: Iterator[tuple[float, Any]], speed: float) -> None:
        self._rest = told
        self._speed = speed
        self._began = time.perf_counter()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        at, event = next(self._rest, (0.0, self))
        if event is self:
            raise StopAsyncIteration
        await asyncio.sleep(_wait(at, self._began, self._speed))
        return event


def listened(events: Iterator[Any], heard: Heard) -> Iterator[Any]:
    """Events that are kept as they pass."""
    try:
        yield from map(heard.hear, events)
        heard.ended = True
    except Exception as error:
        heard.error = error
        raise


def replayed(told: Iterator[tuple[float, Any]], speed: float) -> Iterator[Any]:
    """Recorded events, each at its time."""
    began = time.perf_counter()
    for at, event in told:
        if speed:
            time.sleep(_wait(at, began, speed))
        yield event


def _wait(at: float, began: float, speed: float) -> float:
    """How long it is until an event that came `at` seconds, for a replay that `began` then."""
    return max(0.0, at / speed - (time.perf_counter() - began)) if speed else 0.0

"""What one user has taken, as a sliding window or as a bucket. Pure: the time is given, in whole microseconds.

The scripts of a server count in the same way, so that limiters in a process and in a fleet decide alike.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, Protocol

MOST_PEAKS = 32
"""How many earlier levels a bucket knows. Where there were more, it takes the oldest for higher than they were."""


class Decision(NamedTuple):
    """Whether tokens were `granted`, the `ticket` they were counted under, how many `remaining` there are now, and `wait`.

    That is in how many microseconds as many may be had, None where never: more were asked for than there are in a window.
    """

    granted: bool
    ticket: int
    remaining: int
    wait: int | None


class Count(Protocol):
    """The tokens of one user."""

    def take(self, tokens: int, now: int) -> Decision:
        """Count `tokens` if they fit."""
        ...

    def remaining(self, now: int) -> int:
        """How many tokens fit now, 0 or more."""
        ...

    def settle(self, ticket: int, more: int, now: int) -> None:
        """Count `more` tokens, or fewer where it is below 0, than were reserved under `ticket`."""
        ...

    def is_idle(self, now: int) -> bool:
        """Whether a new count would decide in the same way."""
        ...


@dataclass(slots=True)
class SlidingWindow:
    """Every taking by itself: it counts until it is a `window` old. So no span of that length ever holds more than `limit`.

    `tickets` are the numbers of takings, rising. A limiter has one row of them for all its counts, also for one that begins anew:
    a ticket of an earlier count is none of this one.
    """

    limit: int
    window: int
    tickets: Iterator[int] = field(default_factory=lambda: count(1))
    _taken: OrderedDict[int, tuple[int, int]] = field(default_factory=OrderedDict[int, tuple[int, int]])
    _total: int = 0

    def take(self, tokens: int, now: int) -> Decision:
        """Count `tokens` if they fit."""
        self._forget(now)
        free = self.limit - self._total
        if tokens > free:
            return Decision(False, 0, max(0, free), self._wait(tokens, now))
        ticket = next(self.tickets)
        self._taken[ticket] = (now, tokens)
        self._total += tokens
        return Decision(True, ticket, free - tokens, 0)

    def remaining(self, now: int) -> int:
        """How many tokens fit now, 0 or more."""
        self._forget(now)
        return max(0, self.limit - self._total)

    def settle(self, ticket: int, more: int, now: int) -> None:
        """Count `more` tokens than were reserved under `ticket`. What is older than a window stays forgotten."""
        self._forget(now)
        if (found := self._taken.get(ticket)) is None:
            return
        self._total += more
        if found[1] + more:
            self._taken[ticket] = (found[0], found[1] + more)
        else:
            del self._taken[ticket]

    def is_idle(self, now: int) -> bool:
        """Whether nothing counts any more."""
        self._forget(now)
        return not self._taken

    def _forget(self, now: int) -> None:
        while self._taken:
            ticket, (moment, tokens) = next(iter(self._taken.items()))
            if moment > now - self.window:
                break
            del self._taken[ticket]
            self._total -= tokens

    def _wait(self, tokens: int, now: int) -> int | None:
        missing = self._total + tokens - self.limit
        if tokens > self.limit:
            return None
        for moment, taken in self._taken.values():
            missing -= taken
            if missing <= 0:
                return max(1, moment + self.window - now)
        return self.window


@dataclass(slots=True)
class Bucket:
    """A bucket of `limit` tokens that fills up evenly within a `window`. `_level` is in tokens times the window: whole.

    What is poured back is what would be in it now if only that had been taken which was used. A bucket that was full would have
    run over, so what there was room for in its fullest moment since a ticket is all that comes back of it. `_peaks` are those
    moments, falling: before which number the level was how high. A bucket that begins anew is full, so that nothing comes back of
    the tickets of an earlier one.
    """

    limit: int
    window: int
    tickets: Iterator[int] = field(default_factory=lambda: count(1))
    _level: int | None = None
    _at: int = 0
    _peaks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def take(self, tokens: int, now: int) -> Decision:
        """Take `tokens` out if they are in."""
        level, needed = self._filled(now), tokens * self.window
        if needed > level:
            wait = None if tokens > self.limit else max(1, -((level - needed) // self.limit))
            return Decision(False, 0, max(0, level // self.window), wait)
        ticket = self._peak(level)
        self._level = level - needed
        return Decision(True, ticket, self._level // self.window, 0)

    def remaining(self, now: int) -> int:
        """How many whole tokens are in, 0 or more."""
        return max(0, self._filled(now) // self.window)

    def settle(self, ticket: int, more: int, now: int) -> None:
        """Pour back what was reserved and not used; what was used beyond it is missing until it has flowed in."""
        if not ticket:
            return
        level = self._filled(now)
        if more > 0:
            self._peak(level)
            self._level = level - more * self.window
        else:
            self._level = level + self._poured(ticket, -more * self.window, level)

    def is_idle(self, now: int) -> bool:
        """Whether it is full."""
        return self._filled(now) == self.limit * self.window

    def _poured(self, ticket: int, back: int, level: int) -> int:
        """How much of `back` comes back. The peaks since the ticket rise by it, for the tickets of others."""
        since = [peak for peak in self._peaks if peak[0] > ticket]
        back = min(back, self.limit * self.window - max([level, *(height for _, height in since)]))
        raised = [(number, height + back) for number, height in since]
        before = [peak for peak in self._peaks if peak[0] <= ticket and (not raised or peak[1] > raised[0][1])]
        self._peaks = [*before, *raised]
        return back

    def _peak(self, level: int) -> int:
        """Note how high it is. Returns the number of this moment."""
        number = next(self.tickets)
        while self._peaks and self._peaks[-1][1] <= level:
            self._peaks.pop()
        self._peaks.append((number, level))
        if len(self._peaks) > MOST_PEAKS:
            self._peaks[:2] = [(self._peaks[1][0], self._peaks[0][1])]
        return number

    def _filled(self, now: int) -> int:
        full = self.limit * self.window
        level = full if self._level is None else min(full, self._level + max(0, now - self._at) * self.limit)
        self._level, self._at = level, max(self._at, now)
        return level

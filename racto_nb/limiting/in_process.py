"""A limiter in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from itertools import count

from racto_nb.flow.effects import Effect
from racto_nb.limiting.counts import Bucket, Count, SlidingWindow
from racto_nb.limiting.limiter import Limiter, Reservation
from racto_nb.limiting.settings import MICROSECONDS, RateLimitConfig

__all__ = ["RateLimiter"]

_MOST_OPERATIONS = 1_000
"""After so many, users whose count is over are dropped: a name that never comes back costs nothing."""


class RateLimiter(Limiter):
    """Limits the tokens of each user in this process. For several processes or machines, use `racto_nb.redis.RedisRateLimiter`.

    No user takes more than `config` allows, whatever threads and tasks ask at once. `clock` tells the time in seconds, for tests.

    >>> limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=5_000))
    >>> limiter.check_and_consume("user_42", tokens=800), limiter.get_remaining("user_42")
    (True, 4200)
    >>> with_room = limiter.reserve("user_42", 4_000)
    >>> with_room.settle(1_000)
    >>> limiter.get_remaining("user_42")
    3200
    """

    def __init__(self, config: RateLimitConfig | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(config)
        self._clock = clock
        self._users: dict[str, Count] = {}
        self._lock = threading.Lock()
        self._tickets = count(1)
        self._operations = 0

    def reserving(self, user_id: str, tokens: int) -> Generator[Effect, None, Reservation]:
        """The flow behind `reserve` and `areserve`. It waits for nothing."""
        with self._lock:
            now = self._now()
            self._sweep(now)
            decided = self._count(user_id).take(tokens, now)
        later = None if decided.wait is None else decided.wait / MICROSECONDS
        return Reservation(
            self, user_id, tokens,
            granted=decided.granted, remaining=decided.remaining, retry_after=later, ticket=str(decided.ticket),
        )  # fmt: skip
        yield

    def settling(self, reservation: Reservation, actual: int) -> Generator[Effect, None, None]:
        """Count `actual` tokens in the place of a reservation."""
        with self._lock:
            counted = self._count(reservation.user_id)
            counted.settle(int(reservation.ticket), actual - reservation.tokens, self._now())
        return
        yield

    def telling(self, user_id: str) -> Generator[Effect, None, int]:
        """The flow behind `get_remaining` and `aget_remaining`."""
        with self._lock:
            counted = self._users.get(user_id)
            return self.config.max_tokens_per_minute if counted is None else counted.remaining(self._now())
        yield

    def resetting(self, user_id: str) -> Generator[Effect, None, None]:
        """The flow behind `reset` and `areset`."""
        with self._lock:
            self._users.pop(user_id, None)
        return
        yield

    def _count(self, user_id: str) -> Count:
        if (counted := self._users.get(user_id)) is None:
            made = SlidingWindow if self.config.kind == "sliding" else Bucket
            counted = self._users[user_id] = made(self.config.max_tokens_per_minute, self.config.window, self._tickets)
        return counted

    def _sweep(self, now: int) -> None:
        self._operations += 1
        if self._operations % _MOST_OPERATIONS == 0:
            for name in [name for name, counted in self._users.items() if counted.is_idle(now)]:
                del self._users[name]

    def _now(self) -> int:
        return round(self._clock() * MICROSECONDS)

    def __repr__(self) -> str:
        return f"RateLimiter({self.in_words})"

"""A server that does not answer is left alone for a moment: else each request of a chat would wait for it in vain."""

from __future__ import annotations

import time
from collections.abc import Callable

from racto_nb.exceptions import ServiceError


class Pause:
    """For `seconds` after a request that nobody answered, no other is sent. Then one is tried, and its answer ends the pause.

    Only silence begins one: a server that hangs up, or refuses, costs no time. `clock` tells the seconds. Threads and event loops
    use it without a lock: at worst, two of them try at once.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: float | None = None

    def check(self, place: str) -> None:
        """Raise ServiceError in a pause. The first who comes after it is let through; the others wait for what that one finds."""
        if self._until is None:
            return
        now = self._clock()
        if now < self._until:
            msg = f"Redis at {place} did not answer a moment ago. It is asked again in {self._until - now:.2g} s (pause_s)."
            raise ServiceError(msg, place=place)
        self._until = now + self._seconds

    def begin(self) -> None:
        """Note that a request was not answered."""
        self._until = self._clock() + self._seconds if self._seconds else None

    def end(self) -> None:
        """Note that the server answers, or says at once that it does not."""
        if self._until is not None:
            self._until = None

"""What a limiter lets a kit's requests take: each sets its most tokens aside, and tells afterwards what it used. Flows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import RateLimitExceededError, UsageError, WrongTypeError
from racto_nb.flow.effects import Flow, sleep
from racto_nb.limiting.limiter import Limiter, Reservation
from racto_nb.limiting.settings import checked_user


@dataclass(frozen=True, slots=True)
class Share:
    """A `limiter`, the user whom a kit's tokens are counted for, and how many seconds a request may wait until they fit."""

    limiter: Limiter
    user_id: str
    wait_s: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.limiter, Limiter):  # pyright: ignore[reportUnnecessaryIsInstance]  (users give others)
            msg = f"limiter is a RateLimiter or RedisRateLimiter, or None, not {self.limiter!r:.80}."
            raise WrongTypeError(msg)
        checked_user(self.user_id)
        if isinstance(self.wait_s, bool) or not isinstance(self.wait_s, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"wait_s is a number of seconds, not {self.wait_s!r:.80}."
            raise WrongTypeError(msg)
        if not isfinite(self.wait_s) or self.wait_s < 0:
            msg = f"wait_s is 0 (do not wait) or more seconds, not {self.wait_s!r}."
            raise UsageError(msg)

    def taken(self, estimate: Estimate) -> Flow[Reservation]:
        """The most tokens of a request, set aside. Waits for them, or raises RateLimitExceededError."""
        tokens, waited = max(1, _most(estimate)), 0.0
        while not (held := (yield from self.limiter.reserving(self.user_id, tokens))):
            pause = held.retry_after
            if pause is None or waited + pause > self.wait_s:
                raise self._refused(held, tokens)
            yield from sleep(pause)
            waited += pause
        return held

    def _refused(self, held: Reservation, tokens: int) -> RateLimitExceededError:
        if held.retry_after is None:
            advice = "They will never fit: ask for less with a smaller max_tokens, or allow more."
        else:
            advice = (
                f"Try again in {held.retry_after:.3g} s, let the kit wait (wait_s=), or ask for less with a smaller max_tokens."
            )
        msg = (
            f"The user {self.user_id!r} may take {held.remaining:,} tokens more of {self.limiter.in_words}; the request may take "
            f"{tokens:,}. Nothing was sent. {advice}"
        )
        return RateLimitExceededError(msg, user_id=self.user_id, retry_after=held.retry_after)


def _most(estimate: Estimate) -> int:
    """The bound of a request; where a side of it is not known, as of a document, what is known at least."""
    read = estimate.input_low if estimate.input_high is None else estimate.input_high
    return read + (estimate.output_most or 0)

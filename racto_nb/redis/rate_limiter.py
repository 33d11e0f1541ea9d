"""Limits of tokens for a whole fleet, counted by the server."""

from __future__ import annotations

import math
from typing import Any, Literal

from racto_nb.exceptions import ServiceError, UsageError
from racto_nb.flow.effects import Flow, send
from racto_nb.limiting.limiter import Limiter, Reservation
from racto_nb.limiting.settings import MICROSECONDS, RateLimitConfig
from racto_nb.redis.connecting import Script, as_text, linked
from racto_nb.redis.places import DEFAULT_URL, checked_prefix, key_of
from racto_nb.redis.scripts import BUCKET, SLIDING
from racto_nb.redis.telling import Telling

__all__ = ["RedisRateLimiter"]

_WHOLE = 2**53
Outage = Literal["allow", "deny"]


class RedisRateLimiter(Limiter):
    """Limits the tokens of each user in all processes that share a Redis or Valkey server, by the server's clock.

    Each request to it is one script, which looks and counts in one step: no two processes are ever promised the same tokens. A
    user's window is one key, which expires by itself. `url` may be `rediss://` for TLS and hold a user and a password; objects
    with the same `url` share their connections. `client` is a client of your own in its place. The server is given `timeout_s`
    seconds; one that did not answer is left alone for `pause_s`. While it cannot be reached, `on_outage` decides ("allow" or
    "deny"), with one ServiceWarning for the outage. A server that is reached and refuses, as a wrong password or a key that holds
    something else, is no outage: ServiceError.

    A server's numbers are whole up to 2**53: so many tokens a window may have, a bucket so many divided by the seconds of its
    window; UsageError for more. Needs Redis 5 or later, or Valkey, without an eviction that may take its keys. Raises
    MissingExtraError without redis-py.
    """

    def __init__(
        self,
        *,
        url: str = DEFAULT_URL,
        client: Any | None = None,
        config: RateLimitConfig | None = None,
        on_outage: Outage = "allow",
        timeout_s: float = 1.0,
        pause_s: float = 1.0,
    ) -> None:
        super().__init__(config)
        if on_outage not in {"allow", "deny"}:
            msg = f'on_outage is "allow" or "deny", not {on_outage!r}.'
            raise UsageError(msg)
        _refuse_inexact(self.config)
        self._way = linked(url, client, timeout_s, pause_s)
        self._prefix = checked_prefix(self.config.key_prefix)
        self._allows = on_outage == "allow"
        self._telling = Telling()

    def reserving(self, user_id: str, tokens: int) -> Flow[Reservation]:
        """The flow behind `reserve` and `areserve`, for flows that reserve on their way."""
        try:
            granted, remaining, wait, ticket = yield from self._asked("take", user_id, tokens)
        except ServiceError as error:
            return self._without(error, user_id, tokens)
        later = None if wait < 0 else wait / MICROSECONDS
        return Reservation(
            self, user_id, tokens, granted=bool(granted), remaining=remaining, retry_after=later, ticket=ticket
        )  # fmt: skip

    def settling(self, reservation: Reservation, actual: int) -> Flow[None]:
        """Count `actual` tokens in the place of a reservation. In an outage what was set aside stays counted."""
        if not reservation.ticket:  # an outage has granted it: it was counted nowhere
            return
        try:
            yield from self._asked("settle", reservation.user_id, reservation.ticket, actual)
        except ServiceError as error:
            self._telling.failed(error, "What was set aside for a request stays counted until its window is over.")

    def telling(self, user_id: str) -> Flow[int]:
        """The flow behind `get_remaining` and `aget_remaining`."""
        try:
            _, remaining, _, _ = yield from self._asked("tell", user_id)
        except ServiceError as error:
            return self._without(error, user_id, 0).remaining
        return remaining

    def resetting(self, user_id: str) -> Flow[None]:
        """The flow behind `reset` and `areset`. Raises ServiceError in an outage."""
        yield from send(self._way, Script("return redis.call('DEL', KEYS[1])", (self._key(user_id),), ()))

    def close(self) -> None:
        """Let go of the connections. The next use opens them again."""
        self._way.close()

    async def aclose(self) -> None:
        """Let go of the connections. The next use opens them again."""
        await self._way.aclose()

    def _asked(self, what: str, user_id: str, *more: str | int) -> Flow[tuple[int, int, int, str]]:
        config = self.config
        script = SLIDING if config.kind == "sliding" else BUCKET
        words = (what, config.max_tokens_per_minute, config.window, *more)
        granted, remaining, wait, ticket = yield from send(self._way, Script(script, (self._key(user_id),), words))
        self._telling.worked()
        return granted, remaining, int(wait), as_text(ticket)

    def _key(self, user_id: str) -> str:
        # The kind of window stands in each key, so that no user of one prefix is a kind of another.
        return key_of(self._prefix, self.config.kind, user_id)

    def _without(self, error: ServiceError, user_id: str, tokens: int) -> Reservation:
        """What is decided in an outage. A refusal would last, so that nobody would be limited any more: it is raised."""
        if error.refused:
            raise error
        instead = "Requests are allowed without a count." if self._allows else "Requests are refused until it is back."
        self._telling.failed(error, instead)
        left = max(0, self.config.max_tokens_per_minute - tokens) if self._allows else 0
        return Reservation(self, user_id, tokens, granted=self._allows, remaining=left, retry_after=1.0, ticket="")

    def __repr__(self) -> str:
        return f"RedisRateLimiter({self.in_words}, at {self._way.place})"


def _refuse_inexact(config: RateLimitConfig) -> None:
    """What a script would round: its numbers are floats. A bucket is counted in tokens times steps of a second or less."""
    steps = math.ceil(config.window / MICROSECONDS) if config.kind == "bucket" else 1
    if max(config.max_tokens_per_minute * steps, config.window) > _WHOLE:
        msg = (
            f"max_tokens_per_minute={config.max_tokens_per_minute:,} with window_s={config.window_s:g} is more than a server "
            f"counts exactly. Take a window of at most {_WHOLE / MICROSECONDS:.2g} s, and at this length at most "
            f"{_WHOLE // steps:,} tokens."
        )
        raise UsageError(msg)

"""What limiters share: each operation once as a flow, a shell for either colour, and the reservations. Kind: flow."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.limiting.settings import RateLimitConfig, checked_tokens, checked_user


class Reservation:
    """Tokens that a limiter has set aside for a user, or a refusal: it is true where they were `granted`.

    `remaining` is how many the user may still take, `retry_after` the seconds after which as many may be had (None: never, since
    more were asked for than there are in a window). Tell the limiter with `settle` what was really used; until then, and where
    nobody tells, what was set aside counts.
    """

    __slots__ = ("_limiter", "_open", "_turn", "granted", "remaining", "retry_after", "ticket", "tokens", "user_id")

    def __init__(
        self,
        limiter: Limiter,
        user_id: str,
        tokens: int,
        *,
        granted: bool,
        remaining: int,
        retry_after: float | None,
        ticket: str,
    ) -> None:
        self._limiter = limiter
        self.user_id, self.tokens = user_id, tokens
        self.granted, self.remaining, self.retry_after = granted, remaining, retry_after
        self.ticket = ticket
        self._open = granted
        self._turn = threading.Lock()

    def settle(self, actual_tokens: int) -> None:
        """Count `actual_tokens` in the place of what was set aside: 0 gives all of it back. Only the first time counts.

        More than was set aside is counted too, since it was used: the user's next requests wait for it. Raises UsageError for a
        number below 0.
        """
        SyncDriver().run(self.settling(actual_tokens))

    async def asettle(self, actual_tokens: int) -> None:
        """Count `actual_tokens` in the place of what was set aside: 0 gives all of it back. Only the first time counts."""
        await AsyncDriver().run(self.settling(actual_tokens))

    def settling(self, actual_tokens: int) -> Flow[None]:
        """The flow behind `settle` and `asettle`."""
        actual = checked_tokens(actual_tokens, least=0, name="actual_tokens")
        with self._turn:
            was_open, self._open = self._open, False
        if was_open and actual != self.tokens:
            yield from self._limiter.settling(self, actual)

    def __bool__(self) -> bool:
        return self.granted

    def __repr__(self) -> str:
        if self.granted:
            return f"Reservation({self.user_id!r}, {self.tokens:,} tokens, {self.remaining:,} left)"
        later = "never: it is more than a window has" if self.retry_after is None else f"in {self.retry_after:.3g} s"
        return f"Reservation({self.user_id!r}, {self.tokens:,} tokens refused, {self.remaining:,} left, {later})"


class Limiter(ABC):
    """What `RateLimiter` and `RedisRateLimiter` share; users make one of them. `config` is what it was made with."""

    def __init__(self, config: RateLimitConfig | None) -> None:
        self.config = config or RateLimitConfig()

    @abstractmethod
    def reserving(self, user_id: str, tokens: int) -> Flow[Reservation]:
        """The flow behind `reserve` and `areserve`, for flows that reserve on their way."""
        ...

    @abstractmethod
    def settling(self, reservation: Reservation, actual: int) -> Flow[None]:
        """Count `actual` tokens in the place of a reservation that is granted and was not settled."""
        ...

    @abstractmethod
    def telling(self, user_id: str) -> Flow[int]:
        """The flow behind `get_remaining` and `aget_remaining`."""
        ...

    @abstractmethod
    def resetting(self, user_id: str) -> Flow[None]:
        """The flow behind `reset` and `areset`."""
        ...

    def check_and_consume(self, user_id: str, tokens: int = 1) -> bool:
        """Whether `user_id` may take `tokens` more. They are counted if so, and nothing is if not.

        Raises UsageError for less than one token, and for a user without a name.
        """
        return self.reserve(user_id, tokens).granted

    async def acheck_and_consume(self, user_id: str, tokens: int = 1) -> bool:
        """Whether `user_id` may take `tokens` more. They are counted if so, and nothing is if not."""
        return (await self.areserve(user_id, tokens)).granted

    def reserve(self, user_id: str, tokens: int) -> Reservation:
        """Set aside the most `tokens` that a request of `user_id` may take, if they fit. Settle it with what was used.

        A reservation that is refused is false, and says when to try again. Raises as `check_and_consume` does.
        """
        return SyncDriver().run(self.reserving(checked_user(user_id), checked_tokens(tokens)))

    async def areserve(self, user_id: str, tokens: int) -> Reservation:
        """Set aside the most `tokens` that a request of `user_id` may take, if they fit. Settle it with what was used."""
        return await AsyncDriver().run(self.reserving(checked_user(user_id), checked_tokens(tokens)))

    def get_remaining(self, user_id: str) -> int:
        """How many tokens `user_id` may take now."""
        return SyncDriver().run(self.telling(checked_user(user_id)))

    async def aget_remaining(self, user_id: str) -> int:
        """How many tokens `user_id` may take now."""
        return await AsyncDriver().run(self.telling(checked_user(user_id)))

    def reset(self, user_id: str) -> None:
        """Forget what `user_id` has taken. Nobody else is touched, whatever characters the name has."""
        SyncDriver().run(self.resetting(checked_user(user_id)))

    async def areset(self, user_id: str) -> None:
        """Forget what `user_id` has taken. Nobody else is touched, whatever characters the name has."""
        await AsyncDriver().run(self.resetting(checked_user(user_id)))

    def close(self) -> None:  # noqa: B027  (a limiter in the process holds nothing)
        """Give back what the limiter holds. The next use opens it again."""

    async def aclose(self) -> None:  # noqa: B027  (as above)
        """Give back what the limiter holds. The next use opens it again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    @property
    def in_words(self) -> str:
        """The limit: "5,000 tokens in 60 s, sliding"."""
        return f"{self.config.max_tokens_per_minute:,} tokens in {self.config.window_s:g} s, {self.config.kind}"

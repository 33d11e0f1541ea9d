"""A cache of exact repetitions that a whole fleet shares."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, cast

from racto_nb.cache.exact import ExactCache, keeping
from racto_nb.cache.keeping import Kept
from racto_nb.cache.keys import checked_seconds, checked_size, key_of
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look
from racto_nb.exceptions import ServiceError, UsageError
from racto_nb.models.response import LLMResponse
from racto_nb.redis.answers import RedisStore
from racto_nb.redis.connecting import linked
from racto_nb.redis.places import DEFAULT_URL, checked_prefix

__all__ = ["RedisExactCache"]


class RedisExactCache(ExactCache):
    """Gives the known answer to a question that was asked before by anyone who shares the server: a drop-in for ExactMatchCache.

    `ttl_seconds` is how long an answer is kept (None: for ever), parts of a second included; answers lie under `key_prefix`. How
    many there may be is mostly the server's matter (`maxmemory`); with `max_size` (0: no limit) the cache itself drops those that
    were not used for longest, which needs all keys on one server. Questions with a temperature pass by, unless `samples=True`.

    `url` may be `rediss://` for TLS and hold a user and a password; objects with the same `url` share their connections. `client`
    is a client of your own in its place. The server is given `timeout_s` seconds; one that did not answer is left alone for
    `pause_s`. While it cannot be reached, or an entry is damaged, nothing is known and nothing is kept, with one CacheWarning;
    `clear`, `invalidate` and `len` raise ServiceError then.
    Hits and misses are counted in this process. Raises MissingExtraError without redis-py.
    """

    _store: RedisStore

    def __init__(
        self,
        *,
        url: str = DEFAULT_URL,
        client: Any | None = None,
        ttl_seconds: float | None = None,
        key_prefix: str = "racto_nb:exact",
        max_size: int = 0,
        samples: bool = False,
        timeout_s: float = 1.0,
        pause_s: float = 1.0,
    ) -> None:
        size, ttl = checked_size(max_size), checked_seconds(ttl_seconds)
        self._way = linked(url, client, timeout_s, pause_s)
        super().__init__(RedisStore(self._way, checked_prefix(key_prefix), size, ttl), samples=samples)

    async def aget(
        self,
        user_message: str,
        system_prompt: str | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> LLMResponse | None:
        """The answer that was `put` under a key, or under five parts of a question; None where there is none."""
        try:
            known = await self._store.asend(Look(key_of(user_message, system_prompt, model, temperature, max_tokens)))
        except (ServiceError, ValueError) as error:
            known = self._missed(error)
        return self._given(cast("Kept | None", known))

    async def aput(  # noqa: PLR0917  (as documented)
        self,
        user_message: str,
        system_prompt: str | LLMResponse | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        response: LLMResponse | None = None,
    ) -> None:
        """Keep a copy of `response` under a key, or under five parts of a question. Whatever is given is kept, whole or not."""
        request = keeping(user_message, system_prompt, model, temperature, max_tokens, response)
        try:
            await self._store.asend(request)
        except ServiceError as error:
            self._warn("keep an answer", error)

    async def ainvalidate(
        self,
        user_message: str,
        system_prompt: str | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> bool:
        """Remove one answer. Returns whether there was one."""
        return bool(await self._store.asend(Forget(key_of(user_message, system_prompt, model, temperature, max_tokens))))

    async def aclear(self) -> None:
        """Remove all answers, and begin to count anew."""
        await self._store.asend(Clear())
        self._count_anew()

    async def alen(self) -> int:
        """The number of answers that are kept: what `len(cache)` says."""
        return cast("int", await self._store.asend(Count()))

    def close(self) -> None:
        """Let go of the connections. The next use opens them again."""
        self._way.close()

    async def aclose(self) -> None:
        """Let go of the connections. The next use opens them again."""
        await self._way.aclose()

    def _looked_up(self, key: str) -> Kept | None:
        try:
            return super()._looked_up(key)
        except (ServiceError, ValueError) as error:
            return self._missed(error)

    def _put(self, request: Keep) -> None:
        try:
            super()._put(request)
        except ServiceError as error:
            self._warn("keep an answer", error)

    def _missed(self, error: Exception) -> None:
        """Tell that nothing could be looked up. What is wrong with the question itself is raised."""
        if isinstance(error, UsageError):
            raise error
        self._warn("look an answer up", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        store = self._store
        size = f", max_size={store.max_size}" if store.max_size else ""
        return f"RedisExactCache(at {self._way.place}, ttl_seconds={store.ttl}, key_prefix={store.prefix!r}{size})"

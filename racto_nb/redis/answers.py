"""The answers of an exact cache on a server. Kind: flow, behind the port of such a cache."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Never, cast

from racto_nb.cache.keeping import Kept, read, written
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look, StoreReply, StoreRequest
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.threads import no_streams
from racto_nb.redis.connecting import Command, Scan, Script, Way, as_bytes
from racto_nb.redis.places import is_under, key_of, milliseconds, pattern_of
from racto_nb.redis.scripts import REMEMBER_USE

_A_PIECE = 500
_USES = "uses of keys"
"""A name that no key of an answer is: theirs hold no space."""


class RedisStore:
    """Answers under `prefix`, each for `ttl` seconds (None: for ever), at most `max_size` of them (0: no limit)."""

    def __init__(self, way: Way, prefix: str, max_size: int, ttl: float | None) -> None:
        self.way, self.prefix, self.max_size, self.ttl = way, prefix, max_size, ttl

    def send(self, request: StoreRequest) -> StoreReply:
        """Perform one request."""
        return SyncDriver().run(self._performed(request))

    async def asend(self, request: StoreRequest) -> StoreReply:
        """Perform one request."""
        return await AsyncDriver().run(self._performed(request))

    def _performed(self, request: StoreRequest) -> Flow[StoreReply]:
        match request:
            case Look(key):
                return (yield from self._look(key))
            case Keep(key, known):
                yield from self._keep(key, known)
                return None
            case Forget(key):
                return (yield from self._deleted([key_of(self.prefix, key)]))
            case Clear():
                yield from self._deleted((yield from self._keys()))
                if self.max_size:
                    yield from send(self.way, Command(("DEL", self._uses)))
                return None
            case Count():
                return len((yield from self._keys()))

    def _look(self, key: str) -> Flow[Kept | None]:
        if self.max_size:
            found = yield from self._used(key, b"")
        else:
            found = yield from send(self.way, Command(("GET", key_of(self.prefix, key))))
        if not found:
            return None
        moment, _, answer = as_bytes(found).partition(b" ")
        return read(answer, float(moment))

    def _keep(self, key: str, known: Kept) -> Flow[None]:
        value = b"%r %s" % (known.stored_at, written(known))
        if self.max_size:
            yield from self._used(key, value)
            return
        lasting = () if self.ttl is None else ("PX", self._milliseconds())
        yield from send(self.way, Command(("SET", key_of(self.prefix, key), value, *lasting)))

    def _used(self, key: str, value: bytes) -> Flow[str | bytes | None]:
        lasting = "" if self.ttl is None else self._milliseconds()
        script = Script(REMEMBER_USE, (key_of(self.prefix, key), self._uses), (value, lasting, self.max_size))
        found: str | bytes | None = yield from send(self.way, script)
        return found

    def _deleted(self, keys: Sequence[str]) -> Flow[int]:
        """How many of `keys` there were. In pieces: a server does nothing else while it deletes."""
        removed = 0
        for begin in range(0, len(keys), _A_PIECE):
            removed += cast("int", (yield from send(self.way, Command(("DEL", *keys[begin : begin + _A_PIECE])))))
        return removed

    def _keys(self) -> Flow[list[str]]:
        found: list[str] = yield from send(self.way, Scan(pattern_of(self.prefix)))
        return [key for key in found if is_under(self.prefix, key) and key != self._uses]

    @property
    def _uses(self) -> str:
        return f"{self.prefix}:{_USES}"

    def _milliseconds(self) -> int:
        return milliseconds(self.ttl or 0.0)

    def open(self, request: StoreRequest) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: StoreRequest) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

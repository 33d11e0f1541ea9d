"""Requests to a server, over connections that all objects with one address share. Kind: both colours."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, Never
from weakref import WeakSet, WeakValueDictionary

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.pooling import ClientPool
from racto_nb.flow.threads import in_thread, no_streams
from racto_nb.redis.opening import RedisOpening, is_asynchronous, is_cluster, is_failure, is_silence, is_unknown_script, ours
from racto_nb.redis.pausing import Pause
from racto_nb.redis.places import checked_url, place_of


@dataclass(frozen=True, slots=True)
class Command:
    """Answer with the server's reply to the command of these parts."""

    parts: tuple[str | bytes | int, ...]


@dataclass(frozen=True)
class Script:
    """Answer with what the Lua script `text` returns: it runs on the server in one step."""

    text: str
    keys: tuple[str, ...]
    arguments: tuple[str | bytes | int, ...]

    @cached_property
    def by_hash(self) -> tuple[str | bytes | int, ...]:
        """The command that names the script by its hash."""
        return ("EVALSHA", _hash_of(self.text), len(self.keys), *self.keys, *self.arguments)

    @property
    def whole(self) -> tuple[str | bytes | int, ...]:
        """The command that brings the script along."""
        return ("EVAL", self.text, len(self.keys), *self.keys, *self.arguments)


@dataclass(frozen=True, slots=True)
class Scan:
    """Answer with the keys that match `pattern`, as texts. Looks at all keys of the database, some at a time."""

    pattern: str


RedisRequest = Command | Script | Scan
_A_SCAN = 1_000


class Server:
    """The server at one address, and its connections. One object for all that use the same address."""

    def __init__(self, url: str, timeout: float, pause: float) -> None:
        self.place = place_of(url)
        self.pause = Pause(pause)
        self.pool = ClientPool(RedisOpening(url, timeout))
        self.users: WeakSet[Link] = WeakSet()


_SERVERS: WeakValueDictionary[tuple[str, float, float], Server] = WeakValueDictionary()
"""Those in use, by address: connections belong to the process, and a cache, a limiter and a memory shall share them."""
_TURN = threading.Lock()


def linked(url: object, client: object, timeout: object, pause: object = 1.0) -> Link | GivenClient:
    """The way to a server: the user's own `client`, or connections to `url` that others with the same address share."""
    seconds, resting = checked_timeout(timeout), checked_pause(pause)
    if client is not None:
        return GivenClient(client, Pause(resting))
    known = (checked_url(url), seconds, resting)
    with _TURN:
        if (server := _SERVERS.get(known)) is None:
            server = _SERVERS[known] = Server(*known)
    return Link(server)


def checked_timeout(seconds: object) -> float:
    """`seconds` itself: how long a reply may take, more than 0."""
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        msg = f"timeout_s is a number of seconds, not {seconds!r:.80}."
        raise WrongTypeError(msg)
    if not math.isfinite(seconds) or seconds <= 0:
        msg = f"timeout_s is more than 0 seconds, not {seconds!r}."
        raise UsageError(msg)
    return float(seconds)


def checked_pause(seconds: object) -> float:
    """`seconds` itself: how long a server that did not answer is left alone, 0 or more."""
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        msg = f"pause_s is a number of seconds, not {seconds!r:.80}."
        raise WrongTypeError(msg)
    if not math.isfinite(seconds) or seconds < 0:
        msg = f"pause_s is 0 seconds or more, not {seconds!r}."
        raise UsageError(msg)
    return float(seconds)


class _NoStreams:
    def open(self, request: RedisRequest) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: RedisRequest) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)


class Link(_NoStreams):
    """One user of a server's connections. They are closed when the last one lets go; the next request opens them again."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.place = server.place
        self._pause = server.pause

    def send(self, request: RedisRequest) -> Any:
        """The reply to `request`. Raises ServiceError where the server cannot be had, or refuses."""
        self._pause.check(self.place)
        held = self._pool().take()
        try:
            return _performed(held.client, request, self._pause)
        except Exception as error:  # noqa: BLE001  (raised as ours)
            raise _told(error, self.place, self._pause) from None
        finally:
            self._server.pool.give_back(held)

    async def asend(self, request: RedisRequest) -> Any:
        """The reply to `request`. Raises ServiceError where the server cannot be had, or refuses."""
        self._pause.check(self.place)
        held = await self._pool().atake()
        try:
            return await _aperformed(held.client, request, self._pause)
        except Exception as error:  # noqa: BLE001  (raised as ours)
            raise _told(error, self.place, self._pause) from None
        finally:
            await self._server.pool.agive_back(held)

    def close(self) -> None:
        """Let go of the connections."""
        if self._let_go():
            self._server.pool.close()

    async def aclose(self) -> None:
        """Let go of the connections, those of the running loop too."""
        if self._let_go():
            await self._server.pool.aclose()

    def _pool(self) -> ClientPool:
        self._server.users.add(self)
        return self._server.pool

    def _let_go(self) -> bool:
        self._server.users.discard(self)
        return not self._server.users


class GivenClient(_NoStreams):
    """A client that the user has made, and closes. A synchronous one is used beside an event loop in threads."""

    def __init__(self, client: Any, pause: Pause) -> None:
        if not callable(getattr(client, "execute_command", None)):
            msg = f"client is a redis.Redis, or another client with its methods, or None; not {type(client).__name__}."
            raise WrongTypeError(msg)
        if is_cluster(client):
            msg = (
                f"client is one of a cluster ({type(client).__name__}), which cannot be used: what belongs together must be on "
                "one server. Give a redis.Redis of a server, or a url."
            )
            raise UsageError(msg)
        self._client = client
        self._is_asynchronous = is_asynchronous(client)
        self.place = "the client you gave"
        self._pause = pause

    def send(self, request: RedisRequest) -> Any:
        """The reply to `request`. Raises UsageError for an asynchronous client, which belongs to its event loop."""
        if self._is_asynchronous:
            msg = "The client you gave is one of redis.asyncio. Use the methods with an `a` before their name, or give a url."
            raise UsageError(msg)
        self._pause.check(self.place)
        try:
            return _performed(self._client, request, self._pause)
        except Exception as error:  # noqa: BLE001  (raised as ours)
            raise _told(error, self.place, self._pause) from None

    async def asend(self, request: RedisRequest) -> Any:
        """The reply to `request`."""
        if not self._is_asynchronous:
            return await in_thread(self.send, request)
        self._pause.check(self.place)
        try:
            return await _aperformed(self._client, request, self._pause)
        except Exception as error:  # noqa: BLE001  (raised as ours)
            raise _told(error, self.place, self._pause) from None

    def close(self) -> None:
        """The client is the user's to close."""

    async def aclose(self) -> None:
        """The client is the user's to close."""


Way = Link | GivenClient


def as_text(value: str | bytes) -> str:
    """A reply as text: a client with `decode_responses` has decoded it already."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def as_bytes(value: str | bytes) -> bytes:
    """A reply as bytes."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def _performed(client: Any, request: RedisRequest, pause: Pause) -> Any:
    reply = _sent(client, request)
    pause.end()
    return reply


async def _aperformed(client: Any, request: RedisRequest, pause: Pause) -> Any:
    reply = await _asent(client, request)
    pause.end()
    return reply


def _sent(client: Any, request: RedisRequest) -> Any:
    match request:
        case Command(parts):
            return client.execute_command(*parts)
        case Scan(pattern):
            return sorted({as_text(key) for key in client.scan_iter(match=pattern, count=_A_SCAN)})
        case Script():
            try:
                return client.execute_command(*request.by_hash)
            except Exception as error:
                if not is_unknown_script(error):
                    raise
            return client.execute_command(*request.whole)


async def _asent(client: Any, request: RedisRequest) -> Any:
    match request:
        case Command(parts):
            return await client.execute_command(*parts)
        case Scan(pattern):
            return sorted({as_text(key) async for key in client.scan_iter(match=pattern, count=_A_SCAN)})
        case Script():
            try:
                return await client.execute_command(*request.by_hash)
            except Exception as error:
                if not is_unknown_script(error):
                    raise
            return await client.execute_command(*request.whole)


def _told(error: Exception, place: str, pause: Pause) -> Exception:
    if not is_failure(error):
        return error
    if is_silence(error):
        pause.begin()
    else:
        pause.end()
    return ours(error, place)


def _hash_of(text: str) -> str:
    if (known := _HASHES.get(text)) is None:
        known = _HASHES[text] = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return known


_HASHES: dict[str, str] = {}
"""The name of each script at a server, which is its SHA-1."""

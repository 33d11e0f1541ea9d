"""The port of every provider behind HTTP: pooled clients, deadlines, bodies in pieces. Kind: both colours.

What is a provider's own (its library, addresses, headers) is its `Service`. Requests go out and bodies come in as bytes; the wire
reads them. Retries are the flow's, so the libraries do none.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, ref

import msgspec

from racto_nb.exceptions import MissingExtraError, UsageError
from racto_nb.providers.connecting import Deadline, failure_of, until, without_key
from racto_nb.providers.failures import HttpFailure, Refused, Unreadable
from racto_nb.providers.sse import EventReader, LineReader
from racto_nb.providers.wire import Request

T = TypeVar("T")
READERS = {"event-stream": EventReader, "ndjson": LineReader}
"""What a stream's content type holds, and what reads such a stream."""


class Service(Protocol):
    """A provider's library, as far as a port needs it. Clients and responses are the library's own objects.

    A response is handed over with its body unread; it has `headers`, `iter_bytes`, `close` and the asynchronous twins of httpx.
    """

    @property
    def base_url(self) -> str: ...

    @property
    def key(self) -> str: ...

    def client(self) -> Any:
        """A new synchronous client."""
        ...

    def async_client(self) -> Any:
        """A new asynchronous client."""
        ...

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`."""
        ...

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`."""
        ...

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        ...

    def refusal(self, error: Exception) -> Refused | None:
        """What the provider said, where `error` is its answer with an HTTP status that is one; else None."""
        ...


@dataclass(slots=True)
class _OnLoop:
    """What one event loop has: its client once it is open, and what closes that with the loop."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: Any = None
    guard: AsyncGenerator[None] | None = None


_Loops = WeakKeyDictionary[asyncio.AbstractEventLoop, _OnLoop]


@dataclass(slots=True)
class HttpPort:
    """Performs requests through `service`. Clients are opened at the first call and closed by `close` and `aclose`.

    With `lists` a whole reply may be a list. There is one client for each process, since a forked child must not share its
    parent's connections, and one for each loop.
    """

    service: Service = field(repr=False)
    lists: bool = False
    _sync: dict[int, Any] = field(default_factory=dict[int, Any], repr=False)
    _turns: dict[int, threading.Lock] = field(default_factory=dict[int, threading.Lock], repr=False)
    _async: _Loops = field(default_factory=_Loops, repr=False)

    @property
    def host(self) -> str:
        """Where requests go, without path and credentials."""
        return urlsplit(self.service.base_url).netloc.rpartition("@")[2]

    def send(self, request: Request) -> Any:
        """The JSON of one whole reply."""
        with self._answer(request) as (_, pieces):
            content = b"".join(pieces)
        return self._read(content)

    async def asend(self, request: Request) -> Any:
        """The JSON of one whole reply."""
        async with _AsyncAnswer(self, request) as answer:
            content = await answer.whole()
        return self._read(content)

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        with self._answer(request) as (headers, pieces):
            yield self._events(pieces, headers)

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        return _AsyncAnswer(self, request)

    def close(self) -> None:
        """Close the synchronous client. The next call opens another."""
        with self._turn():
            client = self._sync.pop(os.getpid(), None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the synchronous client and the one of the running loop. The next call opens another."""
        self.close()
        held = self._async.pop(asyncio.get_running_loop(), None)
        if held is not None and held.guard is not None:
            await held.guard.aclose()

    @contextmanager
    def _answer(self, request: Request) -> Generator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """The headers and the pieces of the body. Leaving the context hangs up.

        Whole replies too are read in pieces: so it is known that an answer had begun, and the deadline holds for all of it.
        """
        client, began = self._client(), time.monotonic()
        try:
            response = self.service.posted(client, request)
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self.failure(error) from None
        left = None if request.timeout is None else request.timeout - (time.monotonic() - began)
        try:
            with Deadline(left, response) as deadline:
                yield response.headers, until(deadline, response.iter_bytes(), self.host)
        finally:
            response.close()

    def _events(self, pieces: Iterator[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
        reader = self.reader(headers)
        for piece in pieces:
            yield from reader.feed(piece)

    def reader(self, headers: Mapping[str, str]) -> EventReader | LineReader:
        """What reads the events of an answer with these headers. Raises Unreadable where it is no stream."""
        kind = headers.get("content-type", "")
        for name, reader in READERS.items():
            if name in kind:
                return reader()
        message = f"{kind or 'no content type'} in place of a stream of events"
        raise Unreadable(message, host=self.host)

    def _read(self, content: bytes) -> Any:
        try:
            reply: object = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            reply = None
        if not isinstance(reply, dict) and not (self.lists and isinstance(reply, list)):
            message = f"no JSON object but {without_key(content[:80].decode(errors='replace'), self.service.key)!r}"
            raise Unreadable(message, host=self.host)
        return reply  # pyright: ignore[reportUnknownVariableType]

    def _turn(self) -> threading.Lock:
        # One for each process: a child that was forked while a thread held its parent's would wait for ever.
        return self._turns.setdefault(os.getpid(), threading.Lock())

    def _client(self) -> Any:
        if (client := self._sync.get(os.getpid())) is None:
            with self._turn():
                if (client := self._sync.get(os.getpid())) is None:
                    client = self._sync[os.getpid()] = self._opened(self.service.client)
        return client

    async def async_client(self) -> Any:
        """The client of the running loop, opened at its first call."""
        loop = asyncio.get_running_loop()
        if (held := self._async.get(loop)) is None:
            for other in [found for known in self._async.keyrefs() if (found := known()) is not None and found.is_closed()]:
                self._async.pop(other, None)
            held = self._async[loop] = _OnLoop()
        if held.client is None:
            async with held.turn:
                if held.client is None:
                    # In a thread: importing the SDK and reading certificates takes a second, in which the loop shall go on.
                    client = await asyncio.to_thread(self._opened, self.service.async_client)
                    held.guard = _closed_with_loop(self.service, client, ref(self._async))
                    await anext(held.guard)
                    held.client = client
        return held.client

    def _opened(self, new: Callable[[], T]) -> T:
        try:
            return new()
        except MissingExtraError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever the library raises, its text says what is wrong)
            why = without_key(f"{type(error).__name__}: {error}", self.service.key)
            message = (
                f"No client for {self.host} could be opened ({why}). Look at base_url= and at the proxies in the environment."
            )
            raise UsageError(message) from None

    def failure(self, error: Exception, *, answering: bool = False) -> Exception:
        """The failure an error of the library stands for; the error itself where it is none of these."""
        if isinstance(error, HttpFailure):
            return error
        return self.service.refusal(error) or failure_of(error, host=self.host, answering=answering) or error


class _AsyncAnswer:
    """The answer to one request: read whole, or as the events of a stream. Leaving the context hangs up.

    A class and no generators: a loop that ends closes all of these at once, also one that another is closing at that moment,
    which is an error. That would be every `break` in an `async for`.
    """

    def __init__(self, port: HttpPort, request: Request) -> None:
        self._port = port
        self._request = request
        self._ready: deque[bytes] = deque()
        self._reader: EventReader | LineReader | None = None

    async def __aenter__(self) -> Self:
        port, request = self._port, self._request
        client, loop = await port.async_client(), asyncio.get_running_loop()
        self._deadline = None if request.timeout is None else loop.time() + request.timeout
        try:
            async with asyncio.timeout_at(self._deadline):
                self._response: Any = await port.service.aposted(client, request)
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise port.failure(error) from None
        self._pieces: AsyncIterator[bytes] = aiter(self._response.aiter_bytes())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._response.aclose()

    async def whole(self) -> bytes:
        """All of the body."""
        return await self._in_time(self._response.aread())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._reader is None:
            self._reader = self._port.reader(self._response.headers)
        while not self._ready:
            piece = await self._in_time(anext(self._pieces, None))
            if piece is None:
                raise StopAsyncIteration
            self._ready.extend(self._reader.feed(piece))
        return self._ready.popleft()

    async def _in_time(self, reading: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await reading
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._port.failure(error, answering=True) from None


async def _closed_with_loop(service: Service, client: Any, loops: ref[_Loops]) -> AsyncGenerator[None]:
    """An async generator that only waits: the loop closes it before it ends, and when the port is dropped."""
    try:
        yield
    finally:
        if (known := loops()) is not None:
            known.pop(asyncio.get_running_loop(), None)
        await service.aclosed(client)


def encoded(request: Request) -> bytes:
    """The body of `request`. Raises UsageError: only `extra`, tool schemas and file names can hold what JSON cannot."""
    try:
        return msgspec.json.encode(request.arguments)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        where = "Look at `extra`, the tools and the names of files. Nothing was sent."
        message = f"This request cannot be written as JSON ({error}). {where}"
        raise UsageError(message) from None

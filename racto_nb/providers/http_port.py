"""The port of every provider behind HTTP: pooled clients, deadlines, bodies in pieces. Kind: both colours.

What is a provider's own (its library, addresses, headers) is its `Service`. Requests go out and bodies come in as bytes; the wire
reads them. Retries are the flow's, so the libraries do none.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import msgspec

from racto_nb.exceptions import MissingExtraError, UsageError
from racto_nb.flow.pooling import ClientPool
from racto_nb.providers.connecting import Deadline, failure_of, until, without_key
from racto_nb.providers.failures import Dropped, HttpFailure, Unreachable, Unreadable
from racto_nb.providers.given import GivenClients
from racto_nb.providers.service import Service
from racto_nb.providers.sse import EventReader, LineReader, Reader
from racto_nb.providers.wire import Request

T = TypeVar("T")
READERS: Mapping[str, Callable[[], Reader]] = {"event-stream": EventReader, "ndjson": LineReader}
"""What a stream's content type holds, and what reads such a stream."""
LIBRARIES = frozenset({"anthropic", "httpcore", "httpcore2", "httpx", "httpx2", "openai"})
"""Whose errors stay inside the port, whatever they are."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """A service's clients, with what goes wrong when one is opened said in our words."""

    service: Service
    host: str
    given: GivenClients

    def opened(self) -> Any:
        return self._said(self.service.client, self.given.for_sync())

    def opened_async(self) -> Any:
        return self._said(self.service.async_client, self.given.for_async())

    def closed(self, client: Any) -> None:
        if self.given.sync is None:
            client.close()

    async def aclosed(self, client: Any) -> None:
        if self.given.asynchronous is None:
            await self.service.aclosed(client)

    def _said(self, new: Callable[[Any], T], http_client: Any) -> T:
        try:
            return new(http_client)
        except MissingExtraError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever the library raises, its text says what is wrong)
            why = without_key(f"{type(error).__name__}: {error}", self.service.key)
            hint = "Look at base_url= and at the proxies in the environment."
            message = f"No client for {self.host} could be opened ({why}). {hint}"
            raise UsageError(message) from None


@dataclass(slots=True)
class HttpPort:
    """Performs requests through `service`. Clients are opened at the first call and closed by `close` and `aclose`.

    A try ends with its timeout: in asynchronous calls as a whole; in synchronous ones the time until the answer begins is
    measured from byte to byte, since a blocked read cannot be stopped before there is an answer whose socket could be shut down.
    `readers` are the kinds of streams that the provider has. With `lists` a whole reply may be a list. `given` are clients of the
    user's, which are used and never closed.
    """

    service: Service = field(repr=False)
    readers: Mapping[str, Callable[[], Reader]] = field(default_factory=lambda: READERS, repr=False)
    lists: bool = False
    given: GivenClients = field(default_factory=GivenClients, repr=False)
    pool: ClientPool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pool = ClientPool(_Opening(self.service, self.host, self.given))

    @property
    def host(self) -> str:
        """Where requests go, without path and credentials."""
        return urlsplit(self.service.base_url).netloc.rpartition("@")[2]

    @property
    def address(self) -> str:
        """Where requests go, as host and path, without credentials."""
        return self.host + urlsplit(self.service.base_url).path.rstrip("/")

    def send(self, request: Request) -> Any:
        """The JSON of one whole reply, or its headers where `request` reads these."""
        with self._answer(request) as (headers, pieces):
            content = b"".join(pieces)
        return dict(headers) if request.reads == "headers" else self._read(content)

    async def asend(self, request: Request) -> Any:
        """The JSON of one whole reply, or its headers where `request` reads these."""
        async with _AsyncAnswer(self, request) as answer:
            content = await answer.whole()
        return answer.headers if request.reads == "headers" else self._read(content)

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        with self._answer(request) as (headers, pieces):
            yield self._events(pieces, self.reader(headers, request))

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        return _AsyncAnswer(self, request)

    def close(self) -> None:
        """Close the synchronous client, after the calls that use it. The next call opens another."""
        self.pool.close()

    async def aclose(self) -> None:
        """Close the synchronous client and the one of the running loop, after the calls that use them."""
        await self.pool.aclose()

    @contextmanager
    def _answer(self, request: Request) -> Generator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """The headers and the pieces of the body. Leaving the context hangs up.

        Whole replies too are read in pieces: so it is known that an answer had begun, and the deadline holds for all of it.
        """
        held = self.pool.take()
        try:
            response, left = self._begun(held.client, request)
            try:
                with Deadline(left, response) as deadline:
                    yield response.headers, until(deadline, response.iter_bytes(), self.host)
            finally:
                response.close()
        finally:
            self.pool.give_back(held)

    def _begun(self, client: Any, request: Request) -> tuple[Any, float | None]:
        """The response, and the seconds left for it."""
        began = time.monotonic()
        try:
            response = self.service.posted(client, request)
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self.failure(error) from None
        return response, None if request.timeout is None else request.timeout - (time.monotonic() - began)

    def _events(self, pieces: Iterator[bytes], reader: Reader) -> Iterator[bytes]:
        for piece in pieces:
            yield from reader.feed(piece)
        yield from reader.end()

    def reader(self, headers: Mapping[str, str], request: Request) -> Reader:
        """What reads the events of an answer with these headers. Raises Unreadable where it is no stream."""
        if request.reads == "lines":
            return LineReader()
        kind = headers.get("content-type", "").lower()
        for name, reader in self.readers.items():
            if name in kind:
                return reader()
        message = f"{kind or 'no content type'} in place of a stream of events"
        raise Unreadable(message, host=self.host)

    def _read(self, content: bytes) -> Any:
        try:
            reply: object = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            reply = None
        if not isinstance(reply, dict) and not (self.lists and isinstance(reply, list)):
            message = f"no JSON object but {without_key(content[:80].decode(errors='replace'), self.service.key)!r}"
            raise Unreadable(message, host=self.host)
        return reply  # pyright: ignore[reportUnknownVariableType]

    def failure(self, error: Exception, *, answering: bool = False) -> Exception:
        """The failure an error of the library stands for; the error itself where it is none of these."""
        if isinstance(error, HttpFailure):
            return error
        known = self.service.refusal(error) or failure_of(error, host=self.host, answering=answering)
        return known or self._unknown(error, answering=answering)

    def _unknown(self, error: Exception, *, answering: bool) -> Exception:
        """What stands for an error that is none of the known ones. Those of libraries hold the request with its key."""
        cause = error.__cause__ or error
        text = without_key(f"{type(cause).__name__}: {cause}", self.service.key)
        if self.given.any and isinstance(cause, RuntimeError):
            message = (
                f"The http_client that was given cannot be used here: it is closed, or belongs to another event loop ({text})."
            )
            return UsageError(message)
        if isinstance(cause, OSError):
            return Dropped(text, answering=answering, host=self.host) if answering else Unreachable(text, host=self.host)
        if type(error).__module__.partition(".")[0] in LIBRARIES:
            return Dropped(text, answering=answering, host=self.host)
        return error


class _AsyncAnswer:
    """The answer to one request: read whole, or as the events of a stream. Leaving the context hangs up.

    A class and no generators: a loop that ends closes all of these at once, also one that another is closing at that moment,
    which is an error. That would be every `break` in an `async for`.
    """

    def __init__(self, port: HttpPort, request: Request) -> None:
        self._port = port
        self._request = request
        self._ready: deque[bytes] = deque()
        self._reader: Reader | None = None
        self._ended = False

    async def __aenter__(self) -> Self:
        port, request = self._port, self._request
        self._held = await port.pool.atake()
        loop = asyncio.get_running_loop()
        self._deadline = None if request.timeout is None else loop.time() + request.timeout
        try:
            async with asyncio.timeout_at(self._deadline):
                self._response: Any = await port.service.aposted(self._held.client, request)
        except BaseException as error:
            await port.pool.agive_back(self._held)
            if not isinstance(error, Exception):
                raise
            raise port.failure(error) from None
        self._pieces: AsyncIterator[bytes] = aiter(self._response.aiter_bytes())
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._response.aclose()
        finally:
            await self._port.pool.agive_back(self._held)

    @property
    def headers(self) -> dict[str, str]:
        """Those of the answer, in lower case."""
        return dict(self._response.headers)

    async def whole(self) -> bytes:
        """All of the body."""
        return await self._in_time(self._response.aread())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._reader is None:
            self._reader = self._port.reader(self._response.headers, self._request)
        while not self._ready:
            piece = await self._in_time(anext(self._pieces, None))
            if piece is None:
                if self._ended:
                    raise StopAsyncIteration
                self._ended = True
            self._ready.extend(self._reader.end() if piece is None else self._reader.feed(piece))
        return self._ready.popleft()

    async def _in_time(self, reading: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await reading
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._port.failure(error, answering=True) from None

"""OpenAI's port: one pooled SDK client per colour, raw bodies in and out. The one file that imports the SDK. Kind: both colours.

The SDK is used for what it knows best (addresses, headers, proxies, certificates, connections) through its documented way for
any endpoint (`client.post` with `cast_to=httpx2.Response`). Its typed objects are not: building them costs ten times as much as
reading a stream. Retries are the flow's, so the SDK does none.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec

from racto_nb._extras import requires
from racto_nb.providers.connecting import Deadline, asked_wait, failure_of, until, without_key
from racto_nb.providers.failures import HttpFailure, Refused, Unreadable
from racto_nb.providers.sse import EventReader
from racto_nb.providers.wire import Request

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 600.0
"""How long a server without a timeout of the caller's may say nothing."""


@dataclass(slots=True)
class OpenAIPort:
    """Performs requests on `base_url` with `key`. Clients are opened at the first call and closed by `close` and `aclose`."""

    base_url: str
    key: str = field(repr=False)
    _sync: dict[int, Any] = field(default_factory=dict[int, Any], repr=False)
    _async: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = field(
        default_factory=WeakKeyDictionary["asyncio.AbstractEventLoop", Any], repr=False
    )
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def host(self) -> str:
        """Where requests go, without path and credentials."""
        parts = urlsplit(self.base_url)
        return parts.netloc.rpartition("@")[2]

    def send(self, request: Request) -> dict[str, Any]:
        """The JSON of one whole reply."""
        client = self._client()
        try:
            response = client.post(request.operation, **_arguments(request))
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._failure(error) from None
        return self._read(response.content)

    async def asend(self, request: Request) -> dict[str, Any]:
        """The JSON of one whole reply."""
        client = await self._async_client()
        try:
            async with asyncio.timeout(request.timeout):
                response = await client.post(request.operation, **_arguments(request))
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._failure(error) from None
        return self._read(response.content)

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        client, began = self._client(), time.monotonic()
        try:
            response = client.post(request.operation, stream=True, **_arguments(request))
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._failure(error) from None
        left = None if request.timeout is None else request.timeout - (time.monotonic() - began)
        try:
            with Deadline(left, response) as deadline:
                yield self._events(until(deadline, response.iter_bytes(), self.host), response.headers)
        finally:
            response.close()

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The data of the events of one stream. Leaving the context hangs up."""
        client = await self._async_client()
        loop = asyncio.get_running_loop()
        deadline = None if request.timeout is None else loop.time() + request.timeout
        try:
            async with asyncio.timeout_at(deadline):
                response = await client.post(request.operation, stream=True, **_arguments(request))
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._failure(error) from None
        try:
            yield self._async_events(response, deadline)
        finally:
            await response.aclose()

    def close(self) -> None:
        """Close the synchronous client. The next call opens another."""
        with self._turn:
            client = self._sync.pop(os.getpid(), None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the synchronous client and the one of the running loop. The next call opens another."""
        self.close()
        held = self._async.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[1].aclose()

    def _events(self, pieces: Iterator[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
        reader = self._reader(headers)
        for piece in pieces:
            yield from reader.feed(piece)

    async def _async_events(self, response: Any, deadline: float | None) -> AsyncGenerator[bytes]:
        reader = self._reader(response.headers)
        pieces = aiter(response.aiter_bytes())
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    piece = await anext(pieces, None)
            except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
                raise self._failure(error, answering=True) from None
            if piece is None:
                return
            for event in reader.feed(piece):
                yield event

    def _reader(self, headers: Mapping[str, str]) -> EventReader:
        kind = headers.get("content-type", "")
        if "event-stream" not in kind:
            message = f"{kind or 'no content type'} in place of a stream of events"
            raise Unreadable(message, host=self.host)
        return EventReader()

    def _read(self, content: bytes) -> dict[str, Any]:
        try:
            reply: object = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            reply = None
        if not isinstance(reply, dict):
            message = f"no JSON object but {without_key(content[:80].decode(errors='replace'), self.key)!r}"
            raise Unreadable(message, host=self.host)
        return reply  # pyright: ignore[reportUnknownVariableType]

    def _client(self) -> Any:
        with self._turn:
            # By process: a forked child must not share its parent's connections.
            if (client := self._sync.get(os.getpid())) is None:
                client = self._sync[os.getpid()] = _sdk().OpenAI(**self._settings())
        return client

    async def _async_client(self) -> Any:
        loop = asyncio.get_running_loop()
        if (held := self._async.get(loop)) is None:
            client = _sdk().AsyncOpenAI(**self._settings())
            guard = self._closed_with_loop(client, loop)
            await anext(guard)
            held = self._async[loop] = client, guard
        return held[0]

    async def _closed_with_loop(self, client: Any, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
        """An async generator that only waits: the loop closes it before it ends, also when the port is dropped."""
        clients = self._async
        try:
            yield
        finally:
            clients.pop(loop, None)
            await client.close()

    def _settings(self) -> dict[str, Any]:
        # What the environment says about organisations and projects is still read by the SDK.
        return {"api_key": self.key, "base_url": self.base_url, "max_retries": 0}

    def _failure(self, error: Exception, *, answering: bool = False) -> Exception:
        """The failure an error of the SDK stands for; the error itself where it is none of these."""
        if isinstance(error, HttpFailure):
            return error
        if (status := getattr(error, "status_code", None)) is not None:
            return self._refusal(error, status)
        return failure_of(error, host=self.host, answering=answering) or error

    def _refusal(self, error: Any, status: int) -> Refused:
        headers = error.response.headers
        told: object = error.body
        body = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        said = body.get("message")
        text = said if isinstance(said, str) else _plain(error.response.text)
        wish = headers.get("x-should-retry")
        return Refused(
            without_key(text, self.key),
            status=status,
            code=str(error.code or body.get("type") or ""),
            retry_after=asked_wait(headers),
            retry={"true": True, "false": False}.get(wish or ""),
            host=self.host,
        )


def _plain(text: str) -> str:
    """What an error page says, where the provider sent no error of its own."""
    return " ".join(text.split())[:200] if not text.lstrip().startswith("<") else "an HTML page"


def _arguments(request: Request) -> dict[str, Any]:
    import httpx2

    longest = SILENCE_SECONDS if request.timeout is None else request.timeout
    timeout = httpx2.Timeout(longest, connect=min(longest, CONNECT_SECONDS))
    body = msgspec.json.encode(request.arguments)
    return {"cast_to": httpx2.Response, "content": body, "options": {"timeout": timeout}}


def _sdk() -> Any:
    with requires("openai"):
        import openai

    return openai

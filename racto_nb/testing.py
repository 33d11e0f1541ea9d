"""Test notebooks and programs without a model: a kit that answers from a script, and a fence against the network.

from racto_nb.testing import FakeKit, forbid_network

with forbid_network():
    kit = FakeKit(["Paris"])
    assert kit.chat(ChatConfig(user_message="Capital of France?")).content == "Paris"
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self
from unittest import mock

from racto_nb.exceptions import NetworkForbiddenError, UsageError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.usage import estimated_tokens, usage_of
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.conversation import turns
from racto_nb.providers.wire import Abilities, Draft, ModelSpec, Provider, Request

__all__ = ["FakeKit", "FakeReply", "forbid_network"]

FAKE_EXTRAS = frozenset({"labels", "seed", "stop", "top_p"})


@dataclass(frozen=True, slots=True)
class FakeReply:
    """A scripted answer in `pieces`, with `delay` seconds before each.

    `cut_after` pieces the stream breaks without its terminator (None: it is whole). `usage` defaults to estimates.
    """

    pieces: tuple[str, ...]
    delay: float = 0.0
    finish_reason: FinishReason = FinishReason.STOP
    usage: dict[str, int] | None = None
    cut_after: int | None = None

    @classmethod
    def of(cls, text: str, **options: Any) -> Self:
        """A reply whose pieces are the words of `text`, each with the space before it."""
        return cls(tuple(re.findall(r"\s*\S+\s*$|\s*\S+", text)) or (text,), **options)


class FakeKit(DeveloperKit):
    """A kit that answers from a script, over the same flows as the real kits.

    `replies` holds texts, `FakeReply`s, `LLMResponse`s or exceptions to raise; each call takes the next one, and the last is
    repeated when `repeat_last` (else UsageError says that the script has ended). `calls` lists the resolved requests as sent:
    dicts with `messages`, `temperature`, `max_tokens` and `extra`. `embed` gives every text a fixed vector of
    `dimensions` numbers computed from its words, so that texts sharing words lie near each other.

    >>> kit = FakeKit(["4"])
    >>> kit.chat(ChatConfig(user_message="What is 2 + 2?")).content
    '4'
    >>> kit.calls[0]["messages"]
    [{'role': 'user', 'content': 'What is 2 + 2?'}]
    """

    provider: ClassVar[str] = "fake"

    def __init__(
        self,
        replies: Iterable[str | FakeReply | LLMResponse | Exception] = (),
        *,
        model: str = "fake-model",
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        abilities: Abilities | None = None,
        repeat_last: bool = False,
        dimensions: int = 64,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
    ) -> None:
        self._port = _FakePort(list(replies), repeat_last=repeat_last)
        able = abilities or Abilities(json_schema=True, embeddings=True, dimensions=True, extras=FAKE_EXTRAS)
        provider = Provider("fake", _FakeWire(dimensions), self._port, _FakePort([], repeat_last=False), _FakeSpecs(able))
        settings = KitSettings(
            model=model,
            embedding_model="fake-embedding",
            default_prompt=default_prompt,
            require_prompt=require_prompt,
            timeout=timeout,
            retry=retry or RetryPolicy(retries=0),
        )
        super().__init__(provider, settings)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What was sent, oldest first."""
        return self._port.calls

    @property
    def open_streams(self) -> int:
        """How many answers are being given at this moment."""
        return self._port.open_streams


@dataclass(frozen=True, slots=True)
class _FakeSpecs:
    abilities: Abilities

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("fake", model, self.abilities)

    def embedding_spec(self, model: str) -> ModelSpec:
        return ModelSpec("fake", model, self.abilities)


class _FakeWire:
    """Events are pieces of text; the terminator is the LLMResponse of the whole answer."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions

    def request_from(self, config: ChatConfig, spec: ModelSpec) -> Request:
        messages = [{"role": turn.role.value, "content": turn.content} for turn in turns(config)]
        sent = {"temperature": config.temperature, "max_tokens": config.max_tokens, "extra": dict(config.extra)}
        return Request(spec.name, {"messages": messages, **sent})

    def begin(self) -> Draft:
        return Draft()

    def advance(self, draft: Draft, event: str | LLMResponse) -> Draft:
        if isinstance(event, str):
            return draft.with_text(event)
        return replace(
            draft, finish_reason=event.finish_reason, usage=event.usage, tool_calls=event.tool_calls, model=event.model, done=True
        )

    def draft_from(self, raw: list[str | LLMResponse]) -> Draft:
        draft = self.begin()
        for event in raw:
            draft = self.advance(draft, event)
        return draft

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:  # noqa: ARG002  (the port's signature)
        return error

    def advice(self, error: Exception) -> float | None:
        return 0.0 if isinstance(error, ConnectionError) else None

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        return Request(spec.name, {"texts": list(config.texts), "dimensions": config.dimensions or self._dimensions})

    def embeddings_from(self, raw: list[Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        size: int = raw[0]["dimensions"]
        vectors = [
            EmbeddingVector(index=index, text=text, embedding=_word_vector(text, size)) for index, text in enumerate(config.texts)
        ]
        return EmbeddingResponse(vectors=vectors, model=spec.name, usage=usage_of(sum(map(estimated_tokens, config.texts)), 0))


@dataclass(slots=True)
class _FakePort:
    replies: list[str | FakeReply | LLMResponse | Exception]
    repeat_last: bool
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    open_streams: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> list[Any]:
        if "texts" in request.arguments:
            return [dict(request.arguments)]
        with self.open(request) as events:
            return list(events)

    async def asend(self, request: Request) -> list[Any]:
        if "texts" in request.arguments:
            return [dict(request.arguments)]
        async with self.aopen(request) as events:
            return [event async for event in events]

    @contextmanager
    def open(self, request: Request) -> Iterator[Iterator[Any]]:
        reply = self._next_reply(request)
        with self._counted():
            yield self._events(reply, request)

    def _events(self, reply: FakeReply, request: Request) -> Generator[Any, None, None]:
        for event in _script(reply, request):
            if reply.delay:
                time.sleep(reply.delay)
            yield event

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[Any], None]:
        reply = self._next_reply(request)
        with self._counted():
            yield self._async_events(reply, request)

    async def _async_events(self, reply: FakeReply, request: Request) -> AsyncGenerator[Any, None]:
        for event in _script(reply, request):
            await asyncio.sleep(reply.delay)
            yield event

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._turn:
            self.open_streams += 1
        try:
            yield
        finally:
            with self._turn:
                self.open_streams -= 1

    def _next_reply(self, request: Request) -> FakeReply:
        with self._turn:
            self.calls.append(dict(request.arguments))
            if not self.replies:
                message = f"The FakeKit's script has ended: this is call number {len(self.calls)}. Give it more replies."
                raise UsageError(message)
            reply = self.replies[0] if self.repeat_last and len(self.replies) == 1 else self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, LLMResponse):
            return FakeReply((reply.content or "",), finish_reason=reply.finish_reason, usage=reply.usage or None)
        return FakeReply.of(reply) if isinstance(reply, str) else reply


def _script(reply: FakeReply, request: Request) -> Iterator[str | LLMResponse]:
    yield from reply.pieces[: reply.cut_after]
    if reply.cut_after is not None:
        return
    asked = sum(estimated_tokens(message["content"]) for message in request.arguments["messages"])
    usage = reply.usage or usage_of(asked, estimated_tokens("".join(reply.pieces)))
    yield LLMResponse(finish_reason=reply.finish_reason, usage=usage, model=request.model)


def _word_vector(text: str, size: int) -> list[float]:
    """Each word adds one to a place chosen by its hash; the sum is given length 1."""
    counts = [0.0] * size
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        counts[int.from_bytes(digest, "big") % size] += 1.0
    length = math.sqrt(sum(count * count for count in counts))
    return [count / length for count in counts]


@contextmanager
def forbid_network(*, allow_loopback: bool = True) -> Iterator[None]:
    """Make every connection and name lookup inside the block raise NetworkForbiddenError, in all threads of the process.

    Connections to this machine (127.0.0.0/8, ::1, localhost, unix sockets) stay possible unless `allow_loopback` is False.
    Libraries that open sockets in compiled code are not held back.

    >>> import urllib.request
    >>> with forbid_network():
    ...     urllib.request.urlopen("http://192.0.2.1/")
    Traceback (most recent call last):
    ...
    racto_nb.exceptions.NetworkForbiddenError: A connection to '192.0.2.1' was tried while the network is forbidden.
    """

    def guarded(original: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            _refuse(address[0] if isinstance(address, tuple) else None, allow_loopback=allow_loopback)
            return original(self, address)

        return connect

    lookup = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse(host, allow_loopback=allow_loopback)
        return lookup(host, *args, **kwargs)

    with (
        mock.patch.object(socket.socket, "connect", guarded(socket.socket.connect)),
        mock.patch.object(socket.socket, "connect_ex", guarded(socket.socket.connect_ex)),
        mock.patch.object(socket, "getaddrinfo", getaddrinfo),
    ):
        yield


def _refuse(host: object, *, allow_loopback: bool) -> None:
    if allow_loopback and _is_local(host):
        return
    message = f"A connection to {host!r} was tried while the network is forbidden."
    raise NetworkForbiddenError(message)


def _is_local(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False

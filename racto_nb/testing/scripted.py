"""The provider behind the fake kit: a wire, a port and specs that follow a script."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from racto_nb.exceptions import RactoGatewayTimeoutError, UsageError, WrongTypeError
from racto_nb.models.chat import ChatConfig, Message
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.usage import estimated_tokens, usage_of
from racto_nb.providers.conversation import turns, wants_json
from racto_nb.providers.embedded.wire import label_grammar
from racto_nb.providers.wire import Abilities, Draft, ModelSpec, Request
from racto_nb.testing.replies import FakeReply


@dataclass(frozen=True, slots=True)
class FakeSpecs:
    abilities: Abilities

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("fake", model, self.abilities)

    def embedding_spec(self, model: str) -> ModelSpec:
        return ModelSpec("fake", model, self.abilities)


class _OutOfTimeError(Exception):
    """The script takes longer than the call may."""


class FakeWire:
    """Events are pieces of text; the terminator is the LLMResponse of the whole answer."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:  # noqa: ARG002  (the port's signature)
        _check_labels(config)
        return Request(
            spec.name,
            {
                "messages": [_message(turn) for turn in turns(config)],
                "temperature": config.temperature,
                "max_tokens": config.max_tokens,
                "extra": dict(config.extra),
                "attachments": [(file.name, file.mime_type) for file in config.attachments or []],
                "tools": [tool.name for tool in config.tools.schemas] if config.tools is not None else [],
                "thinking": config.thinking_budget if config.native_thinking else None,
                "response_model": config.response_model.__name__ if config.response_model is not None else None,
            },
            room=config.max_tokens + (config.thinking_budget if config.native_thinking else 0),
        )

    def begin(self) -> Draft:
        return Draft()

    def advance(self, draft: Draft, event: str | LLMResponse) -> Draft:
        if isinstance(event, str):
            return draft.with_text(event)
        thought, count = draft.thought, draft.thought_count
        if event.thinking:
            thought, count = thought.extended(count, event.thinking), count + 1
        ended = replace(draft, thought=thought, thought_count=count, finish_reason=event.finish_reason, done=True)
        return replace(ended, usage=event.usage, tool_calls=event.tool_calls, model=event.model)

    def draft_from(self, raw: list[str | LLMResponse]) -> Draft:
        draft = self.begin()
        for event in raw:
            draft = self.advance(draft, event)
        return draft

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        if isinstance(error, _OutOfTimeError):
            return RactoGatewayTimeoutError(f"{spec.provider}:{spec.name} gave no complete answer in time.")
        return error

    def advice(self, error: Exception) -> float | None:
        return 0.0 if isinstance(error, ConnectionError) else None

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        return Request(spec.name, {"texts": list(config.texts), "dimensions": config.dimensions or self._dimensions})

    def embeddings_from(self, raw: list[Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        size: int = raw[0]["dimensions"]
        vectors = [
            EmbeddingVector(index=index, text=text, embedding=word_vector(text, size)) for index, text in enumerate(config.texts)
        ]
        return EmbeddingResponse(vectors=vectors, model=spec.name, usage=usage_of(sum(map(estimated_tokens, config.texts)), 0))


@dataclass(slots=True)
class FakePort:
    replies: list[str | FakeReply | LLMResponse | Exception]
    repeat_last: bool
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    open_streams: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> list[Any]:
        if "texts" in request.arguments:
            return self._recorded(request)
        with self.open(request) as events:
            return list(events)

    async def asend(self, request: Request) -> list[Any]:
        if "texts" in request.arguments:
            return self._recorded(request)
        async with self.aopen(request) as events:
            return [event async for event in events]

    def _recorded(self, request: Request) -> list[Any]:
        with self._turn:
            self.calls.append(dict(request.arguments))
        return [dict(request.arguments)]

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[Any]]:
        reply = self._next_reply(request)
        with self._counted(), closing(_events(reply, request)) as events:
            yield events

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[Any]]:
        reply = self._next_reply(request)
        with self._counted():
            async with aclosing(_async_events(reply, request)) as events:
                yield events

    @contextmanager
    def _counted(self) -> Generator[None]:
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
        return as_reply(reply)


def as_reply(reply: str | FakeReply | LLMResponse) -> FakeReply:
    """A text or a whole response as a scripted answer."""
    if isinstance(reply, LLMResponse):
        return FakeReply(
            (reply.content or "",),
            finish_reason=reply.finish_reason,
            usage=reply.usage or None,
            thinking=reply.thinking or "",
            tool_calls=tuple(reply.tool_calls),
            model=reply.model,
        )
    return FakeReply.of(reply) if isinstance(reply, str) else reply


def checked_replies(replies: object) -> list[str | FakeReply | LLMResponse | Exception]:
    """`replies` as a list; WrongTypeError for what is no list of replies."""
    if isinstance(replies, str | FakeReply | LLMResponse | Exception) or not isinstance(replies, Iterable):
        msg = f"FakeKit takes a list of replies, not {type(replies).__name__}. Write: FakeKit([{_shown(replies)}])."
        raise WrongTypeError(msg)
    listed = list(cast("Iterable[str | FakeReply | LLMResponse | Exception]", replies))
    for place, reply in enumerate(listed):
        if not isinstance(reply, str | FakeReply | LLMResponse | Exception):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = (
                f"Reply {place} of the FakeKit is {reply!r:.80}: give a text, a FakeReply, an LLMResponse or an exception object."
            )
            raise WrongTypeError(msg)
    return listed


def _shown(reply: object) -> str:
    return repr(reply) if len(repr(reply)) < 40 else "..."  # noqa: PLR2004  (one line of an error)


def _message(turn: Message) -> dict[str, Any]:
    calls = [call.model_dump() for call in turn.tool_calls]
    more = {"tool_calls": calls, "tool_call_id": turn.tool_call_id, "name": turn.name, "is_error": turn.is_error}
    return {"role": turn.role.value, "content": turn.content} | {key: value for key, value in more.items() if value}


def _check_labels(config: ChatConfig) -> None:
    """Refuse what the embedded kit refuses, so that a test does not pass what a model will not."""
    if "labels" not in config.extra:
        return
    if wants_json(config):
        msg = "extra['labels'] and a JSON output exclude each other. Use one of them."
        raise UsageError(msg)
    label_grammar(config.extra["labels"])


def _events(reply: FakeReply, request: Request) -> Generator[Any]:
    for wait, event in _script(reply, request):
        time.sleep(wait)
        if event is None:
            raise _OutOfTimeError
        yield event


async def _async_events(reply: FakeReply, request: Request) -> AsyncGenerator[Any]:
    for wait, event in _script(reply, request):
        await asyncio.sleep(wait)
        if event is None:
            raise _OutOfTimeError
        yield event


def _script(reply: FakeReply, request: Request) -> Iterator[tuple[float, str | LLMResponse | None]]:
    """Each event with the seconds before it. None is where the request's time is up."""
    left = math.inf if request.timeout is None else request.timeout
    for event in _told(reply, request):
        if reply.delay > left:
            yield left, None
        left -= reply.delay
        yield reply.delay, event


def _told(reply: FakeReply, request: Request) -> Iterator[str | LLMResponse]:
    yield from reply.pieces[: reply.cut_after]
    if reply.cut_after is not None:
        return
    asked = sum(estimated_tokens(message["content"]) for message in request.arguments["messages"])
    usage = reply.usage or usage_of(asked, estimated_tokens("".join(reply.pieces)))
    calls = list(reply.tool_calls)
    ended = FinishReason.CONTENT_FILTER if reply.refusal else reply.finish_reason
    if calls and ended is FinishReason.STOP:
        ended = FinishReason.TOOL_CALL
    name = reply.model or request.model
    yield LLMResponse(thinking=reply.thinking or None, tool_calls=calls, finish_reason=ended, usage=usage, model=name)


def word_vector(text: str, size: int) -> list[float]:
    """A fixed vector of a text. Each word adds one to a place chosen by its hash; the sum is given length 1."""
    counts = [0.0] * size
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        counts[int.from_bytes(digest, "big") % size] += 1.0
    length = math.sqrt(sum(count * count for count in counts))
    return [count / length for count in counts]

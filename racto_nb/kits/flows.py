"""What a kit does, written once for both colours. Flows: no I/O here, only effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from racto_nb.exceptions import (
    RactoGatewayAPIError,
    RactoGatewayError,
    StreamInterruptedError,
    UnsupportedError,
)
from racto_nb.flow.effects import Emit, Flow, Port, Stream, StreamId, close_stream, next_event, open_stream, send
from racto_nb.flow.retrying import RetryPolicy, retrying
from racto_nb.kits.conversing import conversed
from racto_nb.kits.embedding import batches, joined, told
from racto_nb.kits.middleware import Answer, Ask, through
from racto_nb.kits.resolving import KitSettings, checked_embedding, resolved
from racto_nb.kits.structuring import checked, validation_failure
from racto_nb.kits.validating import until_valid
from racto_nb.kits.warning import warn_of_dropped
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk, StreamDelta
from racto_nb.providers.abilities import refuse_unsupported, refuse_unsupported_embedding
from racto_nb.providers.answering import chunks_between, response_of
from racto_nb.providers.conversation import wants_json
from racto_nb.providers.failures import HttpFailure, Refused, Unreadable
from racto_nb.providers.sse import EventTooLongError
from racto_nb.providers.wire import Draft, ModelSpec, Provider, Request, Wire

T = TypeVar("T")


def chat(provider: Provider, settings: KitSettings, config: ChatConfig) -> Flow[LLMResponse]:
    """One answer, through the kit's steps; with a response model, asked again until it is valid."""
    ask = Ask(provider.name, settings.model, resolved(config, settings), streamed=False)
    asking = through(settings.steps.ordered, ask, lambda ask: _valid_answer(provider, settings, ask))
    try:
        answer = yield from cast("Flow[Answer]", asking)  # what is not streamed emits nothing
    except RactoGatewayError as error:
        raise _named(error, ask)  # noqa: B904  (the same one)
    return answer.response


def _named(error: RactoGatewayError, ask: Ask) -> RactoGatewayError:
    """`error`, which says whose it is."""
    error.provider, error.model = error.provider or ask.provider, error.model or ask.model
    return error


def _silent(stream: Stream[StreamChunk, LLMResponse]) -> Flow[LLMResponse]:
    """`stream` as the flow that it is where nothing is emitted."""
    return cast("Flow[LLMResponse]", stream)


def _valid_answer(provider: Provider, settings: KitSettings, ask: Ask) -> Flow[LLMResponse]:
    """One answer after all calls of tools; with a response model, asked again until it is valid."""

    def answered(asked: ChatConfig) -> Flow[LLMResponse]:
        return _one_answer(provider, settings, ask.model, asked)

    return until_valid(ask.config, lambda asked: _silent(conversed(asked, answered, streamed=False, redacted=provider.redacted)))


def _one_answer(provider: Provider, settings: KitSettings, model: str, config: ChatConfig) -> Flow[LLMResponse]:
    spec, request = _prepared(provider, settings, model, config, stream=False)
    raw = yield from reaching(provider, settings, spec, lambda: send(provider.chat_port, request))
    try:
        draft = provider.wire.draft_from(raw)
    except HttpFailure as failure:
        raise _ours(provider.wire, failure, spec) from None
    if not draft.done:
        # A list holds the events of a stream that was gathered: it ended early. A single reply cannot.
        raise _interrupted(spec, draft) if isinstance(raw, list) else _unfinished(spec, draft)
    return _examined(response_of(draft, spec, raw), provider, request, spec)


def stream(provider: Provider, settings: KitSettings, config: ChatConfig) -> Stream[StreamChunk, LLMResponse]:
    """One answer in pieces, through the kit's steps. Exactly one chunk is final: the last.

    It has the finish reason, the usage and the parsed JSON. A stream that ends before the provider's terminator raises
    StreamInterruptedError with the partial text. A final answer that does not fit the response model raises
    ResponseModelValidationError: what was streamed cannot be asked for again.
    """
    ask = Ask(provider.name, settings.model, resolved(config, settings), streamed=True)
    unread: list[StreamId] = []
    try:
        answer = yield from through(settings.steps.ordered, ask, lambda ask: _streamed_answer(provider, settings, ask, unread))
    except RactoGatewayError as error:
        raise _named(error, ask)  # noqa: B904  (the same one)
    yield Emit(_final_chunk(answer.response))
    yield from _read_to_the_end(unread)
    return answer.response


def _read_to_the_end(unread: list[StreamId]) -> Flow[None]:
    """Look for the end of streams whose terminator was seen: a connection is used again only if its body was read to the end.

    This comes after the final chunk, so nobody waits for the answer, and what comes or breaks here takes nothing from it. One
    look each: mostly nothing follows a terminator, and a server that has more to say loses its connection.
    """
    for stream in unread:
        try:
            yield from next_event(stream)
        except Exception:  # noqa: BLE001, S112  (the answer is complete and out: nothing is lost but the connection)
            continue


def _streamed_answer(
    provider: Provider, settings: KitSettings, ask: Ask, unread: list[StreamId]
) -> Stream[StreamChunk, LLMResponse]:
    config = ask.config
    response = yield from conversed(
        config,
        lambda asked: _streamed_turn(provider, settings, ask.model, asked, unread),
        streamed=True,
        redacted=provider.redacted,
    )
    try:
        return checked(response, config)
    except ValidationError as error:
        raise validation_failure(config, response, error, usages=[response.usage]) from error


def _streamed_turn(
    provider: Provider, settings: KitSettings, model: str, config: ChatConfig, unread: list[StreamId]
) -> Stream[StreamChunk, LLMResponse]:
    while unread:  # of the turn before: a server may keep it open for long, and this turn shall not wait for that
        yield from close_stream(unread.pop())
    spec, request = _prepared(provider, settings, model, config, stream=True)
    opened = yield from reaching(provider, settings, spec, lambda: open_stream(provider.chat_port, request))
    draft = yield from _folding(provider, spec, opened, json=wants_json(config))
    if draft.closed:
        unread.append(opened)
    return _examined(response_of(draft, spec, None), provider, request, spec)


def _folding(provider: Provider, spec: ModelSpec, opened: StreamId, *, json: bool) -> Stream[StreamChunk, Draft]:
    wire, draft = provider.wire, provider.wire.begin()
    while not draft.closed:  # after the terminator a server may keep the connection open for long: nobody waits for that
        try:
            event = yield from next_event(opened)
            if event is None:
                break
            before, draft = draft, wire.advance(draft, event)
        except HttpFailure as failure:
            if draft.done and not isinstance(failure, Refused):
                break  # the terminator was seen: what becomes of the connection afterwards takes nothing from the answer
            raise _with_partial(_ours(wire, failure, spec), draft) from None
        except Exception as error:
            known = Unreadable(str(error), answering=True) if isinstance(error, EventTooLongError) else error
            raise _with_partial(wire.error_from(known, spec), draft) from error
        for chunk in chunks_between(before, draft, event):
            yield Emit(chunk.expecting_json() if json else chunk)
    if not draft.done:
        raise _interrupted(spec, draft)
    return draft


def _final_chunk(response: LLMResponse) -> StreamChunk:
    chunk = StreamChunk(
        StreamDelta(),
        response.content or "",
        response.thinking or "",
        finish_reason=response.finish_reason,
        tool_calls=response.tool_calls,
        usage=response.usage,
        is_final=True,
        parsed=response.parsed,
    )
    chunk.response = response
    return chunk


def embed(provider: Provider, settings: KitSettings, config: EmbeddingConfig) -> Flow[EmbeddingResponse]:
    """The vectors of some texts, in their order, in as many requests as the model needs.

    A failure says in a note how many texts had been embedded, and paid for.
    """
    config = checked_embedding(config)
    name = config.model or settings.embedding_model
    if provider.embed_port is None or name is None:
        message = f"{provider.name} offers no embeddings. {provider.instead_of_embeddings}"
        raise UnsupportedError(message, provider=provider.name, wish="embed")
    spec = provider.specs.embedding_spec(name)
    refuse_unsupported_embedding(config, spec)
    parts: list[EmbeddingResponse] = []
    try:
        for part in batches(config, spec):
            answer = yield from _embedded(provider, provider.embed_port, settings, spec, part)
            parts.append(answer)
        return joined(parts)
    except Exception as error:
        told(error, parts, config)
        raise


def _embedded(
    provider: Provider, port: Port[Request, Any, Any], settings: KitSettings, spec: ModelSpec, config: EmbeddingConfig
) -> Flow[EmbeddingResponse]:
    request = _timed(provider.wire.embed_request_from(config, spec), settings)
    raw = yield from reaching(provider, settings, spec, lambda: send(port, request))
    try:
        return provider.wire.embeddings_from(raw, config, spec)
    except HttpFailure as failure:
        raise _ours(provider.wire, failure, spec) from None


def _prepared(
    provider: Provider, settings: KitSettings, model: str, config: ChatConfig, *, stream: bool
) -> tuple[ModelSpec, Request]:
    spec = provider.specs.chat_spec(model)
    refuse_unsupported(config, spec)
    request = provider.wire.request_from(config, spec, stream=stream)
    warn_of_dropped(config, spec, request)
    return spec, _timed(request, settings)


def _examined(response: LLMResponse, provider: Provider, request: Request, spec: ModelSpec) -> LLMResponse:
    if provider.examine is not None:
        provider.examine(request, response, spec)
    return response


def _timed(request: Request, settings: KitSettings) -> Request:
    return replace(request, timeout=settings.timeout)


def reaching(
    provider: Provider,
    settings: KitSettings,
    spec: ModelSpec,
    operation: Callable[[], Flow[T]],
    advice: Callable[[Exception], float | None] | None = None,
) -> Flow[T]:
    """`operation`, tried again where that may help (by `advice`, else the wire's), its errors turned into ours."""
    wire = provider.wire
    try:
        return (yield from retrying(operation, advice=advice or wire.advice, policy=_patience(settings)))
    except HttpFailure as failure:
        raise _ours(wire, failure, spec) from None
    except Exception as error:
        ours = wire.error_from(error, spec)
        if ours is error:
            raise
        raise ours from error


def _patience(settings: KitSettings) -> RetryPolicy:
    """The kit's policy. Who has little time for a call does not wait for longer than that for the next try either."""
    policy, most = settings.retry, settings.timeout
    if most is None:
        return policy
    return replace(policy, longest_advice=min(most, policy.longest_advice), longest_delay=min(most, policy.longest_delay))


def _ours(wire: Wire, failure: HttpFailure, spec: ModelSpec) -> Exception:
    """Our error for a failure. What the failure was made of, an error that holds the request and the key, goes no further."""
    failure.__context__ = None
    return wire.error_from(failure, spec)


def _with_partial(error: Exception, draft: Draft) -> Exception:
    if isinstance(error, StreamInterruptedError) and not error.partial:
        error.partial = draft.text
    return error


def _unfinished(spec: ModelSpec, draft: Draft) -> Exception:
    message = (
        f"{spec.provider}:{spec.name}: the reply does not say that it is complete ({len(draft.text)} characters of text are in "
        "it). Ask again, or stream."
    )
    return RactoGatewayAPIError(message)


def _interrupted(spec: ModelSpec, draft: Draft) -> Exception:
    message = (
        f"{spec.provider}:{spec.name} stopped before the answer was complete ({len(draft.text)} characters had arrived, "
        "kept in .partial). Ask again."
    )
    return StreamInterruptedError(message, partial=draft.text)

"""One request to the provider, and what came of it: a whole answer, a stream of pieces, or vectors. Flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from racto_nb.exceptions import RactoGatewayAPIError, StreamInterruptedError
from racto_nb.flow.effects import Emit, Flow, Stream, StreamId, close_stream, next_event, now, open_stream, send
from racto_nb.flow.retrying import RetryPolicy, retrying
from racto_nb.kits.calling import Calling, Exchange, TapedPort
from racto_nb.kits.resolving import KitSettings
from racto_nb.kits.warning import warn_of_dropped
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import FRESH, LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.answering import chunks_between, response_of
from racto_nb.providers.conversation import wants_json
from racto_nb.providers.failures import HttpFailure, Refused, Unreadable
from racto_nb.providers.sse import EventTooLongError
from racto_nb.providers.wire import Draft, ModelSpec, Provider, ProviderPort, Request, Wire

T = TypeVar("T")


def one_answer(calling: Calling, model: str, config: ChatConfig) -> Flow[LLMResponse]:
    """The whole answer of `model` to `config`, after one request."""
    provider = calling.provider
    spec, request = _prepared(calling, model, config, stream=False)
    port = _taped(calling, provider.chat_port)
    raw = yield from _reaching(calling, spec, lambda: send(port, request))
    try:
        draft = provider.wire.draft_from(raw)
    except HttpFailure as failure:
        raise _ours(provider.wire, failure, spec) from None
    _note(calling, spec, draft, port)
    if not draft.done:
        # A list holds the events of a stream that was gathered: it ended early. A single reply cannot.
        raise _interrupted(spec, draft) if isinstance(raw, list) else _unfinished(spec, draft)
    return _examined(response_of(draft, spec, raw), provider, request, spec)


def streamed_turn(calling: Calling, model: str, config: ChatConfig, unread: list[StreamId]) -> Stream[StreamChunk, LLMResponse]:
    """The answer of `model` to `config` in pieces, after one request.

    The stream joins `unread` when its body may not have been read to the end.
    """
    provider = calling.provider
    while unread:  # of the turn before: a server may keep it open for long, and this turn shall not wait for that
        yield from close_stream(unread.pop())
    spec, request = _prepared(calling, model, config, stream=True)
    port = _taped(calling, provider.chat_port)
    opened = yield from _reaching(calling, spec, lambda: open_stream(port, request))
    draft = yield from _folding(calling, spec, opened, port, json=wants_json(config))
    if draft.closed:
        unread.append(opened)
    return _examined(response_of(draft, spec, None), provider, request, spec)


def embedded(calling: Calling, port: ProviderPort, spec: ModelSpec, config: EmbeddingConfig) -> Flow[EmbeddingResponse]:
    """The vectors of one request."""
    provider = calling.provider
    request = _timed(provider.wire.embed_request_from(config, spec), calling.settings)
    port = _taped(calling, port)
    raw = yield from _reaching(calling, spec, lambda: send(port, request))
    try:
        response = provider.wire.embeddings_from(raw, config, spec)
    except HttpFailure as failure:
        raise _ours(provider.wire, failure, spec) from None
    calling.tally.exchanges.append(Exchange(spec, response.model, response.usage, _origin(port)))
    return response


def _folding(
    calling: Calling, spec: ModelSpec, opened: StreamId, port: ProviderPort, *, json: bool
) -> Stream[StreamChunk, Draft]:
    wire, draft = calling.provider.wire, calling.provider.wire.begin()
    try:
        while not draft.closed:  # after the terminator a server may keep the connection open for long: nobody waits for that
            try:
                event = yield from next_event(opened)
                if event is None:
                    break
                before, draft = draft, wire.advance(draft, event)
            except Exception as error:  # noqa: BLE001  (raised as ours)
                if draft.done and isinstance(error, HttpFailure) and not isinstance(error, Refused):
                    break  # the terminator was seen: what becomes of the connection afterwards takes nothing from the answer
                raise _broken(wire, error, spec, draft) from (None if isinstance(error, HttpFailure) else error)
            for chunk in chunks_between(before, draft, event):
                if calling.tally.first is None:
                    calling.tally.first = (yield from now()).clock
                yield Emit(chunk.expecting_json() if json else chunk)
    finally:  # also where the caller leaves: what was begun is counted, as far as the provider has told
        _note(calling, spec, draft, port)
    if not draft.done:
        raise _interrupted(spec, draft)
    return draft


def _taped(calling: Calling, port: ProviderPort) -> ProviderPort:
    tape = calling.around.tape
    return port if tape is None else tape.taped(calling.provider, port)


def _origin(port: ProviderPort) -> str:
    taped: TapedPort | None = port if hasattr(port, "origin") else None  # pyright: ignore[reportAssignmentType]
    return FRESH if taped is None else taped.origin


def _note(calling: Calling, spec: ModelSpec, draft: Draft, port: ProviderPort) -> None:
    calling.tally.exchanges.append(Exchange(spec, draft.model or spec.name, dict(draft.usage), _origin(port), draft.tier))


def _prepared(calling: Calling, model: str, config: ChatConfig, *, stream: bool) -> tuple[ModelSpec, Request]:
    provider = calling.provider
    spec = provider.specs.chat_spec(model)
    refuse_unsupported(config, spec)
    request = provider.wire.request_from(config, spec, stream=stream)
    warn_of_dropped(config, spec, request)
    return spec, _timed(request, calling.settings)


def _examined(response: LLMResponse, provider: Provider, request: Request, spec: ModelSpec) -> LLMResponse:
    if provider.examine is not None:
        provider.examine(request, response, spec)
    return response


def _timed(request: Request, settings: KitSettings) -> Request:
    return replace(request, timeout=settings.timeout)


def _reaching(calling: Calling, spec: ModelSpec, operation: Callable[[], Flow[T]]) -> Flow[T]:
    """`operation`, tried again where that may help, its errors turned into ours."""
    wire = calling.provider.wire

    def counted() -> Flow[T]:
        calling.tally.requests += 1
        return operation()

    try:
        return (yield from retrying(counted, advice=wire.advice, policy=_patience(calling.settings)))
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


def _broken(wire: Wire, error: Exception, spec: ModelSpec, draft: Draft) -> Exception:
    """Our error for a stream that broke, with what had arrived."""
    if isinstance(error, HttpFailure):
        error = _ours(wire, error, spec)
    else:
        known = Unreadable(str(error), answering=True) if isinstance(error, EventTooLongError) else error
        error = wire.error_from(known, spec)
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

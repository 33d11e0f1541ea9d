"""One request to the provider, and what came of it: a whole answer, a stream of pieces, or vectors. Flows."""

from __future__ import annotations

from collections.abc import Callable

from racto_nb.budgets.estimates import estimated, estimated_embedding
from racto_nb.exceptions import RactoGatewayAPIError, StreamInterruptedError
from racto_nb.flow.effects import Emit, Flow, Stream, StreamId, close_stream, next_event, now, open_stream, send
from racto_nb.kits.bounding import Bounds, bounds_of, uncounted
from racto_nb.kits.calling import Calling, Exchange
from racto_nb.kits.measuring import counted
from racto_nb.kits.reaching import claiming, origin_of, ours_of, reaching, taped, timed, unknown
from racto_nb.kits.warning import warn_of_dropped
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.answering import chunks_between, response_of
from racto_nb.providers.conversation import wants_json
from racto_nb.providers.failures import HttpFailure, Refused, Unreadable
from racto_nb.providers.sse import EventTooLongError
from racto_nb.providers.wire import Draft, ModelSpec, Provider, ProviderPort, Request, Wire


def one_answer(calling: Calling, model: str, config: ChatConfig) -> Flow[LLMResponse]:
    """The whole answer of `model` to `config`, after one request."""
    provider = calling.provider
    spec, request = _prepared(calling, model, config, stream=False)
    port = taped(calling, provider.chat_port)
    bounds = _bounds(calling, config, spec, request, claiming(port, request, "send"))
    raw = yield from reaching(calling, spec, lambda: send(port, request), bounds)
    try:
        draft = provider.wire.draft_from(raw)
    except HttpFailure as failure:
        bounds.keep()
        unknown(calling, spec)
        raise ours_of(provider.wire, failure, spec) from None
    _note(calling, spec, draft, port, bounds)
    yield from bounds.tell()
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
    port = taped(calling, provider.chat_port)
    bounds = _bounds(calling, config, spec, request, claiming(port, request, "stream"))
    opened = yield from reaching(calling, spec, lambda: open_stream(port, request), bounds)
    draft = yield from _folding(calling, spec, opened, port, bounds, json=wants_json(config))
    if draft.closed:
        unread.append(opened)
    return _examined(response_of(draft, spec, None), provider, request, spec)


def embedded(calling: Calling, port: ProviderPort, spec: ModelSpec, config: EmbeddingConfig) -> Flow[EmbeddingResponse]:
    """The vectors of one request."""
    provider = calling.provider
    request = timed(provider.wire.embed_request_from(config, spec), calling.settings)
    port = taped(calling, port)
    claim = claiming(port, request, "send")
    bounds = bounds_of(calling, spec, lambda: estimated_embedding(config, spec), uncounted, claim)
    raw = yield from reaching(calling, spec, lambda: send(port, request), bounds)
    try:
        response = provider.wire.embeddings_from(raw, config, spec)
    except HttpFailure as failure:
        bounds.keep()
        unknown(calling, spec)
        raise ours_of(provider.wire, failure, spec) from None
    exchange = Exchange(spec, response.model, response.usage, origin_of(port))
    calling.tally.exchanges.append(exchange)
    bounds.settle(exchange.spent)
    yield from bounds.tell()
    return response


def _folding(
    calling: Calling, spec: ModelSpec, opened: StreamId, port: ProviderPort, bounds: Bounds, *, json: bool
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
        _note(calling, spec, draft, port, bounds)
    yield from bounds.tell()
    if not draft.done:
        raise _interrupted(spec, draft)
    return draft


def _bounds(calling: Calling, config: ChatConfig, spec: ModelSpec, request: Request, claim: Callable[[], bool]) -> Bounds:
    return bounds_of(calling, spec, lambda: estimated(config, request, spec), lambda: counted(calling, config, spec), claim)


def _note(calling: Calling, spec: ModelSpec, draft: Draft, port: ProviderPort, bounds: Bounds) -> None:
    exchange = Exchange(spec, draft.model or spec.name, dict(draft.usage), origin_of(port), draft.tier)
    calling.tally.exchanges.append(exchange)
    if draft.done:
        bounds.settle(exchange.spent)
    else:  # what is told of an answer that came in part is less than what is charged
        bounds.keep()


def _prepared(calling: Calling, model: str, config: ChatConfig, *, stream: bool) -> tuple[ModelSpec, Request]:
    provider = calling.provider
    spec = provider.specs.chat_spec(model)
    refuse_unsupported(config, spec)
    request = provider.wire.request_from(config, spec, stream=stream)
    warn_of_dropped(config, spec, request)
    return spec, timed(request, calling.settings)


def _examined(response: LLMResponse, provider: Provider, request: Request, spec: ModelSpec) -> LLMResponse:
    if provider.examine is not None:
        provider.examine(request, response, spec)
    return response


def _broken(wire: Wire, error: Exception, spec: ModelSpec, draft: Draft) -> Exception:
    """Our error for a stream that broke, with what had arrived."""
    if isinstance(error, HttpFailure):
        error = ours_of(wire, error, spec)
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

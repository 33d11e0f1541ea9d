"""What a kit does, written once for both colours. Flows: no I/O here, only effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pydantic import ValidationError

from racto_nb.exceptions import RactoGatewayError, UnsupportedError, UsageError
from racto_nb.flow.effects import Emit, Flow, Stream, StreamId, next_event
from racto_nb.kits.calling import Calling, Surroundings
from racto_nb.kits.conversing import conversed
from racto_nb.kits.embedding import batches, joined, told
from racto_nb.kits.listing import with_listed_tools
from racto_nb.kits.middleware import Answer, Ask, through
from racto_nb.kits.recording import recorded, recorded_embedding
from racto_nb.kits.requesting import embedded, one_answer, streamed_turn
from racto_nb.kits.resolving import KitSettings, checked_embedding, resolved
from racto_nb.kits.structuring import checked, validation_failure
from racto_nb.kits.tracing import traced, traced_embedding
from racto_nb.kits.validating import until_valid
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import LLMResponse
from racto_nb.models.route import AUTO
from racto_nb.models.stream import StreamChunk, StreamDelta
from racto_nb.providers.abilities import refuse_unsupported_embedding
from racto_nb.providers.wire import ModelSpec, Provider, ProviderPort

ALONE = Surroundings()
Asking = Callable[[Ask], Stream[StreamChunk, LLMResponse]]


def chat(provider: Provider, settings: KitSettings, config: ChatConfig, around: Surroundings = ALONE) -> Flow[LLMResponse]:
    """One answer, through the kit's steps; with a response model, asked again until it is valid."""
    calling = Calling(provider, settings, around)
    config = yield from with_listed_tools(config)
    ask = _ask(calling, config, streamed=False)
    # What is not streamed emits nothing.
    return (yield from cast("Flow[LLMResponse]", _answered(calling, ask, lambda ask: _valid_answer(calling, ask))))


def stream(
    provider: Provider, settings: KitSettings, config: ChatConfig, around: Surroundings = ALONE
) -> Stream[StreamChunk, LLMResponse]:
    """One answer in pieces, through the kit's steps. Exactly one chunk is final: the last.

    It has the finish reason, the usage and the parsed JSON. A stream that ends before the provider's terminator raises
    StreamInterruptedError with the partial text. A final answer that does not fit the response model raises
    ResponseModelValidationError: what was streamed cannot be asked for again.
    """
    calling = Calling(provider, settings, around)
    unread: list[StreamId] = []
    config = yield from with_listed_tools(config)
    ask = _ask(calling, config, streamed=True)
    response = yield from _answered(calling, ask, lambda ask: _streamed_answer(calling, ask, unread))
    yield Emit(_final_chunk(response))
    yield from _read_to_the_end(unread)
    return response


def _ask(calling: Calling, config: ChatConfig, *, streamed: bool) -> Ask:
    provider, settings = calling.provider, calling.settings
    config, steps = resolved(config, settings), settings.steps
    specs = tuple(map(provider.specs.chat_spec, settings.models)) if steps.ordered else ()
    known = (provider.address, settings.fresh, steps.routes, specs, provider.settings)
    return Ask(provider.name, settings.model, config, streamed, *known)


def _answered(calling: Calling, ask: Ask, call: Asking) -> Stream[StreamChunk, LLMResponse]:
    """What came of `ask`: of a step that knew the answer, or of `call`. An error says whose it is."""

    def called(ask: Ask) -> Stream[StreamChunk, Answer]:
        _refuse_unrouted(ask)
        response = yield from call(ask)
        return Answer(response, calling.tally.origin)

    steps = calling.settings.steps
    passed = steps.ordered if calling.around.tape is None else steps.uncached
    try:
        answer = yield from recorded(calling, ask, traced(calling, ask, through(passed, ask, called)))
    except RactoGatewayError as error:
        error.provider, error.model = error.provider or ask.provider, error.model or ask.model
        if isinstance(brought := getattr(error, "response", None), LLMResponse):
            brought.spent = calling.tally.spent
        raise
    known = {"origin": answer.origin, "stored_at": answer.stored_at, "spent": calling.tally.spent}
    return answer.response.model_copy(update=known)


def _refuse_unrouted(ask: Ask) -> None:
    if ask.model == AUTO:
        msg = 'The router passed a question on to "auto". It names a model: onward(dataclasses.replace(ask, model=...)).'
        raise UsageError(msg)


def _valid_answer(calling: Calling, ask: Ask) -> Flow[LLMResponse]:
    """One answer after all calls of tools; with a response model, asked again until it is valid."""

    def answered(asked: ChatConfig) -> Flow[LLMResponse]:
        return one_answer(calling, ask.model, asked)

    redacted, tracer = calling.provider.redacted, calling.around.tracer

    def conversing(asked: ChatConfig) -> Flow[LLMResponse]:
        return _silent(conversed(asked, answered, streamed=False, redacted=redacted, tracer=tracer))

    return until_valid(ask.config, conversing)


def _silent(stream: Stream[StreamChunk, LLMResponse]) -> Flow[LLMResponse]:
    """`stream` as the flow that it is where nothing is emitted."""
    return cast("Flow[LLMResponse]", stream)


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


def _streamed_answer(calling: Calling, ask: Ask, unread: list[StreamId]) -> Stream[StreamChunk, LLMResponse]:
    config = ask.config
    response = yield from conversed(
        config,
        lambda asked: streamed_turn(calling, ask.model, asked, unread),
        streamed=True,
        redacted=calling.provider.redacted,
        tracer=calling.around.tracer,
    )
    try:
        return checked(response, config)
    except ValidationError as error:
        raise validation_failure(config, response, error, usages=[response.usage]) from error


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


def embed(
    provider: Provider, settings: KitSettings, config: EmbeddingConfig, around: Surroundings = ALONE
) -> Flow[EmbeddingResponse]:
    """The vectors of some texts, in their order, in as many requests as the model needs.

    A failure says in a note how many texts had been embedded, and paid for.
    """
    calling = Calling(provider, settings, around)
    config = checked_embedding(config)
    name = config.model or settings.embedding_model
    if provider.embed_port is None or name is None:
        message = f"{provider.name} offers no embeddings. {provider.instead_of_embeddings}"
        raise UnsupportedError(message, provider=provider.name, wish="embed")
    spec = provider.specs.embedding_spec(name)
    refuse_unsupported_embedding(config, spec)
    work = traced_embedding(calling, config, name, _embedded(calling, provider.embed_port, spec, config))
    return (yield from recorded_embedding(calling, config, name, work))


def _embedded(calling: Calling, port: ProviderPort, spec: ModelSpec, config: EmbeddingConfig) -> Flow[EmbeddingResponse]:
    parts: list[EmbeddingResponse] = []
    try:
        for part in batches(config, spec):
            answer = yield from embedded(calling, port, spec, part)
            parts.append(answer)
        return joined(parts)
    except Exception as error:
        told(error, parts, config)
        raise

"""From a question to an answer that names its passages. Kind: flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb.exceptions import MissingKitError, StreamInterruptedError, UsageError, WrongTypeError
from racto_nb.flow.effects import Emit, Flow, Stream, next_event
from racto_nb.flow.twins import opened
from racto_nb.kits.asking import asked
from racto_nb.kits.embedding import half_tokens
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.asking import AnsweringKit, StreamingKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.rag.citing import citations_in, outcome_of
from racto_nb.rag.filters import Filters
from racto_nb.rag.passages import ANSWERING, NOT_IN_CONTEXT, context_of, filled
from racto_nb.rag.results import RAGChunk, RAGResponse, RetrievalResult
from racto_nb.rag.retrieval import RetrievalOptions, Searched, retrieving

UNASKED = "unasked"
"""The origin of an answer that no model gave, since there was nothing to answer from."""
_MARGIN = 128
"""Tokens left free for what stands around messages."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: the `kit` (None: nobody), with which `prompt`, and the `template` of the message."""

    kit: AnsweringKit | None
    prompt: RactoPrompt | None
    template: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: the `question`, how its passages are found, and how the answer is made. `prompt` goes before all others."""

    question: str
    top_k: int
    filters: Filters
    options: RetrievalOptions
    prompt: RactoPrompt | None
    temperature: float
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A question that can be asked: the `config` for the kit, the `sources` in it, and the hits that did not fit."""

    config: ChatConfig
    sources: list[RetrievalResult]
    left_out: list[RetrievalResult]
    context: str


def answering(searched: Searched, answerer: Answerer, wanted: Wanted) -> Flow[RAGResponse]:
    """Find the passages, ask the kit, and tell which passages the answer names."""
    kit = refuse_nobody(answerer)
    ready = yield from readying(searched, answerer, wanted)
    if not ready.sources:
        return _nothing_found(wanted, ready)
    answer = yield from asked(kit, ready.config)
    return responded(answer, wanted.question, ready)


def streaming(searched: Searched, answerer: Answerer, wanted: Wanted) -> Stream[RAGChunk, RAGResponse]:
    """As `answering`, with the answer in pieces: first the passages, last the response."""
    kit = refuse_nobody(answerer)
    if not isinstance(kit, StreamingKit):
        msg = f"{type(kit).__name__} has no stream and astream. Use query() with it, or one of the kits of racto_nb."
        raise UsageError(msg)
    ready = yield from readying(searched, answerer, wanted)
    yield Emit(RAGChunk(sources=ready.sources))
    if not ready.sources:
        response = _nothing_found(wanted, ready)
        yield Emit(RAGChunk(text=NOT_IN_CONTEXT, response=response))
        return response
    stream = yield from opened(kit.stream, kit.astream, ready.config)
    last: StreamChunk | None = None
    while True:
        piece: StreamChunk | None = yield from next_event(stream)
        if piece is None:
            break
        last = piece
        if not piece.is_final:
            yield Emit(RAGChunk(piece.delta.text, ready.sources, piece))
    response = responded(_whole(last), wanted.question, ready)
    yield Emit(RAGChunk("" if last is None else last.delta.text, ready.sources, last, response))
    return response


def readying(searched: Searched, answerer: Answerer, wanted: Wanted) -> Flow[Ready]:
    """Find the passages and put the message together, without asking anybody."""
    hits = yield from retrieving(searched, wanted.question, wanted.top_k, wanted.filters, wanted.options)
    return prepared(hits, answerer, wanted)


def prepared(hits: Sequence[RetrievalResult], answerer: Answerer, wanted: Wanted) -> Ready:
    """The message for `hits`. Pure."""
    sources = _that_fit(hits, answerer, wanted)
    context = context_of(sources)
    # What nobody has chosen is not set: a model that takes no temperature would be warned about on every question.
    chosen: dict[str, Any] = {"temperature": wanted.temperature} if wanted.temperature else {}
    config = ChatConfig(
        user_message=filled(answerer.template, context, wanted.question),
        prompt=wanted.prompt or answerer.prompt or ANSWERING,
        max_tokens=wanted.max_tokens,
        **chosen,
    )
    return Ready(config, sources, list(hits[len(sources) :]), context)


def responded(answer: LLMResponse, question: str, ready: Ready) -> RAGResponse:
    """`answer` with what it says about its passages. Pure."""
    text = answer.content or ""
    citations, unknown = citations_in(text, ready.sources)
    return RAGResponse(
        answer=answer,
        sources=ready.sources,
        query=question,
        context_used=ready.context,
        outcome=outcome_of(text, citations),
        citations=citations,
        unknown_citations=unknown,
        left_out=ready.left_out,
    )


def refuse_nobody(answerer: Answerer) -> AnsweringKit:
    """The kit that answers. MissingKitError where there is none, WrongTypeError for what is none."""
    kit: Any = answerer.kit
    if kit is None:
        msg = "This RactoRAG finds passages, but has nobody to answer with. Give it a kit: RactoRAG(..., llm_kit=gpt.Chat())."
        raise MissingKitError(msg)
    if not isinstance(kit, AnsweringKit):
        msg = f"llm_kit is a kit, or something else with chat and achat, not {kit!r:.80}."
        raise WrongTypeError(msg)
    return kit


def _nothing_found(wanted: Wanted, ready: Ready) -> RAGResponse:
    """Nobody is asked about nothing: a model would answer from memory."""
    return RAGResponse(
        answer=LLMResponse(content=NOT_IN_CONTEXT, origin=UNASKED),
        sources=[],
        query=wanted.question,
        context_used=ready.context,
        outcome="not_in_context",
    )


def _that_fit(hits: Sequence[RetrievalResult], answerer: Answerer, wanted: Wanted) -> list[RetrievalResult]:
    """The best of `hits` that fit into the model's window together; the first always: if it is too long, the kit says so."""
    window = answerer.kit.spec.abilities.window if isinstance(answerer.kit, DeveloperKit) else None
    if window is None:
        return list(hits)
    prompt = wanted.prompt or answerer.prompt or ANSWERING
    room = window - wanted.max_tokens - _MARGIN - _tokens(prompt.compile() + answerer.template + wanted.question)
    kept: list[RetrievalResult] = []
    for hit in hits:
        room -= _tokens(context_of([hit]))
        if kept and room < 0:
            break
        kept.append(hit)
    return kept


def _tokens(text: str) -> int:
    """An estimate that is rather too high: three ASCII characters a token, others one and a third tokens each."""
    return -(-2 * half_tokens(text) // 3)


def _whole(last: StreamChunk | None) -> LLMResponse:
    """The whole answer that a stream ended with. Kits of racto_nb bring it; another kit's last piece is read."""
    if last is None or not last.is_final:
        said = "" if last is None else last.accumulated_text
        msg = f"The answer ended without its last piece: it may not be whole ({len(said)} characters had come)."
        raise StreamInterruptedError(msg, partial=said)
    if last.response is not None:
        return last.response
    known: dict[str, Any] = {} if last.finish_reason is None else {"finish_reason": last.finish_reason}
    return LLMResponse(content=last.accumulated_text, thinking=last.accumulated_thinking or None, usage=last.usage, **known)

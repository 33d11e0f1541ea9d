"""The span of a call, from its begin to its end, however it ends. Flows.

What it is told comes from the call's Tally, as the row of the ledger does. A caller who leaves is not kept waiting: his span ends
at once, and has no price, which is looked up in a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeVar, cast

from racto_nb.flow.effects import Flow, Moment, Stream, call, now
from racto_nb.kits.calling import Calling
from racto_nb.kits.middleware import Answer, Ask
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.models.stream import StreamChunk
from racto_nb.providers.pricing import price_of_all
from racto_nb.telemetry import describing
from racto_nb.telemetry.headers import failure_of
from racto_nb.telemetry.spans import Attributes, Content, Failure, Kind, Span, Tracer
from racto_nb.telemetry.within import within

T = TypeVar("T")
Item = TypeVar("Item")
_Ran = Callable[[list[Exception]], Flow[ToolRun]]


def traced(calling: Calling, ask: Ask, work: Stream[StreamChunk, Answer]) -> Stream[StreamChunk, Answer]:
    """What comes of `work`, the answer to `ask`, in a span of its own where calls are traced."""
    tracer, redacted = calling.around.tracer, calling.provider.redacted
    if tracer is None:
        return work
    server = describing.Server(ask.provider, ask.address)

    def told(span: Span, answer: Answer) -> None:
        response = answer.response
        known = describing.answered_chat(response, answer.origin)
        span.tell(known, lambda: describing.answer_texts(response, redacted))

    asked = describing.asked_chat(server, ask.model, ask.config, streamed=ask.streamed)
    opening = _Opening(tracer, f"{describing.CHAT} {ask.model}", asked, lambda: describing.question_texts(ask.config, redacted))
    return _traced(calling, opening, work, told)


def traced_embedding(
    calling: Calling, config: EmbeddingConfig, model: str, work: Flow[EmbeddingResponse]
) -> Flow[EmbeddingResponse]:
    """The vectors that come of `work`, in a span of its own where calls are traced. The texts are never in it."""
    tracer = calling.around.tracer
    if tracer is None:
        return work

    def told(span: Span, response: EmbeddingResponse) -> None:
        span.tell(describing.answered_embedding(response, calling.tally.origin))

    server = describing.Server(calling.provider.name, calling.provider.address)
    opening = _Opening(tracer, f"{describing.EMBEDDINGS} {model}", describing.asked_embedding(server, model, config))
    return cast("Flow[EmbeddingResponse]", _traced(calling, opening, work, told))


def traced_run(tracer: Tracer, asked: ToolCallResult, ran: _Ran, redacted: Callable[[str], str]) -> Flow[ToolRun]:
    """What comes of one call of a tool, in a span of its own. `ran` notes in a list what went wrong."""
    opening = _Opening(
        tracer,
        f"{describing.TOOL} {asked.name}",
        describing.asked_tool(asked),
        lambda: describing.tool_arguments(asked, redacted),
        kind="internal",
    )
    span, errors, failure = opening.begun(None), list[Exception](), None
    try:
        run = yield from cast("Flow[ToolRun]", within(span, ran(errors)))
        span.tell({}, lambda: describing.tool_result(run.content, redacted))
        failure = None if run.error is None else _failure_of_tool(run.error, errors)
        return run
    finally:
        span.end(failure=failure)


def _failure_of_tool(told: str, errors: list[Exception]) -> Failure:
    error = errors[0] if errors else None
    known = error if error is None or error.__cause__ is None or not type(error).__name__.startswith("_") else error.__cause__
    return Failure("_OTHER" if known is None else type(known).__name__.lstrip("_"), text=lambda: told)


def _traced(calling: Calling, opening: _Opening, work: Stream[Item, T], told: Callable[[Span, T], None]) -> Stream[Item, T]:
    began = yield from now()
    doing = _Doing(calling, opening.begun(began.wall), began)
    try:
        result = yield from within(doing.span, work)
        told(doing.span, result)
        yield from doing.account()
    except GeneratorExit:
        doing.leave()
        raise
    except Exception as error:
        doing.fail(error)
        yield from doing.account()
        raise
    finally:
        doing.span.end(at=doing.ended, failure=doing.failure)
    return result


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a span begins with."""

    tracer: Tracer
    name: str
    attributes: Attributes
    content: Content = dict
    kind: Kind = "client"

    def begun(self, at: float | None) -> Span:
        span = self.tracer.begin(self.name, self.attributes, kind=self.kind, at=at)
        span.tell({}, self.content)
        return span


@dataclass(slots=True)
class _Doing:
    """A call that is being made in `span`, since `began`."""

    calling: Calling
    span: Span
    began: Moment
    ended: float | None = None
    failure: Failure | None = None

    def account(self) -> Flow[None]:
        """Tell the span what the call used, and what that cost. The time that looking prices up takes is not the call's."""
        ended = yield from now()
        self.ended = self.began.wall + (ended.clock - self.began.clock)
        if not self.span.recording:
            return
        spent = self.calling.tally.spent
        cost: Decimal | None = yield from call(partial(price_of_all, spent))
        self._tell(cost)

    def leave(self) -> None:
        """The caller has left."""
        self._tell(None)
        self.span.tell({"racto_nb.left": True})

    def fail(self, error: Exception) -> None:
        """The call has failed."""
        self.failure = failure_of(error, self.calling.provider.redacted)

    def _tell(self, cost: Decimal | None) -> None:
        tally = self.calling.tally
        self.span.tell(describing.used(tally.spent, tally.requests, cost))
        if tally.first is not None:
            self.span.tell({"gen_ai.response.time_to_first_chunk": tally.first - self.began.clock})

"""Ask a kit, show the answer while it arrives, and make of it what the cell asked for.

Both colours share everything but the loop over the chunks: a cell that waits reads them itself, an answer in the background is
read on another thread's event loop, where cancelling it hangs up at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Generator
from contextlib import aclosing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from racto_nb._place import HERE, Place
from racto_nb._secrecy import Secrets
from racto_nb.budgets.budget import Budget
from racto_nb.exceptions import (
    ContextOverflowError,
    RactoGatewayError,
    ResponseModelValidationError,
    StreamInterruptedError,
    UnsupportedError,
)
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import ToolStop
from racto_nb.models.response import REPLAY, FinishReason, LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.notebook.display.arriving import AnswerDisplay
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.attaching import labels
from racto_nb.notebook.magics.crediting import answered_by, cost_of, origin_of
from racto_nb.notebook.magics.failing import Interrupted, incomplete
from racto_nb.notebook.magics.guarding import without_secrets
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.notebook.magics.shaping import shaped
from racto_nb.notebook.magics.trying import Tries, show_runs

_WORDS = {
    "native_thinking": ("--thinking", "shows no thinking. Leave out --thinking, or choose a model that reasons."),
    "tools": ("--tools", "calls no tools. Leave out --tools, or choose a model that does."),
}
"""What cells call the wishes of a ChatConfig, and what to do where a model does not fulfil them."""


@dataclass(slots=True)
class Answered:
    """How an answer ended: `result` with what arrived, and the `error` that must fail the cell, if any."""

    result: RactoResult
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of whom, and how: `frame` is the library of `--df`, `place` the variable that keeps the result.

    `cell` is where it was asked, which the ledger is told also of what runs when other cells do; `budget` is what it may cost.
    """

    kit: DeveloperKit
    question: Question
    shown: AnswerDisplay
    stream: bool = True
    frame: str | None = None
    place: str = "_racto"
    cell: Place = field(default_factory=HERE.get)
    budget: Budget | None = None

    @contextmanager
    def standing(self) -> Generator[None]:
        """What holds around all that is asked for it."""
        with HERE.block(self.cell), self.budget or nullcontext():
            yield


def answered(asking: Asking) -> Answered:
    """Ask and show. Errors are returned, not raised: what had arrived is kept either way."""
    began = time.perf_counter()
    try:
        asking.shown.open()  # in here, so that an interrupt that comes as soon as something is seen is met too
        with asking.standing():
            response, error = _received(asking), None
    except (KeyboardInterrupt, Exception) as caught:  # noqa: BLE001  (returned, and raised by the cell; nothing is swallowed)
        response, error = _ended(asking, caught)
    return _outcome(asking, response, error, seconds=time.perf_counter() - began)


async def answered_async(asking: Asking) -> Answered:
    """Ask and show, on an event loop, on a display that is open. To be cancelled is one of the errors that are returned."""
    began = time.perf_counter()
    try:
        with asking.standing():
            response, error = await _received_async(asking), None
    except (asyncio.CancelledError, Exception) as caught:  # noqa: BLE001  (returned, and raised by who waits for the answer)
        response, error = _ended(asking, caught)
    return _outcome(asking, response, error, seconds=time.perf_counter() - began)


def stopped(asking: Asking) -> Answered:
    """What the user stopped before it could end by itself."""
    response, error = _ended(asking, KeyboardInterrupt())
    return _outcome(asking, response, error, seconds=0.0)


def _received(asking: Asking) -> LLMResponse:
    tries = Tries(asking.question.config, asking.shown, stream=asking.stream)
    while True:
        try:
            return tries.whole(_ended_well(asking, _received_once(asking, tries.config)))
        except ResponseModelValidationError as failure:
            tries.go_on(failure)
        except ContextOverflowError as overflow:
            raise tries.no_room(overflow) from overflow


async def _received_async(asking: Asking) -> LLMResponse:
    tries = Tries(asking.question.config, asking.shown, stream=asking.stream)
    while True:
        try:
            return tries.whole(_ended_well(asking, await _received_once_async(asking, tries.config)))
        except ResponseModelValidationError as failure:
            tries.go_on(failure)
        except ContextOverflowError as overflow:
            raise tries.no_room(overflow) from overflow


def _received_once(asking: Asking, config: ChatConfig) -> LLMResponse:
    if not asking.stream:
        return _shown_at_once(asking, asking.kit.chat(config))
    chunks = asking.kit.stream(config)
    try:
        while True:
            _show(asking, next(chunks))
    except StopIteration as done:
        return done.value
    finally:
        chunks.close()


async def _received_once_async(asking: Asking, config: ChatConfig) -> LLMResponse:
    if not asking.stream:
        return _shown_at_once(asking, await asking.kit.achat(config))
    last = StreamChunk()
    async with aclosing(asking.kit.astream(config)) as chunks:
        async for last in chunks:
            _show(asking, last)
    return last.response or _partial(asking)


def _show(asking: Asking, chunk: StreamChunk) -> None:
    if chunk.delta.thinking:
        asking.shown.think(chunk.delta.thinking)
    if chunk.delta.text:
        asking.shown.push(chunk.delta.text)
    if chunk.tool_calls and not chunk.is_final:
        asking.shown.called(chunk.tool_calls)
    if chunk.tool_runs and not chunk.is_final:
        asking.shown.ran(chunk.tool_runs)


def _shown_at_once(asking: Asking, response: LLMResponse) -> LLMResponse:
    """Show an answer that was not streamed, with the turns that led to it."""
    left = list(response.tool_runs)
    for turn in response.messages[:-1]:
        if not turn.tool_calls:
            continue  # the result of a tool, which is among the runs
        asking.shown.push(turn.content)
        asking.shown.called(turn.tool_calls)
        now, left = left[: len(turn.tool_calls)], left[len(turn.tool_calls) :]
        asking.shown.ran(now)
    if response.thinking:
        asking.shown.think(response.thinking)
    asking.shown.push(response.content or "")
    return response


def _ended_well(asking: Asking, response: LLMResponse) -> LLMResponse:
    if response.tool_calls and response.tool_stop in {ToolStop.TURN_LIMIT, ToolStop.NO_FUNCTION}:
        asking.shown.called(response.tool_calls, left=True)
    return response


def _outcome(asking: Asking, response: LLMResponse, error: BaseException | None, *, seconds: float) -> Answered:
    kit, question = asking.kit, asking.question
    response = without_secrets(response, Secrets.of(os.environ))
    origin = origin_of(response, error)
    result = RactoResult(
        text=response.content or "",
        response=response,
        model=answered_by(kit, response),
        prompt_text=replace(question, truncation=response.truncation).prompt_text,
        cost=cost_of(kit, response),
        seconds=0.0 if origin == REPLAY else seconds,
        complete=error is None or response.finish_reason is FinishReason.STOP,
        code="json" if question.wants_json else "",
        thought=asking.shown.thought,
        steps=asking.shown.steps,
        attached=labels(question.config.attachments),
        age=None if response.stored_at is None else max(0.0, time.time() - response.stored_at.timestamp()),
        origin=origin,
    )
    if error is None and _is_called_for(response, question):
        return Answered(result)
    window = kit.spec_of(response).abilities.window
    if error is None and (cut := incomplete(response, window=window, place=asking.place)) is not None:
        result, error = replace(result, complete=response.finish_reason is FinishReason.STOP), cut
    if error is None:
        result, error = shaped(result, question, asking.frame, place=asking.place)
    return Answered(result) if error is None else Answered(replace(result, warning=_warning(result)), error)


def _is_called_for(response: LLMResponse, question: Question) -> bool:
    """Whether the answer is a call of a tool without a function, such as a class: then its arguments are what was asked for."""
    return response.tool_stop is ToolStop.NO_FUNCTION and bool(response.tool_calls) and not question.wants_json


def _warning(failed: RactoResult) -> str:
    """What is said below an answer that failed its cell."""
    if failed.response.tool_stop is ToolStop.TURN_LIMIT:
        return "rounds of calls used up"
    if not failed.text.strip():
        return "no answer"
    return "not the asked shape" if failed.complete else "incomplete"


def _ended(asking: Asking, error: BaseException) -> tuple[LLMResponse, BaseException]:
    """What had arrived of an answer that `error` ended, and the error that the cell shall raise."""
    shown = asking.shown
    shown.stop()
    if not isinstance(error, Exception):
        kept = f"the partial answer is kept in {asking.place}.text" if shown.text else "no answer had arrived"
        # On an event loop a KeyboardInterrupt would end the loop itself.
        kind = asyncio.CancelledError if isinstance(error, asyncio.CancelledError) else Interrupted
        return _partial(asking), kind(kept)
    if not asking.stream:
        show_runs(shown, error.tool_runs if isinstance(error, RactoGatewayError) else ())
    if (late := _brought(error)) and not shown.text:
        shown.push(late)
    return _partial(asking, error), _in_the_words_of_cells(error)


def _in_the_words_of_cells(error: Exception) -> Exception:
    """`error`, where it names a field of ChatConfig that cells write otherwise, in their words."""
    if not isinstance(error, UnsupportedError) or error.wish not in _WORDS:
        return error
    said = str(error).partition(" cannot do ")[0]
    option, why = _WORDS[error.wish]
    return UnsupportedError(f"{said} {why} Nothing was sent.", provider=error.provider or "", wish=option)


def _brought(error: Exception) -> str:
    """What had arrived of an answer that was not streamed: its error brings it."""
    match error:
        case ResponseModelValidationError():
            return error.raw_response or ""
        case StreamInterruptedError():
            return error.partial
        case _:
            return ""


def _partial(asking: Asking, error: Exception | None = None) -> LLMResponse:
    """The answer that did not come whole, or not in the asked shape. The error knows it where it did come."""
    known = error.response if isinstance(error, ResponseModelValidationError) else None
    if isinstance(known, LLMResponse):
        return known
    text, thought = asking.shown.text, asking.shown.thought
    return LLMResponse(
        content=text or None,
        thinking=thought.text if thought is not None else None,
        finish_reason=FinishReason.ERROR,
        model=asking.kit.model,
        tool_runs=list(asking.shown.runs),
    )

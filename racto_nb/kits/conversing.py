"""Tools that the model calls: carried out, told to it, and asked on, until it answers. Kind: flow.

The transcript is the real one: the model's calls and their results, by id, follow the question, and nothing of it is put in words
of ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from racto_nb.exceptions import MalformedAnswerError, RactoGatewayError, UsageError
from racto_nb.flow.effects import Emit, Stream
from racto_nb.kits.running import carried_out
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.messages import Message, MessageRole, ToolRun, ToolStop
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.sources import ToolSource
from racto_nb.models.stream import StreamChunk, joined_halves
from racto_nb.models.usage import added
from racto_nb.providers.pairing import identified
from racto_nb.telemetry.spans import Tracer


def conversed(
    config: ChatConfig,
    answered: Callable[[ChatConfig], Stream[StreamChunk, LLMResponse]],
    *,
    streamed: bool,
    redacted: Callable[[str], str] = str,
    tracer: Tracer | None = None,
) -> Stream[StreamChunk, LLMResponse]:
    """What `answered` gives for `config`; with `auto_execute_tools`, asked on with the results of tools until it is no call.

    The usage is the sum over all turns, and `messages` are all of them. Where it is `streamed`, two chunks stand between two
    turns: the calls that are about to run, and what came of them. `redacted` takes keys out of what tools' errors say, and
    with a `tracer` each call of a tool is a span.
    """
    if config.tools is None or not config.auto_execute_tools:
        return (yield from answered(config))
    talk = _Talk(config)
    while True:
        try:
            response = yield from answered(talk.asked)
        except Exception as error:
            if talk.mended(error):
                continue
            talk.note(error)
            raise
        talk.usages.append(response.usage)
        if (stop := talk.stop(response, config.tools)) is not None:
            return talk.finished(response, stop)
        turn = identified([*talk.said, *response.messages])[-1]
        if streamed:
            yield Emit(StreamChunk(tool_calls=turn.tool_calls))
        came = yield from carried_out(config.tools, turn.tool_calls, redacted, tracer)
        if streamed:
            yield Emit(_told_in_a_stream(came))
        talk.runs += came
        talk.said += [turn, *map(_told, came)]


@dataclass(slots=True)
class _Talk:
    """What was said after the question, which calls were carried out, and what each answer cost."""

    config: ChatConfig
    usages: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    runs: list[ToolRun] = field(default_factory=list[ToolRun])
    said: list[Message] = field(default_factory=list[Message])

    @property
    def asked(self) -> ChatConfig:
        """What to ask next."""
        return OngoingChat.after(self.config, self.said) if self.said else self.config

    def stop(self, response: LLMResponse, source: ToolSource) -> ToolStop | None:
        """Why to go no further, None to carry out the calls of `response`."""
        if response.finish_reason is not FinishReason.TOOL_CALL or not response.tool_calls:
            return ToolStop.ANSWERED if response.finish_reason is FinishReason.STOP else ToolStop.ENDED_EARLY
        if any(call.name in source and source.get_callable(call.name) is None for call in response.tool_calls):
            return ToolStop.NO_FUNCTION
        return None if len(self.usages) <= self.config.max_tool_turns else ToolStop.TURN_LIMIT

    def finished(self, response: LLMResponse, stop: ToolStop) -> LLMResponse:
        """The last answer, with all that was said before it."""
        messages = [*self.said, *response.messages]
        whole = {"usage": added(*self.usages), "messages": messages, "tool_runs": self.runs, "tool_stop": stop}
        return response.model_copy(update=whole)

    def mended(self, error: Exception) -> bool:
        """Whether the model is told of a call whose arguments are no JSON: not where it was cut, or where no round is left."""
        response = error.response if isinstance(error, MalformedAnswerError) else None
        if not isinstance(response, LLMResponse) or response.finish_reason is not FinishReason.TOOL_CALL:
            return False
        if len(self.usages) >= self.config.max_tool_turns:
            return False
        self.usages.append(response.usage)
        bad = joined_halves(response.content or "(a call of a tool that could not be read)")
        told = joined_halves(f"{error} Call the tool again, its arguments as one JSON object.")
        self.said += [Message(role=MessageRole.ASSISTANT, content=bad), Message(role=MessageRole.USER, content=told)]
        return True

    def note(self, error: Exception) -> None:
        """Say which calls an answer that failed had led to: what they did is done."""
        if not self.runs:
            return
        if isinstance(error, RactoGatewayError):
            error.tool_runs = tuple(self.runs)
        names = ", ".join(run.name for run in self.runs)
        many = "s" if len(self.runs) > 1 else ""
        error.add_note(f"Before this, {len(self.runs)} call{many} of tools had been carried out: {names}.")


def refuse_async_tools(config: ChatConfig) -> None:
    """Raise UsageError where a synchronous method would have to carry out async tools, before anything is sent."""
    if not isinstance(config, ChatConfig) or not config.auto_execute_tools or config.tools is None:  # pyright: ignore[reportUnnecessaryIsInstance]
        return  # what is no ChatConfig is refused where all of it is checked
    for tool in config.tools.schemas:
        if inspect.iscoroutinefunction(config.tools.get_callable(tool.name)):
            message = (
                f"The tool {tool.name!r} is async. Ask with achat or astream, which can await it, or register a plain function. "
                "Nothing was sent."
            )
            raise UsageError(message)


def _told_in_a_stream(runs: Sequence[ToolRun]) -> StreamChunk:
    chunk = StreamChunk()
    chunk.tool_runs = tuple(runs)
    return chunk


def _told(run: ToolRun) -> Message:
    failed = run.error is not None
    return Message(role=MessageRole.TOOL, content=run.content, tool_call_id=run.id, name=run.name, is_error=failed)

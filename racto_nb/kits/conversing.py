"""Tools that the model calls: carried out, told to it, and asked on, until it answers. Kind: flow.

The transcript is the real one: the model's calls and their results, by id, follow the question, and nothing of it is put in words
of ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

from pydantic import ValidationError
from pydantic_core import to_json

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import Emit, Flow, Stream, call, together
from racto_nb.kits.structuring import reasons_of
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.messages import Message, MessageRole, ToolCallResult, ToolRun, ToolStop
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.sources import ToolSource
from racto_nb.models.stream import StreamChunk, joined_halves
from racto_nb.models.usage import added
from racto_nb.providers.conversation import identified

AT_ONCE = 8
"""Most calls of one turn that run side by side."""


def conversed(
    config: ChatConfig, answered: Callable[[ChatConfig], Stream[StreamChunk, LLMResponse]], *, streamed: bool
) -> Stream[StreamChunk, LLMResponse]:
    """What `answered` gives for `config`; with `auto_execute_tools`, asked on with the results of tools until it is no call.

    The usage is the sum over all turns, and `messages` are all of them. Where it is `streamed`, two chunks stand between two
    turns: the calls that are about to run, and what came of them.
    """
    usages: list[dict[str, int]] = []
    runs: list[ToolRun] = []
    said: list[Message] = []
    asked = config
    while True:
        try:
            response = yield from answered(asked)
        except Exception as error:
            _note(error, runs)
            raise
        usages.append(response.usage)
        stop = _stop(config, response, turns=len(usages) - 1)
        if config.tools is None or stop is not None or not config.auto_execute_tools:
            whole = {"usage": added(*usages), "messages": [*said, *response.messages], "tool_runs": runs, "tool_stop": stop}
            return response.model_copy(update=whole) if config.auto_execute_tools else response
        turn = identified([*said, *response.messages])[-1]
        if streamed:
            yield Emit(StreamChunk(tool_calls=turn.tool_calls))
        came = yield from carried_out(config.tools, turn.tool_calls)
        if streamed:
            yield Emit(_told_in_a_stream(came))
        runs += came
        said += [turn, *map(_told, came)]
        asked = OngoingChat.after(config, said)


def _note(error: Exception, runs: Sequence[ToolRun]) -> None:
    """Say which calls an answer that failed had led to: what they did is done."""
    if runs:
        names = ", ".join(run.name for run in runs)
        error.add_note(f"Before this, {len(runs)} call{'s' if len(runs) > 1 else ''} of tools had been carried out: {names}.")


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


def _stop(config: ChatConfig, response: LLMResponse, *, turns: int) -> ToolStop | None:
    """Why to go no further after so many turns of tools, None to carry out the calls of `response`."""
    if not config.auto_execute_tools:
        return None
    if response.finish_reason is not FinishReason.TOOL_CALL or not response.tool_calls:
        return ToolStop.ANSWERED
    source = config.tools
    if source is None or any(call.name in source and source.get_callable(call.name) is None for call in response.tool_calls):
        return ToolStop.NO_FUNCTION
    return ToolStop.TURN_LIMIT if turns >= config.max_tool_turns else None


def carried_out(source: ToolSource, calls: Sequence[ToolCallResult]) -> Flow[list[ToolRun]]:
    """What came of `calls`, in their order; they run side by side."""
    return (yield from together([_run(source, asked) for asked in calls], limit=AT_ONCE))


def _run(source: ToolSource, asked: ToolCallResult) -> Flow[ToolRun]:
    """What came of one call. Whatever the tool raises is told to the model, which may ask otherwise, and kept."""
    try:
        arguments = source.validated(asked.name, asked.arguments)
        function = source.get_callable(asked.name)
        if function is None:  # it was unregistered meanwhile
            return _failed(asked, f"There is no function for {asked.name!r}.")
        value = yield from call(function, arguments)
        return ToolRun(id=asked.id, name=asked.name, arguments=asked.arguments, content=_as_text(value))
    except ValidationError as error:
        return _failed(asked, f"The arguments are not valid: {reasons_of(error, most=10)}")
    except Exception as error:  # noqa: BLE001  (it is told to the model, and is on the response)
        return _failed(asked, f"{type(error).__name__}: {error}")


def _failed(asked: ToolCallResult, reason: str) -> ToolRun:
    reason = joined_halves(reason)
    return ToolRun(id=asked.id, name=asked.name, arguments=asked.arguments, content=f"Error: {reason}", error=reason)


def _told_in_a_stream(runs: Sequence[ToolRun]) -> StreamChunk:
    chunk = StreamChunk()
    chunk.tool_runs = tuple(runs)
    return chunk


def _told(run: ToolRun) -> Message:
    failed = run.error is not None
    return Message(role=MessageRole.TOOL, content=run.content, tool_call_id=run.id, name=run.name, is_error=failed)


def _as_text(value: object) -> str:
    """A result as the model reads it: a text as it is, anything else as JSON, and what has no JSON as `str` shows it."""
    if isinstance(value, str):
        return joined_halves(value)
    try:
        return to_json(value, fallback=str, bytes_mode="base64", inf_nan_mode="constants").decode()
    except Exception:  # noqa: BLE001  (whatever a foreign object raises while it is looked at)
        return joined_halves(str(value))

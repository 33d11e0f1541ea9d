"""What a draft gives the caller: the chunks that one event added, and the whole response. Pure."""

from __future__ import annotations

import json
from itertools import zip_longest
from textwrap import shorten
from typing import Any, cast

from racto_nb.exceptions import MalformedAnswerError
from racto_nb.models.messages import Message, MessageRole, ToolCallResult
from racto_nb.models.raw import readable
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.stream import StreamChunk, StreamDelta, joined_halves
from racto_nb.providers.wire import CallDraft, Draft, ModelSpec


def chunks_between(before: Draft, after: Draft, event: Any) -> list[StreamChunk]:
    """The chunks that one event added: none when it added neither text, thinking, nor a part of a tool call.

    There is one for each call that it added to. Text and thinking are in the first.
    """
    text = after.said.between(before.said_count, after.said_count)
    thinking = after.thought.between(before.thought_count, after.thought_count)
    if after.calls is before.calls:
        return [_chunk(StreamDelta(text, thinking), after, event)] if text or thinking else []
    deltas = _call_deltas(before.calls, after.calls)
    if text or thinking:
        first = deltas[0] if deltas else StreamDelta()
        first.text, first.thinking = text, thinking
        deltas[:1] = [first]
    return [_chunk(delta, after, event) for delta in deltas]


def _chunk(delta: StreamDelta, draft: Draft, event: Any) -> StreamChunk:
    chunk = StreamChunk(delta, is_thinking=not delta.text and bool(delta.thinking), raw=event)
    return chunk.after(draft.said, draft.said_count, draft.thought, draft.thought_count)


def _call_deltas(before: tuple[CallDraft, ...], after: tuple[CallDraft, ...]) -> list[StreamDelta]:
    """What was added to each call. Calls keep their places, so each is compared with the one in its place."""
    deltas: list[StreamDelta] = []
    for call, known in zip_longest(after, before):
        if call is not known:
            fragment = call.written.between(known.written_count if known else 0, call.written_count)
            deltas.append(StreamDelta("", "", call.id or None, call.name or None, fragment or None))
    return deltas


def response_of(draft: Draft, spec: ModelSpec, raw: Any) -> LLMResponse:
    """The finished draft as a response. `content` is the text as it came, None when there is none.

    Raises MalformedAnswerError, with the response without it, for a tool call whose arguments are not a JSON object.
    """
    response = LLMResponse(
        content=draft.text or None,
        thinking=draft.thinking or None,
        tool_calls=list(draft.tool_calls),
        finish_reason=draft.finish_reason or FinishReason.STOP,
        usage=dict(draft.usage),
        model=draft.model or spec.name,
        raw=readable(raw),
    )
    for call in draft.calls:
        response.tool_calls.append(_finished(call, response, spec))
    own = None if draft.own is None else {f"{spec.provider}:{spec.name}": draft.own}
    turn = Message(role=MessageRole.ASSISTANT, content=joined_halves(draft.text), tool_calls=response.tool_calls, own=own)
    response.messages.append(turn)
    return response


def _finished(call: CallDraft, response: LLMResponse, spec: ModelSpec) -> ToolCallResult:
    try:
        arguments: object = json.loads(joined_halves(call.arguments) or "{}")
    except (ValueError, RecursionError):  # no JSON, or lists within lists without end
        arguments = None
    if isinstance(arguments, dict):
        return ToolCallResult(id=call.id, name=call.name, arguments=cast("dict[str, Any]", arguments))
    cut = " The answer was cut: raise max_tokens." if response.finish_reason is FinishReason.LENGTH else " Ask again."
    message = (
        f"{spec.provider}:{spec.name} called the tool {call.name!r} with arguments that are not a JSON object: "
        f"{shorten(call.arguments, 200, placeholder=' …')!r}.{cut}"
    )
    raise MalformedAnswerError(message, response=response)

"""Ollama's replies and the lines of its streams, folded into a draft. Pure; the hot path of streaming.

A reply that is not streamed is one such line. The line with `done` is the last one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.wire import CallDraft, Draft

_FINISH = {"": FinishReason.STOP, "stop": FinishReason.STOP, "length": FinishReason.LENGTH}
"""Why an answer ended. "load" and "unload" come without one; older servers give no reason."""


class _Function(msgspec.Struct):
    name: str = ""
    arguments: dict[str, Any] | str | None = None


class _Call(msgspec.Struct):
    id: str | None = None
    function: _Function | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class Line(msgspec.Struct):
    """A line of a stream, or a whole reply, as far as it is used."""

    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    model: str | None = None
    error: object = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None


_decode = msgspec.json.Decoder(Line).decode


def advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more line. Raises Refused for one that is an error, Unreadable for one that is none of the protocol."""
    try:
        line = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{error}: {data[:80]!r}", answering=True) from error
    return _told(draft, line)


def reply(draft: Draft, raw: Mapping[str, Any]) -> Draft:
    """The draft in a whole reply. Raises Unreadable for what is none."""
    if "message" not in raw and "error" not in raw:
        message = f"a JSON object with {', '.join(map(repr, sorted(raw)[:5])) or 'nothing'} in it"
        raise Unreadable(message)
    try:
        return _told(draft, msgspec.convert(raw, Line))
    except (msgspec.ValidationError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def _told(draft: Draft, line: Line) -> Draft:
    if line.error is not None:
        raise Refused(str(line.error), status=None)
    if (message := line.message) is not None:
        if message.thinking:
            draft = draft.with_thinking(message.thinking)
        if message.content:
            draft = draft.with_text(message.content)
        for call in message.tool_calls or ():
            draft = _called(draft, call)
    return _ended(draft, line) if line.done else draft


def _called(draft: Draft, call: _Call) -> Draft:
    """A call comes whole, its arguments as an object, and in any line of the stream."""
    function = call.function or _Function()
    told = function.arguments
    written = told if isinstance(told, str) else msgspec.json.encode(told or {}).decode()
    return draft.with_call(CallDraft(len(draft.calls), call.id or "", function.name).with_piece(written))


def _ended(draft: Draft, line: Line) -> Draft:
    reason = _FINISH.get(line.done_reason or "", FinishReason.ERROR)
    if reason is FinishReason.STOP and draft.calls:
        reason = FinishReason.TOOL_CALL
    counted = line.prompt_eval_count is not None or line.eval_count is not None
    usage = usage_of(line.prompt_eval_count or 0, line.eval_count or 0) if counted else {}
    own = {"thinking": draft.thinking} if draft.calls and draft.thought_count else None  # it goes back with the results
    return replace(draft, finish_reason=reason, usage=usage, model=line.model or None, done=True, closed=True, own=own)

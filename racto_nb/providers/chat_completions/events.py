"""Replies and stream events of Chat Completions, folded into a draft. Pure; the hot path of streaming.

Events are read from their bytes into typed structures, which costs a fraction of what an SDK's typed objects do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.providers.chat_completions.mending import mended, patiently_read
from racto_nb.providers.chat_completions.reading import chat_usage
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import CallDraft, Draft

DONE = b"[DONE]"
FINISH = {
    "stop": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALL,
    "function_call": FinishReason.TOOL_CALL,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "max_output_tokens": FinishReason.LENGTH,
    # Words of compatible servers.
    "end_turn": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "stop_sequence": FinishReason.STOP,
}
"""Why an answer ended. A word that is not here is an error: nobody knows whether the answer is whole."""


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: object = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    # `object` where compatible servers differ.
    content: object = None
    refusal: object = None
    reasoning_content: object = None
    reasoning: object = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    index: int | None = 0


class ChatEvent(msgspec.Struct):
    """An event of a stream, as far as it is used."""

    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    service_tier: object = None
    error: object = None
    message: str | None = None
    code: str | int | None = None


_Event = TypeVar("_Event", bound=ChatEvent)
_decoder = msgspec.json.Decoder(ChatEvent)


def chat_advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more event. Raises Refused for an event that is an error, Unreadable for one that is none at all."""
    return event_folded(draft, data, _decoder, _folded)


def _folded(draft: Draft, event: ChatEvent) -> Draft:
    return other_event(draft, event) if event.choices is None else chat_event(draft, event)


def event_folded(
    draft: Draft, data: bytes, decoder: msgspec.json.Decoder[_Event], folded: Callable[[Draft, _Event], Draft]
) -> Draft:
    """The draft that `folded` makes with the event in `data`, closed by the mark at the end. Raises Unreadable for no event."""
    try:
        event = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if (said := data.strip()) in {b"", DONE}:
            return replace(draft, closed=True) if said else draft
        event = patiently_read(data, decoder.type)
        return mended(draft, folded(draft, event))
    return folded(draft, event)


def other_event(draft: Draft, event: ChatEvent) -> Draft:
    """The draft as it was after an event without a choice. Raises Refused for one that is an error."""
    told = event.message is not None and event.code is not None  # an error that stands alone, as vLLM sends it
    if event.error is not None or told:
        raise refused(event.error or {"message": event.message, "code": event.code})
    return draft


def chat_event(draft: Draft, event: ChatEvent) -> Draft:
    """The draft after an event with choices, of which the first is the answer."""
    for choice in event.choices or ():
        if not choice.index and not draft.done:  # what comes after the end belongs to no answer
            draft = _chosen(draft, choice)
    if event.error is not None:
        raise refused(event.error)
    if event.usage is not None:
        draft = replace(draft, usage=chat_usage(event.usage), tier=as_text(event.service_tier) or draft.tier)
    if draft.model is None and event.model:
        draft = replace(draft, model=event.model)
    return draft


def _chosen(draft: Draft, choice: _Choice) -> Draft:
    delta = choice.delta
    if delta is not None:
        if text := delta.content or delta.refusal:
            draft = draft.with_text(text if isinstance(text, str) else _text_of(text))
        if isinstance(thinking := delta.reasoning_content or delta.reasoning, str) and thinking:
            draft = _thought(draft, thinking, "reasoning_content" if delta.reasoning_content else "reasoning")
        for part in delta.tool_calls or ():
            draft = _call_part(draft, part)
        if delta.refusal:
            draft = replace(draft, finish_reason=FinishReason.CONTENT_FILTER)
    if choice.finish_reason:
        return replace(draft, finish_reason=_reason(draft, choice.finish_reason), done=True, own=_own(draft))
    return draft


def _thought(draft: Draft, piece: str, key: str) -> Draft:
    return (draft if draft.own else replace(draft, own={key: ""})).with_thinking(piece)


def _own(draft: Draft) -> dict[str, str] | None:
    """The reasoning that led to calls of tools, under the name that it came by: some servers want it back with their results."""
    return dict.fromkeys(draft.own, draft.thinking) if draft.own and draft.calls else None


def _reason(draft: Draft, word: str) -> FinishReason:
    """Why the answer ended: `word`, unless what came before says more. A forced call of a tool, for one, ends with "stop"."""
    if draft.finish_reason is FinishReason.CONTENT_FILTER:
        return FinishReason.CONTENT_FILTER
    reason = FINISH.get(word, FinishReason.ERROR)
    return FinishReason.TOOL_CALL if reason is FinishReason.STOP and draft.calls else reason


def _text_of(parts: object) -> str:
    """The text in a list of parts, which some compatible servers send in place of a text."""
    return "".join(text for part in as_objects(parts) if isinstance(text := part.get("text"), str))


def _call_part(draft: Draft, part: _Call) -> Draft:
    function = part.function or _Function()
    call = _call_of(draft, part, named=bool(function.name))
    call = replace(call, id=call.id or part.id or "", name=call.name or function.name or "")
    if not (told := function.arguments):
        return draft.with_call(call)
    # Some compatible servers send the object and not its JSON.
    return draft.with_call(call.with_piece(told if isinstance(told, str) else msgspec.json.encode(told).decode()))


def _call_of(draft: Draft, part: _Call, *, named: bool) -> CallDraft:
    """The call that `part` continues, or a new one.

    Compatible servers send whole calls without an index, or all with the same one: a name with another id begins a call.
    """
    calls = draft.calls
    if part.index is not None:
        known = draft.known_call(part.index)
    else:
        known = next((call for call in calls if part.id and call.id == part.id), None if named or not calls else calls[-1])
    if known is not None and named and known.name and part.id and known.id and part.id != known.id:
        known = None
    if known is not None:
        return known
    free = part.index is not None and draft.known_call(part.index) is None
    return CallDraft(cast("int", part.index) if free else max((call.key for call in calls), default=-1) + 1)


def chat_reply(draft: Draft, reply: Mapping[str, Any]) -> Draft:
    """The draft in a whole Chat Completions reply."""
    if (error := reply.get("error")) is not None:
        raise refused(error)
    choices = as_objects(reply.get("choices"))
    if not choices:
        return draft
    message = as_object(choices[0].get("message"))
    calls = [{**call, "index": place} for place, call in enumerate(as_objects(message.get("tool_calls")))]
    whole = {"delta": {**message, "tool_calls": calls}, "finish_reason": choices[0].get("finish_reason")}
    try:
        draft = _chosen(draft, msgspec.convert(whole, _Choice))
    except (msgspec.ValidationError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    model, tier = as_text(reply.get("model")) or None, as_text(reply.get("service_tier"))
    return replace(draft, usage=chat_usage(reply.get("usage")), model=model, tier=tier)


def refused(error: object) -> Refused:
    """The error inside a stream or a reply that itself came with status 200."""
    told = as_object(error)
    if "message" not in told:
        return Refused(str(error or "no reason was given"), status=None)
    return Refused(str(told["message"] or ""), status=None, code=str(told.get("code") or told.get("type") or ""))

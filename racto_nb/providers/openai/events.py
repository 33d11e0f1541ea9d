"""OpenAI's replies and stream events, folded into a draft. Pure; the hot path of streaming.

Events are read from their bytes into typed structures, which costs a fraction of what the SDK's typed objects do. One structure
serves both APIs: an event of Responses has a `type`, one of Chat Completions has `choices`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.providers.chat_completions.events import FINISH, ChatEvent, chat_event, event_folded, other_event, refused
from racto_nb.providers.chat_completions.reading import counted
from racto_nb.providers.openai.completing import completed
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import Draft


class Event(ChatEvent):
    """An event of either API, as far as it is used."""

    type: str = ""
    delta: object = None
    output_index: int | None = 0
    item: dict[str, Any] | None = None
    response: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Event)


def advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more event. Raises Refused for an event that is an error, Unreadable for one that is none at all."""
    return event_folded(draft, data, _decoder, _folded)


def _folded(draft: Draft, event: Event) -> Draft:
    if event.type == "response.output_text.delta" and isinstance(event.delta, str):
        return draft.with_text(event.delta)
    if event.choices is not None:
        return chat_event(draft, event)
    if event.type.startswith("response."):
        return _responses_event(draft, event)
    if event.type == "error":
        raise refused(event.error or {"message": event.message, "code": event.code})
    return other_event(draft, event)


def _responses_event(draft: Draft, event: Event) -> Draft:
    match event.type:
        case "response.refusal.delta":
            return replace(draft.with_text(as_text(event.delta)), finish_reason=FinishReason.CONTENT_FILTER)
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            return draft.with_thinking(as_text(event.delta))
        case "response.reasoning_summary_part.added" if draft.thought_count:
            return draft.with_thinking("\n\n")
        case "response.output_item.added" | "response.output_item.done" if event.item is not None:
            return _item_event(draft, event.item, event.output_index or 0, whole=event.type.endswith("done"))
        case "response.function_call_arguments.delta":
            return draft.with_call(draft.call(event.output_index or 0).with_piece(as_text(event.delta)))
        case "response.completed" | "response.incomplete":
            whole = {**(event.response or {}), "status": event.type.removeprefix("response.")}
            return replace(ended(completed(draft, said(Draft(), whole)), whole), closed=True)
        case "response.failed":
            raise refused((event.response or {}).get("error"))
        case _:
            return draft


def _item_event(draft: Draft, item: Mapping[str, Any], place: int, *, whole: bool) -> Draft:
    if item.get("type") != "function_call":
        return draft
    known = draft.call(place)
    call = replace(known, id=known.id or as_text(item.get("call_id")), name=known.name or as_text(item.get("name")))
    if whole and not call.arguments and (arguments := as_text(item.get("arguments"))):  # they came in no event of their own
        call = call.with_piece(arguments)
    return draft if call == known else draft.with_call(call)


def ended(draft: Draft, response: Mapping[str, Any]) -> Draft:
    """The draft at the end of a Responses answer: why it ended, what it used, who answered."""
    reason = FinishReason.TOOL_CALL if draft.calls else draft.finish_reason or FinishReason.STOP
    if response.get("status") == "incomplete":
        why = as_text(as_object(response.get("incomplete_details")).get("reason"))
        reason = FINISH.get(why, FinishReason.ERROR)
    usage = counted(response.get("usage"), "input_tokens", "output_tokens")
    own = _own(response) if draft.calls else None
    model, tier = as_text(response.get("model")) or None, as_text(response.get("service_tier"))
    return replace(draft, finish_reason=reason, usage=usage, model=model, tier=tier, done=True, own=own)


def _own(response: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The items of an answer that reasoned before it called tools: with the results, the model wants its reasoning back.

    None without encrypted content: OpenAI, which stores nothing, would look for such reasoning in vain.
    """
    items = as_objects(response.get("output"))
    thoughts = [item for item in items if item.get("type") == "reasoning"]
    return list(items) if thoughts and all(item.get("encrypted_content") for item in thoughts) else None


def responses_reply(draft: Draft, reply: Mapping[str, Any]) -> Draft:
    """The draft in a whole Responses reply."""
    if reply.get("status") == "failed" or (reply.get("error") and reply.get("status") != "incomplete"):
        raise refused(reply.get("error"))
    draft = said(draft, reply)
    return ended(draft, reply) if as_text(reply.get("status")) in {"completed", "incomplete"} else draft


def said(draft: Draft, response: Mapping[str, Any]) -> Draft:
    """The draft and all that the output of a Responses object says."""
    for place, item in enumerate(as_objects(response.get("output"))):
        match item:
            case {"type": "message"}:
                draft = _message(draft, as_objects(item.get("content")))
            case {"type": "reasoning"}:
                draft = _thought(draft, item)
            case _:
                draft = _item_event(draft, item, place, whole=True)
    return draft


def _message(draft: Draft, parts: Sequence[Any]) -> Draft:
    for part in parts:
        match part:
            case {"type": "output_text", "text": str(text)}:
                draft = draft.with_text(text)
            case {"type": "refusal", "refusal": str(text)}:
                draft = replace(draft.with_text(text), finish_reason=FinishReason.CONTENT_FILTER)
            case _:
                pass
    return draft


def _thought(draft: Draft, item: Mapping[str, Any]) -> Draft:
    for part in [*as_objects(item.get("summary")), *as_objects(item.get("content"))]:
        if isinstance(text := part.get("text"), str) and text:
            draft = draft.with_thinking(f"\n\n{text}" if draft.thought_count else text)
    return draft

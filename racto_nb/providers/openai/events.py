"""OpenAI's replies and stream events, folded into a draft. Pure; the hot path of streaming.

Events are read from their bytes into typed structures, which costs a tenth of what the SDK's typed objects do. One structure
serves both APIs: an event of Responses has a `type`, one of Chat Completions has `choices`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.wire import Draft

DONE = b"[DONE]"
_FINISH = {
    "stop": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALL,
    "function_call": FinishReason.TOOL_CALL,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "max_output_tokens": FinishReason.LENGTH,
}


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    # `object` where compatible servers differ: what is no text is not shown.
    content: object = None
    refusal: object = None
    reasoning_content: object = None
    reasoning: object = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    index: int = 0


class Event(msgspec.Struct):
    """An event of either API, as far as it is used."""

    type: str = ""
    delta: object = None
    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    output_index: int = 0
    summary_index: int = 0
    item: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    error: object = None
    message: str | None = None
    code: str | int | None = None


_read = msgspec.json.Decoder(Event).decode


def advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more event. Raises Refused for an event that is an error, Unreadable for one that is none at all."""
    if data == DONE:
        return draft
    try:
        event = _read(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{error}: {data[:80]!r}") from error
    if event.type == "response.output_text.delta":
        return draft.with_text(cast("str", event.delta))
    if event.choices is not None:
        return _chat_event(draft, event)
    if event.type.startswith("response."):
        return _responses_event(draft, event)
    if event.error is not None or event.type == "error":
        raise _refused(event.error or {"message": event.message, "code": event.code})
    return draft


def _chat_event(draft: Draft, event: Event) -> Draft:
    for choice in event.choices or ():
        if choice.index == 0:
            draft = _chosen(draft, choice)
    if event.error is not None:
        raise _refused(event.error)
    if event.usage is not None:
        draft = replace(draft, usage=chat_usage(event.usage))
    if draft.model is None and event.model:
        draft = replace(draft, model=event.model)
    return draft


def _chosen(draft: Draft, choice: _Choice) -> Draft:
    delta = choice.delta
    if delta is not None:
        if isinstance(text := delta.content or delta.refusal, str) and text:
            draft = draft.with_text(text)
        if isinstance(thinking := delta.reasoning_content or delta.reasoning, str) and thinking:
            draft = draft.with_thinking(thinking)
        for place, part in enumerate(delta.tool_calls or ()):
            draft = _call_part(draft, part, place)
    if choice.finish_reason:
        reason = _FINISH.get(choice.finish_reason, FinishReason.STOP)
        refused = delta is not None and bool(delta.refusal)
        return replace(draft, finish_reason=FinishReason.CONTENT_FILTER if refused else reason, done=True)
    if delta is not None and delta.refusal:
        return replace(draft, finish_reason=FinishReason.CONTENT_FILTER)
    return draft


def _call_part(draft: Draft, part: _Call, place: int) -> Draft:
    # Some compatible servers send whole calls without an index, all in one event.
    key = part.index if part.index is not None else len(draft.calls) + place if part.id else max(len(draft.calls) - 1, 0)
    call = draft.call(key)
    function = part.function or _Function()
    call = replace(call, id=call.id or part.id or "", name=call.name or function.name or "")
    return draft.with_call(call.with_piece(function.arguments) if function.arguments else call)


def _responses_event(draft: Draft, event: Event) -> Draft:
    match event.type:
        case "response.refusal.delta":
            return replace(draft.with_text(str(event.delta)), finish_reason=FinishReason.CONTENT_FILTER)
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            return draft.with_thinking(str(event.delta))
        case "response.reasoning_summary_part.added" if draft.thought_count:
            return draft.with_thinking("\n\n")
        case "response.output_item.added" | "response.output_item.done" if event.item is not None:
            return _item_event(draft, event.item, event.output_index)
        case "response.function_call_arguments.delta":
            return draft.with_call(draft.call(event.output_index).with_piece(str(event.delta)))
        case "response.completed" | "response.incomplete":
            return ended(draft, event.response or {})
        case "response.failed":
            raise _refused((event.response or {}).get("error"))
        case _:
            return draft


def _item_event(draft: Draft, item: Mapping[str, Any], place: int) -> Draft:
    if item.get("type") != "function_call":
        return draft
    known = draft.call(place)
    call = replace(known, id=known.id or item.get("call_id") or "", name=known.name or item.get("name") or "")
    if not call.written_count and item.get("arguments"):  # a server that sends the arguments only when they are whole
        call = call.with_piece(item["arguments"])
    return draft if call == known else draft.with_call(call)


def ended(draft: Draft, response: Mapping[str, Any]) -> Draft:
    """The draft at the end of a Responses answer: why it ended, what it used, who answered."""
    reason = FinishReason.TOOL_CALL if draft.calls else draft.finish_reason or FinishReason.STOP
    if response.get("status") == "incomplete":
        details: Mapping[str, Any] = response.get("incomplete_details") or {}
        reason = _FINISH.get(str(details.get("reason")), FinishReason.ERROR)
    usage = responses_usage(response.get("usage"))
    return replace(draft, finish_reason=reason, usage=usage, model=response.get("model"), done=True)


def responses_reply(draft: Draft, reply: Mapping[str, Any]) -> Draft:
    """The draft in a whole Responses reply."""
    if reply.get("status") == "failed" or (reply.get("error") and reply.get("status") != "incomplete"):
        raise _refused(reply.get("error"))
    for place, item in enumerate(_listed(reply.get("output"))):
        match item:
            case {"type": "message"}:
                draft = _message(draft, _listed(item.get("content")))
            case {"type": "reasoning"}:
                draft = _thought(draft, item)
            case _:
                draft = _item_event(draft, item, place)
    return ended(draft, reply) if reply.get("status") in {"completed", "incomplete"} else draft


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
    for part in [*_listed(item.get("summary")), *_listed(item.get("content"))]:
        if isinstance(text := part.get("text"), str) and text:
            draft = draft.with_thinking(f"\n\n{text}" if draft.thought_count else text)
    return draft


def chat_reply(draft: Draft, reply: Mapping[str, Any]) -> Draft:
    """The draft in a whole Chat Completions reply."""
    if (error := reply.get("error")) is not None:
        raise _refused(error)
    choices = _listed(reply.get("choices"))
    if not choices:
        return draft
    message: dict[str, Any] = choices[0].get("message") or {}
    calls = [{**call, "index": place} for place, call in enumerate(_listed(message.get("tool_calls")))]
    choice = msgspec.convert(
        {"delta": {**message, "tool_calls": calls}, "finish_reason": choices[0].get("finish_reason")}, _Choice
    )
    draft = _chosen(draft, choice)
    return replace(draft, usage=chat_usage(reply.get("usage")), model=reply.get("model"))


def chat_usage(usage: object) -> dict[str, int]:
    """Chat Completions' counts in our words; empty where there are none."""
    return _counted(usage, "prompt_tokens", "completion_tokens")


def responses_usage(usage: object) -> dict[str, int]:
    """Responses' counts in our words; empty where there are none."""
    return _counted(usage, "input_tokens", "output_tokens")


def _counted(usage: object, read: str, written: str) -> dict[str, int]:
    counts = _mapping(usage)
    if not counts:
        return {}
    cached = _mapping(counts.get(f"{read}_details")).get("cached_tokens")
    reasoning = _mapping(counts.get(f"{written}_details")).get("reasoning_tokens")
    return usage_of(counts.get(read) or 0, counts.get(written) or 0, cached=cached, reasoning=reasoning)


def _refused(error: object) -> Refused:
    """The error inside a stream or a reply that itself came with status 200."""
    told = _mapping(error)
    if "message" not in told:
        return Refused(str(error or "no reason was given"), status=None)
    return Refused(str(told["message"]), status=None, code=str(told.get("code") or told.get("type") or ""))


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[dict[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]

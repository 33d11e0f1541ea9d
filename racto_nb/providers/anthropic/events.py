"""Anthropic's replies and stream events, folded into a draft. Pure; the hot path of streaming.

Events are read from their bytes into typed structures. Their data says what they are: the lines that name them are not needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.providers.anthropic.keeping import added, begun, kept
from racto_nb.providers.anthropic.reading import (
    counts_again,
    counts_of,
    error_told,
    usage_in_our_words,
)
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import CallDraft, Draft

_FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALL,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.CONTENT_FILTER,
}
"""Why an answer ended. A word that is not here, such as `pause_turn`, is an error: nobody knows whether the answer is whole."""


class _Delta(msgspec.Struct):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    stop_reason: str | None = None
    stop_details: dict[str, Any] | None = None


class Event(msgspec.Struct):
    """An event as far as it is used."""

    type: str = ""
    index: int = 0
    delta: _Delta | None = None
    content_block: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    error: object = None


_read = msgspec.json.Decoder(Event).decode


def advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more event. Raises Refused for an event that is an error, Unreadable for one that is none at all."""
    try:
        event = _read(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if data.strip() in {b"", b"[DONE]"}:  # servers that speak several APIs end all streams alike
            return draft
        raise Unreadable(f"{error}: {data[:80]!r}", answering=True) from error
    if event.type == "content_block_delta" and event.delta is not None:
        return _piece(draft, event.delta, event.index)
    return _structured(draft, event)


def _structured(draft: Draft, event: Event) -> Draft:
    """The draft after an event that is no piece of a block."""
    match event.type:
        case "content_block_start":
            return _block(draft, event.content_block or {}, event.index)
        case "message_start":
            return _begun(draft, event.message or {})
        case "message_delta":
            return _ended(draft, event.delta or _Delta(), counts_of(event.usage))
        case "message_stop":
            return replace(_complete(draft), closed=True)
        case "error":
            raise _refused({"error": event.error})
        case _:  # pings, the ends of blocks, and what later versions add
            return draft


def _piece(draft: Draft, delta: _Delta, index: int) -> Draft:
    if delta.text:
        return draft.with_text(delta.text)
    if delta.thinking:
        return draft.with_thinking(delta.thinking)
    if delta.partial_json and (call := next((known for known in draft.calls if known.key == index), None)):
        return draft.with_call(call.with_piece(delta.partial_json))
    if delta.signature or delta.partial_json:
        return added(draft, index, signature=delta.signature or "", written=delta.partial_json or "")
    return draft


def _block(draft: Draft, block: Mapping[str, Any], index: int) -> Draft:
    """The draft after the beginning of a block, or after a whole one. Blocks of the provider's own tools are not ours."""
    ended = draft.thought_count
    if block.get("type") == "thinking" and ended:
        draft = draft.with_thinking("\n\n")
    draft = begun(draft, block, index, ended=ended)
    match block:
        case {"type": "text", "text": str(text)} if text:
            return draft.with_text(text)
        case {"type": "thinking"}:
            text = as_text(block.get("thinking"))
            return draft.with_thinking(text) if text else draft
        case {"type": "tool_use"}:
            call = CallDraft(index, as_text(block.get("id")), as_text(block.get("name")))
            told: object = block.get("input")
            return draft.with_call(call.with_piece(json.dumps(told)) if told else call)
        case _:
            return draft


def _ended(draft: Draft, delta: _Delta, counts: dict[str, int]) -> Draft:
    """The draft after an event about the whole message: its counts replace those before, its reason completes the answer."""
    draft = replace(draft, usage=usage_in_our_words({**counts_again(draft.usage), **counts}))
    if delta.stop_reason is None:
        return _complete(draft) if draft.done else draft
    explained = as_text((delta.stop_details or {}).get("explanation"))
    if delta.stop_reason == "refusal" and explained and not draft.said_count:
        draft = draft.with_text(explained)
    reason = _FINISH.get(delta.stop_reason, FinishReason.ERROR)
    if reason is FinishReason.STOP and draft.calls:
        reason = FinishReason.TOOL_CALL
    return _complete(replace(draft, finish_reason=reason))


def _complete(draft: Draft) -> Draft:
    reason = draft.finish_reason or (FinishReason.TOOL_CALL if draft.calls else FinishReason.STOP)
    return replace(draft, finish_reason=reason, done=True, own=kept(draft))


def _begun(draft: Draft, message: Mapping[str, Any]) -> Draft:
    """The draft with what the frame of a message tells: its counts so far, who answers, and how it is charged."""
    told = message.get("usage")
    charged = as_object(told)
    tier = "fast" if charged.get("speed") == "fast" else as_text(charged.get("service_tier"))
    return replace(draft, usage=usage_in_our_words(counts_of(told)), model=as_text(message.get("model")) or None, tier=tier)


def reply(draft: Draft, raw: Mapping[str, Any]) -> Draft:
    """The draft in a whole reply. Raises Refused for an error, Unreadable for an object that is no message."""
    if raw.get("type") == "error" or "error" in raw:
        raise _refused(raw)
    if not isinstance(raw.get("content"), list):
        message = f"a JSON object with {', '.join(map(repr, sorted(raw)[:5])) or 'nothing'} in it"
        raise Unreadable(message)
    draft = _begun(draft, raw)
    for index, block in enumerate(as_objects(raw["content"])):
        draft = _block(draft, block, index)
    details = dict(as_object(raw.get("stop_details")))
    return _ended(draft, _Delta(stop_reason=as_text(raw.get("stop_reason")) or None, stop_details=details), {})


def _refused(body: object) -> Refused:
    """The error inside a stream or a reply that itself came with status 200."""
    text, code = error_told(body)
    return Refused(text or code or "no reason was given", status=None, code=code)

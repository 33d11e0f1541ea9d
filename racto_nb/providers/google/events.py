"""Gemini's replies and stream events, folded into a draft. Pure; the hot path of streaming.

An event has the shape of a whole reply, so one function reads both. Events are read from their bytes into typed structures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

import msgspec

from racto_nb.models.response import FinishReason
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.shapes import as_text
from racto_nb.providers.wire import CallDraft, Draft

T = TypeVar("T")
_UNSAID = "FINISH_REASON_UNSPECIFIED"
_FINISH = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "CONTINUATION": FinishReason.LENGTH,
    "SAFETY": FinishReason.CONTENT_FILTER,
    "RECITATION": FinishReason.CONTENT_FILTER,
    "BLOCKLIST": FinishReason.CONTENT_FILTER,
    "PROHIBITED_CONTENT": FinishReason.CONTENT_FILTER,
    "SPII": FinishReason.CONTENT_FILTER,
    "IMAGE_SAFETY": FinishReason.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": FinishReason.CONTENT_FILTER,
    "IMAGE_RECITATION": FinishReason.CONTENT_FILTER,
    "ESCALATION": FinishReason.CONTENT_FILTER,
    "PUP_LIMITED_DISABLED": FinishReason.CONTENT_FILTER,
    "MODEL_ARMOR": FinishReason.CONTENT_FILTER,
}
"""Why an answer ended. Other words (MALFORMED_FUNCTION_CALL, LANGUAGE, OTHER, new ones) are errors: the answer is not whole."""


class _Call(msgspec.Struct):
    name: str = ""
    id: str | None = None
    args: dict[str, Any] | None = None


class _Part(msgspec.Struct, rename="camel"):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: _Call | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    service_tier: object = None


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str | None = None


class Event(msgspec.Struct, rename="camel"):
    """An event, or a whole reply, as far as it is used."""

    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    model_version: str | None = None
    prompt_feedback: _Feedback | None = None
    error: Any = None


_read = msgspec.json.Decoder(Event).decode
_Kept = tuple[int, int, dict[str, Any]]
"""A part of an answer in Google's words, and which pieces of the text it holds: the counts before and after it."""


def advanced(draft: Draft, data: bytes) -> Draft:
    """The draft after one more event. Raises Refused for an event that is an error, Unreadable for one that is none at all."""
    if not data.strip():
        return draft
    event = _decoded(_read, data)
    if event.error is not None:
        raise _refused(event.error)
    before = draft
    draft = _folded(draft, event)
    if not before.done and (draft.calls is not before.calls or _has_more(event)):
        draft = replace(draft, own=_kept(draft, _decoded(msgspec.json.decode, data)))
    return replace(draft, own=_parts_of(draft)) if draft.done and not before.done else draft


def _decoded(decode: Callable[[bytes], T], data: bytes) -> T:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{error}: {data[:80]!r}", answering=True) from error


def reply(draft: Draft, raw: Mapping[str, Any]) -> Draft:
    """The draft in a whole reply."""
    try:
        event = msgspec.convert(raw, Event)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    if event.error is not None:
        raise _refused(event.error)
    if event.candidates is None and event.prompt_feedback is None and event.usage_metadata is None:
        message = f"a JSON object with {', '.join(map(repr, sorted(raw)[:5])) or 'nothing'} in it"
        raise Unreadable(message)
    draft = _folded(draft, event)
    if not draft.calls and not _has_more(event):
        return draft
    return replace(draft, own=cast("Mapping[str, Any]", raw["candidates"][0]["content"])["parts"])


def _parts_of(draft: Draft) -> list[dict[str, Any]] | None:
    """The parts of a streamed answer in their order, None where its text tells all of them.

    Later turns must send back the calls with the signatures of their parts.
    """
    kept: tuple[_Kept, ...] = draft.own or ()
    if not kept:
        return None
    parts: list[dict[str, Any]] = []
    said = 0
    for before, after, part in kept:
        if text := "".join(draft.said.pieces[said:before]):
            parts.append({"text": text})
        parts.append(part)
        said = after
    if text := "".join(draft.said.pieces[said : draft.said_count]):
        parts.append({"text": text})
    return parts


def _folded(draft: Draft, event: Event) -> Draft:
    if event.candidates and not draft.done:  # more than one is never asked for; what comes after the end belongs to no answer
        draft = _said(draft, event.candidates[0], event)
    feedback = event.prompt_feedback
    if feedback is not None and feedback.block_reason and not draft.done:
        draft = _ended(replace(draft, finish_reason=FinishReason.CONTENT_FILTER), event)
    if (told := event.usage_metadata) is not None:  # each event tells the counts so far; the last come with the end, or after it
        return replace(draft, usage=_counted(told), tier=as_text(told.service_tier), closed=draft.done)
    return draft


def _said(draft: Draft, candidate: _Candidate, event: Event) -> Draft:
    content = candidate.content
    if content is not None and content.parts:
        for part in content.parts:
            if part.function_call is not None:
                draft = _called(draft, part.function_call)
            elif part.text:
                draft = draft.with_thinking(part.text) if part.thought else draft.with_text(part.text)
    if (word := candidate.finish_reason) and word != _UNSAID:
        reason = _FINISH.get(word, FinishReason.ERROR)
        if reason is FinishReason.STOP and draft.calls:
            reason = FinishReason.TOOL_CALL
        return _ended(replace(draft, finish_reason=reason), event)
    return draft


def _called(draft: Draft, call: _Call) -> Draft:
    """The draft and one more call, which comes whole."""
    known = CallDraft(len(draft.calls), call.id or "", call.name)
    return draft.with_call(known.with_piece(msgspec.json.encode(call.args or {}).decode()))


def _ended(draft: Draft, event: Event) -> Draft:
    return replace(draft, model=event.model_version, done=True)


def _counted(usage: _Usage) -> dict[str, int]:
    """The counts in our words. Google counts thoughts beside the answer, and what its own tools read beside the prompt."""
    prompt = (usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0)
    completion = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return usage_of(prompt, completion, cached=usage.cached_content_token_count, reasoning=usage.thoughts_token_count)


def _has_more(event: Event) -> bool:
    """Whether a part of the event holds what a later turn must send back."""
    return any(
        part.thought_signature
        for candidate in (event.candidates or ())[:1]
        if candidate.content is not None
        for part in candidate.content.parts or ()
    )


def _kept(draft: Draft, event: dict[str, Any]) -> tuple[_Kept, ...]:
    """What is kept of the answer so far, and the parts of `event`, which is the last one in `draft`."""
    found: list[_Kept] = []
    parts = cast("list[dict[str, Any]]", event["candidates"][0]["content"]["parts"])
    said = [bool(part.get("text")) and not part.get("thought") and part.get("functionCall") is None for part in parts]
    before = draft.said_count - sum(said)
    for part, is_said in zip(parts, said, strict=True):
        if part.get("functionCall") is not None or "thoughtSignature" in part:
            found.append((before, before + is_said, part))
        before += is_said
    return (*(draft.own or ()), *found)


def _refused(error: Any) -> Refused:
    """The error inside a stream or a reply that itself came with status 200."""
    if not isinstance(error, Mapping):
        return Refused(str(error), status=None)
    told = cast("Mapping[str, Any]", error)
    return Refused(str(told.get("message") or ""), status=None, code=str(told.get("status") or told.get("code") or ""))

"""Gemini's events folded into drafts: when an answer is complete, and when nothing more of it can come."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from racto_nb.exceptions import RactoGatewayError
from racto_nb.models import FinishReason
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.google.events import advanced, reply
from racto_nb.providers.wire import Draft

COUNTS = {"promptTokenCount": 3, "candidatesTokenCount": 2}


def event(text: str, reason: str | None = None, usage: Any = None) -> bytes:
    candidate = {"content": {"parts": [{"text": text}]}} | ({"finishReason": reason} if reason else {})
    return msgspec.json.encode({"candidates": [candidate]} | ({"usageMetadata": usage} if usage else {}))


def after(*events: bytes) -> Draft:
    draft = Draft()
    for data in events:
        draft = advanced(draft, data)
    return draft


def test_counts_before_the_end_are_those_so_far_and_close_nothing():
    draft = after(event("a", usage=COUNTS))
    assert (draft.done, draft.closed, draft.usage["total_tokens"]) == (False, False, 5)


def test_an_end_with_its_counts_closes_the_stream():
    draft = after(event("a", usage=COUNTS), event("b", "STOP", COUNTS))
    assert (draft.done, draft.closed, draft.text, draft.usage["total_tokens"]) == (True, True, "ab", 5)


def test_an_end_without_counts_leaves_room_for_them():
    draft = after(event("a", "STOP"))
    assert (draft.done, draft.closed) == (True, False)
    draft = advanced(draft, msgspec.json.encode({"usageMetadata": COUNTS}))
    assert (draft.closed, draft.usage["total_tokens"]) == (True, 5)


def test_a_prompt_that_is_blocked_closes_the_stream():
    draft = after(msgspec.json.encode({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}))
    assert (draft.closed, draft.finish_reason) == (True, FinishReason.CONTENT_FILTER)


def test_a_part_with_an_empty_place_for_a_call_is_text():
    part = {"text": "a", "functionCall": None, "thoughtSignature": "s"}
    said = msgspec.json.encode({"candidates": [{"content": {"parts": [part]}}]})
    assert after(said, event("b", "STOP", COUNTS)).own == [part, {"text": "b"}]


def test_a_signed_event_with_a_number_beyond_all_others_is_no_event():
    part = b'{"text":"a","thoughtSignature":"s","odd":1e999}'
    with pytest.raises(Unreadable):
        after(b'{"candidates":[{"content":{"parts":[' + part + b"]}}]}")


def test_lists_within_lists_without_end_are_no_event():
    deep = b'{"candidates":[{"content":{"parts":[{"functionCall":{"args":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}}]}}]}"
    with pytest.raises(Unreadable):
        after(deep)


def test_a_reply_of_another_shape_is_unreadable():
    with pytest.raises(Unreadable):
        reply(Draft(), {"candidates": 7})
    assert not issubclass(Unreadable, RactoGatewayError)

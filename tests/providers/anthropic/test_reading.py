"""What Anthropic says of itself: its errors in sentences, its counts, in any cut of a stream."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.providers.anthropic.events import advanced, reply
from racto_nb.providers.anthropic.reading import counts_again, error_told, usage_in_our_words
from racto_nb.providers.failures import HttpFailure
from racto_nb.providers.sse import EventReader
from racto_nb.providers.wire import Draft


def an_error(kind: str, message: str, code: str | None = None) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, "details": {"error_code": code}}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (an_error("invalid_request_error", "prompt is too long: 205000 tokens > 200000 maximum"), "prompt_too_long"),
        (an_error("invalid_request_error", "input length and `max_tokens` exceed context limit: 9"), "prompt_too_long"),
        (an_error("invalid_request_error", "Your credit balance is too low"), "credit_balance_too_low"),
        (an_error("invalid_request_error", "messages: Field required"), "invalid_request_error"),
        (an_error("not_found_error", "model: claude-opus-9"), "model_not_found"),
        (an_error("not_found_error", "Not Found"), "not_found_error"),
        (an_error("permission_error", "no", "organization_on_hold"), "organization_on_hold"),
        ({"error": "a text"}, ""),
        ("a page", ""),
        (None, ""),
    ],
)
def test_an_error_has_the_most_exact_word_for_itself(body: object, code: str):
    assert error_told(body)[1] == code


counts = st.fixed_dictionaries(
    {"input_tokens": st.integers(0, 9), "output_tokens": st.integers(0, 9)},
    optional={"cache_read_input_tokens": st.integers(0, 9), "thinking_tokens": st.integers(0, 9)},
)


@given(counts)
def test_counts_survive_being_told_twice(told: dict[str, int]):
    assert counts_again(usage_in_our_words(told)) == told


TEXT = "Hé, 你好 👋\r\n"
EVENTS = [
    {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": sign}} for sign in TEXT),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
STREAM = b"".join(b"event: x\r\ndata: " + json.dumps(event, ensure_ascii=False).encode() + b"\r\n\r\n" for event in EVENTS)


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_a_stream_may_be_cut_at_any_bytes(places: list[int]):
    cuts = [0, *sorted(places), len(STREAM)]
    reader, draft = EventReader(), Draft()
    for start, end in itertools.pairwise(cuts):
        for data in reader.feed(STREAM[start:end]):
            draft = advanced(draft, data)
    assert (draft.text, draft.done) == (TEXT, True)
    assert draft.usage == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
names = st.sampled_from(
    ["type", "content", "usage", "model", "stop_reason", "stop_details", "delta", "content_block", "message", "error"]
)
kinds = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "text", "error"]
)


@given(st.dictionaries(names, json_values | kinds | st.lists(st.dictionaries(names, json_values | kinds))))
def test_whatever_comes_is_read_or_a_failure(odd: dict[str, Any]):
    for read in (lambda: reply(Draft(), odd), lambda: advanced(Draft(), json.dumps(odd).encode())):
        with suppress(HttpFailure):  # anything else ends the test
            read()

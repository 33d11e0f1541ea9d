"""Streams of both APIs as drafts: the same answer, however it is cut into events, pieces and calls."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models import FinishReason
from racto_nb.providers.chat_completions.events import chat_reply
from racto_nb.providers.failures import HttpFailure, Unreadable
from racto_nb.providers.openai.events import advanced, responses_reply
from racto_nb.providers.sse import EventReader
from racto_nb.providers.wire import Draft

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
objects = st.dictionaries(texts, st.one_of(texts, st.integers(), st.none(), st.lists(st.integers(), max_size=2)), max_size=3)
names = st.sampled_from(["weather", "now", "look_up"])
calls = st.lists(st.tuples(names, objects.map(json.dumps)), max_size=3)
reasons = st.sampled_from(["stop", "length", "tool_calls", "content_filter"])
counts = st.fixed_dictionaries({"prompt_tokens": st.integers(0, 99), "completion_tokens": st.integers(0, 99)})


def facts(draft: Draft) -> dict[str, Any]:
    """What a draft says in the end."""
    return {
        "text": draft.text,
        "thinking": draft.thinking,
        "calls": [(call.id, call.name, call.arguments) for call in draft.calls],
        "finish_reason": draft.finish_reason,
        "usage": draft.usage,
        "model": draft.model,
        "done": draft.done,
    }


def folded(stream: bytes, cuts: list[int]) -> Draft:
    """The draft of a stream whose bytes arrive in pieces that end at `cuts`."""
    places = sorted({min(cut, len(stream)) for cut in cuts})
    reader, draft = EventReader(), Draft()
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        for event in reader.feed(stream[start:end]):
            draft = advanced(draft, event)
    return draft


def as_stream(events: list[Any], end: str) -> bytes:
    lines = [event if isinstance(event, str) else json.dumps(event, ensure_ascii=False) for event in events]
    return "".join(f"data: {line}{end}{end}" for line in lines).encode()


def pieces_of(text: str, sizes: list[int]) -> list[str]:
    """`text` cut into pieces of these sizes, the rest as one more."""
    found: list[str] = []
    for size in sizes:
        found.append(text[:size])
        text = text[size:]
    return [*found, text]


sizes = st.lists(st.integers(0, 4), max_size=4)


@st.composite
def chats(draw: st.DrawFn) -> tuple[dict[str, Any], list[Any]]:
    """A whole reply of Chat Completions, and the same answer as events: fragments of calls in any turns."""
    text, thinking, called, finish, usage = draw(texts), draw(texts), draw(calls), draw(reasons), draw(counts)
    whole_calls = [
        {"id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for place, (name, arguments) in enumerate(called)
    ]
    message = {"role": "assistant", "content": text or None, "reasoning_content": thinking, "tool_calls": whole_calls}
    whole = {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}

    fragments = [
        [{"index": place, "id": f"call_{place}", "function": {"name": name, "arguments": ""}}]
        + [{"index": place, "function": {"arguments": piece}} for piece in pieces_of(arguments, draw(sizes))]
        for place, (name, arguments) in enumerate(called)
    ]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in pieces_of(thinking, draw(sizes))]
    deltas += [{"content": piece} for piece in pieces_of(text, draw(sizes))]
    deltas += [{"tool_calls": [fragment.pop(0)]} for fragment in fragments]
    while any(fragments):
        place = draw(st.sampled_from([place for place, rest in enumerate(fragments) if rest]))
        deltas.append({"tool_calls": [fragments[place].pop(0)]})
    events: list[Any] = [{"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    ended = {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    return whole, [*events, ended, {"model": "m", "choices": [], "usage": usage}, "[DONE]"]


@given(chats(), st.lists(st.integers(0, 4000), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_chat_that_is_streamed_in_any_pieces_is_the_whole_reply(both, cuts: list[int], end: str):
    whole, events = both
    assert facts(folded(as_stream(events, end), cuts)) == facts(chat_reply(Draft(), whole))


@st.composite
def responses(draw: st.DrawFn) -> tuple[dict[str, Any], list[Any]]:
    """A whole reply of Responses, and the same answer as events."""
    parts, text, called, usage = draw(st.lists(texts.filter(bool), max_size=3)), draw(texts), draw(calls), draw(counts)
    tokens = {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]}
    items: list[dict[str, Any]] = [{"type": "reasoning", "summary": [{"type": "summary_text", "text": part} for part in parts]}]
    items.append({"type": "message", "content": [{"type": "output_text", "text": text}]})
    items += [
        {"type": "function_call", "call_id": f"call_{place}", "name": name, "arguments": arguments}
        for place, (name, arguments) in enumerate(called)
    ]
    whole = {"object": "response", "status": "completed", "model": "m", "output": items, "usage": tokens}
    events: list[Any] = []
    for part in parts:
        events.append({"type": "response.reasoning_summary_part.added"})
        events += [{"type": "response.reasoning_summary_text.delta", "delta": piece} for piece in pieces_of(part, draw(sizes))]
    events += [{"type": "response.output_text.delta", "delta": piece} for piece in pieces_of(text, draw(sizes))]
    for place, item in enumerate(items):
        if item["type"] == "function_call":
            events.append({"type": "response.output_item.added", "output_index": place, "item": item | {"arguments": ""}})
            events += [
                {"type": "response.function_call_arguments.delta", "output_index": place, "delta": piece}
                for piece in pieces_of(item["arguments"], draw(sizes))
            ]
        events.append({"type": "response.output_item.done", "output_index": place, "item": item})
    return whole, [*events, {"type": "response.completed", "response": whole}]


@given(responses(), st.lists(st.integers(0, 4000), max_size=30))
def test_a_response_that_is_streamed_in_any_pieces_is_the_whole_reply(both, cuts: list[int]):
    whole, events = both
    assert facts(folded(as_stream(events, "\n"), cuts)) == facts(responses_reply(Draft(), whole))


@given(chats())
def test_an_older_draft_never_changes(both):
    drafts, told = [Draft()], [facts(Draft())]
    for event in both[1]:
        drafts.append(advanced(drafts[-1], event.encode() if isinstance(event, str) else json.dumps(event).encode()))
        told.append(facts(drafts[-1]))
    assert [facts(draft) for draft in drafts] == told


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
FIELDS = [
    "type", "delta", "choices", "usage", "model", "output_index", "item", "response", "error", "message", "code", "output",
    "status", "object", "content", "tool_calls", "function", "finish_reason", "refusal", "incomplete_details", "summary",
]  # fmt: skip
TYPES = [
    "response.completed", "response.incomplete", "response.failed", "response.output_item.added", "response.output_item.done",
    "response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta", "error",
    "response.reasoning_summary_text.delta", "response.reasoning_summary_part.added", "message", "function_call", "reasoning",
]  # fmt: skip
odd_objects = st.recursive(
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(json_values, st.sampled_from(TYPES)), max_size=4),
    lambda inner: st.dictionaries(
        st.sampled_from(FIELDS), st.one_of(inner, st.lists(inner, max_size=2), st.sampled_from(TYPES), json_values), max_size=4
    ),
    max_leaves=8,
)


def known_end(work: Any) -> Draft | None:
    """The draft that `work` makes, None where it ends with a failure. Any other error is one of ours."""
    try:
        return work()
    except HttpFailure:
        return None


@given(st.lists(odd_objects, max_size=4))
def test_whatever_a_server_sends_is_a_draft_or_a_failure(events: list[Any]):
    draft = Draft()
    for event in events:
        before = draft
        after = known_end(lambda before=before, event=event: advanced(before, json.dumps(event).encode()))
        if after is not None:
            draft = after
        assert isinstance(facts(draft)["text"], str)
    assert all(isinstance(count, int) for count in draft.usage.values())


@given(odd_objects)
def test_whatever_a_server_replies_is_a_draft_or_a_failure(reply: Any):
    for read in (chat_reply, responses_reply):
        draft = known_end(lambda read=read: read(Draft(), reply))
        if draft is not None:
            assert isinstance(facts(draft)["text"], str)
            assert all(isinstance(count, int) for count in draft.usage.values())
            assert draft.model is None or isinstance(draft.model, str)


@given(st.binary(max_size=30))
def test_whatever_bytes_are_an_event_are_a_draft_or_a_failure(data: bytes):
    known_end(lambda: advanced(Draft(), data))


@pytest.mark.parametrize("data", [b"", b"  ", b"{}", b'{"type": "ping"}'])
def test_what_says_nothing_changes_nothing(data: bytes):
    draft = Draft().with_text("a")
    assert advanced(draft, data) is draft


@pytest.mark.parametrize("data", [b"[DONE]", b" [DONE]", b"[DONE] "])
def test_the_mark_at_the_end_closes_the_draft_and_does_not_complete_it(data: bytes):
    draft = Draft().with_text("a")
    assert advanced(draft, data) == replace(draft, closed=True)
    assert not advanced(draft, data).done


@pytest.mark.parametrize("kind", ["completed", "incomplete"])
def test_the_end_of_a_response_closes_the_draft(kind: str):
    draft = advanced(Draft(), f'{{"type": "response.{kind}"}}'.encode())
    assert (draft.done, draft.closed) == (True, True)


def test_a_reason_to_end_leaves_the_draft_open_for_the_usage():
    draft = advanced(Draft(), b'{"choices":[{"finish_reason":"stop"}]}')
    assert (draft.done, draft.closed) == (True, False)


@pytest.mark.parametrize("field", ["delta", "usage", "item", "error"])
def test_lists_within_lists_without_end_are_no_event(field: str):
    with pytest.raises(Unreadable) as caught:
        advanced(Draft(), b'{"type": "x", "' + field.encode() + b'": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")
    assert caught.value.answering


def test_a_character_in_halves_is_no_piece_until_it_is_whole():
    drafts = [Draft()]
    for piece in (rb"a\ud83d", rb"\ude00b", rb"\ud83d", "c"):
        told = piece if isinstance(piece, bytes) else piece.encode()
        drafts.append(advanced(drafts[-1], b'{"choices":[{"delta":{"content":"' + told + b'"}}]}'))
    assert [draft.text for draft in drafts] == ["", "a", "a😀b", "a😀b", "a😀bc"]
    assert drafts[-1].said.pieces == ["a", "😀b", "c"]


@given(
    st.text(st.sampled_from("aé😀🎉"), max_size=8),
    st.lists(st.integers(0, 16), max_size=6),
    st.sampled_from(["content", "reasoning"]),
)
def test_a_text_is_the_same_however_its_escapes_are_cut(text: str, cuts: list[int], field: str):
    units = text.encode("utf-16-be")
    escapes = [f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2)]
    places = sorted({min(cut, len(escapes)) for cut in cuts})
    draft = Draft()
    for start, end in zip([0, *places], [*places, len(escapes)], strict=True):
        event = '{"choices":[{"delta":{"' + field + '":"' + "".join(escapes[start:end]) + '"}}]}'
        draft = advanced(draft, event.encode())
    assert (draft.text or draft.thinking) == text


def test_text_is_added_in_place_of_being_copied():
    draft = Draft()
    for _ in range(3):
        draft = advanced(draft, b'{"choices":[{"delta":{"content":"a"}}]}')
        draft = advanced(draft, b'{"type":"response.output_text.delta","delta":"b"}')
    assert draft.said.pieces == ["a", "b"] * 3
    assert draft.finish_reason is None


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_refusal_stays_one_however_the_answer_ends(finish: str):
    draft = advanced(Draft(), b'{"choices":[{"delta":{"refusal":"No."}}]}')
    draft = advanced(draft, json.dumps({"choices": [{"delta": {}, "finish_reason": finish}]}).encode())
    assert (draft.text, draft.finish_reason, draft.done) == ("No.", FinishReason.CONTENT_FILTER, True)

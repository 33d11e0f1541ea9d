"""Drafts: answers as far as they have arrived, and the chunks between two of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import MalformedAnswerError
from racto_nb.models import FinishReason, StreamDelta, ToolCallResult
from racto_nb.providers.answering import chunks_between, response_of
from racto_nb.providers.wire import CallDraft, Draft, ModelSpec

SPEC = ModelSpec("maker", "small")


def thought(draft: Draft, piece: str) -> Draft:
    return replace(draft, thought=draft.thought.extended(draft.thought_count, piece), thought_count=draft.thought_count + 1)


def test_an_event_that_adds_no_text_makes_no_chunk():
    draft = Draft().with_text("a")
    assert chunks_between(draft, replace(draft, done=True), {}) == []


def test_a_chunk_carries_what_is_new_and_the_event():
    before = Draft().with_text("Hello")
    (chunk,) = chunks_between(before, before.with_text(" you"), {"n": 1})
    assert (chunk.delta, chunk.accumulated_text, chunk.raw) == (StreamDelta(text=" you"), "Hello you", {"n": 1})
    assert (chunk.is_final, chunk.is_thinking) == (False, False)


def test_an_event_with_several_pieces_is_one_chunk():
    before = Draft().with_text("a")
    (chunk,) = chunks_between(before, before.with_text("b").with_text("c"), None)
    assert chunk.delta.text == "bc"


def test_thinking_is_a_chunk_of_its_own_kind():
    (chunk,) = chunks_between(Draft(), thought(Draft(), "hmm"), None)
    assert (chunk.is_thinking, chunk.delta, chunk.accumulated_thinking) == (True, StreamDelta(thinking="hmm"), "hmm")


def test_an_event_with_both_counts_as_text():
    (chunk,) = chunks_between(Draft(), thought(Draft(), "hmm").with_text("so"), None)
    assert chunk.is_thinking is False


def test_an_event_that_adds_to_several_calls_makes_a_chunk_for_each_and_the_text_is_in_the_first():
    before = Draft().with_call(CallDraft(0, "a", "one").with_piece("{"))
    after = before.with_text("so").with_call(before.call(0).with_piece("}")).with_call(CallDraft(4, "b", "two").with_piece("{}"))
    chunks = chunks_between(before, after, None)
    assert [chunk.delta for chunk in chunks] == [StreamDelta("so", "", "a", "one", "}"), StreamDelta("", "", "b", "two", "{}")]
    assert [chunk.accumulated_text for chunk in chunks] == ["so", "so"]


def test_calls_keep_their_places():
    draft = Draft().with_call(CallDraft(5)).with_call(CallDraft(2)).with_call(CallDraft(5, "a"))
    assert [(call.key, call.id) for call in draft.calls] == [(5, "a"), (2, "")]
    assert draft.call(2) is draft.known_call(2) is draft.calls[1]
    assert (draft.known_call(3), draft.call(3).key) == (None, 3)


@pytest.mark.parametrize("told", ["[" * 200_000, '{"a": ' * 200_000 + "1" + "}" * 200_000])
def test_arguments_nested_without_end_are_malformed(told: str):
    draft = Draft(finish_reason=FinishReason.TOOL_CALL).with_call(CallDraft(0, "a", "one").with_piece(told))
    with pytest.raises(MalformedAnswerError, match="called the tool 'one' with arguments that are not a JSON object"):
        response_of(draft, SPEC, None)


def test_a_character_in_halves_within_arguments_is_put_together():
    call = CallDraft(0, "a", "one").with_piece('{"x": "\ud83d').with_piece('\ude00"}').with_piece(" ")
    (finished,) = response_of(Draft().with_call(call), SPEC, None).tool_calls
    assert finished.arguments == {"x": "😀"}


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=4)), max_size=20))
def test_an_older_draft_never_changes(steps: list[tuple[bool, str]]):
    drafts = [Draft()]
    expected = [("", "")]
    for is_thought, piece in steps:
        text, thinking = expected[-1]
        drafts.append(thought(drafts[-1], piece) if is_thought else drafts[-1].with_text(piece))
        expected.append((text, thinking + piece) if is_thought else (text + piece, thinking))
    assert [(draft.text, draft.thinking) for draft in drafts] == expected


def test_with_text_keeps_everything_else():
    call = ToolCallResult(name="t", arguments={})
    full = Draft(finish_reason=FinishReason.STOP, usage={"a": 1}, tool_calls=[call], model="m", done=True)
    assert replace(full.with_text("x"), said=full.said, said_count=0) == full


def test_a_response_has_no_content_where_there_is_no_text():
    response = response_of(Draft(), SPEC, None)
    assert (response.content, response.thinking, response.model) == (None, None, "small")
    assert response.finish_reason is FinishReason.STOP


def test_a_response_is_independent_of_its_draft():
    draft = Draft(usage={"prompt_tokens": 1}, model="the real one").with_text("a")
    response = response_of(draft, SPEC, {"raw": 1})
    response.usage["prompt_tokens"] = 2
    assert (draft.usage, response.model, response.raw) == ({"prompt_tokens": 1}, "the real one", {"raw": 1})

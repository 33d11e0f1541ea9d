"""The pieces of a streamed answer: fields as documented, one shared text, values that behave like values."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models import FinishReason, StreamChunk, StreamDelta, ToolCallResult
from racto_nb.models.stream import Transcript
from racto_nb.providers.answering import chunks_between
from racto_nb.providers.wire import Draft

DELTAS = st.builds(
    StreamDelta,
    text=st.text(),
    thinking=st.text(),
    tool_call_id=st.none() | st.text(),
    tool_call_name=st.none() | st.text(),
    tool_call_args_fragment=st.none() | st.text(),
)
CALLS = st.builds(ToolCallResult, id=st.text(), name=st.text(), arguments=st.dictionaries(st.text(), st.integers()))
CHUNKS = st.builds(
    StreamChunk,
    delta=DELTAS,
    accumulated_text=st.text(),
    accumulated_thinking=st.text(),
    is_thinking=st.booleans(),
    finish_reason=st.none() | st.sampled_from(FinishReason),
    tool_calls=st.lists(CALLS, max_size=2),
    usage=st.dictionaries(st.text(), st.integers()),
    is_final=st.booleans(),
    parsed=st.none() | st.dictionaries(st.text(), st.integers()) | st.lists(st.integers()),
    raw=st.none() | st.dictionaries(st.text(), st.integers()),
)


def streamed(pieces: list[str]) -> list[StreamChunk]:
    """The chunks of a stream, as the flows make them."""
    chunks: list[StreamChunk] = []
    draft = Draft()
    for piece in pieces:
        before, draft = draft, draft.with_text(piece)
        chunks += chunks_between(before, draft, None)
    return chunks


def test_a_delta_has_the_documented_fields_and_defaults():
    assert StreamDelta().model_dump() == {
        "text": "", "thinking": "", "tool_call_id": None, "tool_call_name": None, "tool_call_args_fragment": None,
    }  # fmt: skip


def test_a_chunk_has_the_documented_fields_and_defaults():
    assert StreamChunk().model_dump() == {
        "delta": StreamDelta().model_dump(), "accumulated_text": "", "accumulated_thinking": "", "is_thinking": False,
        "finish_reason": None, "tool_calls": [], "usage": {}, "is_final": False, "parsed": None, "raw": None,
    }  # fmt: skip


def test_two_chunks_never_share_a_list():
    first, second = StreamChunk(), StreamChunk()
    first.usage["prompt_tokens"] = 1
    first.delta.text = "x"
    assert (second.usage, second.delta.text) == ({}, "")


@given(CHUNKS)
def test_a_chunk_comes_back_from_its_dump(chunk: StreamChunk):
    assert StreamChunk.model_validate(chunk.model_dump()) == chunk


@given(CHUNKS)
def test_a_dump_holds_only_plain_values(chunk: StreamChunk):
    assert plain(chunk.model_dump())


def plain(value: Any) -> bool:
    match value:
        case dict():
            return all(plain(inner) for inner in value.values())
        case list():
            return all(plain(inner) for inner in value)
        case _:
            return value is None or isinstance(value, str | int | float | bool)


@given(CHUNKS)
def test_a_chunk_survives_pickling_and_copying(chunk: StreamChunk):
    assert pickle.loads(pickle.dumps(chunk)) == chunk
    assert copy.deepcopy(chunk) == chunk


@given(CHUNKS, CHUNKS)
def test_chunks_are_equal_when_their_fields_are(first: StreamChunk, second: StreamChunk):
    assert (first == second) == (first.model_dump() == second.model_dump())


def test_a_chunk_equals_nothing_of_another_kind():
    assert StreamChunk() != StreamDelta()
    assert StreamChunk() != StreamChunk().model_dump()


@pytest.mark.parametrize("kind", [StreamChunk, StreamDelta])
def test_a_misspelt_field_is_refused(kind: type):
    with pytest.raises(TypeError, match="txet"):
        kind.model_validate({"txet": "x"})
    with pytest.raises(AttributeError, match="txet"):
        kind().txet = "x"


def test_a_chunk_cannot_be_a_key_since_it_can_change():
    with pytest.raises(TypeError, match="unhashable"):
        hash(StreamChunk())


def test_the_repr_hides_the_providers_event():
    shown = repr(StreamChunk(StreamDelta(text="seen"), raw={"secret": "hidden"}))
    assert "seen" in shown
    assert "hidden" not in shown


@given(st.lists(st.text(min_size=1), max_size=30))
def test_each_chunk_of_a_stream_knows_the_text_up_to_itself(pieces: list[str]):
    chunks = streamed(pieces)
    assert [chunk.delta.text for chunk in chunks] == pieces
    assert [chunk.accumulated_text for chunk in chunks] == ["".join(pieces[: place + 1]) for place in range(len(pieces))]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=10))
def test_a_streamed_chunk_equals_one_that_was_written_out(pieces: list[str]):
    last = streamed(pieces)[-1]
    assert last == StreamChunk(StreamDelta(text=pieces[-1]), accumulated_text="".join(pieces))
    assert pickle.loads(pickle.dumps(last)) == last


@given(st.lists(st.tuples(st.integers(0, 8), st.text(max_size=3)), max_size=40))
def test_branches_of_a_transcript_never_see_each_others_pieces(steps: list[tuple[int, str]]):
    """Any step may go on from any earlier one; each keeps the text of its own ancestors."""
    known: list[tuple[Transcript, int, str]] = [(Transcript(), 0, "")]
    for parent, piece in steps:
        transcript, count, text = known[parent % len(known)]
        known.append((transcript.extended(count, piece), count + 1, text + piece))
        assert all(branch.text(length) == expected for branch, length, expected in known)


def memory_of_kept_chunks(count: int) -> int:
    tracemalloc.start()
    try:
        chunks = streamed(["word "] * count)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(chunks) == count
    return used


def test_a_kept_list_of_chunks_costs_memory_in_proportion_to_the_text_and_not_to_its_square():
    memory_of_kept_chunks(10)
    assert memory_of_kept_chunks(8000) / memory_of_kept_chunks(2000) < 6


def test_twenty_thousand_chunks_fit_in_a_few_megabytes():
    assert memory_of_kept_chunks(20_000) < 20_000 * 1000

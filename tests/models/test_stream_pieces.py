"""What chunks and transcripts save on their way: texts are joined, and lists made, only when there is need."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models import StreamChunk
from racto_nb.models.stream import Transcript


@given(st.lists(st.text()), st.integers(0, 8), st.integers(0, 8))
def test_the_pieces_between_two_places_are_one_text(pieces: list[str], first: int, second: int):
    start, end = sorted((min(first, len(pieces)), min(second, len(pieces))))
    assert Transcript(pieces).between(start, end) == "".join(pieces[start:end])


def test_the_calls_and_the_usage_of_a_chunk_without_any_can_be_added_to():
    chunk = StreamChunk()
    chunk.usage["total_tokens"] = 3
    chunk.tool_calls.clear()
    assert (chunk.usage, chunk.tool_calls) == ({"total_tokens": 3}, [])


def test_no_two_chunks_share_their_calls_or_their_usage():
    first, second = StreamChunk(), StreamChunk()
    assert first.usage is not second.usage
    assert first.tool_calls is not second.tool_calls
    assert first.tool_calls is first.tool_calls


def test_a_chunk_that_was_given_no_calls_equals_one_that_was_given_an_empty_list():
    assert StreamChunk(tool_calls=[], usage={}) == StreamChunk()


def test_calls_and_usage_can_be_set():
    chunk = StreamChunk()
    chunk.usage, chunk.tool_calls = {"total_tokens": 1}, []
    assert chunk.usage == {"total_tokens": 1}

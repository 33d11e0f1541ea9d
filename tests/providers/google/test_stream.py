"""Gemini's streams: events and bare objects, in any cuts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.providers.google.stream import LONGEST_OBJECT, GeminiReader
from racto_nb.providers.sse import EventReader, EventTooLongError

EVENT = 'data: {"text": "Hé, {你好"}\r\n\r\n'.encode()
ERROR = b'{\r\n  "error": {\r\n    "code": 503,\r\n    "message": "brace } in words {"\r\n  }\r\n}'
WHOLE = EVENT + EVENT + ERROR


def read(stream: bytes, cuts: list[int]) -> list[bytes]:
    reader = GeminiReader()
    places = [0, *sorted(cuts), len(stream)]
    return [event for start, end in itertools.pairwise(places) for event in reader.feed(stream[start:end])]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12), st.sampled_from([b"", b"\r\n", b"\n\r\n"]))
def test_an_object_after_events_is_read_wherever_the_stream_is_cut(cuts: list[int], end: bytes):
    data = EVENT.removeprefix(b"data: ").strip()
    assert read(WHOLE + end, cuts) == [data, data, ERROR.replace(b"\r\n", b"\n")]


@given(st.lists(st.integers(0, len(EVENT) * 2), max_size=6))
def test_a_stream_of_events_is_read_as_the_standard_says(cuts: list[int]):
    stream = b": hello\nevent: x\n" + EVENT + EVENT
    assert read(stream, cuts) == EventReader().feed(stream)


def test_events_after_an_object_are_read():
    assert read(ERROR + b"\r\n\r\n" + EVENT, []) == [ERROR.replace(b"\r\n", b"\n"), EVENT.removeprefix(b"data: ").strip()]


def test_an_object_that_does_not_end_is_an_error():
    for endless in (b"{" + b"}" * LONGEST_OBJECT, b"{\n" * LONGEST_OBJECT):
        with pytest.raises(EventTooLongError, match="1 MB"):
            read(endless, list(range(0, len(endless), 1 << 16)))


def test_an_object_of_a_million_lists_is_passed_over():
    assert read(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", []) == []


def test_an_object_that_is_cut_off_is_dropped():
    assert read(ERROR[:-1], []) == []

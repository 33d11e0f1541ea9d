"""Server-sent events, however the bytes are cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from racto_nb.providers import sse
from racto_nb.providers.sse import EventReader, EventTooLongError, LineReader

PARTS = [
    b"data", b"data:", b"data: ", b"data:  ", b"event: ping", b"id: 7", b"retry: 3", b":", b": a comment", b"datax: no",
    b" data: no", b"x", b"{}", b"\xc3\xa9", b"\xef\xbb\xbf", b"\xef", b"\xff", b"\x00", b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r",
]  # fmt: skip
streams = st.lists(st.sampled_from(PARTS), max_size=24).map(b"".join)


def read_whole(stream: bytes) -> list[bytes]:
    """The rules of the standard over a whole stream, word for word, without any thought of pieces."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    events: list[bytes] = []
    buffer: list[bytes] = []
    for line in re.split(rb"\r\n|\n|\r", stream)[:-1]:
        if not line:
            if buffer:
                events.append(b"\n".join(buffer))
            buffer = []
            continue
        name, colon, value = line.partition(b":")
        if colon and not name:
            continue
        if name == b"data":
            buffer.append(value.removeprefix(b" "))
    return events


def read_in_pieces(pieces: list[bytes]) -> list[bytes]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


@given(streams, st.lists(st.integers(0, 80)))
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", [8, 10, 11])
@example(b"\xef\xbb\xbfdata: a\n\n", [1, 2])
def test_the_events_are_the_same_however_the_bytes_are_cut(stream: bytes, cuts: list[int]):
    places = sorted({min(cut, len(stream)) for cut in cuts})
    pieces = [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert read_in_pieces(pieces) == read_whole(stream)


@given(streams)
def test_single_bytes_are_pieces_too(stream: bytes):
    assert read_in_pieces([stream[place : place + 1] for place in range(len(stream))]) == read_whole(stream)


@given(
    st.lists(st.binary(min_size=1).map(lambda line: re.sub(rb"[\r\n]", b".", line)), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_as_events_is_read_as_these_events(messages: list[bytes], end: str):
    stream = b"".join(b"data: " + message + 2 * end.encode() for message in messages)
    assert read_in_pieces([stream]) == messages


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\ndata\n\n", [b"\n"]),
        (b"data\n\ndata:\n\n", [b"", b""]),
        (b"event: x\nid: 1\n\n", []),
        (b": ping\n\ndata: a\n: ping\ndata: b\n\n", [b"a\nb"]),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data: a: b\n\n", [b"a: b"]),
        (b"data: a", []),
        (b"data: a\n", []),
        (b"data: a\n\ndata: b", [b"a"]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [b"b"]),
        (b"", []),
    ],
)
def test_the_rules_of_the_standard(stream: bytes, events: list[bytes]):
    assert read_in_pieces([stream]) == events


@pytest.mark.parametrize(("reader", "before", "after"), [(EventReader, b"data: ", b"\n\n"), (LineReader, b"", b"\n")])
def test_a_long_line_in_pieces_is_joined_once(reader: Any, before: bytes, after: bytes):
    reading, pieces = reader(), [before, *[b"x" * 2048] * 500]
    assert [reading.feed(piece) for piece in pieces] == [[]] * 501
    assert reading._rest == [piece for piece in pieces if piece]  # not one that grew with each piece
    assert reading.feed(after) == [b"x" * 2048 * 500]
    assert reading.feed(b"data: a\n\n")[0].endswith(b"a")


@pytest.mark.parametrize("reader", [EventReader, LineReader])
@pytest.mark.parametrize("piece", [b"data: " + b"x" * 600, b"x\n" * 300])
def test_an_event_that_does_not_end_is_refused(reader: Any, piece: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "LONGEST", 1000)
    reading = reader()
    if piece.endswith(b"\n"):
        piece = b"data: " + piece.replace(b"\n", b"\ndata: ") if reader is EventReader else piece.replace(b"\n", b" ")
    with pytest.raises(EventTooLongError, match="an event of more than"):
        [reading.feed(piece) for _ in range(2)]


@pytest.mark.parametrize("reader", [EventReader, LineReader])
@pytest.mark.parametrize("piece", [b"data: " + b"x" * 600 + b"\n\n", b"\n", b": ping\n\n"])
def test_a_stream_of_any_length_is_read_while_its_events_end(reader: Any, piece: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "LONGEST", 1000)
    reading = reader()
    for _ in range(1200):
        reading.feed(piece)


def test_two_readers_share_nothing():
    one, other = EventReader(), EventReader()
    one.feed(b"data: a\n")
    assert other.feed(b"\n") == []
    assert one.feed(b"\n") == [b"a"]


@given(st.lists(st.binary(min_size=1).filter(lambda line: not set(line) & set(b"\r\n") and line.strip() == line)), st.data())
def test_lines_are_the_same_however_the_bytes_are_cut(lines: list[bytes], data: st.DataObject):
    told = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(told)))))
    reader = LineReader()
    pieces = [told[start:end] for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True)]
    assert [line for piece in pieces for line in reader.feed(piece)] == lines


def test_a_line_that_is_cut_off_is_no_line():
    assert LineReader().feed(b'{"a": 1}\r\n\n{"b"') == [b'{"a": 1}']

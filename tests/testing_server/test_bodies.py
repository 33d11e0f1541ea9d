"""Bodies that are sent as they are: from bytes, from recorded files, in pieces of any size."""

from __future__ import annotations

import http.client

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testing_server.conftest import Plain

from racto_nb.exceptions import UsageError
from racto_nb.testing import FakeBody, FakeFault, FakeProvider


def test_a_body_is_sent_as_it_is_to_whatever_was_asked(serve):
    _, client = serve([FakeBody(b'{"half": ', status=202, headers={"x-one": "1"})])
    seen = client.chat(stream=True)
    assert (seen.status, seen.body, seen.headers["content-type"], seen.headers["x-one"]) == (
        202,
        b'{"half": ',
        "application/json",
        "1",
    )
    assert seen.headers["content-length"] == "9"


def test_a_stream_is_sent_in_chunks(serve):
    _, client = serve([FakeBody(b"data: 1\n\n", "text/event-stream")])
    seen = client.chat(stream=True)
    assert (seen.headers["transfer-encoding"], seen.chunks) == ("chunked", [b"data: 1\n\n"])


@settings(max_examples=40)
@given(st.binary(max_size=60), st.lists(st.integers(-5, 70), max_size=8))
def test_a_body_in_pieces_is_the_same_body(content, splits):
    with FakeProvider([FakeBody(content, "text/event-stream", splits=tuple(splits))]) as server:
        client = Plain(server)
        seen = client.chat()
        client.close()
    assert seen.body == content
    inside = {place for place in splits if 0 < place < len(content)}
    assert len(seen.chunks) >= (len(inside) + 1 if content else 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_recorded_stream_is_read_with_its_directives(tmp_path, serve, end):
    file = tmp_path / "cut.sse"
    file.write_bytes(end.join([b"data: 1", b"", b"#SLEEP 0.01", b"data: 2", b"", b"#DROP", b"data: 3", b""]))
    body = FakeBody.from_file(file)
    assert (dict(body.pauses), body.ending) == ({len(b"data: 1" + end + end): 0.01}, "close")
    _, client = serve([body])
    seen = client.chat()
    assert seen.body == b"data: 1" + end + end + b"data: 2" + end + end
    assert isinstance(seen.error, http.client.IncompleteRead)


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".json", "application/json"), (".ndjson", "application/x-ndjson"), (".sse", "text/event-stream")]
)
def test_a_recorded_file_has_the_type_of_its_suffix(tmp_path, serve, suffix, kind):
    file = tmp_path / f"a{suffix}"
    file.write_bytes(b"{}\n")
    _, client = serve([FakeBody.from_file(file)])
    seen = client.chat()
    assert (seen.headers["content-type"].partition(";")[0], seen.body) == (kind, b"{}\n")


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"neither \.sse, \.ndjson nor \.json"):
        FakeBody.from_file(tmp_path / "a.txt")


def test_a_body_can_be_cut_too(serve):
    _, client = serve([FakeFault(FakeBody(b"data: 1\n\n", "text/event-stream"), cut_at_byte=4, ending="reset")])
    seen = client.chat()
    assert seen.body in {b"data", b""}
    assert isinstance(seen.error, ConnectionResetError)

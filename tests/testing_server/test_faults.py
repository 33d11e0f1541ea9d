"""What goes wrong, goes wrong exactly as scripted: seen from a plain socket."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testing_server.conftest import CHAT, RESPONSES, Plain

from racto_nb.exceptions import UsageError
from racto_nb.testing import FakeBody, FakeFault, FakeProvider, FakeReply

HELLO = FakeReply(("Hel", "lo"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("stream", [True, False])
def test_an_error_has_its_status_and_the_shape_of_the_provider(serve, status, stream):
    _, client = serve([FakeFault(status=status)])
    seen = client.respond(stream=stream)
    assert (seen.status, seen.headers["content-type"]) == (status, "application/json")
    assert set(seen.json["error"]) == {"message", "type", "param", "code"}
    assert seen.json["error"]["message"]
    assert (seen.json["error"]["type"] == "server_error") == (status >= 500 or status == 408)


def test_the_words_of_an_error_can_be_given(serve):
    _, client = serve([FakeFault(status=400, message="Too long.", code="context_length_exceeded")])
    error = client.chat().json["error"]
    assert (error["message"], error["code"]) == ("Too long.", "context_length_exceeded")


@pytest.mark.parametrize(("body", "sent"), [({"detail": "no"}, b'{"detail":"no"}'), (b"<html>", b"<html>"), ([], b"[]")])
def test_the_body_of_an_error_can_be_given(serve, body, sent):
    _, client = serve([FakeFault(status=502, body=body)])
    assert client.chat().body == sent


def test_an_error_says_when_to_come_again_in_seconds_milliseconds_or_as_a_date(serve):
    when = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    _, client = serve([FakeFault(status=429, retry_after=1.5, retry_after_ms=50), FakeFault(status=503, retry_after=when)])
    first, second = client.chat().headers, client.chat().headers
    assert (first["retry-after"], first["retry-after-ms"]) == ("1.5", "50")
    assert parsedate_to_datetime(second["retry-after"]) == when


def test_headers_are_added_to_those_of_the_provider(serve):
    _, client = serve([FakeFault(status=500, headers={"x-should-retry": "false"})])
    headers = client.chat().headers
    assert headers["x-should-retry"] == "false"
    assert headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("ending", "error"), [("close", http.client.RemoteDisconnected), ("reset", ConnectionResetError)])
def test_a_connection_can_end_before_the_headers(serve, ending, error):
    _, client = serve([FakeFault(before_headers=True, ending=ending)])
    with pytest.raises(error):
        client.chat()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_connection_can_end_right_after_the_headers(serve, stream, ending):
    _, client = serve([FakeFault(HELLO, cut_at_byte=0, ending=ending)])
    seen = client.respond(stream=stream)
    assert (seen.status, seen.body) == (200, b"")
    assert isinstance(seen.error, ConnectionResetError if ending == "reset" else http.client.IncompleteRead)


@settings(max_examples=40)
@given(at=st.integers(0, 3000), stream=st.booleans(), clean=st.booleans())
def test_a_body_can_be_cut_at_any_byte(at, stream, clean):
    with FakeProvider([HELLO, FakeFault(HELLO, cut_at_byte=at, ending="clean" if clean else "close")]) as server:
        client = Plain(server)
        whole, seen = client.respond(stream=stream), client.respond(stream=stream)
        client.close()
    assert seen.body == same_ids(whole.body)[:at]
    # A whole body with its length is complete, however the connection ends; a stream is complete only with its last chunk.
    assert (seen.error is None) == (clean or (not stream and at >= len(whole.body)))


def same_ids(body: bytes) -> bytes:
    """The answer to the first request as that to the second one: their ids end in the request's number."""
    return body.replace(b"0" * 23 + b"1", b"0" * 23 + b"2")


def test_a_character_can_be_cut_in_two(serve):
    _, client = serve([FakeFault(FakeReply(("é",)), cut_at_byte=10_000, ending="clean")] * 2)
    whole = client.chat(stream=True).body
    place = whole.index("é".encode()) + 1
    _, client = serve([FakeFault(FakeReply(("é",)), cut_at_byte=place, ending="clean")])
    assert client.chat(stream=True).body.endswith(b"\xc3")


def test_a_stream_can_end_without_its_terminator_as_if_it_were_whole(serve):
    _, client = serve([FakeReply(("Hel", "lo"), cut_after=1)], repeat_last=True)
    responses, chat = client.respond(stream=True), client.chat(stream=True)
    assert responses.events[-1]["delta"] == "Hel"
    assert chat.events[-1]["choices"][0]["delta"] == {"content": "Hel"}
    assert (responses.error, chat.error) == (None, None)


@pytest.mark.parametrize("after", [0, 2, 9])
def test_a_stream_that_is_cut_never_has_a_terminator(serve, after):
    _, client = serve([FakeReply(("Hel", "lo"), cut_after=after)])
    events = client.respond(stream=True).events
    assert sum(event["type"] == "response.output_text.delta" for event in events) == min(after, 2)
    assert "response.completed" not in [event["type"] for event in events]


def test_a_whole_answer_that_is_cut_breaks_off(serve):
    _, client = serve([FakeReply(("Hel", "lo"), cut_after=1)])
    assert isinstance(client.chat().error, http.client.IncompleteRead)


@pytest.mark.parametrize(("name", "kind"), [(None, "error"), ("error", "error"), ("response.failed", "response.failed")])
def test_a_stream_can_report_an_error_after_some_pieces(serve, name, kind):
    _, client = serve([FakeFault(HELLO, error_after=1, error_event=name, message="boom", code="server_error")])
    events = client.respond(stream=True).events
    assert [event["type"] for event in events[-2:]] == ["response.output_text.delta", kind]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert "boom" in str(events[-1])


def test_a_chat_stream_reports_an_error_in_its_own_shape(serve):
    _, client = serve([FakeFault(HELLO, error_after=1)])
    events = client.chat(stream=True).events
    assert (events[-2]["error"]["type"], events[-1]) == ("server_error", "[DONE]")


def test_bytes_that_are_no_event_can_stand_in_a_stream(serve):
    _, client = serve([FakeFault(HELLO, error_after=2, error_event=b"data: {oops\n\n")])
    assert client.chat(stream=True).body.endswith(b"data: {oops\n\n")


def test_what_would_be_an_error_in_a_stream_is_a_status_for_who_wants_the_whole(serve):
    _, client = serve([FakeFault(HELLO, error_after=1, message="boom")])
    seen = client.chat()
    assert (seen.status, seen.json["error"]["message"]) == (500, "boom")


def test_an_unknown_error_event_is_named_with_the_known_ones(serve):
    _, client = serve([FakeFault(HELLO, error_after=0, error_event="response.faild")])
    answer = client.begin("/v1/responses", RESPONSES)
    assert (answer.status, "Did you mean 'response.failed'" in answer.read().decode()) == (400, True)


def test_an_answer_can_hang_until_the_client_leaves(serve):
    server, client = serve([FakeFault(HELLO, cut_at_byte=30, ending="hang")])
    assert client.begin("/v1/responses", RESPONSES | {"stream": True}).read(30)
    assert (server.open_streams, server.hung_up) == (1, 0)
    client.socket.close()
    client.close()
    assert server.wait_until(lambda: server.hung_up == 1)
    assert server.open_streams == 0


@pytest.mark.parametrize("fault", [FakeFault(before_headers=True, ending="hang"), FakeFault(HELLO, cut_at_byte=5, ending="hang"),
                                   FakeReply(("a", "b"), delay=3600), FakeFault("a", delay=3600)])  # fmt: skip
def test_what_hangs_ends_when_the_server_is_closed(serve, fault):
    server, client = serve([fault])
    client._client.request("POST", "/v1/chat/completions", b'{"model": "m", "messages": [], "stream": true}')
    assert server.wait_until(lambda: server.open_streams == 1)
    server.close()
    assert server.open_streams == 0


def test_a_client_that_leaves_a_slow_stream_is_noticed(serve):
    server, client = serve([FakeReply(("a", "b"), delay=3600)])
    client.begin("/v1/chat/completions", CHAT | {"stream": True}).close()
    client.close()
    assert server.wait_until(lambda: server.hung_up == 1)


def test_an_answer_taken_to_its_end_was_not_left(serve):
    server, client = serve(["a"])
    client.chat(stream=True)
    client.close()
    assert server.wait_until(lambda: server.open_streams == 0)
    assert server.hung_up == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"status": 200}, "is no error"),
        ({"ending": "cut"}, "There is no ending 'cut'"),
        ({"error_event": "x"}, "needs error_after"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        FakeFault(**wrong)


def test_a_body_that_breaks_off_in_an_unknown_way_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'close'"):
        FakeBody(b"", ending="closed")

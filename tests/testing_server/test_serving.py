"""The server itself: script, routes, connections, threads, what it keeps of a request."""

from __future__ import annotations

import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from testing_server.conftest import CHAT, Plain

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.testing import FakeBody, FakeFault, FakeProvider, FakeReply, forbid_network


def content(seen):
    return seen.json["choices"][0]["message"]["content"]


def test_each_chat_takes_the_next_reply_on_whatever_endpoint(serve):
    _, client = serve(["one", "two"])
    assert client.respond().json["output"][0]["content"][0]["text"] == "one"
    assert content(client.chat()) == "two"


def test_when_the_script_has_ended_the_answer_says_so_and_is_not_worth_a_retry(serve):
    _, client = serve(["one"])
    client.chat()
    seen = client.chat()
    assert (seen.status, seen.json["error"]["code"]) == (400, "script_ended")
    assert "script has ended after 1 replies" in seen.json["error"]["message"]


def test_the_last_reply_can_be_repeated(serve):
    _, client = serve([FakeFault(status=500), "last"], repeat_last=True)
    assert client.chat().status == 500
    assert [content(client.chat()) for _ in range(3)] == ["last"] * 3


def test_a_request_is_kept_as_it_came(serve):
    server, client = serve(["a"])
    client.ask("/openai/v1/chat/completions?a=1", CHAT, headers={"X-One": "1"})
    request = server.requests[-1]
    assert (request.method, request.path, request.query, request.wire) == ("POST", "/v1/chat/completions", "a=1", "openai")
    assert (request.json, request.headers["x-one"], request.connection) == (CHAT, "1", 1)


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "x-goog-api-key", "api-key", "Cookie", "Proxy-Authorization"])
def test_a_key_is_not_kept_but_can_be_recognized(serve, name):
    server, client = serve(["a"])
    client.ask("/v1/models?key=query-key&a=1", headers={name: "Bearer secret-key" if "orization" in name else "secret-key"})
    request = server.requests[-1]
    assert "secret-key" not in repr(request) + repr(request.headers) + repr(server)
    assert (request.query, request.authorized_with("query-key")) == ("key=***&a=1", True)
    assert (request.authorized_with("secret-key"), request.authorized_with("other")) == (True, False)


def test_requests_share_a_connection_that_is_kept_alive(serve):
    server, client = serve([FakeFault(status=500), FakeReply(("a",), cut_after=1), "a"], repeat_last=True)
    for _ in range(50):
        client.chat(stream=True)
    assert server.connections == 1


def test_a_client_that_wants_the_connection_closed_gets_it_closed(serve):
    server, client = serve(["a"], repeat_last=True)
    for _ in range(3):
        client.ask("/v1/chat/completions", CHAT, headers={"Connection": "close"})
        client.close()
    assert server.connections == 3


def test_a_body_sent_in_chunks_is_read(serve):
    server, client = serve(["a"])
    client._client.request("POST", "/v1/chat/completions", iter([b'{"model": "m", ', b'"messages": []}']), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    assert client._client.getresponse().status == 200
    assert server.requests[-1].json == {"model": "m", "messages": []}


def test_many_clients_are_served_at_once(serve):
    server, _ = serve([FakeReply(("a", "b"), delay=0.01)], repeat_last=True)
    together = threading.Barrier(32)

    def one(_: int) -> str:
        client = Plain(server)
        together.wait(30)
        answer = "".join(event["choices"][0]["delta"].get("content") or "" for event in client.chat(stream=True).events[:-1])
        client.close()
        return answer

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(one, range(32))) == ["ab"] * 32
    assert (len(server.requests), server.connections) == (32, 32)


def test_each_reply_is_given_once_however_many_ask(serve):
    server, _ = serve([str(number) for number in range(40)])

    def one(_: int) -> str:
        client = Plain(server)
        said = content(client.chat())
        client.close()
        return said

    with ThreadPoolExecutor(8) as pool:
        assert sorted(map(int, pool.map(one, range(40)))) == list(range(40))


def test_a_stream_of_twenty_thousand_pieces_arrives_whole(serve):
    _, client = serve([FakeReply(tuple(f"{number} " for number in range(20_000)))])
    events = client.respond(stream=True).events
    assert [event["delta"] for event in events if "delta" in event] == [f"{number} " for number in range(20_000)]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_the_first_piece_arrives_before_the_second_is_due(serve):
    _, client = serve(
        [FakeReply(("a", "b"), delay=0.0), FakeBody(b"data: 1\n\ndata: 2\n\n", "text/event-stream", pauses={9: 3600})]
    )
    client.chat()
    answer = client.begin("/v1/chat/completions", CHAT)
    assert answer.read1(100) == b"data: 1\n\n"


def test_a_closed_server_leaves_no_thread_and_no_socket():
    before = threading.active_count()
    server = FakeProvider(["a"], repeat_last=True)
    clients = [Plain(server) for _ in range(4)]
    for client in clients:
        client.chat()
    server.close()
    server.close()
    assert threading.active_count() == before
    with pytest.raises(OSError):
        Plain(server).chat()
    for client in clients:
        client.close()
    del server
    gc.collect()  # a socket left open would be a ResourceWarning, which fails the test


def test_the_end_of_the_block_closes_the_server_when_an_error_leaves_it():
    with pytest.raises(ZeroDivisionError), FakeProvider() as server:
        raise ZeroDivisionError
    with pytest.raises(OSError):
        Plain(server).ask("/v1/models")


def test_what_is_no_http_is_hung_up_on(serve):
    server, client = serve()
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 10) as plain:
        plain.sendall(b"hello\r\n\r\n")
        assert plain.recv(10) == b""
    assert client.ask("/v1/models").status == 200


def test_this_machine_is_reached_behind_the_fence():
    with forbid_network(), FakeProvider(["a"]) as server:
        client = Plain(server)
        assert client.chat().status == 200
        client.close()


def test_a_route_answers_with_plain_values_in_order_and_the_last_one_stays(serve):
    server, client = serve()
    server.route("GET /v1/batches/{id}", {"status": "in_progress"}, {"status": "completed"})
    assert [client.ask("/v1/batches/b1").json["status"] for _ in range(3)] == ["in_progress", "completed", "completed"]


def test_a_route_can_be_used_up_and_then_the_usual_answer_is_back(serve):
    server, client = serve()
    server.route("POST /v1/embeddings", FakeFault(status=429), repeat_last=False)
    body = {"model": "m", "input": "a", "dimensions": 2}
    assert [client.ask("/v1/embeddings", body).status for _ in range(2)] == [429, 200]


def test_a_route_may_break_the_usual_answer_of_its_endpoint(serve):
    server, client = serve()
    server.route("GET /v1/models", FakeFault(cut_at_byte=10, ending="clean"))
    assert client.ask("/v1/models").body == b'{"object":'


def test_a_route_can_be_a_function_of_the_request(serve):
    server, client = serve()
    server.route("POST /v1/files", lambda request: {"bytes": len(request.body)})
    assert client.ask("/v1/files", b"12345").json == {"bytes": 5}


def test_a_newer_route_comes_first(serve):
    server, client = serve()
    server.route("GET /v1/files/{id}", {"old": 1})
    server.route("GET /v1/files/f1", FakeBody(b"text", "text/plain"))
    assert (client.ask("/v1/files/f1").body, client.ask("/v1/files/f2").json) == (b"text", {"old": 1})


def test_an_error_in_a_route_is_told_to_the_client(serve):
    server, client = serve()
    server.route("GET /v1/files", lambda _: {}["missing"])
    seen = client.ask("/v1/files")
    assert (seen.status, "KeyError: 'missing'" in seen.json["error"]["message"]) == (400, True)


def test_a_text_for_a_path_that_takes_none_is_told_to_the_client(serve):
    server, client = serve()
    server.route("GET /v1/files", "text")
    assert "takes no text" in client.ask("/v1/files").json["error"]["message"]


@pytest.mark.parametrize("wrong", [("/v1/files", {}), ("get /v1/files", {}), ("GET v1", {}), ("GET /v1",)])
def test_a_route_that_makes_no_sense_is_refused(serve, wrong):
    server, _ = serve()
    with pytest.raises(UsageError, match="A route needs"):
        server.route(*wrong)


@pytest.mark.parametrize("wrong", ["text", 3, FakeReply(("a",)), [TimeoutError()], [{"a": 1}]])
def test_what_is_no_list_of_replies_is_refused(wrong):
    with pytest.raises(WrongTypeError, match="FakeProvider"):
        FakeProvider(wrong)


def test_an_unknown_wire_is_named_with_the_nearest(serve):
    server, _ = serve()
    with pytest.raises(UsageError, match="Did you mean 'openai'"):
        server.base_url("openia")


def test_waiting_for_what_does_not_happen_ends(serve):
    server, _ = serve()
    assert server.wait_until(lambda: bool(server.requests), timeout=0.01) is False

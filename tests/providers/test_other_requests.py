"""What ports do beside posting JSON: questions (GET), bodies as bytes, forms with a file, headers, and lines. Both colours."""

from __future__ import annotations

from typing import Any

import pytest
from colours import COLOURS, Colour

from racto_nb.flow.effects import Flow, next_event, open_stream, send
from racto_nb.providers.anthropic import opening as anthropic
from racto_nb.providers.google import opening as google
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.openai import opening as openai
from racto_nb.providers.wire import Request, Upload
from racto_nb.testing import FakeBody, FakeProvider

PORTS = {
    "openai": lambda url: openai.open_provider(api_key="k", base_url=url, api="auto")[1],
    "anthropic": lambda url: anthropic.open_provider(api_key="k", base_url=url)[1],
    "google": lambda url: google.open_provider(api_key="k", base_url=url, api_version=None)[1],
}
PATH = {"openai": ("/things", "/v1/things"), "anthropic": ("/things", "/things"), "google": ("things", "/things")}
each_colour = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
each_wire = pytest.mark.parametrize("wire", PORTS)


def asked(colour: Colour, wire: str, server: FakeProvider, method: str, reply: Any, **request: Any) -> Any:
    """What a port answers to a request that the server answers with `reply`."""
    path, route = PATH[wire]
    server.route(f"{method} {route}", reply)
    port: HttpPort = PORTS[wire](server.base_url(wire))
    query = request.pop("query", "")
    wanted = Request("m", request.pop("arguments", {}), operation=path + query, method=method, **request)
    try:
        return colour.run(lines_of(port, wanted) if wanted.reads == "lines" else send(port, wanted))
    finally:
        port.close()


def lines_of(port: HttpPort, request: Request) -> Flow[list[bytes]]:
    stream = yield from open_stream(port, request)
    lines: list[bytes] = []
    while (line := (yield from next_event(stream))) is not None:
        lines.append(line)
    return lines


@each_wire
@each_colour
def test_a_question_has_a_query_and_no_body(colour, wire):
    with FakeProvider() as server:
        assert asked(colour, wire, server, "GET", {"a": 1}, query="?limit=2&after=x") == {"a": 1}
        (request,) = server.requests
    assert (request.method, request.query, request.body) == ("GET", "limit=2&after=x", b"")
    assert request.authorized_with("k")


@each_wire
@each_colour
def test_bytes_go_out_as_they_are_with_the_headers_that_say_what_they_are(colour, wire):
    with FakeProvider() as server:
        asked(
            colour, wire, server, "POST", {}, content=b'{"a": 1}\n', headers={"content-type": "application/jsonl", "x-more": "1"}
        )
        (request,) = server.requests
    assert request.body == b'{"a": 1}\n'
    assert (request.headers["content-type"], request.headers["x-more"]) == ("application/jsonl", "1")


@each_wire
@each_colour
def test_headers_of_an_answer_can_be_read(colour, wire):
    with FakeProvider() as server:
        headers = asked(
            colour, wire, server, "POST", FakeBody(b"", headers={"X-Where": "there"}), arguments={"a": 1}, reads="headers"
        )
    assert headers["x-where"] == "there"


@each_wire
@each_colour
@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json", "text/html"])
def test_lines_are_read_whatever_the_content_type(colour, wire, kind):
    body = FakeBody(b'{"a": 1}\n\n{"b": 2}\n{"c": 3}', kind, splits=(3, 11))
    with FakeProvider() as server:
        assert asked(colour, wire, server, "GET", body, reads="lines") == [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}']


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
@each_colour
def test_a_file_is_a_part_of_a_form(colour, wire):
    with FakeProvider() as server:
        file = Upload("b.jsonl", b"--1\r\n--2", "application/jsonl")
        asked(colour, wire, server, "POST", {}, arguments={"purpose": "batch"}, file=file)
        (request,) = server.requests
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="purpose"\r\n\r\nbatch\r\n' in request.body
    assert b'name="file"; filename="b.jsonl"\r\nContent-Type: application/jsonl\r\n\r\n--1\r\n--2\r\n' in request.body


def test_the_content_of_a_request_is_not_in_its_repr():
    request = Request("m", {}, content=b"secret", file=Upload("a", b"secret", "t"))
    assert "secret" not in repr(request)

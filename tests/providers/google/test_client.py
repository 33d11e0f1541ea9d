"""Google's port over a socket: addresses, headers, and what a server may do wrong, in both colours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import pytest
from colours import run_unblocked
from wire.replaying import Recorded, Replaying, replaying

from racto_nb import google_developer_kit as gemini
from racto_nb.exceptions import RactoGatewayAPIError, RactoGatewayAuthError, RactoGatewayTimeoutError, StreamInterruptedError
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.testing import FakeFault, FakeProvider

KEY = "AIzaSyD-abcdefghijklmnopqrstuvwxyz01234"
ASK = ChatConfig(user_message="Hi")
SSE = {"content-type": "text/event-stream"}
WHOLE = {"candidates": [{"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}]}
HELLO = Recorded(json.dumps(WHOLE).encode())
STREAM = Recorded(b"data: " + HELLO.body + b"\r\n\r\n", SSE)


def chatted(kit: gemini.Chat) -> str | None:
    return kit.chat(ASK).content


def chatted_async(kit: gemini.Chat) -> str | None:
    async def main() -> str | None:
        async with kit:
            return (await kit.achat(ASK)).content

    return run_unblocked(main())


def streamed(kit: gemini.Chat) -> str | None:
    *_, last = kit.stream(ASK)
    return last.accumulated_text


def streamed_async(kit: gemini.Chat) -> str | None:
    async def main() -> str | None:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return [chunk async for chunk in chunks][-1].accumulated_text

    return run_unblocked(main())


Way = Callable[[gemini.Chat], str | None]
WAYS = [chatted, chatted_async, streamed, streamed_async]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@contextmanager
def kit_on(*replies: Recorded, **options: Any) -> Iterator[tuple[gemini.Chat, Replaying]]:
    given = {"max_retries": 0} | options
    with replaying(replies) as server:
        address = server.base_url.removesuffix("/v1") + given.pop("path", "")
        with gemini.Chat(base_url=address, api_key=KEY, **given) as kit:
            yield kit, server


@every_way
def test_a_redirect_is_not_followed_with_the_key(way: Way):
    with replaying([HELLO]) as other:
        away = Recorded(b"", {"location": other.base_url}, status=307)
        with kit_on(away) as (kit, _), pytest.raises(RactoGatewayAPIError, match="HTTP 307"):
            way(kit)
        assert other.asked == []


@every_way
def test_the_address_may_have_a_path(way: Way):
    reply = STREAM if way in WAYS[2:] else HELLO
    with kit_on(reply, path="/gateway/google/", api_version="v1beta") as (kit, server):
        assert way(kit) == "Hello"
        assert server.asked[0].startswith("/gateway/google/v1beta/models/gemini-3.8-flash:")


@every_way
def test_a_wrong_key_is_told_as_one_though_the_status_is_400(way: Way):
    told = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    body = {"error": {"code": 400, "message": f"API key not valid: {KEY}", "status": "INVALID_ARGUMENT", "details": told}}
    refused = pytest.raises(RactoGatewayAuthError, match=r"HTTP 400.*the argument api_key=")
    with kit_on(Recorded(json.dumps(body).encode(), status=400)) as (kit, _), refused as caught:
        way(kit)
    assert KEY[:12] not in str(caught.value)


@every_way
def test_a_page_of_a_proxy_is_told_without_its_html(way: Way):
    page = Recorded(b"<html>Bad Gateway</html>", {"content-type": "text/html"}, status=502)
    with kit_on(page) as (kit, _), pytest.raises(RactoGatewayAPIError, match=r"HTTP 502: an HTML page\. Ask again later"):
        way(kit)


@pytest.mark.parametrize("way", WAYS[2:], ids=lambda way: way.__name__)
def test_a_bare_error_between_events_ends_the_stream(way: Way):
    begun = b'data: {"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]}\r\n\r\n'
    bare = b'{\r\n "error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}\r\n}'
    interrupted = pytest.raises(StreamInterruptedError, match="The model is overloaded")
    with kit_on(Recorded(begun + bare, SSE)) as (kit, _), interrupted as caught:
        way(kit)
    assert caught.value.partial == "Hel"


@every_way
def test_a_server_that_says_nothing_is_given_up(way: Way):
    held = Recorded(STREAM.body[:20], SSE, held=True) if way in WAYS[2:] else Recorded(HELLO.body[:20], held=True)
    with kit_on(held, timeout=0.3) as (kit, _), pytest.raises(RactoGatewayTimeoutError):
        way(kit)


def test_the_headers_are_those_that_google_documents():
    with FakeProvider(["Hello"]) as server, gemini.Chat(api_key=KEY, base_url=server.base_url("google"), timeout=7.2) as kit:
        kit.chat(ASK)
    (request,) = server.requests
    assert request.authorized_with(KEY)
    assert request.headers["x-server-timeout"] == "8"
    assert request.headers["x-goog-api-client"].startswith("racto-nb/")
    assert "authorization" not in request.headers


def test_without_a_key_no_header_of_one_is_sent(monkeypatch: pytest.MonkeyPatch):
    for variable in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with FakeProvider(["Hello"]) as server, gemini.Chat(base_url=server.base_url("google")) as kit:
        kit.chat(ASK)
    assert "x-goog-api-key" not in server.requests[0].headers


def test_the_wait_in_the_details_is_kept_to():
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}]
    body = {"error": {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED", "details": details}}
    server = FakeProvider([FakeFault(status=429, body=body), "Hello"])
    with server, gemini.Chat(api_key=KEY, base_url=server.base_url("google")) as kit:
        assert kit.chat(ASK).content == "Hello"
    assert len(server.requests) == 2


def test_many_texts_are_embedded_in_parts_and_joined_in_order():
    with FakeProvider() as server, gemini.Chat(api_key=KEY, base_url=server.base_url("google")) as kit:
        texts = [f"text {number}" for number in range(250)]
        answer = kit.embed(EmbeddingConfig(texts=texts, dimensions=8))
    assert [vector.text for vector in answer.vectors] == texts
    assert {len(vector.embedding) for vector in answer.vectors} == {8}
    assert [len(request.json["requests"]) for request in server.requests] == [100, 100, 50]

"""OpenAI's port over a socket: what a server may do wrong, in both colours, and what of it reaches the user."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import pytest
from colours import run_unblocked
from wire.replaying import Recorded, Replaying, replaying

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import (
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
)
from racto_nb.models import ChatConfig

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"
ASK = ChatConfig(user_message="Hi")
SSE = {"content-type": "text/event-stream; charset=utf-8"}
WHOLE = {"model": "m", "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
HELLO = Recorded(json.dumps(WHOLE).encode())
PIECE = b'data: {"model":"m","choices":[{"delta":{"content":"Hello"}}]}\n\n'
END = b'data: {"model":"m","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'


def chatted(kit: gpt.Chat) -> str | None:
    return kit.chat(ASK).content


def chatted_async(kit: gpt.Chat) -> str | None:
    async def main() -> str | None:
        async with kit:
            return (await kit.achat(ASK)).content

    return run_unblocked(main())


def streamed(kit: gpt.Chat) -> str | None:
    *_, last = kit.stream(ASK)
    return last.accumulated_text


def streamed_async(kit: gpt.Chat) -> str | None:
    async def main() -> str | None:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return [chunk async for chunk in chunks][-1].accumulated_text

    return run_unblocked(main())


Way = Callable[[gpt.Chat], str | None]
WAYS = [chatted, chatted_async, streamed, streamed_async]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
whole = pytest.mark.parametrize("way", WAYS[:2], ids=lambda way: way.__name__)
streams = pytest.mark.parametrize("way", WAYS[2:], ids=lambda way: way.__name__)


@contextmanager
def kit_on(*replies: Recorded, **options: Any) -> Iterator[tuple[gpt.Chat, Replaying]]:
    """A kit on a server that gives these replies, and the server. Nothing is tried again unless asked for."""
    given = {"max_retries": 0} | options
    with replaying(replies) as server, gpt.Chat("m", base_url=server.base_url, api_key=KEY, **given) as kit:
        yield kit, server


def everything_in(error: BaseException | None) -> str:
    """All that a traceback, a log or a debugger shows of an error and of those behind it."""
    told = ""
    while error is not None:
        told += "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(error.args)
        response = getattr(error, "request", None) or getattr(error, "response", None)
        told += repr(getattr(response, "headers", ""))
        error = error.__cause__ or error.__context__
    return told


@every_way
def test_the_key_reaches_the_server_and_nothing_else(way: Way):
    said = {"error": {"message": f"Incorrect API key provided: {KEY}. And again {KEY[:20]}", "code": f"bad_{KEY}"}}
    with kit_on(Recorded(json.dumps(said).encode(), status=401)) as (kit, server):
        with pytest.raises(RactoGatewayAuthError, match="refused the key for openai:m") as caught:
            way(kit)
        assert server.keys == [f"Bearer {KEY}"]
    assert KEY[:16] not in everything_in(caught.value)
    assert "the argument api_key=" in str(caught.value)


@every_way
def test_a_key_in_an_error_page_is_not_shown(way: Way):
    page = Recorded(b"x" * 190 + KEY.encode(), {"content-type": "text/plain"}, status=500)
    with kit_on(page) as (kit, _), pytest.raises(RactoGatewayAPIError, match="HTTP 500: xxx") as caught:
        way(kit)
    assert KEY[:12] not in everything_in(caught.value)


@whole
def test_a_key_in_a_page_in_place_of_a_reply_is_not_shown(way: Way):
    page = Recorded(b"<p>" + b"x" * 50 + KEY.encode(), {"content-type": "text/html"})
    with kit_on(page) as (kit, _), pytest.raises(RactoGatewayAPIError, match="something that is not its protocol") as caught:
        way(kit)
    assert KEY[:12] not in everything_in(caught.value)


@streams
def test_a_key_in_a_broken_event_is_not_shown(way: Way):
    broken = Recorded(b"data: {" + KEY.encode() + b"\n\n", SSE)
    with kit_on(broken) as (kit, _), pytest.raises(StreamInterruptedError, match="no event of its protocol") as caught:
        way(kit)
    assert KEY[:12] not in everything_in(caught.value)


@streams
def test_a_key_in_an_error_inside_a_stream_is_not_shown(way: Way):
    said = b'data: {"error":{"message":"bad key ' + KEY.encode() + b'"}}\n\n'
    with kit_on(Recorded(said, SSE)) as (kit, _), pytest.raises(StreamInterruptedError, match="bad key") as caught:
        way(kit)
    assert KEY[:12] not in everything_in(caught.value)


@every_way
def test_a_page_of_a_proxy_is_told_without_its_html(way: Way):
    page = Recorded(b"<html><body>Bad Gateway</body></html>", {"content-type": "text/html"}, status=502)
    with kit_on(page) as (kit, _), pytest.raises(RactoGatewayAPIError, match=r"HTTP 502: an HTML page\. Ask again later"):
        way(kit)


@streams
def test_a_reply_in_place_of_a_stream_is_no_stream(way: Way):
    with kit_on(HELLO) as (kit, _), pytest.raises(RactoGatewayAPIError, match="application/json in place of a stream of events"):
        way(kit)


@whole
@pytest.mark.parametrize("body", [b"", b"[]", b'"Hello"', b"{", b"\xff\xfe", b"data: {}\n\n"])
def test_what_is_no_json_object_is_no_reply(way: Way, body: bytes):
    with kit_on(Recorded(body)) as (kit, _), pytest.raises(RactoGatewayAPIError, match="no JSON object but"):
        way(kit)


@every_way
def test_a_server_that_is_not_there(way: Way):
    with replaying([]) as gone:
        address = gone.base_url
    with gpt.Chat("m", base_url=address, max_retries=0) as kit, pytest.raises(RactoGatewayAPIError, match="no connection to 127"):
        way(kit)


@whole
def test_a_reply_that_breaks_off_is_not_asked_for_again(way: Way):
    with kit_on(Recorded(HELLO.body[:20], dropped=True), HELLO, max_retries=2) as (kit, server):
        with pytest.raises(StreamInterruptedError, match="the connection broke before the answer was complete"):
            way(kit)
        assert len(server.asked) == 1


@streams
def test_a_stream_that_breaks_after_its_end_is_whole(way: Way):
    with kit_on(Recorded(PIECE + END, SSE, dropped=True)) as (kit, _):
        assert way(kit) == "Hello"


@every_way
def test_a_server_that_says_nothing_more_is_given_up(way: Way):
    held = Recorded(PIECE, SSE, held=True) if way in WAYS[2:] else Recorded(HELLO.body[:20], held=True)
    with kit_on(held, HELLO, timeout=0.3, max_retries=2) as (kit, server):
        with pytest.raises(RactoGatewayTimeoutError, match=r"gave no complete answer in time. Allow more time \(timeout=\)"):
            way(kit)
        assert len(server.asked) == 1


@streams
def test_a_stream_may_be_any_bytes_between_its_events(way: Way):
    odd = b"\xef\xbb\xbf: hello\r\n\r\nevent: ping\r\ndata:\r\n\r\n" + PIECE.replace(b"\n", b"\r\n") + END + b"data: [DONE]\n\n"
    with kit_on(Recorded(odd, SSE)) as (kit, _):
        assert way(kit) == "Hello"


@every_way
def test_a_kit_that_was_closed_opens_again(way: Way):
    reply = Recorded(PIECE + END, SSE) if way in WAYS[2:] else HELLO
    with kit_on(reply, reply) as (kit, server):
        assert way(kit) == "Hello"
        kit.close()
        kit.close()
        assert way(kit) == "Hello"
        assert len(server.asked) == 2


def test_several_loops_may_use_one_kit():
    with kit_on(HELLO, HELLO) as (kit, _):
        for _ in range(2):
            assert asyncio.run(kit.achat(ASK)).content == "Hello"

"""What kits behind HTTP do when something goes wrong: which error, how many tries, and that nothing is asked twice that was accepted."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.served_table import ASK, KEY, Colour, Served

from racto_nb.exceptions import (
    ContextOverflowError,
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
)
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Sleep
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.testing import FakeBody, FakeFault, FakeReply

Opened = Callable[..., Any]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits before further tries, in seconds: noted in place of waiting."""
    waits: list[float] = []
    plain, plain_async = SyncDriver._perform, AsyncDriver._perform

    async def aperform(self: AsyncDriver, effect: Any, opened: Any) -> Any:
        if isinstance(effect, Sleep):
            return waits.append(effect.seconds)
        return await plain_async(self, effect, opened)

    def perform(self: SyncDriver, effect: Any, opened: Any) -> Any:
        return waits.append(effect.seconds) if isinstance(effect, Sleep) else plain(self, effect, opened)

    monkeypatch.setattr(SyncDriver, "_perform", perform)
    monkeypatch.setattr(AsyncDriver, "_perform", aperform)
    return waits


@pytest.fixture(params=["chat", "stream"])
def ask(request: pytest.FixtureRequest, colour: Colour) -> Callable[..., Any]:
    """`ask(kit)` gives the text of an answer, asked for whole or in pieces."""
    if request.param == "chat":
        return lambda kit, config=ASK: colour.chat(kit, config).content
    return lambda kit, config=ASK: colour.stream(kit, config)[-1].accumulated_text


def test_an_unknown_model_is_told_with_the_nearest(served: Served, opened: Opened, ask: Callable[..., Any]):
    server, kit = opened(server={"unknown_models": [served.misspelt]}, model=served.misspelt)
    with pytest.raises(ModelNotFoundError, match=rf"'{served.misspelt}'.*Did you mean '{served.model}'") as caught:
        ask(kit)
    assert caught.value.suggestions[0] == served.model
    assert caught.value.name == served.misspelt
    assert len(server.requests) == 1 + served.looks


def test_a_429_with_retry_after_is_followed_once_and_then_answered(opened: Opened, ask: Callable[..., Any], slept: list[float]):
    server, kit = opened([FakeFault(status=429, retry_after=7), "Hello there, friend"])
    assert ask(kit) == "Hello there, friend"
    assert len(server.requests) == 2
    assert slept == [7.0]
    assert server.requests[0].body == server.requests[1].body


def test_a_wait_in_milliseconds_and_a_date_to_wait_for_are_followed(opened: Opened, ask: Callable[..., Any], slept: list[float]):
    when = datetime.now(UTC) + timedelta(seconds=40)
    _, kit = opened([FakeFault(status=429, retry_after_ms=250), FakeFault(status=503, retry_after=when), "done"])
    assert ask(kit) == "done"
    assert slept[0] == 0.25
    assert 20 < slept[1] <= 40


@pytest.mark.parametrize(("status", "kind"), [(429, RactoGatewayRateLimitError), (503, RactoGatewayServerError)])
def test_who_asks_to_wait_for_longer_than_a_minute_is_not_waited_for(
    opened: Opened, ask: Callable[..., Any], slept: list[float], status: int, kind: type[RactoGatewayAPIError]
):
    server, kit = opened([FakeFault(status=status, retry_after=61)])
    with pytest.raises(kind, match="wait 61 seconds") as caught:
        ask(kit)
    assert (caught.value.status_code, caught.value.retry_after) == (status, 61)
    assert (len(server.requests), slept) == (1, [])


def test_who_has_little_time_does_not_wait_for_longer_than_that(opened: Opened, ask: Callable[..., Any], slept: list[float]):
    server, kit = opened([FakeFault(status=429, retry_after=31)], timeout=30)
    with pytest.raises(RactoGatewayAPIError, match="wait 31 seconds"):
        ask(kit)
    assert (len(server.requests), slept) == (1, [])


@pytest.mark.parametrize(
    ("status", "retries"), [(408, 1), (409, 1), (429, 0), (429, 1), (429, 3), (500, 1), (502, 1), (503, 2), (504, 1), (529, 1)]
)
def test_what_may_pass_is_tried_again_as_often_as_allowed(
    opened: Opened, ask: Callable[..., Any], slept: list[float], status: int, retries: int
):
    server, kit = opened([FakeFault(status=status)], max_retries=retries)
    with pytest.raises(RactoGatewayAPIError) as caught:
        ask(kit)
    assert caught.value.status_code == status
    assert len(server.requests) == retries + 1
    assert slept == sorted(slept)
    assert len(slept) == retries


@pytest.mark.parametrize(
    "refusal",
    [
        (400, RactoGatewayBadRequestError),
        (401, RactoGatewayAuthError),
        (403, RactoGatewayAuthError),
        (404, ModelNotFoundError),
        (413, RactoGatewayBadRequestError),
        (422, RactoGatewayBadRequestError),
    ],
)
def test_what_will_not_pass_is_never_tried_again(
    served: Served, opened: Opened, ask: Callable[..., Any], slept: list[float], refusal: tuple[int, type[Exception]]
):
    status, error = refusal
    server, kit = opened([FakeFault(status=status)], max_retries=5)
    with pytest.raises(error):
        ask(kit)
    assert (len(server.requests), slept) == (1 + served.looks * (error is ModelNotFoundError), [])


def test_an_account_without_credit_is_not_asked_again(
    served: Served, opened: Opened, ask: Callable[..., Any], slept: list[float]
):
    server, kit = opened([FakeFault(**served.no_credit)])
    with pytest.raises(RactoGatewayAPIError, match="no credit"):
        ask(kit)
    assert (len(server.requests), slept) == (1, [])


def test_a_prompt_that_is_too_long_has_an_error_of_its_own(
    served: Served, opened: Opened, ask: Callable[..., Any], slept: list[float]
):
    server, kit = opened([FakeFault(**served.overflow)])
    with pytest.raises(ContextOverflowError, match="Shorten"):
        ask(kit)
    assert len(server.requests) == 1


def test_what_the_server_says_of_trying_again_goes_before_its_status(opened: Opened, ask: Callable[..., Any], slept: list[float]):
    server, kit = opened(
        [
            FakeFault(status=400, headers={"x-should-retry": "true"}),
            FakeFault(status=500, headers={"x-should-retry": "false"}),
            "not reached",
        ]
    )
    with pytest.raises(RactoGatewayAPIError) as caught:
        ask(kit)
    assert caught.value.status_code == 500
    assert len(server.requests) == 2


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_what_was_handed_over_is_not_sent_again_when_no_answer_comes(
    opened: Opened, ask: Callable[..., Any], slept: list[float], ending: Any
):
    server, kit = opened([FakeFault(before_headers=True, ending=ending), "never sent"])
    with pytest.raises(RactoGatewayConnectionError, match="may have read the question all the same"):
        ask(kit)
    assert (len(server.requests), slept) == (1, [])


def test_an_error_says_which_call_it_was_and_survives_pickling(
    served: Served, opened: Opened, ask: Callable[..., Any], slept: list[float]
):
    fault = FakeFault(status=503, message=f"Busy, {KEY}.", headers={"x-request-id": "req_123"})
    _, kit = opened([fault], max_retries=0)
    with pytest.raises(RactoGatewayServerError) as caught:
        ask(kit)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        told = (error.provider, error.model, error.status_code, error.request_id)
        assert told == (kit.provider, served.model, 503, "req_123")
        assert "Busy" in str(error.body)
        assert KEY not in str(error.body) + str(error)


def test_a_server_that_is_not_there_is_told_after_the_tries(
    served: Served, opened: Opened, ask: Callable[..., Any], slept: list[float]
):
    server, kit = opened(max_retries=1)
    server.close()
    with pytest.raises(RactoGatewayConnectionError, match=r"no connection to 127\.0\.0\.1.*base_url="):
        ask(kit)
    assert len(slept) == 1


@pytest.mark.parametrize(("ending", "byte"), [("close", 0), ("close", 100), ("reset", 1), ("clean", 0), ("clean", 100)])
def test_an_answer_that_had_begun_is_never_asked_for_again(
    opened: Opened, ask: Callable[..., Any], slept: list[float], ending: Any, byte: int
):
    server, kit = opened([FakeFault("Hello there, friend", cut_at_byte=byte, ending=ending), "not reached"], max_retries=5)
    with pytest.raises(RactoGatewayAPIError):
        ask(kit)
    assert (len(server.requests), slept) == (1, [])


def test_a_stream_that_reports_an_error_after_some_pieces_keeps_them_and_is_not_asked_for_again(
    opened: Opened, colour: Colour, slept: list[float]
):
    server, kit = opened([FakeFault("one two three", error_after=2, error_event="error", message="overloaded")], max_retries=5)
    with pytest.raises(StreamInterruptedError, match="overloaded") as caught:
        colour.stream(kit)
    assert caught.value.partial == "one two"
    assert (len(server.requests), slept) == (1, [])


GARBAGE = {
    "not JSON": FakeBody(b"{half"),
    "not UTF-8": FakeBody(b"\xff\xfe\x00"),
    "empty": FakeBody(b""),
    "a list": FakeBody(b"[]"),
    "a number": FakeBody(b"7"),
    "an object of another kind": FakeBody(b'{"hello": "world"}'),
    "a page of HTML": FakeBody(b"<html><body>Sign in</body></html>", "text/html"),
    "an answer without content": FakeBody(b'{"object": "response", "status": "in_progress"}'),
    "an error with status 200": FakeBody(b'{"error": {"message": "no"}}'),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_answer_is_a_typed_error_and_is_not_asked_for_again(
    opened: Opened, ask: Callable[..., Any], slept: list[float], garbage: FakeBody
):
    server, kit = opened([garbage], max_retries=5)
    with pytest.raises(RactoGatewayAPIError):
        ask(kit)
    assert (len(server.requests), slept) == (1, [])


STREAM_GARBAGE = {
    "nothing": b"",
    "no event": b"hello\n\n",
    "an event that is no JSON": b"data: {half\n\n",
    "an event that is no object": b"data: 7\n\n",
    "bytes that are no text": b"data: \xff\xfe\n\n",
    "comments": b": ping\n\n: ping\n\n",
}


@pytest.mark.parametrize("garbage", STREAM_GARBAGE.values(), ids=STREAM_GARBAGE.keys())
def test_a_stream_of_garbage_is_a_typed_error_and_is_not_asked_for_again(
    served: Served, opened: Opened, colour: Colour, slept: list[float], garbage: bytes
):
    server, kit = opened([FakeBody(garbage, served.stream_type)], max_retries=5)
    with pytest.raises(StreamInterruptedError) as caught:
        colour.stream(kit)
    assert caught.value.partial == ""
    assert (len(server.requests), slept) == (1, [])


HANGING = {
    "before the headers": FakeFault(before_headers=True, ending="hang"),
    "after the headers": FakeFault("Hello there", cut_at_byte=0, ending="hang"),
    "in the middle": FakeFault("Hello there", cut_at_byte=120, ending="hang"),
}


@pytest.mark.parametrize("hanging", HANGING.values(), ids=HANGING.keys())
def test_a_server_that_says_nothing_is_a_timeout_hung_up_on_and_not_asked_again(
    opened: Opened, ask: Callable[..., Any], slept: list[float], hanging: FakeFault
):
    server, kit = opened([hanging, "after it"], timeout=0.2, max_retries=5)
    with pytest.raises(RactoGatewayTimeoutError, match="timeout="):
        ask(kit)
    assert len(server.requests) == 1
    assert server.wait_until(lambda: server.hung_up == 1 and server.open_streams == 0)
    assert ask(kit.with_timeout(None)) == "after it"


def test_a_server_that_drips_is_a_timeout_too(served: Served, opened: Opened, ask: Callable[..., Any]):
    body = b" " * 4000
    dripping = FakeBody(body, served.stream_type, pauses=dict.fromkeys(range(0, 4000, 10), 0.05))
    server, kit = opened([dripping], timeout=0.3, max_retries=0)
    with pytest.raises(RactoGatewayTimeoutError):
        ask(kit)
    assert server.wait_until(lambda: server.hung_up == 1)


def test_an_embedding_is_tried_again_and_its_errors_are_typed(served: Served, opened: Opened, slept: list[float]):
    if not served.embeds:
        pytest.skip("this provider has no embeddings")
    server, kit = opened(max_retries=1)
    endpoint, empty = served.embedding
    server.route(endpoint, FakeFault(status=503), repeat_last=False)
    assert len(kit.embed(EmbeddingConfig(texts=["a", "b"])).vectors) == 2
    assert len(server.requests) == 2
    server.route(endpoint, dict(empty))
    with pytest.raises(RactoGatewayAPIError, match="0 vectors for 2 texts"):
        kit.embed(EmbeddingConfig(texts=["a", "b"]))


def test_an_answer_that_does_not_fit_is_asked_for_again_and_each_answer_is_counted(opened: Opened, colour: Colour):
    from pydantic import BaseModel

    class City(BaseModel):
        name: str

    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    replies = [FakeReply.of("not JSON", usage=usage), FakeReply.of('{"name": "Oslo"}', usage=usage)]
    server, kit = opened(replies)
    answer = colour.chat(kit, ChatConfig(user_message="Where?", response_model=City))
    assert answer.parsed == {"name": "Oslo"}
    assert answer.usage["total_tokens"] == 30
    assert len(server.requests) == 2

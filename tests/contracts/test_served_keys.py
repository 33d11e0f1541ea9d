"""Keys: a missing one is told with the way out, and none ever appears in what a user may see, log, pickle or send on."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contracts.served_table import KEY, OTHER_KEY, SERVED, Colour, Served, chain

from racto_nb.exceptions import RactoGatewayAPIError, RactoGatewayAuthError, RactoGatewayError, StreamInterruptedError
from racto_nb.models import EmbeddingConfig
from racto_nb.testing import FakeBody, FakeFault, FakeReply

PIECES = [KEY[start : start + 8] for start in range(len("sk-proj-"), len(KEY) - 7)]


def leaks(text: str) -> list[str]:
    """The parts of the key in `text`: eight characters of it are enough to be a leak."""
    return [piece for piece in [KEY, *PIECES] if piece in text]


def shown(error: BaseException) -> str:
    """What users and logs see of an error, and what goes to other processes: its traceback, its attributes, its pickle."""
    return "".join(traceback.format_exception(error)) + repr(vars(error)) + pickle.dumps(error).decode("latin-1")


def told(error: BaseException) -> str:
    """All that an error says anywhere: also what led to it and is not shown, and the variables of every frame of the library."""
    frames = [frame for one in chain(error) for frame in traceback.walk_tb(one.__traceback__)]
    library = [(frame, line) for frame, line in frames if "tests" not in Path(frame.f_code.co_filename).parts]
    variables = traceback.StackSummary.extract(iter(library), capture_locals=True).format()
    return "\n".join([shown(error), *variables, *(f"{one} {one!r} {vars(one)!r}" for one in chain(error))])


@pytest.mark.parametrize("key", [None, "", "  "])
def test_a_missing_key_names_the_variable_the_argument_and_the_kit_that_needs_none(
    served: Served, key: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(served.key_variable, raising=False)
    with pytest.raises(RactoGatewayAuthError) as caught:
        served.kit_class(served.model, api_key=key)
    for word in (served.key_variable, "api_key=", "embedded"):
        assert word in str(caught.value)


def test_the_key_of_the_environment_is_used_and_the_argument_goes_before_it(
    served: Served, colour: Colour, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(served.key_variable, KEY)
    server, of_the_environment = opened(api_key=None)
    colour.chat(of_the_environment)
    other = served.open(server, api_key=OTHER_KEY)
    colour.chat(other)
    other.close()
    assert [request.authorized_with(key) for request, key in zip(server.requests, (KEY, OTHER_KEY), strict=True)] == [True, True]


@pytest.mark.parametrize("key", ["sk-“quoted”", "sk-line\nbreak", "sk-\N{ZERO WIDTH SPACE}"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(served: Served, key: str):
    with pytest.raises(RactoGatewayAuthError, match="Copy it again") as caught:
        served.kit_class(served.model, api_key=key)
    assert key not in str(caught.value)


def test_a_refused_key_says_where_it_came_from(
    served: Served, colour: Colour, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(served.key_variable, KEY)
    _, given = opened(server={"keys": [OTHER_KEY]})
    _, found = opened(server={"keys": [OTHER_KEY]}, api_key=None)
    with pytest.raises(RactoGatewayAuthError, match="api_key="):
        colour.chat(given)
    with pytest.raises(RactoGatewayAuthError, match=f"{served.key_variable}.*embedded"):
        colour.stream(found)


ECHO = f"Incorrect key {KEY} in 'Bearer {KEY}', also known as {KEY[:12]}****{KEY[-4:]}."
REFUSALS: dict[str, Any] = {
    **{
        f"status {status}": FakeFault(status=status, message=ECHO)
        for status in (400, 401, 403, 404, 408, 409, 422, 429, 500, 503)
    },
    "a page of HTML": FakeBody(f"<html>{ECHO}</html>".encode(), "text/html", status=502),
    "plain text": FakeBody(ECHO.encode(), "text/plain", status=500),
    "an error of another shape": FakeFault(status=400, body={"detail": [ECHO]}),
    "an error that is a text": FakeFault(status=400, body={"error": ECHO}),
    "a code": FakeFault(status=400, message="no", code=KEY),
}
GARBAGE: dict[str, Any] = {
    "no JSON in place of a reply": FakeBody(ECHO.encode(), "application/json"),
    "JSON of no protocol": FakeBody(f'{{"{KEY}": 1}}'.encode()),
    "no stream": FakeBody(ECHO.encode(), f"text/plain; key={KEY}"),
    "no event": FakeBody(f"data: {ECHO}\n\n".encode(), "text/event-stream"),
}


@pytest.mark.parametrize("echo", REFUSALS.values(), ids=REFUSALS.keys())
def test_nothing_of_an_error_holds_the_key_though_the_server_echoes_it(
    colour: Colour, opened: Callable[..., Any], echo: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    _, kit = opened([echo], max_retries=0)
    for ask in (colour.chat, colour.stream):
        with pytest.raises(RactoGatewayError) as caught:
            ask(kit)
        assert leaks(told(caught.value)) == []
    assert leaks(caplog.text) == []


@pytest.mark.parametrize("echo", GARBAGE.values(), ids=GARBAGE.keys())
def test_an_error_about_garbage_does_not_quote_the_key_in_it(colour: Colour, opened: Callable[..., Any], echo: Any):
    _, kit = opened([echo], max_retries=0)
    for ask in (colour.chat, colour.stream):
        with pytest.raises(RactoGatewayError) as caught:
            ask(kit)
        assert leaks(shown(caught.value)) == []


@pytest.mark.parametrize("pieces", [0, 2])
def test_an_error_inside_a_stream_that_echoes_the_key_is_told_without_it(colour: Colour, opened: Callable[..., Any], pieces: int):
    _, kit = opened([FakeFault(reply="one two three four", error_after=pieces, error_event="error", message=ECHO)], max_retries=0)
    with pytest.raises(StreamInterruptedError, match="Incorrect key") as caught:
        colour.stream(kit)
    assert leaks(shown(caught.value)) == []


def test_an_error_of_an_embedding_holds_no_key(served: Served, opened: Callable[..., Any]):
    if not served.embeds:
        pytest.skip("this provider has no embeddings")
    server, kit = opened(max_retries=0)
    server.route(served.embedding[0], FakeFault(status=400, message=ECHO))
    with pytest.raises(RactoGatewayAPIError) as caught:
        kit.embed(EmbeddingConfig(texts=["a"]))
    assert leaks(told(caught.value)) == []


def test_an_unreachable_or_broken_server_is_told_without_the_key(served: Served, colour: Colour, opened: Callable[..., Any]):
    server, broken = opened([FakeFault(before_headers=True)], max_retries=0)
    server.close()
    for kit in (broken, served.at(f"http://{KEY}:{KEY}@127.0.0.1:9/v1", max_retries=0)):
        with pytest.raises(RactoGatewayAPIError, match=r"no connection to 127\.0\.0\.1") as caught:
            colour.chat(kit)
        assert leaks(shown(caught.value)) == []
        kit.close()


def test_no_repr_shows_the_key(served: Served, colour: Colour, opened: Callable[..., Any]):
    _, kit = opened([FakeReply.of("one two")])
    answer = colour.chat(kit)
    chunks = colour.stream(kit)
    seen = [kit, kit._provider, kit._settings, kit.spec, vars(kit), answer, answer.raw, chunks]
    assert leaks(repr(seen)) == []


def test_a_kit_is_not_pickled_with_its_key(opened: Callable[..., Any]):
    _, kit = opened()
    try:
        data = pickle.dumps(kit)
    except (TypeError, AttributeError, pickle.PicklingError) as refused:
        data = str(refused).encode()
    assert leaks(data.decode("latin-1")) == []


def test_every_kit_behind_http_is_in_this_table():
    from contracts.kit_table import KITS

    local = {"FakeKit", "EmbeddedDeveloperKit"}
    assert {entry.kit_class for entry in KITS if entry.kit_class.__name__ not in local} == {served.kit_class for served in SERVED}

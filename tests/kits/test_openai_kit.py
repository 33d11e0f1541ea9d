"""What the OpenAI kit says of itself, claim by claim: keys, addresses, APIs, limits, retries, warnings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import (
    MissingExtraError,
    RactoGatewayAuthError,
    RetiredModelWarning,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.kits.opening import open_kit
from racto_nb.testing import FakeProvider, FakeReply

KEY = "sk-proj-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
OFFICIAL = "https://api.openai.com/v1"
Opened = Callable[..., tuple[FakeProvider, gpt.Chat]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def opened() -> Iterator[Opened]:
    with ExitStack() as room:

        def start(model: str = "gpt-6-luna", **options: Any) -> tuple[FakeProvider, gpt.Chat]:
            server = room.enter_context(FakeProvider([FakeReply.of("Hello there")], repeat_last=True))
            kit = gpt.Chat(model, **{"api_key": KEY, "base_url": server.base_url("openai")} | options)
            room.callback(kit.close)
            return server, kit

        yield start


def body_of(opened: Opened, model: str = "gpt-6-luna", *, api: str = "responses", **wishes: Any) -> dict[str, Any]:
    """What is sent for a question with these wishes."""
    server, kit = opened(model, api=api)
    kit.chat(gpt.ChatConfig(user_message="Hi", **wishes))
    return server.requests[0].json


def official(kit: gpt.Chat, **wishes: Any) -> tuple[str, dict[str, Any]]:
    """The endpoint and the request for OpenAI's own address, which no test calls."""
    request = kit._provider.wire.request_from(gpt.ChatConfig(user_message="Hi", **wishes), kit.spec, stream=False)
    return request.operation, dict(request.arguments)


# Where it asks


def test_openai_is_asked_through_responses_and_stores_nothing_unless_asked_to():
    kit = gpt.Chat(api_key=KEY)
    assert kit._port.service.base_url == OFFICIAL
    assert official(kit)[0] == "/responses"
    assert official(kit)[1]["store"] is False
    assert official(kit, extra={"store": True})[1]["store"] is True


@pytest.mark.parametrize("extra", [{"seed": 7}, {"stop": ["x"]}])
def test_wishes_that_responses_does_not_know_go_to_chat_completions(extra: dict[str, Any]):
    operation, body = official(gpt.Chat(api_key=KEY), extra=extra)
    assert operation == "/chat/completions"
    assert body.items() >= extra.items()
    assert body["store"] is False


def test_other_servers_are_asked_through_chat_completions_in_the_older_words(opened: Opened):
    server, kit = opened("a-local-model")
    kit.chat(gpt.ChatConfig(user_message="Hi", history=[gpt.Message(role="system", content="Be brief.")]))
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.json["messages"][0]["role"] == "system"
    assert request.json["max_tokens"] == 4096
    assert not {"store", "max_completion_tokens"} & request.json.keys()


@pytest.mark.parametrize(("api", "path"), [("responses", "/v1/responses"), ("chat", "/v1/chat/completions")])
def test_the_api_can_be_chosen(opened: Opened, api: str, path: str):
    server, kit = opened(api=api)
    kit.chat(gpt.ChatConfig(user_message="Hi"))
    assert server.requests[0].path == path


def test_the_address_comes_from_the_environment_unless_it_is_given(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert gpt.Chat(api_key=KEY)._port.service.base_url == "http://localhost:1/v1"
    server, kit = opened()
    assert kit.chat(gpt.ChatConfig(user_message="Hi")).content == "Hello there"
    assert len(server.requests) == 1


def test_other_servers_may_need_no_key(opened: Opened):
    server, kit = opened(api_key=None)
    assert kit.chat(gpt.ChatConfig(user_message="Hi")).content == "Hello there"
    assert not server.requests[0].authorized_with(KEY)


def test_a_kit_opens_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("openai:gpt-6-luna", "openai:", "openai"):
        kit = open_kit(name)
        assert isinstance(kit, gpt.Chat)
        assert kit.model == "gpt-6-luna"


# What it sends


def test_reasoning_models_get_no_temperature_and_another_one_is_refused(opened: Opened):
    assert "temperature" not in body_of(opened)
    with pytest.raises(UnsupportedError, match="take no temperature"):
        body_of(opened, temperature=0.7)
    assert body_of(opened, temperature=0.7, extra={"reasoning_effort": "none"})["temperature"] == 0.7


def test_a_local_model_gets_the_temperature(opened: Opened):
    assert body_of(opened, "a-local-model", api="chat")["temperature"] == 0.0


def test_reasoning_models_have_room_for_their_reasoning_too(opened: Opened):
    sent = body_of(opened, max_tokens=100, thinking_budget=900)
    assert sent["max_output_tokens"] == 1000
    assert body_of(opened, max_tokens=100, extra={"reasoning_effort": "none"})["max_output_tokens"] == 100


@pytest.mark.parametrize(
    ("budget", "effort"), [(1, "low"), (2000, "low"), (2001, "medium"), (16_000, "medium"), (16_001, "high")]
)
def test_thinking_asks_for_a_summary_with_an_effort_that_fits_the_budget(opened: Opened, budget: int, effort: str):
    sent = body_of(opened, native_thinking=True, thinking_budget=budget)
    assert sent["reasoning"] == {"effort": effort, "summary": "auto"}


def test_what_only_a_server_knows_is_sent_as_it_stands(opened: Opened):
    assert body_of(opened, "a-local-model", api="chat", extra={"extra_body": {"guided_choice": ["a"]}})["guided_choice"] == ["a"]


# Limits


def test_a_retry_is_made_twice_unless_told_otherwise():
    assert gpt.Chat(api_key=KEY)._settings.retry.retries == 2
    assert gpt.Chat(api_key=KEY, max_retries=0)._settings.retry.retries == 0
    assert gpt.Chat(api_key=KEY)._settings.retry.longest_advice == 60


def test_without_a_timeout_a_silent_server_is_given_up_after_ten_minutes_and_a_dead_one_sooner():
    from racto_nb.providers.sdk_service import arguments
    from racto_nb.providers.wire import Request

    limits = arguments(Request("m", {}))["options"]["timeout"]
    assert (limits.connect, limits.read) == (5.0, 600.0)
    limits = arguments(Request("m", {}, timeout=2.0))["options"]["timeout"]
    assert (limits.connect, limits.read) == (2.0, 2.0)


# What it refuses, and warns of


def test_openai_itself_needs_a_key():
    for address in (None, OFFICIAL, "https://eu.api.openai.com/v1"):
        with pytest.raises(RactoGatewayAuthError, match=r"OPENAI_API_KEY.*api_key=.*embedded"):
            gpt.Chat(base_url=address)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'racto-nb\[openai\]'"):
        gpt.Chat(api_key=KEY)


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "api": ({"api": "completions"}, UsageError, "'auto', 'responses' or 'chat'"),
    "an address without http": ({"base_url": "localhost:8000"}, UsageError, "base_url='localhost:8000' is no address"),
    "an address of another kind": ({"base_url": 8000}, WrongTypeError, "base_url is a text"),
    "a key of another kind": ({"api_key": 7}, WrongTypeError, "api_key is a text"),
    "a negative number of tries": ({"max_retries": -1}, UsageError, "between 0 and 20"),
    "a flag for a number": ({"max_retries": True}, WrongTypeError, "whole number"),
    "no time": ({"timeout": 0}, UsageError, "more than 0"),
    "an empty model": ({"model": " "}, UsageError, "empty"),
    "a model of another kind": ({"model": 4}, WrongTypeError, "name of a model"),
    "a prompt that is a text": ({"default_prompt": "You are kind."}, WrongTypeError, "RactoPrompt"),
}


@pytest.mark.parametrize(("options", "error", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_argument_is_refused_with_what_to_write(options: dict[str, Any], error: type[Exception], says: str):
    with pytest.raises(error, match=says):
        gpt.Chat(**{"api_key": KEY} | options)


def test_a_model_that_does_not_chat_is_refused_with_those_that_do():
    with pytest.raises(UnsupportedError, match=r"'text-embedding-3-small' is no chat model.*gpt-6-luna"):
        gpt.Chat("text-embedding-3-small", api_key=KEY)


def test_a_model_that_does_not_embed_is_refused_with_those_that_do(opened: Opened):
    server, kit = opened(embedding_model="gpt-6-luna")
    with pytest.raises(UnsupportedError, match=r"is no embedding model.*text-embedding-3-small"):
        kit.embed(gpt.EmbeddingConfig(texts=["a"]))
    assert server.requests == []


def test_a_model_that_is_shut_down_is_warned_of_where_the_kit_is_made():
    with pytest.warns(RetiredModelWarning, match="Use gpt-6-luna") as caught:
        gpt.Chat("gpt-4o", api_key=KEY)
    assert caught[0].filename == __file__


def test_a_model_that_nobody_knows_is_sent_and_the_provider_decides(opened: Opened):
    server, kit = opened("gpt-7-nova")
    assert kit.chat(gpt.ChatConfig(user_message="Hi")).content == "Hello there"
    assert server.requests[0].json["model"] == "gpt-7-nova"


def test_many_texts_are_embedded_in_as_few_requests_as_allowed(opened: Opened):
    server, kit = opened()
    response = kit.embed(gpt.EmbeddingConfig(texts=[f"text {number}" for number in range(2049)], dimensions=2))
    assert [len(request.json["input"]) for request in server.requests] == [2048, 1]
    assert [vector.index for vector in response.vectors] == list(range(2049))
    assert response.vectors[-1].text == "text 2048"
    assert isinstance(response.raw, list)


def test_making_a_kit_imports_no_sdk_and_sends_nothing():
    program = (
        "import sys; from racto_nb import openai_developer_kit as gpt; gpt.Chat(api_key='sk-of-a-test-1234')\n"
        "print([name for name in ('openai', 'httpx2', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"

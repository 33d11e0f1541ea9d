"""The Ollama kit on a server that answers from a script: prompts that were cut, models that are not there, keys, options."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import (
    ContextOverflowError,
    ContextTruncatedError,
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    TruncatedContextWarning,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.models import ChatConfig
from racto_nb.providers.ollama.cutting import was_cut
from racto_nb.testing import FakeBody, FakeFault, FakeProvider, FakeReply

KEY = "ollama-key-0123456789abcdef"
ASK = ChatConfig(user_message="Hi")
LONG = ChatConfig(user_message="many words " * 4000)  # about 11,000 tokens
FULL = FakeReply.of("What was the question?", usage={"prompt_tokens": 2051, "completion_tokens": 5})


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_HOST", "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[FakeProvider]:
    with FakeProvider([FULL], repeat_last=True) as running:
        yield running


def kit_on(server: FakeProvider, model: str = "llama3.2", **options: Any) -> local.Chat:
    return local.Chat(model, base_url=server.base_url("ollama"), **options)


def ways(kit: local.Chat) -> list[Any]:
    async def achat() -> Any:
        async with kit:
            return await kit.achat(LONG)

    async def astream() -> Any:
        async with kit:
            return [chunk async for chunk in kit.astream(LONG)]

    return [
        lambda: kit.chat(LONG),
        lambda: list(kit.stream(LONG)),
        lambda: run_unblocked(achat()),
        lambda: run_unblocked(astream()),
    ]


def test_a_prompt_that_an_old_server_cut_raises_with_the_answer(server: FakeProvider):
    with kit_on(server, num_ctx=4096) as kit:
        for way in ways(kit):
            with pytest.raises(ContextTruncatedError, match=r"read 2051 tokens of about 11000.*num_ctx=16384") as caught:
                way()
            error = caught.value
            assert (error.tokens, error.window) == (11000, 4096)
            assert error.response.content == "What was the question?"
            assert pickle.loads(pickle.dumps(error)).window == 4096
        assert isinstance(error, ContextOverflowError)
    assert {request.json["truncate"] for request in server.requests} == {False}
    assert {request.json["options"]["num_ctx"] for request in server.requests} == {4096}


def test_a_cut_prompt_is_warned_of_where_that_was_asked_for(server: FakeProvider):
    with kit_on(server, on_truncation="warn") as kit:
        for way in ways(kit):
            with pytest.warns(TruncatedContextWarning, match="num_ctx"):
                way()
    assert "truncate" not in server.requests[0].json


def test_a_server_that_refuses_to_cut_is_told_as_an_overflow():
    said = '{"error":{"code":400,"message":"request (8889 tokens) exceeds the available context size (4096 tokens)"}}'
    with FakeProvider([FakeFault(status=400, message=said)], repeat_last=True) as server, kit_on(server, num_ctx=4096) as kit:
        with pytest.raises(ContextOverflowError, match="8889 tokens") as caught:
            kit.chat(LONG)
        assert (type(caught.value), caught.value.window) == (ContextOverflowError, 4096)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("sent", "read", "window", "cut"),
    [
        (11_000, 2_051, 4_096, True),  # the runner keeps half
        (11_000, 4_096, 4_096, True),
        (3_000, 4_096, 4_096, True),  # the window is full, whatever we think
        (3_900, 3_600, 4_096, False),
        (5_000, 4_000, 4_096, False),  # our estimate is off
        (11_000, 0, 4_096, False),  # nothing was counted
        (11_000, 4_095, None, True),
        (11_000, 8_000, None, False),
        (1_900, 100, None, False),  # fits every window
    ],
)
def test_whether_a_prompt_was_cut(sent: int, read: int, window: int | None, cut: bool):
    assert was_cut(sent, read, window) is cut


def test_a_prompt_that_fits_says_nothing(server: FakeProvider):
    with warnings.catch_warnings(), kit_on(server) as kit:
        warnings.simplefilter("error")
        assert kit.chat(ASK).content == "What was the question?"


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_model_that_is_not_there_says_what_to_type_and_what_is_there(server: FakeProvider, colour: str):
    server.unknown_models.add("llama3.3")
    says = r"ollama pull llama3\.3\. Did you mean 'llama3\.2:latest'\?"
    with kit_on(server, "llama3.3") as kit, pytest.raises(ModelNotFoundError, match=says) as caught:
        kit.chat(ASK) if colour == "sync" else run_unblocked(kit.achat(ASK))
    assert (caught.value.name, caught.value.suggestions) == ("llama3.3", ["llama3.2:latest"])
    assert [request.path for request in server.requests] == ["/api/chat", "/api/tags"]


def test_a_server_that_cannot_list_its_models_still_says_what_to_type(server: FakeProvider):
    server.unknown_models.add("llama3.3")
    server.route("GET /api/tags", FakeFault(status=500))
    with kit_on(server, "llama3.3") as kit, pytest.raises(ModelNotFoundError, match=r"ollama pull llama3\.3\.$"):
        kit.chat(ASK)


def test_a_server_that_does_not_run_says_how_to_start_it():
    with FakeProvider() as server:
        address = server.base_url("ollama")
    with local.Chat(base_url=address, max_retries=0) as kit, pytest.raises(RactoGatewayAPIError, match="`ollama serve`"):
        kit.chat(ASK)


def test_an_answer_ends_with_its_last_line_though_the_server_says_nothing_more_and_hangs_up_not():
    lines = b'{"message":{"content":"Hello"},"done":false}\n{"message":{"content":""},"done":true,"done_reason":"stop"}\n'
    with (
        FakeProvider([FakeBody(lines, "application/x-ndjson", ending="hang")]) as server,
        kit_on(server) as kit,
        closing(kit.stream(ASK)) as running,
    ):
        assert [next(running).delta.text, next(running).is_final] == ["Hello", True]


def test_the_address_comes_from_the_environment(server: FakeProvider, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OLLAMA_HOST", server.base_url("ollama").removeprefix("http://"))
    with local.Chat() as kit:
        assert kit.chat(ASK).content
    assert server.requests[0].json["model"] == "llama3.2"


def test_no_key_is_sent_unless_there_is_one_and_it_is_in_no_error(monkeypatch: pytest.MonkeyPatch):
    echo = FakeFault(status=401, message=f"wrong key {KEY}")
    with FakeProvider(["fine", echo], repeat_last=True) as server:
        with kit_on(server) as kit:
            kit.chat(ASK)
        monkeypatch.setenv("OLLAMA_API_KEY", KEY)
        with kit_on(server) as kit, pytest.raises(RactoGatewayAuthError, match="OLLAMA_API_KEY: check it") as caught:
            kit.chat(ASK)
        assert [request.authorized_with(KEY) for request in server.requests] == [False, True]
    assert KEY not in str(caught.value) + repr(kit._port) + repr(kit._provider)


def test_a_server_on_this_machine_is_free_and_another_one_is_not():
    assert local.Chat(base_url="127.0.0.1").spec.free
    assert not local.Chat(base_url="https://ollama.com").spec.free


def test_a_window_is_known_where_it_was_given():
    assert local.Chat(num_ctx=8192).spec.abilities.window == 8192
    assert local.Chat().spec.abilities.window is None


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"num_ctx": 0}, UsageError, "at least 1 token"),
        ({"num_ctx": "8k"}, WrongTypeError, "whole number of tokens"),
        ({"num_ctx": True}, WrongTypeError, "whole number of tokens"),
        ({"on_truncation": "ignore"}, UsageError, "'raise' or 'warn', not 'ignore'"),
        ({"base_url": "ftp://box"}, UsageError, "base_url='ftp://box' is no address"),
    ],
)
def test_a_wrong_argument_is_told_at_once(options: dict[str, Any], error: type[Exception], says: str):
    with pytest.raises(error, match=re.escape(says)):
        local.Chat(**options)


@pytest.mark.parametrize(
    ("text", "window"),
    [("Hi", None), ("word " * 2_000, None), ("word " * 4_000, 8_192), ("-" * 40_000, None), ("x = 1\n" + " " * 40_000, None)],
)
def test_a_long_prompt_asks_for_a_window_that_holds_it(server: FakeProvider, text: str, window: int | None):
    with kit_on(server, on_truncation="warn") as kit, warnings.catch_warnings():
        warnings.simplefilter("ignore", TruncatedContextWarning)
        kit.chat(ChatConfig(user_message=text))
    assert server.requests[-1].json["options"].get("num_ctx") == window


def test_the_window_that_the_user_names_is_the_one_that_is_sent(server: FakeProvider):
    with kit_on(server, num_ctx=2048, on_truncation="warn") as kit, warnings.catch_warnings():
        warnings.simplefilter("ignore", TruncatedContextWarning)
        kit.chat(LONG)
    assert server.requests[-1].json["options"]["num_ctx"] == 2048


@pytest.mark.parametrize("odd", ["4096", 0, True, 4096.5])
def test_a_window_that_is_none_is_refused_before_anything_is_sent(server: FakeProvider, odd: object):
    with kit_on(server) as kit, pytest.raises(UnsupportedError, match=r"num_ctx=.*whole number of tokens"):
        kit.chat(ChatConfig(user_message="Hi", extra={"options": {"num_ctx": odd}}))
    assert server.requests == []

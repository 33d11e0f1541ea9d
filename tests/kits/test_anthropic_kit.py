"""What the Anthropic kit says of itself, claim by claim: headers, addresses, limits, retries, warnings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb import anthropic_developer_kit as claude
from racto_nb.exceptions import RactoGatewayAPIError, RetiredModelWarning, StreamInterruptedError, UnsupportedError
from racto_nb.kits.opening import open_kit
from racto_nb.models import EmbeddingConfig
from racto_nb.testing import FakeFault, FakeProvider, FakeReply

KEY = "sk-ant-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
ASK = claude.ChatConfig(user_message="Hi")
Opened = Callable[..., tuple[FakeProvider, claude.Chat]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)


@pytest.fixture
def opened() -> Iterator[Opened]:
    with ExitStack() as room:

        def start(replies: Any = ("Hello there",), **options: Any) -> tuple[FakeProvider, claude.Chat]:
            server = room.enter_context(FakeProvider(replies, repeat_last=True))
            kit = claude.Chat(**{"api_key": KEY, "base_url": server.base_url("anthropic")} | options)
            room.callback(kit.close)
            return server, kit

        yield start


def test_the_key_is_a_bearer_token_and_the_version_is_the_sdks(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another-token")
    server, kit = opened()
    kit.chat(ASK)
    (request,) = server.requests
    assert request.authorized_with(KEY)
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.path == "/v1/messages"


def test_anthropic_itself_is_asked_by_default():
    assert claude.Chat(api_key=KEY)._port.service.base_url == "https://api.anthropic.com"
    assert claude.Chat(api_key=KEY).model == "claude-opus-5-5"


def test_a_model_string_opens_the_kit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    kit = open_kit("anthropic:claude-haiku-5-5")
    assert isinstance(kit, claude.AnthropicDeveloperKit)
    assert kit.model == "claude-haiku-5-5"


def test_a_model_that_will_be_shut_down_warns_and_names_its_successor():
    with pytest.warns(RetiredModelWarning, match="claude-sonnet-4-5-20250929 .* shut down on 2026-11-30. Use claude-sonnet-5-5"):
        claude.Chat("claude-sonnet-4-5-20250929", api_key=KEY)


def test_embeddings_are_refused_in_both_colours_with_the_kits_that_have_them(opened: Opened):
    server, kit = opened()
    texts = EmbeddingConfig(texts=["a"], model="some-embedding")
    for ask in (lambda: kit.embed(texts), lambda: run_unblocked(kit.aembed(texts))):
        with pytest.raises(UnsupportedError, match=r"openai_developer_kit, google_developer_kit.*embedded_developer_kit"):
            ask()
    assert server.requests == []


def test_an_overloaded_service_is_asked_again(opened: Opened):
    server, kit = opened([FakeFault(status=529, retry_after_ms=1), "Hello"])
    assert kit.chat(ASK).content == "Hello"
    assert len(server.requests) == 2


def test_an_overload_in_the_middle_of_an_answer_is_told_with_what_had_come(opened: Opened):
    server, kit = opened([FakeFault(reply="one two three", error_after=2, message="Overloaded")])
    with pytest.raises(StreamInterruptedError, match="Overloaded") as caught:
        list(kit.stream(ASK))
    assert caught.value.partial == "one two"
    assert len(server.requests) == 1


def test_what_the_server_refuses_is_told_with_its_status(opened: Opened):
    _, kit = opened([FakeFault(status=413)])
    with pytest.raises(RactoGatewayAPIError, match="HTTP 413: Request exceeds") as caught:
        kit.chat(ASK)
    assert caught.value.status_code == 413


def test_long_answers_need_no_stream(opened: Opened):
    """The SDK's own call refuses more than 21,333 tokens that are not streamed."""
    server, kit = opened()
    assert kit.chat(claude.ChatConfig(user_message="Hi", max_tokens=100_000)).content == "Hello there"
    assert server.requests[0].json["max_tokens"] == 110_000


def test_the_events_of_a_stream_are_kept_raw_with_their_signatures(opened: Opened):
    _, kit = opened([FakeReply.of("42", thinking="Six times seven.")])
    config = claude.ChatConfig(user_message="Hi", native_thinking=True)
    first, *_ = kit.stream(config)
    assert first.raw["delta"]["thinking"]
    assert kit.chat(config).raw["content"][0]["signature"].startswith("SIG")


def test_opening_a_kit_imports_no_sdk():
    program = (
        "import sys; from racto_nb import anthropic_developer_kit as claude; claude.Chat(api_key='k'); "
        "print([name for name in ('anthropic', 'httpx2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""What is wrong around a call, and not in it: addresses, proxies, values that cannot be written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import UsageError
from racto_nb.testing import FakeProvider

ASK = gpt.ChatConfig(user_message="Hi")


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http://[::1/v1",
        "http://host:notaport/v1",
        "http://host:99999/v1",
        "nonsense",
    ],
)
def test_an_address_that_is_none_is_refused_when_the_kit_is_opened(address: str):
    with pytest.raises(UsageError, match="is no address"):
        gpt.Chat(api_key="any", base_url=address)


def test_the_password_in_a_wrong_address_is_not_shown():
    with pytest.raises(UsageError) as caught:
        gpt.Chat(api_key="any", base_url="http://me:secretword@host:notaport/v1")
    assert "secretword" not in str(caught.value)


def cyclic() -> dict[str, Any]:
    inner: dict[str, Any] = {}
    inner["again"] = inner
    return inner


@pytest.mark.parametrize(
    "value", [object(), cyclic(), {"half": "\ud800"}, {1, 2}.__iter__()], ids=["object", "cycle", "half", "iterator"]
)
def test_what_cannot_be_written_is_refused_and_nothing_is_sent(value: object):
    config = ASK.model_copy(update={"extra": {"metadata": {"a": value}}})
    with FakeProvider(["Hello"]) as server, gpt.Chat(api_key="any", base_url=server.base_url("openai")) as kit:
        with pytest.raises(UsageError, match="cannot be written as JSON"):
            kit.chat(config)
        with pytest.raises(UsageError, match="cannot be written as JSON"):
            list(kit.stream(config))
        assert server.requests == []


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_proxy_that_is_none_is_named_as_the_reason(monkeypatch: pytest.MonkeyPatch, colour: str):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://nowhere")
    monkeypatch.delenv("NO_PROXY", raising=False)
    kit = gpt.Chat(api_key="sk-a-key-that-is-not-shown", base_url="https://host.invalid/v1")
    ask = kit.chat if colour == "sync" else lambda config: asyncio.run(kit.achat(config))
    with pytest.raises(UsageError, match="proxies in the environment") as caught:
        ask(ASK)
    assert "sk-a-key" not in str(caught.value)

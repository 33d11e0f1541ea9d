"""Opening the OpenAI provider: where key and address come from, and what is told when they are not right."""

from __future__ import annotations

from typing import Any

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RactoGatewayAuthError, RactoGatewayError, UnsupportedError, UsageError, WrongTypeError
from racto_nb.models import EmbeddingConfig
from racto_nb.providers.accounts import NO_KEY
from racto_nb.providers.openai.opening import OpenAISpecs, open_provider

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def opened(api_key: str | None = None, base_url: str | None = None, api: str = "auto") -> tuple[Any, Any]:
    provider, port = open_provider(api_key=api_key, base_url=base_url, api=api)
    return provider.wire, port


def test_without_a_key_it_is_told_where_it_may_come_from_and_that_embedded_needs_none():
    with pytest.raises(RactoGatewayAuthError) as caught:
        gpt.Chat()
    for words in ("OPENAI_API_KEY", "api_key=", "embedded"):
        assert words in str(caught.value)


def test_the_key_comes_from_the_environment_and_the_argument_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment\n")
    assert opened()[1].service.key == "sk-from-the-environment"
    assert opened(KEY)[1].service.key == KEY


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_key_is_none(monkeypatch: pytest.MonkeyPatch, blank: str):
    with pytest.raises(RactoGatewayAuthError, match="No key for OpenAI"):
        opened(blank)
    monkeypatch.setenv("OPENAI_API_KEY", blank)
    with pytest.raises(RactoGatewayAuthError, match="No key for OpenAI"):
        opened()


@pytest.mark.parametrize("odd", [KEY + "\nx", "“" + KEY + "”", KEY + "\x00", "schlüssel-" + KEY])
def test_a_key_with_signs_that_no_key_has_is_refused_and_not_shown(odd: str):
    with pytest.raises(RactoGatewayAuthError, match="Copy it again") as caught:
        opened(odd)
    assert "abcdefgh" not in str(caught.value)


def test_the_key_is_in_no_repr():
    kit = gpt.Chat(api_key=KEY)
    wire, port = opened(KEY)
    for thing in (kit, wire, port, kit.spec):
        assert KEY not in repr(thing)


def test_a_compatible_server_needs_no_key():
    wire, port = opened(base_url="http://localhost:8000/v1")
    assert (wire.compatible, port.service.key, port.host) == (True, NO_KEY, "localhost:8000")


@pytest.mark.parametrize(
    ("address", "compatible"),
    [
        (None, False),
        ("", False),
        ("https://api.openai.com/v1", False),
        ("https://API.openai.com/v1/", False),
        ("https://eu.api.openai.com/v1", False),
        ("https://api.openai.com.evil.example/v1", True),
        ("http://127.0.0.1:1234/v1", True),
        (" http://[::1]:1234/v1 ", True),
    ],
)
def test_a_server_is_compatible_that_is_not_openais_own(address: str | None, compatible: bool):
    assert opened(KEY, address)[0].compatible is compatible


def test_the_address_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9/v1")
    assert opened()[1].host == "localhost:9"
    assert opened(base_url="http://localhost:8/v1")[1].host == "localhost:8"
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:9/v1")
    with pytest.raises(UsageError, match="OPENAI_BASE_URL='localhost:9/v1' is no address"):
        opened()


@pytest.mark.parametrize("odd", ["localhost:8000/v1", "ftp://localhost/v1", "http://", "/v1", "http:///v1", "api.openai.com"])
def test_what_is_no_address_is_refused(odd: str):
    with pytest.raises(
        UsageError, match=r"is no address\. Write it with http:// or https://, such as 'http://localhost:8000/v1'"
    ):
        opened(KEY, odd)


def test_credentials_in_the_address_are_no_part_of_the_host():
    assert opened(KEY, "http://me:secret@localhost:8000/v1")[1].host == "localhost:8000"


@pytest.mark.parametrize(
    ("options", "words"),
    [({"api_key": 7}, "api_key is a text, not int"), ({"base_url": 7}, "base_url is a text such as")],
)
def test_a_value_of_the_wrong_kind_is_told(options: dict[str, Any], words: str):
    with pytest.raises(WrongTypeError, match=words):
        opened(**options)


def test_an_unknown_api_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="api is 'auto', 'responses' or 'chat', not 'completions'"):
        opened(KEY, api="completions")


def test_a_model_that_nobody_knows_may_do_whatever_the_provider_lets_it():
    spec = OpenAISpecs().chat_spec("a-model-that-nobody-knows")
    assert (spec.abilities.tools, spec.abilities.images, spec.abilities.thinking, spec.abilities.sampling) == (None,) * 4


def test_many_texts_are_embedded_in_several_requests_also_by_a_model_that_nobody_knows():
    assert OpenAISpecs().embedding_spec("a-model-that-nobody-knows").abilities.embed_batch == 2048


def test_an_embedding_model_is_no_chat_model_and_the_other_way_round():
    with pytest.raises(UnsupportedError, match=r"'text-embedding-3-small' is no chat model\. For chat use one of: gpt-"):
        gpt.Chat("text-embedding-3-small", api_key=KEY)
    with pytest.raises(UnsupportedError, match=r"'gpt-6-luna' is no embedding model\. For embedding use one of: text-embedding-"):
        gpt.Chat(api_key=KEY).embed(EmbeddingConfig(texts=["a"], model="gpt-6-luna"))


def test_errors_of_opening_are_ours():
    for options in ({"api_key": ""}, {"api_key": KEY, "base_url": "x"}, {"api_key": KEY, "api": "x"}):
        with pytest.raises(RactoGatewayError):
            opened(**options)

"""Opening the Anthropic provider: where key and address come from, and what is told when they are not right."""

from __future__ import annotations

from typing import Any

import pytest

from racto_nb import anthropic_developer_kit as claude
from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError, UsageError, WrongTypeError
from racto_nb.providers.accounts import NO_KEY
from racto_nb.providers.anthropic.facts import EXTRAS
from racto_nb.providers.anthropic.opening import AnthropicSpecs, open_provider

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def opened(api_key: str | None = None, base_url: str | None = None) -> tuple[Any, Any]:
    return open_provider(api_key=api_key, base_url=base_url)


def test_without_a_key_it_is_told_where_it_may_come_from_and_that_embedded_needs_none():
    with pytest.raises(RactoGatewayAuthError) as caught:
        claude.Chat()
    for words in ("ANTHROPIC_API_KEY", "api_key=", "embedded"):
        assert words in str(caught.value)


def test_the_key_comes_from_the_environment_and_the_argument_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-the-environment\n")
    assert opened()[1].service.key == "sk-from-the-environment"
    assert opened(KEY)[1].service.key == KEY


@pytest.mark.parametrize("odd", [KEY + "\nx", "“" + KEY + "”", "schlüssel-" + KEY])
def test_a_key_with_signs_that_no_key_has_is_refused_and_not_shown(odd: str):
    with pytest.raises(RactoGatewayAuthError, match="Copy it again") as caught:
        opened(odd)
    assert "abcdefgh" not in str(caught.value)


def test_the_key_is_in_no_repr():
    provider, port = opened(KEY)
    for thing in (claude.Chat(api_key=KEY), provider, port):
        assert KEY not in repr(thing)


def test_another_server_needs_no_key():
    provider, port = opened(base_url="http://localhost:8000/")
    assert (port.service.key, port.host) == (NO_KEY, "localhost:8000")
    assert provider.specs.chat_spec("claude-opus-5-5").official is False


@pytest.mark.parametrize(
    "address", ["http://localhost:9", "http://localhost:9/", "http://localhost:9/v1", "http://localhost:9/v1/"]
)
def test_an_address_may_end_as_those_of_other_kits_do(monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
    assert opened(KEY)[1].service.base_url == "http://localhost:9"


@pytest.mark.parametrize("odd", ["localhost:8000", "ftp://localhost", "http://", "http:///v1"])
def test_what_is_no_address_is_refused(odd: str):
    with pytest.raises(UsageError, match=r"is no address\. Write it with http:// or https://"):
        opened(KEY, odd)


@pytest.mark.parametrize(
    ("options", "words"), [({"api_key": 7}, "api_key is a text, not int"), ({"base_url": 7}, "base_url is a text such as")]
)
def test_a_value_of_the_wrong_kind_is_told(options: dict[str, Any], words: str):
    with pytest.raises(WrongTypeError, match=words):
        opened(**options)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"racto-nb\[anthropic\]"):
        opened(KEY)


def test_no_model_of_anthropics_takes_a_temperature_and_what_others_do_nobody_knows():
    assert AnthropicSpecs().chat_spec("claude-of-tomorrow").abilities.sampling is False
    assert AnthropicSpecs(official=False).chat_spec("a-local-model").abilities.sampling is None
    assert AnthropicSpecs(official=False).chat_spec("claude-opus-5-5").abilities.sampling is False


def test_a_model_that_nobody_knows_may_do_whatever_the_provider_lets_it():
    able = AnthropicSpecs().chat_spec("claude-of-tomorrow").abilities
    assert (able.tools, able.images, able.documents, able.thinking, able.json_schema) == (None,) * 5
    assert able.extras == EXTRAS

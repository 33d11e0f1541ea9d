"""Opening the Google kit: keys, addresses, versions, models."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import pytest

from racto_nb import google_developer_kit as gemini
from racto_nb.exceptions import (
    MissingExtraError,
    RactoGatewayAuthError,
    RetiredModelWarning,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.providers.google.client import GoogleService


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_API_VERSION"):
        monkeypatch.delenv(variable, raising=False)


def service_of(**given: Any) -> GoogleService:
    return gemini.Chat(**given)._port.service


def test_the_first_variable_goes_before_the_second_and_the_argument_before_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GOOGLE_API_KEY", "second")
    assert service_of().key == "second"
    monkeypatch.setenv("GEMINI_API_KEY", "first")
    assert service_of().key == "first"
    assert service_of(api_key="given").key == "given"
    monkeypatch.setenv("GEMINI_API_KEY", "  ")
    assert service_of().key == "second"


def test_a_key_is_told_with_the_variable_it_came_from(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GOOGLE_API_KEY", "second")
    assert "the environment variable GOOGLE_API_KEY" in gemini.Chat()._provider.wire.account.key_advice


def test_another_server_may_need_no_key():
    kit = gemini.Chat(base_url="http://127.0.0.1:9")
    assert not kit._port.service.key
    assert "No key was given" in kit._provider.wire.account.key_advice
    assert not kit.spec.official


def test_google_itself_needs_one():
    with pytest.raises(RactoGatewayAuthError, match="GEMINI_API_KEY"):
        gemini.Chat()


def test_the_address_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9/proxy/")
    assert service_of().base_url == "http://127.0.0.1:9/proxy"
    assert service_of(base_url="http://other", api_key="k").base_url == "http://other"


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://a", "http://", "http://a:b", "http://a:0", "http://[::1"])
def test_what_is_no_address_is_told_without_a_password(address: str):
    with pytest.raises(UsageError, match=r"base_url=.* is no address"):
        gemini.Chat(api_key="k", base_url=address)
    with pytest.raises(UsageError) as caught:
        gemini.Chat(api_key="k", base_url=f"user:secret@{address}")
    assert "secret" not in str(caught.value)


def test_the_version_is_given_or_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    assert gemini.Chat(api_key="k")._provider.wire.version == ""
    assert gemini.Chat(api_key="k", api_version="v1beta")._provider.wire.version == "v1beta"
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "beta")
    assert gemini.Chat(api_key="k")._provider.wire.version == "v1beta"
    assert gemini.Chat(api_key="k", api_version="v1")._provider.wire.version == "v1"
    with pytest.raises(UsageError, match="api_version='1/x' is no version"):
        gemini.Chat(api_key="k", api_version="1/x")


@pytest.mark.parametrize(
    ("address", "version"), [("http://a/v1", "v1"), ("http://a/v1beta/", "v1beta"), ("http://a/", ""), ("http://a/x/v2", "")]
)
def test_a_version_at_the_end_of_the_address_is_the_version_unless_one_is_given(address: str, version: str):
    kit = gemini.Chat(api_key="k", base_url=address)
    assert kit._provider.wire.version == version
    assert kit._port.service.base_url == ("http://a/x/v2" if "v2" in address else "http://a")
    assert gemini.Chat(api_key="k", base_url=address, api_version="v1alpha")._provider.wire.version == "v1alpha"


@pytest.mark.parametrize("wrong", [{"api_key": 5}, {"base_url": 5}, {"api_version": 1}])
def test_arguments_of_a_wrong_type_are_told(wrong: Any):
    with pytest.raises(WrongTypeError, match="is a text"):
        gemini.Chat(**({"api_key": "k"} | wrong))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"racto-nb\[google\]"):
        gemini.Chat(api_key="k")


def test_a_model_that_is_shut_down_is_told_with_its_successor():
    with pytest.warns(RetiredModelWarning, match="gemini-2.0-flash was shut down.*Use gemini-3.8-flash"):
        gemini.Chat("gemini-2.0-flash", api_key="k")


def test_an_embedding_model_does_not_chat_and_a_chat_model_does_not_embed():
    with pytest.raises(UnsupportedError, match="is no chat model"):
        gemini.Chat("gemini-embedding-2", api_key="k")
    with pytest.raises(UnsupportedError, match=r"is no embedding model\. For embedding use one of: gemini-embedding-2"):
        gemini.Chat(api_key="k", embedding_model="gemini-3.8-flash").embed(gemini.EmbeddingConfig(texts=["a"]))


def test_a_hundred_texts_are_embedded_in_one_request():
    assert gemini.Chat(api_key="k")._provider.specs.embedding_spec("gemini-embedding-2").abilities.embed_batch == 100


def test_opening_a_kit_imports_no_library():
    program = (
        "import sys; from racto_nb import google_developer_kit as gemini; gemini.Chat(api_key='k'); "
        "print({'httpx2', 'google.genai', 'google'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"

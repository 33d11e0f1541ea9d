"""Where an Ollama server is: every form that its own library reads, read alike."""

from __future__ import annotations

import pytest
from ollama._client import _parse_host

from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.providers.ollama.addresses import address_of
from racto_nb.providers.ollama.facts import DEFAULT_BASE_URL

FORMS = (
    "1.2.3.4", ":56789", "1.2.3.4:56789", "http://1.2.3.4", "https://1.2.3.4", "https://1.2.3.4:56789", "example.com",
    "example.com:56789", "http://example.com", "https://example.com:56789", "example.com/", "example.com:56789/path",
    "https://example.com:56789/path/", "[0001:002:003:0004::1]", "[0001:002:003:0004::1]:56789", "http://[::1]/path",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_as_the_library_reads_it(form: str):
    assert address_of(form, source="OLLAMA_HOST") == _parse_host(form)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:8080", "http://[::1]:8080"),
        ('"localhost:9"', "http://localhost:9"),
        ("http://ada:secret@example.com/ollama", "http://ada:secret@example.com:80/ollama"),
    ],
)
def test_an_address_to_listen_on_becomes_one_to_ask_and_a_login_is_kept(told: str, address: str):
    assert address_of(told, source="OLLAMA_HOST") == address


@pytest.mark.parametrize("wrong", ["ftp://box", "box:port", "http://[::1", "a b", "http://box?x=1"])
def test_what_is_no_address_is_told_with_its_source(wrong: str):
    with pytest.raises(UsageError, match=r"OLLAMA_HOST=.* is no address\. Write a host"):
        address_of(wrong, source="OLLAMA_HOST")


def test_a_wrong_address_is_told_without_its_password():
    with pytest.raises(UsageError) as caught:
        address_of("http://ada:secret@box:port", source="base_url")
    assert "secret" not in str(caught.value)


def asked(base_url: str | None = None) -> str:
    with local.Chat(base_url=base_url) as kit:
        return kit._port.service.base_url


def test_the_argument_goes_before_the_environment_and_this_machine_comes_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OLLAMA_HOST", "box")
    assert asked() == "http://box:11434"
    assert asked("other:1") == "http://other:1"
    monkeypatch.setenv("OLLAMA_HOST", " ")
    assert asked() == DEFAULT_BASE_URL
    monkeypatch.delenv("OLLAMA_HOST")
    assert asked() == DEFAULT_BASE_URL


def test_an_address_is_a_text():
    with pytest.raises(WrongTypeError, match="base_url is a text"):
        local.Chat(base_url=7)  # pyright: ignore[reportArgumentType]

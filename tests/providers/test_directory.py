"""Names of providers and models."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import ProviderNotFoundError
from racto_nb.providers.directory import DEFAULT_PROVIDER, PROVIDERS, ProviderEntry, provider_entry, split_model


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("embedded:smollm2-135m", "smollm2-135m"),
        ("embedded:", PROVIDERS["embedded"].default_model),
        ("embedded", PROVIDERS["embedded"].default_model),
        ("smollm2-135m", "smollm2-135m"),
        ("embedded:a:b", "a:b"),
    ],
)
def test_a_written_model_is_a_provider_and_a_name(written: str, name: str):
    entry, found = split_model(written)
    assert (entry.name, found) == ("embedded", name)


def test_an_unknown_provider_is_named_with_the_nearest():
    with pytest.raises(ProviderNotFoundError, match=r"no provider 'embdded'\. Did you mean 'embedded'"):
        split_model("embdded:x")
    with pytest.raises(ProviderNotFoundError):
        provider_entry("")


@given(st.sampled_from(sorted(PROVIDERS)), st.text(min_size=1))
def test_a_name_is_never_changed(provider: str, name: str):
    assert split_model(f"{provider}:{name}") == (PROVIDERS[provider], name)


@pytest.mark.parametrize("entry", PROVIDERS.values(), ids=PROVIDERS)
def test_every_provider_has_a_kit_that_opens_its_default_model(entry: ProviderEntry, monkeypatch: pytest.MonkeyPatch):
    for name in entry.key_variables:
        monkeypatch.setenv(name, "a-key-that-is-never-sent")
    kit = importlib.import_module(entry.face).Chat
    assert kit.provider == entry.name
    assert kit().model == entry.default_model


def test_the_default_provider_exists():
    assert DEFAULT_PROVIDER in PROVIDERS

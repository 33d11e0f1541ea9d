"""A kit by the name of its model."""

from __future__ import annotations

import pytest

from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
from racto_nb.exceptions import ModelNotFoundError, ProviderNotFoundError
from racto_nb.kits.opening import open_kit


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("embedded:smollm2-135m", "smollm2-135m"),
        ("embedded:", "qwen2.5-coder-0.5b"),
        ("embedded", "qwen2.5-coder-0.5b"),
        ("smollm2-135m", "smollm2-135m"),
    ],
)
def test_a_name_with_or_without_its_provider_opens_the_kit(name: str, model: str):
    kit = open_kit(name)
    assert isinstance(kit, EmbeddedDeveloperKit)
    assert kit.model == model


def test_an_unknown_provider_is_told_with_the_nearest():
    with pytest.raises(ProviderNotFoundError, match=r"no provider 'embeded'\. Did you mean 'embedded'"):
        open_kit("embeded:x")


def test_an_unknown_model_is_told_with_the_nearest():
    with pytest.raises(ModelNotFoundError, match=r"'smollm2'\. Did you mean 'smollm2-135m'"):
        open_kit("embedded:smollm2")

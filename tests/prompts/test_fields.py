"""Misspelt fields are refused wherever a config is written by hand."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.prompts.fields import refuse_unknown_fields


def test_known_fields_pass():
    data = {"user_message": "x", "extra": {"seed": 1}}
    assert refuse_unknown_fields(ChatConfig, data) is data


def test_what_is_no_mapping_is_left_to_pydantic():
    assert refuse_unknown_fields(ChatConfig, 5) == 5


@pytest.mark.parametrize(
    ("make", "meant"),
    [
        (lambda: ChatConfig(user_message="x", temprature=0.5), "temperature"),
        (lambda: EmbeddingConfig(texts=["x"], dimension=3), "dimensions"),
    ],
)
def test_a_misspelt_field_of_a_config_is_refused_with_the_nearest_name(make: object, meant: str):
    with pytest.raises(ValidationError, match=f"Did you mean '{meant}'"):
        make()

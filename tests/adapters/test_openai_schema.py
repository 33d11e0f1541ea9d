"""The faces to OpenAI's strict form: nothing but keywords is left out, and what has no strict form is an error."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, RootModel

from racto_nb.adapters._openai_schema import build_response_format, sanitize_for_openai, validate_schema_for_openai
from racto_nb.exceptions import UsageError


class Movie(BaseModel):
    """A movie."""

    title: str = Field(min_length=1)
    format: str = "film"


class Cities(RootModel[list[str]]):
    """Cities."""


class Free(BaseModel):
    """Free keys."""

    counts: dict[str, int]


def test_a_class_becomes_a_strict_format():
    described = build_response_format(Movie)
    assert described["type"] == "json_schema"
    assert described["json_schema"]["strict"] is True
    assert described["json_schema"]["schema"]["required"] == ["title", "format"]


def test_fields_named_like_keywords_stay():
    assert set(sanitize_for_openai(Movie.model_json_schema())["properties"]) == {"title", "format"}


def test_a_class_without_a_strict_form_is_described_as_it_is():
    assert build_response_format(Free)["json_schema"]["strict"] is False


def test_a_list_has_no_format():
    with pytest.raises(UsageError, match="Cities is a list"):
        build_response_format(Cities)


def test_a_schema_without_a_strict_form_is_named():
    validate_schema_for_openai(Movie.model_json_schema())
    with pytest.raises(ValueError, match=r"^Free has no strict form for OpenAI"):
        validate_schema_for_openai(Free.model_json_schema(), model_name="Free")
    with pytest.raises(ValueError, match=r"^This schema has no strict form"):
        sanitize_for_openai(Free.model_json_schema())

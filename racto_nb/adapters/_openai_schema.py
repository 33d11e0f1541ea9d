"""Classes and JSON schemas in OpenAI's strict form, under a known import path. The form is made where the wire makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.providers.chat_completions.request import schema_format
from racto_nb.providers.chat_completions.schemas import strict_schema

__all__ = ["build_response_format", "sanitize_for_openai", "validate_schema_for_openai"]


def build_response_format(model: type[BaseModel]) -> dict[str, Any]:
    """The `response_format` of Chat Completions that makes the answer an instance of `model`.

    It is strict where the class has a strict form. Raises UsageError for a class of lists, to which OpenAI gives no shape.

    >>> class City(BaseModel):
    ...     name: str
    >>> build_response_format(City)["json_schema"]["name"]
    'City'
    """
    described = schema_format(model, compatible=False)
    if described is None:
        raise UsageError(f"{model.__name__} is a list, and OpenAI gives a shape to objects only. Put it into a field of a class.")
    return {"type": "json_schema", "json_schema": described}


def sanitize_for_openai(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` in strict form: every property required, no others, without the keywords that strict mode does not know.

    Only keywords are left out, never a property that has such a name. Raises UsageError for a schema without a strict form.

    >>> sanitize_for_openai({"type": "object", "properties": {"title": {"type": "string", "title": "Title"}}})
    {'type': 'object', 'properties': {'title': {'type': 'string'}}, 'required': ['title'], 'additionalProperties': False}
    """
    strict = strict_schema(schema)
    if strict is None:
        raise _no_strict_form("This schema")
    return strict


def validate_schema_for_openai(schema: Mapping[str, Any], *, model_name: str = "model") -> None:
    """Raise UsageError, a ValueError that names `model_name`, when `schema` has no strict form."""
    if strict_schema(schema) is None:
        raise _no_strict_form(model_name)


def _no_strict_form(what: str) -> UsageError:
    reason = "it has free keys (dict), a tuple, a condition, a part without a type, or a root that is no object"
    return UsageError(f"{what} has no strict form for OpenAI: {reason}. Name the keys as fields of a class.")

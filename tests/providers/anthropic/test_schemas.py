"""Schemas in Anthropic's form: closed, without limits, and none where something would be lost that says what may be there."""

from __future__ import annotations

from typing import Any

import pytest

from racto_nb.providers.anthropic.schemas import is_complete, native_schema

TEXT = {"type": "string"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def test_every_object_is_closed_and_what_is_optional_stays_so():
    inner = {"type": "object", "properties": {"a": TEXT}}
    told = native_schema(an_object(list={"type": "array", "items": inner}, either={"oneOf": [inner, {"type": "null"}]}))
    closed = {**inner, "additionalProperties": False}
    assert told == {
        **an_object(list={"type": "array", "items": closed}, either={"anyOf": [closed, {"type": "null"}]}),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"type": "string", "format": "date", "pattern": "x"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "binary"}, TEXT),
        ({"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3}, {"type": "array", "items": TEXT, "minItems": 1}),
        ({"type": "array", "items": TEXT, "minItems": 2}, {"type": "array", "items": TEXT}),
        ({"enum": ["a", 1, None, True]}, {"enum": ["a", 1, None, True]}),
        ({"const": "a", "default": "a"}, {"const": "a"}),
    ],
)
def test_limits_are_left_out_but_for_those_it_knows(given: dict[str, Any], kept: dict[str, Any]):
    told = native_schema(an_object(x=given))
    assert told is not None
    assert told["properties"]["x"] == kept


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": TEXT},
        an_object(x={}),
        an_object(x=True),
        an_object(x={"type": "object", "additionalProperties": TEXT}),
        an_object(x={"type": "object"}),
        an_object(x={"type": "array"}),
        an_object(x={"type": "array", "prefixItems": [TEXT]}),
        an_object(x={"allOf": [TEXT]}),
        an_object(x={"enum": [["a"]]}),
        an_object(x={"type": ["string", "null"]}),
        {
            **an_object(x={"$ref": "#/$defs/X"}),
            "$defs": {"X": an_object(y={"$ref": "#/$defs/Y"}), "Y": an_object(x={"$ref": "#/$defs/X"})},
        },
    ],
)
def test_what_has_no_native_form_has_none(schema: dict[str, Any]):
    assert native_schema(schema) is None


def test_a_class_that_is_used_twice_does_not_hold_itself():
    shared = {"$ref": "#/$defs/X"}
    told = native_schema({**an_object(a=shared, b=shared), "$defs": {"X": an_object(y=TEXT)}})
    assert told is not None
    assert told["$defs"]["X"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("schema", "complete"),
    [
        (an_object(x=TEXT), True),
        (an_object(x={"type": "array", "items": an_object(y=TEXT)}), True),
        ({"type": "object", "properties": {"x": TEXT}}, False),
        (an_object(x={"type": "integer", "minimum": 1}), False),
        (an_object(x={"type": "array", "items": {"type": "object", "properties": {"y": TEXT}}}), False),
        (an_object(x={"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}), False),
    ],
)
def test_a_schema_is_complete_where_nothing_is_taken_from_it(schema: dict[str, Any], complete: bool):
    assert is_complete(schema) is complete

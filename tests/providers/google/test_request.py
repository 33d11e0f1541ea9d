"""Requests to Gemini beyond what the cases in tests/wire show: schemas, sizes, generations."""

from __future__ import annotations

import pytest

from racto_nb.providers.google.facts import is_early
from racto_nb.providers.google.schemas import gemini_schema


@pytest.mark.parametrize(
    ("name", "early"),
    [
        ("gemini-1.5-pro", True), ("gemini-2.0-flash", True), ("models/gemini-2.5-pro", True), ("gemini-2.5-flash-lite", True),
        ("gemini-3-flash-preview", False), ("gemini-3.8-flash", False), ("gemini-4-argon", False), ("gemini-10-x", False),
        ("gemini-flash-latest", False), ("gemma-3", False), ("tunedModels/gemini-2.5", False),
    ],
)  # fmt: skip
def test_the_name_tells_the_generation(name: str, early: bool):
    assert is_early(name) is early


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "pattern": "^a", "minLength": 1}, {"type": "string"}),
        ({"const": 5}, {"enum": [5]}),
        ({"$ref": "#/$defs/A", "description": "x"}, {"$ref": "#/$defs/A"}),
        ({"$defs": {"A": {"type": "integer", "exclusiveMinimum": 0}}, "$ref": "#/$defs/A"}, {"$defs": {"A": {"type": "integer"}}, "$ref": "#/$defs/A"}),
        ({"anyOf": [{"const": "a"}, {"type": "null"}]}, {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        ({"items": {"pattern": "a"}, "maxItems": 3}, {"items": {}, "maxItems": 3}),
        ({"prefixItems": [{"const": 1}], "additionalProperties": False}, {"prefixItems": [{"enum": [1]}], "additionalProperties": False}),
        ({"properties": {"pattern": {"type": "string"}, "const": {"const": 1}}}, {"properties": {"pattern": {"type": "string"}, "const": {"enum": [1]}}}),
        ({"enum": [{"pattern": "x"}]}, {"enum": [{"pattern": "x"}]}),
        ({"properties": {"a": True}}, {"properties": {"a": True}}),
    ],
)  # fmt: skip
def test_a_schema_is_said_in_what_gemini_knows(schema: dict[str, object], expected: dict[str, object]):
    assert gemini_schema(schema) == expected

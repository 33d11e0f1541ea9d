"""JSON schemas as Gemini understands them. Pure.

Gemini's schema language is a part of JSON Schema. What it does not know is left out here, or said in words that it knows; nothing
of it is lost, because every answer is validated against the class afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_KEPT = frozenset(
    {
        "$anchor", "$defs", "$id", "$ref", "additionalProperties", "anyOf", "description", "enum", "format", "items", "maxItems",
        "maximum", "minItems", "minimum", "oneOf", "prefixItems", "properties", "required", "title", "type",
    }
)  # fmt: skip
_NAMED = frozenset({"$defs", "properties"})
_LISTS = frozenset({"anyOf", "oneOf", "prefixItems"})
_ONE = frozenset({"additionalProperties", "items"})


def gemini_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` in the part of JSON Schema that Gemini knows.

    >>> gemini_schema({"properties": {"kind": {"const": "a"}, "name": {"type": "string", "pattern": "^a"}}})
    {'properties': {'kind': {'enum': ['a']}, 'name': {'type': 'string'}}}
    """
    if "$ref" in schema:  # nothing but names may stand beside it
        return {key: _inside(key, value) for key, value in schema.items() if key.startswith("$") and key in _KEPT}
    kept = {key: _inside(key, value) for key, value in schema.items() if key in _KEPT}
    if "const" in schema and "enum" not in kept:
        kept["enum"] = [schema["const"]]
    return kept


def _inside(key: str, value: Any) -> Any:
    match value:
        case dict() if key in _NAMED:
            return {name: _plain(inner) for name, inner in cast("dict[str, object]", value).items()}
        case dict() if key in _ONE:
            return _plain(cast("object", value))
        case list() if key in _LISTS:
            return [_plain(inner) for inner in cast("list[object]", value)]
        case _:
            return value


def _plain(schema: object) -> Any:
    return gemini_schema(cast("Mapping[str, Any]", schema)) if isinstance(schema, Mapping) else schema

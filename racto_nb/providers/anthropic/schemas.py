"""JSON schemas as Anthropic takes them for answers and strict tools. Pure.

The answer is then certain to follow the schema. Every object must be closed, a schema may not hold itself, and most limits
(lengths, ranges, patterns) are not known. What is left out is not lost: the prompt says it, and every answer is validated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_KEPT = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "items", "oneOf", "properties",
        "required", "type",
    }
)  # fmt: skip
_ANNOTATIONS = frozenset({"$schema", "default", "deprecated", "examples", "title"})
_REFUSED = frozenset(
    {
        "$dynamicRef", "$recursiveRef", "additionalItems", "allOf", "contains", "definitions", "dependencies",
        "dependentRequired", "dependentSchemas", "else", "if", "not", "patternProperties", "prefixItems", "then",
        "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
_FORMATS = frozenset({"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid"})
_PLAIN = str | int | float | bool | None


def native_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """`schema` in Anthropic's form, or None where it has none: free keys, tuples, conditions, recursion, no object.

    >>> native_schema({"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"]})
    {'type': 'object', 'properties': {'n': {'type': 'integer'}}, 'required': ['n'], 'additionalProperties': False}
    """
    if schema.get("type") != "object" or _holds_itself(schema.get("$defs", {})):
        return None
    try:
        return _native(schema)
    except _NoNativeFormError:
        return None


def is_complete(schema: object) -> bool:
    """Whether nothing is taken from `schema` by `native_schema`, and every property, however deep, is required.

    >>> is_complete({"type": "object", "properties": {"n": {}}, "required": ["n"]}), is_complete({"properties": {"n": {}}})
    (True, False)
    """
    if not isinstance(schema, dict):
        return True
    known = cast("dict[str, Any]", schema)
    properties: Mapping[str, Any] = known.get("properties", {})
    if not set(properties) <= set(known.get("required", [])) or known.keys() - _KEPT - _ANNOTATIONS:
        return False
    inner = [*properties.values(), *known.get("$defs", {}).values(), known.get("items")]
    return all(map(is_complete, [*inner, *known.get("anyOf", []), *known.get("oneOf", [])]))


class _NoNativeFormError(Exception):
    pass


def _native(schema: object) -> dict[str, Any]:
    if not isinstance(schema, dict) or _REFUSED & schema.keys() or {"anyOf", "oneOf"} <= schema.keys():
        raise _NoNativeFormError
    given = cast("dict[str, Any]", schema)
    kept = {key: _inside(key, value) for key, value in given.items() if key in _KEPT}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    if given.get("format") in _FORMATS:
        kept["format"] = given["format"]
    if given.get("minItems") in {0, 1}:
        kept["minItems"] = given["minItems"]
    return _closed(kept)


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with its object closed. What says nothing of its kind, or allows other keys, has no native form."""
    if not schema.keys() & {"$ref", "anyOf", "const", "enum", "type"} or isinstance(schema.get("type"), list):
        raise _NoNativeFormError
    if schema.get("type") == "array" and "items" not in schema:
        raise _NoNativeFormError
    if schema.get("type") == "object":
        if schema.get("additionalProperties") not in (None, False) or "properties" not in schema:
            raise _NoNativeFormError
        return schema | {"additionalProperties": False}
    return schema


def _inside(key: str, value: Any) -> Any:
    match value:
        case dict() if key in {"$defs", "properties"}:
            return {name: _native(inner) for name, inner in cast("dict[str, object]", value).items()}
        case _ if key == "items":
            return _native(value)
        case list() if key in {"anyOf", "oneOf"}:
            return [_native(inner) for inner in cast("list[object]", value)]
        case list() if key == "enum" and not all(isinstance(one, _PLAIN) for one in cast("list[object]", value)):
            raise _NoNativeFormError
        case _:
            return value


def _holds_itself(definitions: Mapping[str, object]) -> bool:
    """Whether a definition leads back to itself."""
    leads = {name: _references(inner) for name, inner in definitions.items()}

    def returns(name: str, seen: frozenset[str]) -> bool:
        return name in seen or any(returns(other, seen | {name}) for other in leads.get(name, ()))

    return any(returns(name, frozenset()) for name in leads)


def _references(schema: object) -> set[str]:
    match schema:
        case dict():
            known = cast("dict[str, object]", schema)
            named = {str(known["$ref"]).rpartition("/")[2]} if "$ref" in known else set[str]()
            return named | {name for inner in known.values() for name in _references(inner)}
        case list():
            return {name for inner in cast("list[object]", schema) for name in _references(inner)}
        case _:
            return set()

"""JSON schemas as OpenAI's strict mode wants them. Pure.

In strict mode the answer is certain to follow the schema, but the schema must name every property as required, allow no others,
and may not use some keywords. What a keyword said is not lost: every answer is validated against the class afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_DROPPED = frozenset(
    {
        "$schema", "contentEncoding", "contentMediaType", "default", "examples", "exclusiveMaximum", "exclusiveMinimum", "format",
        "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "multipleOf", "pattern", "title", "uniqueItems",
    }
)  # fmt: skip
_REFUSED = frozenset(
    {"allOf", "dependentRequired", "dependentSchemas", "else", "if", "not", "patternProperties", "prefixItems", "then"}
)
_NAMED = frozenset({"$defs", "definitions", "properties"})


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """`schema` in strict form, or None where it has no strict form: free keys, tuples, conditions, a root that is no object.

    >>> strict_schema({"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}})
    {'type': 'object', 'properties': {'n': {'type': 'integer'}}, 'required': ['n'], 'additionalProperties': False}
    """
    if schema.get("type") != "object":
        return None
    try:
        return _strict(dict(schema))
    except _NoStrictFormError:
        return None


def is_complete(schema: Mapping[str, Any]) -> bool:
    """Whether every property of the object `schema` is required, so that strict mode changes nothing for the one who calls.

    >>> is_complete({"type": "object", "properties": {"n": {}}, "required": ["n"]}), is_complete({"properties": {"n": {}}})
    (True, False)
    """
    required: list[str] = schema.get("required", [])
    return set(schema.get("properties", {})) <= set(required)


class _NoStrictFormError(Exception):
    pass


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    if _REFUSED & schema.keys() or not schema:
        raise _NoStrictFormError
    kept = {key: _inside(key, value) for key, value in schema.items() if key not in _DROPPED}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
        kept.pop("discriminator", None)
    if "$ref" in kept:  # may have nothing beside it
        return {"$ref": kept["$ref"]}
    if kept.get("type") == "object":
        if kept.get("additionalProperties") not in (None, False) or "properties" not in kept:
            raise _NoStrictFormError
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return kept


def _inside(key: str, value: Any) -> Any:
    match value:
        case dict() if key in _NAMED:
            named = cast("dict[str, Any]", value)
            return {name: _strict(inner) for name, inner in named.items()}
        case dict() if key == "items":
            return _strict(cast("dict[str, Any]", value))
        case list() if key in {"anyOf", "oneOf"}:
            return [_strict(inner) for inner in cast("list[dict[str, Any]]", value)]
        case _:
            return value

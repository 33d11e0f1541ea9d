"""JSON schemas as OpenAI's strict mode wants them. Pure.

In strict mode the answer is certain to follow the schema, but the schema must name every property as required, allow no others,
and may not use some keywords. What a keyword said is not lost: every answer is validated against the class afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_KEPT = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "anyOf", "const", "definitions", "description", "enum", "items", "oneOf",
        "properties", "required", "type",
    }
)  # fmt: skip
"""What strict mode knows. Other keywords only narrow or annotate, and are left out; those below say what may be there at all."""
_REFUSED = frozenset(
    {
        "$dynamicRef", "$recursiveRef", "additionalItems", "allOf", "contains", "dependencies", "dependentRequired",
        "dependentSchemas", "else", "if", "not", "patternProperties", "prefixItems", "then", "unevaluatedItems",
        "unevaluatedProperties",
    }
)  # fmt: skip
_ANNOTATIONS = frozenset({"$schema", "default", "deprecated", "examples", "title"})
"""What strict mode leaves out without taking anything from what may be answered."""
_NAMED = frozenset({"$defs", "definitions", "properties"})


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """`schema` in strict form, or None where it has no strict form: free keys, tuples, conditions, a root that is no object.

    >>> strict_schema({"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}})
    {'type': 'object', 'properties': {'n': {'type': 'integer'}}, 'required': ['n'], 'additionalProperties': False}
    """
    root = _root(schema)
    if root.get("type") != "object":
        return None
    try:
        return _strict(root)
    except _NoStrictFormError:
        return None


def is_complete(schema: Mapping[str, Any]) -> bool:
    """Whether strict mode takes nothing from `schema`: every property, however deep, is required, and no keyword is left out.

    >>> is_complete({"type": "object", "properties": {"n": {}}, "required": ["n"]}), is_complete({"properties": {"n": {}}})
    (True, False)
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    if not set(properties) <= set(schema.get("required", [])) or schema.keys() - _KEPT - _ANNOTATIONS:
        return False
    inner = [*properties.values(), *schema.get("$defs", {}).values(), *schema.get("definitions", {}).values()]
    inner += [*schema.get("anyOf", []), *schema.get("oneOf", []), schema.get("items")]
    return all(is_complete(cast("Mapping[str, Any]", part)) for part in inner if isinstance(part, Mapping))


def has_object_root(schema: Mapping[str, Any]) -> bool:
    """Whether what fits `schema` is an object, the only kind that OpenAI gives a shape."""
    return _root(schema).get("type") == "object"


def _root(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema`, or what it refers to: a class that holds itself is described by a reference, and the root must be an object."""
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    referred = schema.get("$defs", {}).get(name)
    return {**referred, "$defs": schema["$defs"]} if isinstance(referred, Mapping) else dict(schema)


class _NoStrictFormError(Exception):
    pass


def _strict(schema: object) -> dict[str, Any]:
    if not isinstance(schema, dict) or _REFUSED & schema.keys() or {"anyOf", "oneOf"} <= schema.keys():
        raise _NoStrictFormError
    given = cast("dict[str, Any]", schema)
    kept = {key: _inside(key, value) for key, value in given.items() if key in _KEPT}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    if "$ref" in kept:  # may have nothing beside it
        return {"$ref": kept["$ref"]}
    return _closed(kept)


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with its object closed and all of it required. What says nothing of its type has no strict form."""
    told = schema.get("type")
    types: list[object] = cast("list[object]", told) if isinstance(told, list) else [told]
    if told is None and "anyOf" not in schema:
        raise _NoStrictFormError
    if "array" in types and "items" not in schema:
        raise _NoStrictFormError
    if "object" in types:
        if schema.get("additionalProperties") not in (None, False) or "properties" not in schema:
            raise _NoStrictFormError
        return schema | {"required": list(schema["properties"]), "additionalProperties": False}
    if "properties" in schema:
        raise _NoStrictFormError
    return schema


def _inside(key: str, value: Any) -> Any:
    match value:
        case dict() if key in _NAMED:
            named = cast("dict[str, object]", value)
            return {name: _strict(inner) for name, inner in named.items()}
        case _ if key == "items":
            return _strict(value)
        case list() if key in {"anyOf", "oneOf"}:
            return [_strict(inner) for inner in cast("list[object]", value)]
        case _:
            return value

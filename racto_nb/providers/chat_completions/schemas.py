"""JSON schemas as OpenAI's strict mode wants them. Pure.

In strict mode the answer is certain to follow the schema, but the schema must name every property as required, allow no others,
and may not use some keywords. What a keyword said is not lost: every answer is validated against the class afterwards.

The form is the one that OpenAI's own library gives a class (`openai/lib/_pydantic.py` of SDK 3.52): it keeps limits, and puts a
schema in the place of a `$ref` that has other words beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

_KEPT = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "anyOf", "const", "definitions", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "multipleOf", "oneOf", "pattern",
        "properties", "required", "type",
    }
)  # fmt: skip
"""What strict mode knows. Other keywords only narrow or annotate, and are left out; those below say what may be there at all."""
_FORMATS = frozenset({"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"})
"""The formats of strict mode."""
_LOOKAROUND = re.compile(r"\(\?<?[=!]")
"""OpenAI refuses patterns that look ahead or back, such as Pydantic's own for Decimal, though its library sends them."""
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
    {'type': 'object', 'properties': {'n': {'type': 'integer', 'minimum': 0}}, 'required': ['n'], 'additionalProperties': False}
    """
    root = _root(schema)
    if root.get("type") != "object":
        return None
    try:
        return _strict(root, _Definitions(_named(root)))
    except _NoStrictFormError:
        return None


def is_complete(schema: Mapping[str, Any]) -> bool:
    """Whether strict mode takes nothing from `schema`: every property, however deep, is required, and no keyword is left out.

    >>> is_complete({"type": "object", "properties": {"n": {}}, "required": ["n"]}), is_complete({"properties": {"n": {}}})
    (True, False)
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    left_out = {key for key, value in schema.items() if not _is_kept(key, value)} - _ANNOTATIONS
    if left_out or not set(properties) <= set(schema.get("required", [])):
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


def _is_kept(key: str, value: object) -> bool:
    match key:
        case "format":
            return value in _FORMATS
        case "pattern":
            return _LOOKAROUND.search(str(value)) is None
        case _:
            return key in _KEPT


class _NoStrictFormError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Definitions:
    """What references mean, and which of them stand opened around the place that is looked at."""

    named: Mapping[str, object]
    opened: frozenset[str] = field(default_factory=frozenset[str])

    def opening(self, name: str) -> _Definitions:
        return replace(self, opened=self.opened | {name})


def _named(root: Mapping[str, Any]) -> dict[str, object]:
    """The definitions of `root` by the references that mean them."""
    return {f"#/{key}/{name}": schema for key in ("$defs", "definitions") for name, schema in root.get(key, {}).items()}


def _strict(schema: object, known: _Definitions) -> dict[str, Any]:
    if not isinstance(schema, dict) or _REFUSED & schema.keys() or {"anyOf", "oneOf"} <= schema.keys():
        raise _NoStrictFormError
    given = {key: value for key, value in cast("dict[str, Any]", schema).items() if _is_kept(key, value)}
    if "$ref" in given:
        return _referred(given, known)
    kept = {key: _inside(key, value, known) for key, value in given.items()}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    return _closed(kept)


def _referred(schema: dict[str, Any], known: _Definitions) -> dict[str, Any]:
    """A reference, which may have nothing beside it; with a description or a limit beside it, what it refers to in its place.

    Inside itself it stays a reference: a tree whose branches are described would never end.
    """
    name, beside = schema["$ref"], {key: value for key, value in schema.items() if key != "$ref"}
    target = known.named.get(name)
    if not beside or name in known.opened or not isinstance(target, dict):
        return {"$ref": name}
    return _strict({**cast("dict[str, Any]", target), **beside}, known.opening(name))


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


def _inside(key: str, value: Any, known: _Definitions) -> Any:
    match value:
        case dict() if key in _NAMED:
            named = cast("dict[str, object]", value)
            return {name: _strict(inner, known) for name, inner in named.items()}
        case _ if key == "items":
            return _strict(value, known)
        case list() if key in {"anyOf", "oneOf"}:
            return [_strict(inner, known) for inner in cast("list[object]", value)]
        case _:
            return value

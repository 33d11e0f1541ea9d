"""The JSON schema of a Pydantic model, as short as a model needs it and as readable as a person writes it.

Keywords are removed only where a schema stands: a property that is named `title` or `default` is a field of the user's model,
and what stands under `enum`, `const` or `examples` is data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from racto_nb.exceptions import UsageError

Schema = dict[str, Any]

WIDTH = 88
REMOVED = frozenset({"$schema", "contentEncoding", "contentMediaType", "default", "title"})
_ONE_SCHEMA = frozenset({
    "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames",
    "then", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_NAMED_SCHEMAS = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})


def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON schema of `model` without the keywords that only repeat names or fill in values.

    `title`, `$schema`, `default`, `contentEncoding` and `contentMediaType` are left out at every schema, and nowhere else;
    limits such as `minimum` and `maxLength` stay. `type` comes first and `$defs` last. Raises `UsageError` for a model with a
    field that JSON cannot carry, or with a type that is not yet defined.

    >>> class Movie(BaseModel):
    ...     title: str
    ...     year: int = 1900
    >>> schema_of(Movie)["properties"]
    {'title': {'type': 'string'}, 'year': {'type': 'integer'}}
    """
    try:
        full = model.model_json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{model.__name__} cannot be an output format, it has no JSON schema: {reason}") from error
    return cast("Schema", stripped(full))


def stripped(schema: object) -> object:
    """`schema` without the keywords of `REMOVED`, at schema positions only. `True`, `False` and data are returned as they are.

    >>> stripped({"title": "T", "properties": {"title": {"title": "Title", "const": {"title": 1}}}})
    {'properties': {'title': {'const': {'title': 1}}}}
    """
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: value for key, value in cast("Mapping[str, Any]", schema).items() if key not in REMOVED}
    return {key: _stripped_under(key, kept[key]) for key in sorted(kept, key=_rank)}


def _rank(key: str) -> int:
    return {"type": 0, "description": 1, "$defs": 3, "definitions": 3}.get(key, 2)


def _stripped_under(key: str, value: object) -> object:
    match value:
        case dict() if key in _NAMED_SCHEMAS:
            named = cast("dict[str, object]", value)
            return {name: stripped(schema) for name, schema in named.items()}
        case dict() if key in _ONE_SCHEMA:
            return stripped(cast("object", value))
        case list() if key in _SCHEMA_LISTS:
            return [stripped(schema) for schema in cast("list[object]", value)]
        case _:
            return value


def schema_text(schema: Mapping[str, Any]) -> str:
    """`schema` as JSON: whatever fits in 88 columns stands on one line, the outermost object never does.

    >>> print(schema_text({"type": "object", "properties": {"n": {"type": "integer"}}}))
    {
      "type": "object",
      "properties": {"n": {"type": "integer"}}
    }
    """
    return _unfolded(dict(schema), indent=0)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _folded(value: object, *, indent: int, before: int) -> str:
    """`value` on one line if `before` columns, itself and a comma fit in the width; else unfolded at `indent`."""
    line = _json(value)
    if not isinstance(value, dict | list) or before + len(line) < WIDTH:
        return line
    return _unfolded(cast("dict[str, object] | list[object]", value), indent=indent)


def _unfolded(value: dict[str, object] | list[object], *, indent: int) -> str:
    if not value:
        return _json(value)
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        heads = [f"{inner}{_json(key)}: " for key in value]
        lines = [
            head + _folded(item, indent=indent + 2, before=len(head)) for head, item in zip(heads, value.values(), strict=True)
        ]
        left, right = "{", "}"
    else:
        lines = [inner + _folded(item, indent=indent + 2, before=len(inner)) for item in value]
        left, right = "[", "]"
    return "\n".join([left, ",\n".join(lines), " " * indent + right])

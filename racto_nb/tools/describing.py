"""A tool's schema, made of the JSON schema of its arguments and of what its docstring says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from racto_nb.tools.arguments import Arguments
from racto_nb.tools.docstrings import Docstring
from racto_nb.tools.schema import ParamSchema, ToolSchema

Schema = Mapping[str, Any]

_WORDS: dict[object, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def tool_schema(name: str, arguments: Arguments, docstring: Docstring, *, description: str | None) -> ToolSchema:
    """The tool `name` as a model must know it. What the schema itself says (`Field(description=…)`) goes before the docstring."""
    schema = arguments.schema
    required = set(schema.get("required", []))
    definitions: dict[str, dict[str, Any]] = schema.get("$defs", {})
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    parameters = [
        ParamSchema(
            name=key,
            type=type_word(each, definitions),
            description=each.get("description") or _told(docstring, arguments, key),
            required=key in required,
            enum=allowed(each, definitions),
            default=arguments.defaults.get(key),
            json_schema={word: value for word, value in each.items() if word != "description"},
        )
        for key, each in properties.items()
    ]
    return ToolSchema(
        name=name,
        description=docstring.summary if description is None else description,
        parameters=parameters,
        definitions=definitions,
        additional=schema.get("additionalProperties", False),
    )


def _told(docstring: Docstring, arguments: Arguments, key: str) -> str:
    """What the docstring says of an argument, by the name that it is given under or by that of its field."""
    field = next((name for name, given in arguments.keys.items() if given == key), key)
    return docstring.parameters.get(key) or docstring.parameters.get(field, "")


def type_word(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """The word of JSON Schema for the values that fit: that of the one type beside null, or `""` for several types and for any.

    >>> type_word({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}), type_word({}, {})
    ('integer', '')
    """
    words = _words(schema, definitions, frozenset())
    words = words - {"null"} or words
    return next(iter(words)) if len(words) == 1 else ""


def _words(schema: Schema, definitions: Mapping[str, Schema], seen: frozenset[str]) -> frozenset[str]:
    """The words of all that may fit; an empty one stands for any."""
    match schema:
        case {"type": str(word)}:
            return frozenset({word})
        case {"type": [*words]}:
            return frozenset(map(str, words))
        case {"$ref": str(reference)} if reference not in seen:
            return _words(_referred(reference, definitions), definitions, seen | {reference})
        case {"anyOf": [*branches]} | {"oneOf": [*branches]}:
            found = [_words(cast("Schema", branch), definitions, seen) for branch in branches]
            return frozenset(word for words in found for word in words)
        case {"enum": [*_]} | {"const": _}:
            values: list[object] = allowed(schema, definitions) or []
            return frozenset(_WORDS.get(type(value), "") for value in values)
        case _:
            return frozenset({""})


def allowed(schema: Schema, definitions: Mapping[str, Schema]) -> list[Any] | None:
    """The values that an enumeration allows, also one that may be null besides; None where the values are not listed.

    >>> allowed({"anyOf": [{"enum": ["C", "F"]}, {"type": "null"}]}, {})
    ['C', 'F']
    """
    match schema:
        case {"enum": [*values]}:
            return values
        case {"const": value}:
            return [value]
        case {"$ref": str(reference)}:
            return allowed({key: value for key, value in _referred(reference, definitions).items() if key != "$ref"}, definitions)
        case {"anyOf": [*branches]}:
            others = [cast("Schema", branch) for branch in branches if branch != {"type": "null"}]
            return allowed(others[0], definitions) if len(others) == 1 else None
        case _:
            return None


def _referred(reference: str, definitions: Mapping[str, Schema]) -> Schema:
    return definitions.get(reference.removeprefix("#/$defs/"), {})

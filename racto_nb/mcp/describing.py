"""A server's tools as a model must know them: their own JSON schemas, and names that providers take. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, cast

from pydantic import Field

from racto_nb.tools.describing import allowed, type_word
from racto_nb.tools.schema import ParamSchema, ToolSchema

_LONGEST = 64
_OTHER = re.compile(r"[^a-zA-Z0-9_-]+")


class MCPToolSchema(ToolSchema):
    """A server's tool. `input_schema` is the JSON schema that the server wrote, and what a model is told."""

    input_schema: dict[str, Any] = Field(default_factory=dict[str, Any], repr=False)

    def to_json_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, as the server wrote it. If it says nothing of other arguments, there are none."""
        schema: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
        return schema | deepcopy(self.input_schema)

    def renamed(self, name: str) -> MCPToolSchema:
        """The same tool under another name."""
        return self.model_copy(update={"name": name})


def described(name: str, description: str, schema: Mapping[str, Any]) -> MCPToolSchema:
    """The tool `name` with the JSON schema of its arguments. A schema may come from anywhere: what is odd in it is passed over.

    >>> described("add", "", {"type": "object", "properties": {"a": {"type": "integer"}}}).parameters[0].type
    'integer'
    """
    definitions = _mapping(schema.get("$defs"))
    required: object = schema.get("required")
    needed = set(map(str, cast("list[object]", required))) if isinstance(required, list) else set[str]()
    given = _mapping(schema.get("properties"))
    parameters = [_parameter(key, _mapping(each), definitions, required=key in needed) for key, each in given.items()]
    others: object = schema.get("additionalProperties", False)
    return MCPToolSchema(
        name=name,
        description=description,
        parameters=parameters,
        definitions={key: _mapping(each) for key, each in definitions.items()},
        additional=cast("dict[str, Any]", others) if isinstance(others, dict) else bool(others),
        input_schema=dict(schema),
    )


def _parameter(name: str, schema: dict[str, Any], definitions: dict[str, Any], *, required: bool) -> ParamSchema:
    said: object = schema.get("description")
    return ParamSchema(
        name=name,
        type=type_word(schema, definitions),
        description=said if isinstance(said, str) else "",
        required=required,
        enum=allowed(schema, definitions),
        default=schema.get("default"),
        json_schema={word: value for word, value in schema.items() if word != "description"},
    )


def _mapping(value: object) -> dict[str, Any]:
    return {str(key): each for key, each in cast("dict[object, Any]", value).items()} if isinstance(value, dict) else {}


def taken_names(names: Iterable[str]) -> dict[str, str]:
    """For each name one that providers take, all different: letters, digits, `_` and `-`, at most 64.

    A name that they take is kept, so that none stands for two tools.

    >>> taken_names(["files.read", "files/read", "add", "files_read"])
    {'files.read': 'files_read_2', 'files/read': 'files_read_3', 'add': 'add', 'files_read': 'files_read'}
    """
    wholes = {name: _whole(name) for name in names}
    used = {name for name, whole in wholes.items() if name == whole[:_LONGEST]}
    return {name: name if name in used else _unused(whole, used) for name, whole in wholes.items()}


def _whole(name: str) -> str:
    whole = _OTHER.sub("_", name).strip("-") or "tool"
    return whole if whole[0].isalpha() or whole[0] == "_" else f"_{whole}"


def _unused(whole: str, used: set[str]) -> str:
    """`whole`, cut and with a number if need be; it joins what is `used`."""
    wanted, count = whole[:_LONGEST], 1
    while wanted in used:
        count += 1
        wanted = f"{whole[: _LONGEST - len(str(count)) - 1]}_{count}"
    used.add(wanted)
    return wanted

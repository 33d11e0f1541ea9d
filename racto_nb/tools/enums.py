"""Enums of other values than texts and numbers.

JSON has a list for a tuple and a text for a date, and neither is the value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import partial
from typing import Annotated, Any, cast

from pydantic import BeforeValidator
from pydantic_core import to_jsonable_python

_JSON = (str, int, float, type(None))


def from_json(hint: Any) -> Any:
    """`hint`, or for an enum of other values the same enum, reading what JSON has for them.

    >>> class Corner(Enum):
    ...     LEFT = (0, 0)
    >>> from pydantic import TypeAdapter
    >>> TypeAdapter(from_json(Corner)).validate_json("[0, 0]")
    <Corner.LEFT: (0, 0)>
    """
    if not (isinstance(hint, type) and issubclass(hint, Enum)):
        return cast("object", hint)
    members = list(hint)
    if not _is_odd(members):
        return hint
    try:
        table = {_text(member.value): member for member in members}
    except ValueError:
        return hint  # pydantic says why it has no schema
    return Annotated[hint, BeforeValidator(partial(_member, table))]


def refuse_odd_enums(schema: Any) -> None:
    """Raise a TypeError for an enum of such values anywhere in Pydantic's core `schema`, but for one that `from_json` reads."""
    for kind in _enums(schema, inside_a_reader=False):
        raise TypeError(f"the values of {kind.__name__} are no texts or numbers, and JSON cannot give them back")


def _enums(schema: Any, *, inside_a_reader: bool) -> Iterator[type[Enum]]:
    if isinstance(schema, Mapping):
        part = cast("Mapping[str, Any]", schema)
        if part.get("type") == "enum" and not inside_a_reader and _is_odd(part["members"]):
            yield part["cls"]
        reads = part.get("type") == "function-before" and _reads(part)
        inner = [value for key, value in part.items() if key not in {"cls", "metadata", "serialization", "members"}]
    elif isinstance(schema, list | tuple):
        reads, inner = False, list(cast("list[Any]", schema))
    else:
        return
    for each in inner:
        yield from _enums(each, inside_a_reader=reads)


def _reads(part: Mapping[str, Any]) -> bool:
    function = part["function"]["function"]
    return isinstance(function, partial) and cast("partial[object]", function).func is _member


def _is_odd(members: list[Enum]) -> bool:
    return any(not isinstance(member.value, _JSON) and not isinstance(member, _JSON) for member in members)


def _member(table: Mapping[str, Enum], given: object) -> object:
    return table.get(_text(given), given)


def _text(value: object) -> str:
    return json.dumps(to_jsonable_python(value), sort_keys=True)

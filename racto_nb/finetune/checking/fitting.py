"""Whether arguments fit a tool's parameters, as far as a look at the first level tells: names, kinds and listed values. Pure.

Deeper levels, references and conditions of JSON schema are not followed. What is not understood fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from racto_nb.finetune.calls import TrainingTool

_KINDS: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def misfits(values: Mapping[str, object], tool: TrainingTool) -> Iterator[str]:
    """What does not fit, each as a part of a sentence. Nothing for parameters that are no schema of an object.

    >>> tool = TrainingTool("add", parameters={"properties": {"a": {"type": "integer"}}, "required": ["a", "b"]})
    >>> list(misfits({"a": "one"}, tool))
    ["'b' is missing", "'a' is a string, not integer"]
    """
    schema = _mapping(tool.parameters)
    properties = _mapping(schema.get("properties"))
    required = schema.get("required")
    for name in cast("list[object]", required) if isinstance(required, list) else []:
        if isinstance(name, str) and name not in values:
            yield f"{name!r:.80} is missing"
    for name, value in values.items():
        if name in properties:
            yield from _misfit(name, value, _mapping(properties[name]))
        elif schema.get("additionalProperties") is False or tool.strict:
            yield f"{name!r:.80} is not one of them"


def _misfit(name: str, value: object, schema: Mapping[str, object]) -> Iterator[str]:
    kinds = _names(schema.get("type"))
    if kinds and not (schema.get("nullable") is True and value is None) and not any(_is(value, kind) for kind in kinds):
        yield f"{name!r:.80} is a {_kind(value)}, not {' or '.join(kinds)}"
    elif isinstance(listed := schema.get("enum"), list) and value not in cast("list[object]", listed):
        yield f"{name!r:.80} is {value!r:.80}, which is not listed for it"


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _names(kind: object) -> list[str]:
    """The kinds that a schema names, in lower case as Gemini's are not; none where one of them is not known."""
    given = cast("list[object]", kind) if isinstance(kind, list) else [kind]
    names = [name.lower() for name in given if isinstance(name, str)]
    return names if names and all(name in _KINDS for name in names) else []


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and kind == "integer":
        return value.is_integer()
    return isinstance(value, _KINDS[kind])


def _kind(value: object) -> str:
    return next((kind for kind in _KINDS if _is(value, kind)), type(value).__name__)

"""The arguments that a model gave, checked and converted; what is wrong is said in words that help a model to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.tools.arguments import Arguments

_MOST = 8
"""As many faults are told at once."""
_SHORT = 60
"""The most characters of a wrong value that are told."""


def checked(name: str, given: object, arguments: Arguments) -> dict[str, Any]:
    """`given`, the arguments of the tool `name`, as the keyword arguments of its function. What was not given is left out.

    Raises `UsageError`, a ValueError, that names each wrong argument and why it is; its `__cause__` is Pydantic's error.
    """
    if not isinstance(given, Mapping):
        raise WrongTypeError(f"The arguments of the tool {name!r} are to be a JSON object, not {_short(given)}.")
    read = _read(name, _sorted_in(name, cast("Mapping[str, Any]", given), arguments), arguments)
    handed_on = {key: getattr(read, field) for field, key in arguments.keys.items() if _is_handed_on(field, read, arguments)}
    return handed_on | _others(read, arguments)


def _sorted_in(name: str, given: Mapping[str, Any], arguments: Arguments) -> Mapping[str, Any]:
    """The arguments as the model has them: those of other names in a dict of their own. Unknown ones are refused."""
    properties: Mapping[str, Any] = arguments.schema.get("properties", {})
    others = {key: value for key, value in given.items() if key not in properties}
    if others and arguments.schema.get("additionalProperties", False) is False:
        raise UsageError(_message(name, [f"{key}: there is no such argument.{did_you_mean(key, properties)}" for key in others]))
    if arguments.rest is None:
        return given
    return {key: value for key, value in given.items() if key in properties} | {arguments.rest: others}


def _read(name: str, given: Mapping[str, Any], arguments: Arguments) -> BaseModel:
    try:
        text = to_json(given, inf_nan_mode="constants")
    except ValueError as error:
        raise UsageError(_message(name, [f"they are no JSON: {error}"])) from error
    try:
        # As JSON, since it is: a strict field takes a date from a text there, and an enum its value.
        return arguments.model.model_validate_json(text)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        raise UsageError(_message(name, [_fault(each, rest=arguments.rest) for each in details])) from error


def _others(read: BaseModel, arguments: Arguments) -> dict[str, Any]:
    if arguments.rest is None:
        return read.model_extra or {}
    info = next(field for field in type(read).model_fields if field not in arguments.keys)
    return getattr(read, info)


def _is_handed_on(field: str, read: BaseModel, arguments: Arguments) -> bool:
    return field in read.model_fields_set or field in arguments.filled


def _message(name: str, faults: list[str]) -> str:
    more = f"; and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
    return f"Wrong arguments for the tool {name!r}: {'; '.join(faults[:_MOST])}{more}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _fault(error: ErrorDetails, *, rest: str | None) -> str:
    parts = error["loc"][1:] if rest is not None and error["loc"][:1] == (rest,) else error["loc"]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")
    if error["type"] == "missing":
        return f"{place}: it is required and was not given"
    said = f"{error['msg']} (given: {_short(error['input'])})"
    return f"{place}: {said}" if place else said

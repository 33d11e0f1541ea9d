"""Values as JSON that every reader takes: without halves of letters, without NaN, and not too deep. Pure.

A message that cannot be written, or read at the other end, costs more than its call: the session goes down with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from pydantic_core import from_json, to_json, to_jsonable_python

from racto_nb.kits.running import plain_or_shown
from racto_nb.models.stream import joined_halves

T = TypeVar("T")

_AROUND = 6
"""How deep a value stands in a message, with some to spare: readers count from the outside."""

_REASONS = {
    "surrogates": "half a letter stands in a text",
    "expected value": "a number is NaN or infinite",
    "depth exceeded": "it is too deep",
    "recursion limit": "it is too deep",
    "Circular": "it holds itself",
    "invalid utf-8": "bytes in it are no text",
}
"""What the library says, and what that means."""


class Plain(NamedTuple):
    """A value of plain dicts, lists, texts and numbers, and its JSON."""

    value: Any
    text: str


def as_told(value: object) -> Plain | None:
    """`value` for a reader: what JSON has no form for is told as a text, NaN as null. None for what cannot be told at all.

    >>> as_told({"a": float("nan"), 1: {2}})
    Plain(value={'a': None, '1': [2]}, text='{"a":null,"1":[2]}')
    """
    return _tried(lambda: value) or _tried(lambda: _of_halves(value))


def as_sent(value: object) -> Plain:
    """`value` as JSON has it, nothing changed in meaning. ValueError, with the reason, for what it has no form for.

    >>> as_sent({"a": (1, 2)}).value
    {'a': [1, 2]}
    """
    try:
        return _parted(to_json(_deep(value), inf_nan_mode="constants"))
    except ValueError as error:
        text = str(error)
        raise ValueError(next((reason for sign, reason in _REASONS.items() if sign in text), text)) from error


def whole(value: T) -> T:
    r"""`value` with whole letters only, in the texts and names of its dicts and lists.

    >>> whole({"a\ud800": ["\ud83d\ude00"]})
    {'a�': ['😀']}
    """
    found: object = value
    if isinstance(value, str):
        found = joined_halves(value)
    elif isinstance(value, Mapping):
        found = {whole(name): whole(each) for name, each in cast("Mapping[object, object]", value).items()}
    elif isinstance(value, list | tuple):
        found = [whole(each) for each in cast("list[object]", value)]
    return cast("T", found)


def _tried(made: Callable[[], object]) -> Plain | None:
    try:
        return _parted(to_json(_deep(made()), fallback=plain_or_shown, bytes_mode="base64", inf_nan_mode="null"))
    except Exception:  # noqa: BLE001  (whatever a foreign object raises while it is looked at: a text tells it then)
        return None


def _of_halves(value: object) -> object:
    """The same for a value whose texts have halves of letters, objects included."""
    seen = to_jsonable_python(whole(value), fallback=plain_or_shown, bytes_mode="base64", inf_nan_mode="null")
    return whole(seen)


def _deep(value: object) -> object:
    for _ in range(_AROUND):
        value = [value]
    return value


def _parted(text: bytes) -> Plain:
    value: Any = from_json(text, allow_inf_nan=False)
    for _ in range(_AROUND):
        value = value[0]
    return Plain(value, text[_AROUND:-_AROUND].decode())

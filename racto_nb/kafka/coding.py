"""Keys, values and headers as bytes, and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import Any, TypeAlias

import orjson
from pydantic_core import PydanticSerializationError, from_json, to_json

from racto_nb.exceptions import WrongTypeError
from racto_nb.kafka.records import Headers

Serializer: TypeAlias = Callable[[Any], bytes | None]
"""What makes bytes of a key or a value; None stays out of a record (no key, a tombstone)."""

Deserializer: TypeAlias = Callable[[Any], Any]
"""What makes a key or a value of the bytes of a record, which may be None."""


def encoded(value: object) -> bytes | None:
    """The bytes of a key or value: bytes as they are, text as UTF-8, anything else as compact JSON. None stays None.

    Raises WrongTypeError for what is no JSON, and for a text with half a character.

    >>> encoded({"agent": "research"}), encoded("text"), encoded(None)
    (b'{"agent":"research"}', b'text', None)
    """
    match value:
        case None:
            return None
        case bytes() | bytearray():
            return bytes(value)
        case str():
            return _utf_8(value)
        case _:
            return as_json(value)


def _utf_8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise WrongTypeError(f"A text that is no Unicode cannot be sent: {error}") from None


def as_json(value: object) -> bytes:
    """`value` as compact JSON; models, dates and the like as Pydantic writes them.

    Raises WrongTypeError for what is no JSON, nan and infinite numbers among them.
    """
    try:
        text = to_json(value)
        if b"NaN" in text or b"Infinity" in text:
            orjson.loads(text)  # which knows neither, unless they stand in a text
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise WrongTypeError(f"A value of type {type(value).__name__} cannot be sent as JSON: {error}") from error
    return text


def decoded(raw: bytes | None) -> Any:
    """What the bytes of a value say: JSON where it parses, else text; bytes that are no UTF-8 stay bytes. None stays None.

    Integers of any length stay integers.

    >>> decoded(b'{"n":1}'), decoded(b"plain"), decoded(bytes([255]))
    ({'n': 1}, 'plain', b'\\xff')
    """
    text = decoded_key(raw)
    if not isinstance(text, str):
        return text
    try:
        return _parsed(text)
    except ValueError:
        return text


def _parsed(text: str) -> Any:
    """The value of JSON. orjson makes floats of integers beyond 64 bit, and Pydantic reads no deep nesting."""
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        if "recursion" not in str(error):
            raise
        return orjson.loads(text)
    if isinstance(value, float) and isinf(value):  # "12e345" is a text, as a digest may look
        raise ValueError(text)
    return value


def decoded_key(raw: bytes | None) -> str | bytes | None:
    """A key as text; bytes that are no UTF-8 stay bytes, None stays None. A key is never read as JSON: "42" stays a text."""
    if raw is None:
        return None
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return bytes(raw)


def header_pairs(headers: Headers | None) -> list[tuple[str, bytes]]:
    """Headers as pairs of a name and bytes, in their order. None as a value becomes b"": the library writes no null header.

    Raises WrongTypeError for values that are neither text nor bytes, and for texts with half a character.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [(name, _header(name, value)) for name, value in pairs]


def _header(name: object, value: object) -> bytes:
    if isinstance(name, str):
        _utf_8(name)  # the library encodes it, and would raise an error of Python's
        match value:
            case None:
                return b""
            case str():
                return _utf_8(value)
            case bytes() | bytearray():
                return bytes(value)
            case _:
                pass
    raise WrongTypeError(
        f"A header is a text and a text, bytes or None; {name!r:.80} has a value of type {type(value).__name__}."
    )

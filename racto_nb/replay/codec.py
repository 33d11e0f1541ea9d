"""Replies and events as JSON, and back to the very same objects. Pure.

JSON values stand as they are. What JSON does not have is an object with one key that begins with `$`: `$json` is bytes that hold
compact JSON, as most events of providers are, `$text` other bytes that are text, `$base64` the rest.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, cast

from racto_nb.exceptions import UsageError
from racto_nb.models.response import LLMResponse
from racto_nb.providers.embedded.wire import EmbeddedVectors

_MARK = "$"


def stored(value: object) -> Any:
    """`value` as JSON. Raises UsageError for what no port is known to answer."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"$float": repr(value)}
        case list():
            return [stored(item) for item in cast("list[object]", value)]
        case dict():
            return _stored_dict(cast("dict[object, object]", value))
        case bytes():
            return _stored_bytes(value)
        case EmbeddedVectors():
            return {"$vectors": [value.vectors, value.tokens]}
        case LLMResponse():
            return {"$response": value.model_dump(mode="json")}
        case _:
            message = f"A {type(value).__name__} cannot be recorded: {value!r:.80}. Recorded are JSON values, bytes and vectors."
            raise UsageError(message)


def restored(value: Any) -> Any:
    """What `stored` was given. Raises ValueError, KeyError or TypeError for what it never makes."""
    match value:
        case list():
            return [restored(item) for item in cast("list[Any]", value)]
        case dict():
            return _restored_dict(cast("dict[str, Any]", value))
        case _:
            return value


def compact(value: Any) -> str:
    """JSON without spaces, in the order in which it was made; letters of all languages as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _stored_dict(value: dict[object, object]) -> dict[str, Any]:
    if not all(isinstance(name, str) for name in value):
        message = f"A dict whose keys are no texts cannot be recorded: {value!r:.80}."
        raise UsageError(message)
    named = {str(name): stored(item) for name, item in value.items()}
    return {"$dict": named} if any(name.startswith(_MARK) for name in named) else named


def _stored_bytes(value: bytes) -> dict[str, Any]:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {"$base64": b64encode(value).decode()}
    try:
        read = json.loads(text)
        if isinstance(read, dict | list) and compact(read) == text:
            return {"$json": read}
    except (ValueError, RecursionError):
        return {"$text": text}  # no JSON, or some that would be written otherwise
    return {"$text": text}


def _restored_dict(value: dict[str, Any]) -> Any:
    mark = next(iter(value), "") if len(value) == 1 else ""
    if not mark.startswith(_MARK):
        return {name: restored(item) for name, item in value.items()}
    return _MARKED[mark](value[mark])


def _vectors(value: Any) -> EmbeddedVectors:
    rows, tokens = value
    return EmbeddedVectors(rows, tokens)


_MARKED: Mapping[str, Callable[[Any], Any]] = {
    "$json": lambda value: compact(value).encode(),
    "$text": lambda value: value.encode(),
    "$base64": lambda value: b64decode(value, validate=True),
    "$float": float,
    "$dict": lambda value: {name: restored(item) for name, item in value.items()},
    "$vectors": _vectors,
    "$response": LLMResponse.model_validate,
}

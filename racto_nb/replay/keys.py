"""What makes two requests the same: their key, and the form in which they stand in a recording. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, cast

import msgspec

from racto_nb.exceptions import UsageError
from racto_nb.providers.wire import Request

Kind = Literal["send", "stream"]
LONGEST_KEPT = 2_000
"""How many characters of base64 stand in a recording; of longer ones only their hash and their length."""
_KEY_LENGTH = 32
_NOT_PART = frozenset({"model", "operation", "arguments", "room", "timeout"})
"""Fields of a request that have their own places in a recording, and how long it may take, which changes no answer."""
_JOB = re.compile(rb"(racto-batch-)\d{8}-\d{6}-[0-9a-f]{8}")
"""What we call a batch job, which is another name each time that the same items are handed in."""
_BASE64 = re.compile(r"(?:data:[\w.+/;=-]*;base64,)?[A-Za-z0-9+/_-]+={0,2}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a recording knows it: whom, what, and its `key`. `request` is JSON; `address` says where, and is no part.

    The same question may be asked at another address: CI has its own proxies and ports.
    """

    kind: Kind
    provider: str
    model: str
    operation: str
    request: Mapping[str, Any]
    address: str = ""
    key: str = field(default="")

    @property
    def name(self) -> str:
        """Whom it asks, as `provider:model`."""
        return f"{self.provider}:{self.model}"


def asked_from(request: Request, *, kind: Kind, provider: str, address: str = "") -> Asked:
    """`request` of `provider` with its key. Raises UsageError where it cannot be written as JSON."""
    more = {
        each.name: getattr(request, each.name)
        for each in fields(request)
        if each.name not in _NOT_PART and getattr(request, each.name) != _default(each)
    }
    plain = {**dict(request.arguments), **{f"${name}": value for name, value in more.items()}}
    try:
        encoded = _JOB.sub(rb"\1*", msgspec.json.encode(plain, order="sorted"))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        where = "Look at `extra`, the tools and the names of files. Nothing was sent."
        message = f"This request cannot be recorded, since it cannot be written as JSON ({error}). {where}"
        raise UsageError(message) from None
    named = msgspec.json.encode([kind, provider, request.model, request.operation])
    key = hashlib.sha256(named + b"\n" + encoded).hexdigest()[:_KEY_LENGTH]
    shown = cast("dict[str, Any]", shortened(msgspec.json.decode(encoded)))
    return Asked(kind, provider, request.model, request.operation, shown, address, key)


def shortened(value: Any) -> Any:
    """A JSON value with long base64 in it, such as of files, replaced by its hash. The key is made of the whole.

    >>> shortened({"data": "QUJD" * 1000})
    {'data': 'sha256:0794cc4a56b337b4 (4,000 characters)'}
    """
    match value:
        case str():
            return _hashed(value) if len(value) > LONGEST_KEPT and _BASE64.fullmatch(value) else value
        case list():
            return [shortened(item) for item in cast("list[Any]", value)]
        case dict():
            return {name: shortened(item) for name, item in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _hashed(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]} ({len(text):,} characters)"


def _default(each: Any) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()

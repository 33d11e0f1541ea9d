"""What came over the wire, as a fake provider keeps it: everything but the credentials."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from racto_nb.testing.sockets import RawRequest

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"})
_KEY_IN_QUERY = re.compile(r"(?<=\bkey=)[^&]+")
_SHOWN_WHOLE, _SHOWN_BEFORE, _SHOWN_AFTER = 12, 8, 4


@dataclass(frozen=True, slots=True)
class FakeRequest:
    """One request as it arrived.

    `path` is without the query and without the name of the wire that `base_url` puts before it; `headers` have lower-case names.
    `json` is the body as JSON, or None where it is none. `connection` numbers the connection it came over, from 1. Keys are not
    kept: they read `***`, and `authorized_with` tells whether it was a certain one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    json: Any
    wire: str
    connection: int
    _prints: frozenset[bytes] = field(default=frozenset(), repr=False)
    _salt: bytes = field(default=b"", repr=False)

    def authorized_with(self, key: str) -> bool:
        """Whether the request carried this key."""
        return fingerprint(key, self._salt) in self._prints


def request_from(raw: RawRequest, *, wire: str, path: str, salt: bytes) -> FakeRequest:
    """What is kept of a request; its keys as salted fingerprints only."""
    query = raw.target.partition("?")[2]
    return FakeRequest(
        method=raw.method,
        path=path,
        query=_KEY_IN_QUERY.sub("***", query),
        headers={name: _redacted(value) if name in _CREDENTIALS else value for name, value in raw.headers.items()},
        body=raw.body,
        json=_json(raw.body),
        wire=wire,
        connection=raw.connection,
        _prints=frozenset(fingerprint(key, salt) for key in _keys(raw.headers, query)),
        _salt=salt,
    )


def key_from(raw: RawRequest, key_headers: Mapping[str, str]) -> str:
    """The key of a request, which stands in one of `key_headers` behind its prefix, or in the query; "" where there is none."""
    for name, prefix in key_headers.items():
        value = raw.headers.get(name, "")
        if value.startswith(prefix) and len(value) > len(prefix):
            return value.removeprefix(prefix)
    found = _KEY_IN_QUERY.search(raw.target)
    return found[0] if found else ""


def masked(key: str) -> str:
    """A key as services show it in their errors: short ones whole, of long ones the ends.

    >>> masked("sk-proj-0123456789abcdef")
    'sk-proj-************cdef'
    """
    if len(key) <= _SHOWN_WHOLE:
        return key
    return key[:_SHOWN_BEFORE] + "*" * (len(key) - _SHOWN_WHOLE) + key[-_SHOWN_AFTER:]


def fingerprint(key: str, salt: bytes) -> bytes:
    """What is kept of a key."""
    return hmac.digest(salt, key.encode(errors="surrogateescape"), hashlib.sha256)


def _keys(headers: Mapping[str, str], query: str) -> Iterable[str]:
    for name in _CREDENTIALS & headers.keys():
        yield headers[name]
        yield headers[name].partition(" ")[2]
    yield from _KEY_IN_QUERY.findall(query)


def _redacted(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} ***" if space else "***"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None

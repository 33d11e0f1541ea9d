"""What Google says when it refuses: the bodies of google.rpc errors, read without trusting their shape. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from racto_nb.providers.connecting import asked_wait, plain_text, refusal_of
from racto_nb.providers.failures import Refused
from racto_nb.providers.google.facts import KEY_CODES, OVERFLOW, OVERFLOW_SENTENCE
from racto_nb.providers.shapes import as_objects

_RETRY = "google.rpc.RetryInfo"


def refused(status: int, headers: Mapping[str, str], content: bytes, *, key: str, address: str) -> Refused:
    """The refusal in an answer with an HTTP status that is an error."""
    error = _error_in(content)
    said = error.get("message")
    details = as_objects(error.get("details"))
    text = content.decode(errors="replace")
    refusal = refusal_of(
        said if isinstance(said, str) and said else plain_text(text[:2_000]),
        status=status,
        code=_code(error, details),
        headers=headers,
        key=key,
        address=address,
        body=text,
    )
    if refusal.retry_after is None:
        refusal.retry_after = _asked_in(details)
    return refusal


def _error_in(content: bytes) -> Mapping[str, Any]:
    """The error in a body: Google puts it into a list where a stream was asked for."""
    try:
        told: object = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    first = cast("list[object]", told)[:1] if isinstance(told, list) else [told]
    for body in as_objects(first):
        error: object = body.get("error")
        return cast("Mapping[str, Any]", error) if isinstance(error, Mapping) else {"message": error}
    return {}


def _code(error: Mapping[str, Any], details: list[dict[str, Any]]) -> str:
    """Google's word for the error; the reason in its details where that tells of a wrong key, and ours for a prompt too long."""
    if OVERFLOW_SENTENCE.search(str(error.get("message"))):
        return OVERFLOW
    reasons = [reason for detail in details if (reason := detail.get("reason")) in KEY_CODES]
    return str(reasons[0] if reasons else error.get("status") or "")


def _asked_in(details: list[dict[str, Any]]) -> float | None:
    """The seconds that a RetryInfo asks to wait: its `retryDelay` is a text such as "2.5s"."""
    for detail in details:
        if str(detail.get("@type")).endswith(_RETRY):
            told = str(detail.get("retryDelay"))
            return asked_wait({"retry-after": told.removesuffix("s")}) if told.endswith("s") else None
    return None

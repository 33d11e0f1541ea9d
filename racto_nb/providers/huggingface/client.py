"""Hugging Face's service: an httpx2 client of our own. The one file that imports httpx2.

Its library answers with typed objects only, looks models up at the hub before it asks, and shares one client among all that use
it; there is no documented way to post a body and to read the answer's bytes with it. Its rules for addresses are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from racto_nb._extras import imported
from racto_nb.providers.connecting import plain_text, refusal_of
from racto_nb.providers.direct_http import DirectService
from racto_nb.providers.failures import Refused
from racto_nb.providers.huggingface.facts import EXHAUSTED_CODE, EXHAUSTED_STATUS, OVERFLOW_CODE, OVERFLOW_WORDS


def hugging_face_service(base_url: str, key: str) -> DirectService:
    """The service at `base_url`; `key` is empty where there is none."""

    def refused(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
        told = _object(body)
        said, code = _said(told, body)
        code = _code(status, said, code)
        text = body.decode(errors="replace")
        failure = refusal_of(said, status=status, code=code, headers=headers, key=key, address=base_url, body=text)
        if failure.retry_after is None:
            failure.retry_after = _loading(told)
        return failure

    return DirectService(base_url, key, _library, refused)


def _object(body: bytes) -> dict[str, Any]:
    try:
        told: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _said(told: dict[str, Any], body: bytes) -> tuple[str, str]:
    """What an error says, and its word for it. The hub writes `{"error": text}`, providers and servers as OpenAI does."""
    match told:
        case {"error": str(text)}:
            return text, str(told.get("error_type") or "")
        case {"error": {"message": str(text), **rest}} | {"message": str(text), **rest}:
            return text, str(rest.get("code") or rest.get("type") or "")
        case {"error": [*texts]}:
            return " ".join(map(str, texts)), ""
        case _:
            return plain_text(body.decode(errors="replace")), ""


def _code(status: int, said: str, code: str) -> str:
    if any(words in said for words in OVERFLOW_WORDS):
        return OVERFLOW_CODE
    return EXHAUSTED_CODE if status == EXHAUSTED_STATUS else code


def _loading(told: dict[str, Any]) -> float | None:
    """The seconds that a model takes to load, where the server says so."""
    estimated: object = told.get("estimated_time")
    return float(estimated) if isinstance(estimated, int | float) and 0 <= estimated < float("inf") else None


def _library() -> Any:
    return imported("httpx2", extra="huggingface")

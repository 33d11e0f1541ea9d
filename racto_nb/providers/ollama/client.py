"""Ollama's service: an httpx client of our own. The one file that imports httpx.

Ollama's library has no documented way to post a body and to read the answer's bytes, and its typed objects cost several times
what reading a line does. What it knows of addresses and headers is kept: redirects, and OLLAMA_API_KEY for servers that ask for a
key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from racto_nb._extras import imported
from racto_nb.providers.connecting import plain_text, refusal_of
from racto_nb.providers.direct_http import DirectService
from racto_nb.providers.failures import HttpFailure, Refused
from racto_nb.providers.ollama.facts import MODEL_CODE, OVERFLOW_CODE, OVERFLOW_WORDS, TAGS
from racto_nb.providers.ollama.wire import NotPulled
from racto_nb.providers.serving import NOT_FOUND
from racto_nb.providers.wire import Request

_LOOK_SECONDS = 2.0
"""How long the names of the installed models may take, when another one is not there."""


@dataclass(frozen=True, slots=True)
class OllamaService(DirectService):
    """Opens clients for `base_url`, and posts through them. A model that is not there is told with those that are."""

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        try:
            return DirectService.posted(self, client, request)
        except Refused as refused:
            if refused.code != MODEL_CODE:
                raise
            failure = refused
        tags: object = None
        try:
            tags = DirectService.posted(self, client, _LOOK).read()
        except Exception as error:  # noqa: BLE001  (whatever it is: the model is missing all the same)
            tags = error
        raise _not_pulled(failure, tags)

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        try:
            return await DirectService.aposted(self, client, request)
        except Refused as refused:
            if refused.code != MODEL_CODE:
                raise
            failure = refused
        tags: object = None
        try:
            tags = await (await DirectService.aposted(self, client, _LOOK)).aread()
        except Exception as error:  # noqa: BLE001  (whatever it is: the model is missing all the same)
            tags = error
        raise _not_pulled(failure, tags)


_LOOK = Request("", {}, timeout=_LOOK_SECONDS, operation=TAGS)


def ollama_service(base_url: str, key: str) -> OllamaService:
    """The service at `base_url`; `key` is empty where there is none."""

    def refused(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
        said = _said(body)
        code, text = _code(status, said), body.decode(errors="replace")
        return refusal_of(said, status=status, code=code, headers=headers, key=key, address=base_url, body=text)

    return OllamaService(base_url, key, _library, refused)


def installed(tags: object) -> tuple[str, ...]:
    """The names in the body of a list of models; none where it is something else."""
    try:
        told: Any = msgspec.json.decode(cast("bytes", tags))
        return tuple(str(model["name"]) for model in told["models"])
    except (msgspec.DecodeError, TypeError, KeyError, ValueError):
        return ()


def _not_pulled(failure: Refused, tags: object) -> HttpFailure:
    return NotPulled(failure.text, status=failure.status, code=failure.code, host=failure.host, installed=installed(tags))


def _said(body: bytes) -> str:
    """What an error says: `{"error": text}`, where the text may itself be the JSON of an error of the model's runner."""
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return plain_text(body.decode(errors="replace"))
    inner: object = cast("dict[str, Any]", told).get("error") if isinstance(told, dict) else None
    if isinstance(inner, dict):
        inner = cast("dict[str, Any]", inner).get("message")
    return inner if isinstance(inner, str) else plain_text(body.decode(errors="replace"))


def _code(status: int, said: str) -> str:
    folded = said.casefold()
    if any(words in folded for words in OVERFLOW_WORDS):
        return OVERFLOW_CODE
    return MODEL_CODE if status == NOT_FOUND and "model" in folded else ""


def _library() -> Any:
    return imported("httpx", extra="ollama")

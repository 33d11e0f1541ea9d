"""OpenAI's service: its SDK, for raw bodies in and out. The one file that imports the SDK."""

from __future__ import annotations

from typing import Any, cast

from racto_nb._extras import imported
from racto_nb.providers.failures import Refused
from racto_nb.providers.sdk_service import SdkService


class OpenAIService(SdkService):
    """Opens clients of OpenAI's SDK. What the environment says about organisations and projects is still read by it."""

    __slots__ = ()

    def client(self, http_client: Any) -> Any:
        """A new synchronous client."""
        return _sdk().OpenAI(**self.settings, http_client=http_client)

    def async_client(self, http_client: Any) -> Any:
        """A new asynchronous client."""
        return _sdk().AsyncOpenAI(**self.settings, http_client=http_client)

    def refusal(self, error: Any) -> Refused | None:
        """What OpenAI said, where `error` is an answer of its with an HTTP status."""
        if getattr(error, "status_code", None) is None:
            return None
        told: object = error.body
        body = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        said = body.get("message") or body.get("detail")  # servers made with FastAPI say `detail`
        return self.refused(error, said=said, code=_code(error.code, body.get("type")))


def _code(code: object, kind: object) -> str:
    """The server's word for the error. Some put the HTTP status in its place, and the word into the type."""
    return str(code) if isinstance(code, str) and code and not code.isdigit() else str(kind or "")


def _sdk() -> Any:
    return imported("openai", extra="openai")

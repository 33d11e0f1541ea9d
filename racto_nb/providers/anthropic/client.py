"""Anthropic's service: its SDK, for raw bodies in and out. The one file that imports the SDK.

The SDK's guard against long answers that are not streamed, which guesses a time from `max_tokens`, is not asked: a call has the
caller's timeout.
"""

from __future__ import annotations

from typing import Any

from racto_nb._extras import imported
from racto_nb.providers.anthropic.reading import error_told
from racto_nb.providers.failures import Refused
from racto_nb.providers.sdk_service import SdkService


class AnthropicService(SdkService):
    """Opens clients of Anthropic's SDK."""

    __slots__ = ()

    def client(self, http_client: Any) -> Any:
        """A new synchronous client."""
        return _sdk().Anthropic(**self.settings, http_client=http_client)

    def async_client(self, http_client: Any) -> Any:
        """A new asynchronous client."""
        return _sdk().AsyncAnthropic(**self.settings, http_client=http_client)

    def refusal(self, error: Any) -> Refused | None:
        """What Anthropic said, where `error` is an answer of its with an HTTP status."""
        if getattr(error, "status_code", None) is None:
            return None
        said, code = error_told(error.body)
        return self.refused(error, said=said, code=code)


def _sdk() -> Any:
    return imported("anthropic", extra="anthropic")

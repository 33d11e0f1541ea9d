"""Anthropic's service: its SDK, for raw bodies in and out. The one file that imports the SDK.

As for OpenAI, whose SDK is made by the same generator: it is used for addresses, headers (the version of the API among them),
proxies, certificates and connections, through its documented way for any endpoint (`client.post` with
`cast_to=httpx2.Response`). Its typed objects are not built, and its guard against long answers that are not streamed, which
guesses a time from `max_tokens`, is not asked: a call has the caller's timeout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from racto_nb._extras import requires
from racto_nb.providers.anthropic.reading import error_told
from racto_nb.providers.connecting import asked_wait, without_key
from racto_nb.providers.failures import Refused
from racto_nb.providers.http_port import encoded
from racto_nb.providers.wire import Request

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 600.0
"""How long a server without a timeout of the caller's may say nothing."""


@dataclass(frozen=True, slots=True)
class AnthropicService:
    """Opens clients for `base_url` with `key`, and posts through them."""

    base_url: str
    key: str = field(repr=False)

    def client(self) -> Any:
        """A new synchronous client."""
        return _sdk().Anthropic(**self._settings())

    def async_client(self) -> Any:
        """A new asynchronous client."""
        return _sdk().AsyncAnthropic(**self._settings())

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        return client.post(request.operation, stream=True, **_arguments(request))

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        return await client.post(request.operation, stream=True, **_arguments(request))

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        await client.close()

    def refusal(self, error: Any) -> Refused | None:
        """What Anthropic said, where `error` is an answer of its with an HTTP status."""
        if (status := getattr(error, "status_code", None)) is None:
            return None
        headers = error.response.headers
        said, code = error_told(error.body)
        return Refused(
            without_key(said or _plain(error.response.text), self.key),
            status=status,
            code=without_key(code, self.key),
            retry_after=asked_wait(headers),
            retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
            host=urlsplit(self.base_url).netloc.rpartition("@")[2],
        )

    def _settings(self) -> dict[str, Any]:
        # A key that is given here keeps the SDK from looking for credentials in files and in other variables.
        return {"api_key": self.key, "base_url": self.base_url, "max_retries": 0}


def _plain(text: str) -> str:
    """What an error page says, where the provider sent no error of its own."""
    return " ".join(text.split())[:200] if not text.lstrip().startswith("<") else "an HTML page"


def _arguments(request: Request) -> dict[str, Any]:
    import httpx2

    longest = SILENCE_SECONDS if request.timeout is None else request.timeout
    timeout = httpx2.Timeout(longest, connect=min(longest, CONNECT_SECONDS))
    return {"cast_to": httpx2.Response, "content": encoded(request), "options": {"timeout": timeout}}


def _sdk() -> Any:
    with requires("anthropic"):
        import anthropic

    return anthropic

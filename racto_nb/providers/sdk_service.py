"""What the services of SDKs that one generator makes (OpenAI's, Anthropic's) have in common. Kind: both colours.

Such an SDK is used for what it knows best (addresses, headers, proxies, certificates, connections) through its documented way for
any endpoint (`client.post` with `cast_to=httpx2.Response`). Its typed objects are not: building them costs several times as much
as reading a stream. Its retries are off, since those of the flow are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from racto_nb.providers.connecting import asked_wait, without_key
from racto_nb.providers.failures import Refused
from racto_nb.providers.http_port import encoded
from racto_nb.providers.wire import Request

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 600.0
"""How long a server without a timeout of the caller's may say nothing."""


@dataclass(frozen=True, slots=True)
class SdkService:
    """Posts through the clients of an SDK to `base_url` with `key`. A provider adds how they are opened and how it refuses."""

    base_url: str
    key: str = field(repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of a new client. A key that is given here keeps an SDK from looking for credentials elsewhere."""
        return {"api_key": self.key, "base_url": self.base_url, "max_retries": 0}

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        return client.post(request.operation, stream=True, **arguments(request))

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        return await client.post(request.operation, stream=True, **arguments(request))

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        await client.close()

    def refused(self, error: Any, *, said: object, code: str) -> Refused:
        """The refusal in an SDK's error with a status: what the provider `said` (None: its page says it), and its `code`."""
        headers = error.response.headers
        return Refused(
            without_key(said if isinstance(said, str) and said else _plain(error.response.text), self.key),
            status=error.status_code,
            code=without_key(code, self.key),
            retry_after=asked_wait(headers),
            retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
            host=urlsplit(self.base_url).netloc.rpartition("@")[2],
        )


def arguments(request: Request) -> dict[str, Any]:
    """What `client.post` takes for `request`, besides the path."""
    import httpx2

    longest = SILENCE_SECONDS if request.timeout is None else request.timeout
    timeout = httpx2.Timeout(longest, connect=min(longest, CONNECT_SECONDS))
    return {"cast_to": httpx2.Response, "content": encoded(request), "options": {"timeout": timeout}}


def _plain(text: str) -> str:
    """What an error page says, where the provider sent no error of its own."""
    return " ".join(text.split())[:200] if not text.lstrip().startswith("<") else "an HTML page"

"""Google's service: raw bodies in and out. The one file here that imports an HTTP library.

Google's SDK has no public way to post a body and read the bytes that come back: its one for any endpoint is private, and the
public methods build typed objects, which costs ten times as much as reading a stream. So the clients are httpx2's own, the
library that the SDK uses too, with the SDK's rules for addresses and headers. Two differ on purpose: redirects are not followed,
since the key would go with them to another host, and there is a limit to how long a server may say nothing.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

from racto_nb._extras import imported
from racto_nb._version import __version__
from racto_nb.providers.accounts import NO_KEY
from racto_nb.providers.failures import Refused
from racto_nb.providers.google.facts import KEY_HEADER
from racto_nb.providers.google.refusing import refused
from racto_nb.providers.http_port import encoded, patience
from racto_nb.providers.wire import Request

_FIRST_REFUSAL = 300
_CONNECTIONS, _KEPT = 1000, 100


@dataclass(frozen=True, slots=True)
class GoogleService:
    """Opens clients for `base_url` with `key` (NO_KEY: without one), and posts through them."""

    base_url: str
    key: str = field(repr=False)

    def client(self) -> Any:
        """A new synchronous client."""
        library = _library()
        return _closing_when_dropped(library.Client)(**self._settings(library))

    def async_client(self) -> Any:
        """A new asynchronous client."""
        library = _library()
        return library.AsyncClient(**self._settings(library))

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread. Raises Refused for one with a status that is an error."""
        response = client.send(self._built(client, request), stream=True)
        if response.status_code < _FIRST_REFUSAL:
            return response
        try:
            raise self._refused(response, response.read())
        finally:
            response.close()

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread. Raises Refused for one with a status that is an error."""
        response = await client.send(self._built(client, request), stream=True)
        if response.status_code < _FIRST_REFUSAL:
            return response
        try:
            raise self._refused(response, await response.aread())
        finally:
            await response.aclose()

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        await client.aclose()

    def refusal(self, error: Exception) -> Refused | None:
        """None: `posted` raises refusals itself."""

    def _built(self, client: Any, request: Request) -> Any:
        seconds = request.timeout
        silence, connecting = patience(request)
        return client.build_request(
            "POST",
            f"{self.base_url}/{request.operation}",
            content=encoded(request),
            headers={} if seconds is None else {"x-server-timeout": str(math.ceil(seconds))},
            timeout=_library().Timeout(silence, connect=connecting),
        )

    def _refused(self, response: Any, content: bytes) -> Refused:
        return refused(response.status_code, response.headers, content, key=self.key, address=self.base_url)

    def _settings(self, library: Any) -> dict[str, Any]:
        agent = f"racto-nb/{__version__} gl-python/{sys.version.split()[0]}"
        headers = {"content-type": "application/json", "user-agent": agent, "x-goog-api-client": agent}
        if self.key != NO_KEY:
            headers[KEY_HEADER] = self.key
        limits = library.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_KEPT)
        return {"headers": headers, "limits": limits, "follow_redirects": False}


def _closing_when_dropped(kind: Any) -> Any:
    """The class `kind`, whose objects give their connections back when they are dropped, as the SDK's own do."""

    def dropped(client: Any) -> None:
        if not client.is_closed:
            client.close()

    return type(kind.__name__, (kind,), {"__del__": dropped})


def _library() -> Any:
    return imported("httpx2", extra="google")

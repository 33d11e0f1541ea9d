"""A service without a vendor's library between: an HTTP client of our own, httpx or httpx2, for raw bodies in and out.

For providers whose library offers no documented way to post bytes and to read them. What these say of addresses and proxies
is kept: redirects are followed unless a provider's service says otherwise, and the environment's proxies are used, though not on
the way to this machine.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from racto_nb._version import __version__
from racto_nb.providers.failures import Refused
from racto_nb.providers.sending import encoded, patience
from racto_nb.providers.wire import Request

MOST_CONNECTIONS, KEPT_CONNECTIONS = 1000, 100
_FIRST_REFUSAL = 300


@dataclass(frozen=True, slots=True)
class DirectService:
    """Opens clients for `base_url` with `key` (empty: none), and posts through them.

    `library` imports httpx or httpx2. `refused` reads what an answer with an error status says: its status, headers and body.
    """

    base_url: str
    key: str = field(repr=False)
    library: Callable[[], Any] = field(repr=False)
    refused: Callable[[int, Mapping[str, str], bytes], Refused] = field(repr=False)

    redirects: ClassVar[bool] = True

    def client(self, http_client: Any) -> Any:
        """A new synchronous client."""
        return _closing(self.library().Client)(**self._settings()) if http_client is None else http_client

    def async_client(self, http_client: Any) -> Any:
        """A new asynchronous client."""
        return self.library().AsyncClient(**self._settings()) if http_client is None else http_client

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread. Raises Refused for an error status."""
        response = client.send(self.built(client, request), stream=True, follow_redirects=self.redirects)
        if response.status_code < _FIRST_REFUSAL:
            return response
        try:
            # No name for the body: it may quote the key, and tracebacks keep the variables of this frame.
            raise self.refused(response.status_code, response.headers, response.read())
        finally:
            response.close()

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread. Raises Refused for an error status."""
        response = await client.send(self.built(client, request), stream=True, follow_redirects=self.redirects)
        if response.status_code < _FIRST_REFUSAL:
            return response
        try:
            raise self.refused(response.status_code, response.headers, await response.aread())
        finally:
            await response.aclose()

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        await client.aclose()

    def refusal(self, error: Exception) -> Refused | None:  # noqa: ARG002  (the port's signature)
        """None: refusals are raised as such."""
        return None

    def built(self, client: Any, request: Request) -> Any:
        """`request` as the library's own. A request without a body is a question for what is there (GET)."""
        silence, connecting = patience(request)
        timeout = self.library().Timeout(silence, connect=connecting)
        address, headers = self._address(request.operation), {**self.headers(request), **request.headers}
        if request.method == "GET" or (not request.arguments and request.content is None):
            return client.build_request("GET", address, headers=headers, timeout=timeout)
        return client.build_request("POST", address, content=encoded(request), headers=headers, timeout=timeout)

    def _address(self, operation: str) -> str:
        """Where `operation` is: below `base_url`, unless it is an address of its own."""
        if operation.startswith(("http://", "https://")):
            return operation
        return f"{self.base_url.rstrip('/')}/{operation.lstrip('/')}"

    def headers(self, request: Request) -> dict[str, str]:  # noqa: ARG002  (some providers are told of the request in them)
        """What stands above each body. They are of the request and not of the client, which may be the user's."""
        headers = {"content-type": "application/json", "accept": "*/*", "user-agent": f"racto-nb/{__version__}"}
        return headers | {"authorization": f"Bearer {self.key}"} if self.key else headers

    def _settings(self) -> dict[str, Any]:
        proxied = not is_loopback(self.base_url)
        limits = self.library().Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS)
        return {"follow_redirects": self.redirects, "trust_env": proxied, "limits": limits}


def _closing(kind: Any) -> Any:
    """The class of clients `kind`, whose clients close their connections when they are only dropped."""

    def end(client: Any) -> None:
        with contextlib.suppress(Exception):  # what the interpreter has already taken away at its end cannot be closed
            client.close()

    return type(kind.__name__, (kind,), {"__del__": end})


def is_loopback(address: str) -> bool:
    """Whether `address` is a server on this machine.

    >>> is_loopback("http://localhost:11434"), is_loopback("http://[::1]:80/v1"), is_loopback("https://example.com")
    (True, True, False)
    """
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

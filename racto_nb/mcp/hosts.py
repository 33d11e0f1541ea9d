"""Which hosts are this machine, and who may ask a server over HTTP. Pure, and an ASGI wrapper without any library."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
ASGIApp = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
"""An ASGI application, as uvicorn and other servers run it."""


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Door:
    """Lets requests through to `app` that may come: with the `token`, where there is one, and by a host that is known.

    A page of another site can make a browser ask servers of this machine, also under a name that it lets point here. Such a
    request names a host that is no address of a machine and not among `hosts` (HTTP 421), or an origin of elsewhere (403).
    Without the token it is answered 401, and told nothing.
    """

    app: ASGIApp
    hosts: Collection[str]
    token: str = ""
    local: bool = True

    async def __call__(self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        """Pass on what may pass."""
        refusal = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        status, reason = refusal
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(reason)).encode())]
        if status == _UNKNOWN:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reason.encode()})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        given: dict[bytes, bytes] = dict(scope["headers"])
        host = given.get(b"host", b"").decode("latin-1")
        if not self._is_ours(host):
            return 421, "This host is not served here."
        origin = given.get(b"origin", b"").decode("latin-1")
        if origin and not self._is_ours(urlsplit(origin).netloc if "//" in origin else origin):
            return 403, "Requests of this origin are not served."
        if self.token and not self._is_known(given.get(b"authorization", b"").decode("latin-1")):
            return _UNKNOWN, "A bearer token is needed."
        return None

    def _is_ours(self, place: str) -> bool:
        name = _name(place)
        address = _address(name)
        if address is not None:
            return address.is_loopback or not self.local
        return name == "localhost" or name in self.hosts

    def _is_known(self, header: str) -> bool:
        kind, _, given = header.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode())


_UNKNOWN = 401


def _name(place: str) -> str:
    """The host of `host:port`, in lower case."""
    head, _, tail = place.rpartition(":")
    return (head if head and tail.isdigit() else place).strip("[]").lower()

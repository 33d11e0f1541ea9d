"""A server on a port of this machine: who may ask it, where it listens, and how it is stopped."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Self

from racto_nb.exceptions import RactoGatewayConnectionError, UsageError, WrongTypeError
from racto_nb.flow.portal import Portal
from racto_nb.mcp.configs import MCPClientConfig, Transport
from racto_nb.mcp.hosts import ASGIApp, Door, is_loopback
from racto_nb.mcp.sdk_server import serve_http

_PATHS = {"streamable-http": "/mcp", "sse": "/sse"}
_SHORTEST = 16


class ServedMCP:
    """A server that listens. `url` is where clients find it, `token` what they must bring ("" for nothing).

    Close it, or use it as a context manager. It is stopped with the process too.
    """

    def __init__(self, url: str, token: str, portal: Portal, stop: Callable[[], None], ended: threading.Event) -> None:
        self.url = url
        self.token = token
        self._portal = portal
        self._stop = stop
        self._ended = ended

    @property
    def is_running(self) -> bool:
        """Whether it still listens."""
        return not self._ended.is_set()

    @property
    def client_config(self) -> MCPClientConfig:
        """The config of a client on this machine."""
        transport: Transport = "sse" if self.url.endswith(_PATHS["sse"]) else "streamable-http"
        return MCPClientConfig.model_validate({"transport": transport, "url": self.url, "token": self.token or None})

    def wait(self) -> None:
        """Return when it has ended. An interrupt stops it."""
        try:
            while not self._ended.wait(0.5):  # a wait without an end hears no interrupt on Windows
                pass
        finally:
            self.close()

    def close(self) -> None:
        """Stop listening. Calls that run get a second to end."""
        self._stop()
        self._ended.wait(7)
        self._portal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            f"<ServedMCP: {self.url}, {'with' if self.token else 'without'} a token, {'running' if self.is_running else 'ended'}>"
        )


def token_for(host: str, token: str | None) -> str:
    """The token of a server on `host`, "" for none: beyond this machine there always is one, which is made here if need be."""
    if not isinstance(host, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"host is a text such as '127.0.0.1', not {host!r:.60}.")
    if token is None:
        return "" if is_loopback(host) else secrets.token_urlsafe(32)
    if not isinstance(token, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"token is a text, not of the type {type(token).__name__}.")
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"token is a text of at least {_SHORTEST} characters that HTTP can carry. Leave it out, and one is made."
        )
    return token


def door_of(app: ASGIApp, host: str, token: str, hosts: Collection[str]) -> Door:
    """`app` behind a door: for `host`, with `token`, and the names in `hosts` besides."""
    if isinstance(hosts, str | bytes) or not all(isinstance(name, str) for name in hosts):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"allowed_hosts is a list of names such as ['tools.example'], not {hosts!r:.60}.")
    names = {name.lower() for name in hosts}
    if not is_loopback(host):
        names |= {host.lower(), socket.gethostname().lower()}
    return Door(app, frozenset(names), token, local=is_loopback(host))


def served(app: Door, transport: Transport, host: str, port: int) -> ServedMCP:
    """Serve `app` in the background. RactoGatewayConnectionError where `host` and `port` cannot be bound."""
    sock = _bound(host, port)
    path, shown = _PATHS[transport], sock.getsockname()[1]
    everywhere = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (compared with, not bound to)
    reached = everywhere.get(host) or (f"[{host}]" if ":" in host else host)
    ready, ended = threading.Event(), threading.Event()
    portal = Portal(f"mcp-serve-{shown}", patience=8.0)
    stopping = asyncio.Event()

    async def serve() -> None:
        try:
            await serve_http(app, sock, ready.set, partial(_until, stopping))
        finally:
            sock.close()
            ended.set()
            ready.set()

    def stop() -> None:
        with suppress(UsageError):  # it was closed before
            portal.call(partial(_set, stopping))

    future = portal.start(serve)
    ready.wait()
    if ended.is_set():
        portal.close()
        future.result()
    return ServedMCP(f"http://{reached}:{shown}{path}", app.token, portal, stop, ended)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _set(event: asyncio.Event) -> None:
    event.set()


def _bound(host: str, port: int) -> socket.socket:
    if isinstance(port, bool) or not isinstance(port, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"port is a whole number, not {port!r:.60}. port=0 takes a free one.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    try:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host.strip("[]"), port))
    except (OSError, OverflowError, TypeError, ValueError) as error:  # the last two for what no host is called
        sock.close()
        message = f"An MCP server cannot listen on {host!r}, port {port}: {error}. port=0 takes a free one."
        raise RactoGatewayConnectionError(message) from error
    return sock

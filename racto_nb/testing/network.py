"""A fence against the network, for tests that must not reach further than this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast
from unittest import mock

from racto_nb.exceptions import NetworkForbiddenError


@contextmanager
def forbid_network(*, allow_loopback: bool = True) -> Generator[None]:
    """Make every connection and name lookup inside the block raise NetworkForbiddenError, in all threads of the process.

    Connections to this machine (127.0.0.0/8, ::1, localhost, unix sockets) stay possible unless `allow_loopback` is False.
    Libraries that open sockets in compiled code are not held back.

    >>> import urllib.request
    >>> with forbid_network():
    ...     urllib.request.urlopen("http://192.0.2.1/")
    Traceback (most recent call last):
    ...
    racto_nb.exceptions.NetworkForbiddenError: A connection to '192.0.2.1' was tried while the network is forbidden.
    """

    def guarded(original: Any) -> Any:
        def connect(self: socket.socket, address: object) -> Any:
            host = cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) else None
            _refuse(host, allow_loopback=allow_loopback)
            return original(self, address)

        return connect

    def guarded_lookup(original: Any) -> Any:
        def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
            _refuse(host, allow_loopback=allow_loopback)
            return original(host, *args, **kwargs)

        return look_up

    with ExitStack() as stack:
        for name in ("connect", "connect_ex"):
            stack.enter_context(mock.patch.object(socket.socket, name, guarded(getattr(socket.socket, name))))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            stack.enter_context(mock.patch.object(socket, name, guarded_lookup(getattr(socket, name))))
        yield


def _refuse(host: object, *, allow_loopback: bool) -> None:
    if allow_loopback and _is_local(host):
        return
    message = f"A connection to {host!r} was tried while the network is forbidden."
    raise NetworkForbiddenError(message)


def _is_local(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False

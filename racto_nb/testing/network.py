"""A fence against the network, for tests that must not reach further than this machine."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from unittest import mock

from racto_nb.exceptions import NetworkForbiddenError


@contextmanager
def forbid_network(*, allow_loopback: bool = True) -> Generator[None]:
    """Make every connection, datagram and name lookup inside the block raise NetworkForbiddenError, in all threads.

    This machine (127.0.0.0/8, ::1, localhost, unix sockets) can still be reached unless `allow_loopback` is False. Blocks may
    overlap: the network is free again when the last one has ended, and this machine is out of reach while any block with
    `allow_loopback=False` lasts. Libraries that open sockets in compiled code are not held back.

    >>> import urllib.request
    >>> with forbid_network():
    ...     urllib.request.urlopen("http://192.0.2.1/")
    Traceback (most recent call last):
    ...
    racto_nb.exceptions.NetworkForbiddenError: A connection to '192.0.2.1' was tried while the network is forbidden.
    """
    _FENCE.enter(strict=not allow_loopback)
    try:
        yield
    finally:
        _FENCE.leave(strict=not allow_loopback)


@dataclass(slots=True)
class _Fence:
    """How many blocks last at this moment, how many of them `strict`, and the patches that they share."""

    blocks: int = 0
    strict: int = 0
    patches: ExitStack = field(default_factory=ExitStack)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, *, strict: bool) -> None:
        with self.turn:
            if self.blocks == 0:
                self.patches = _patched(self.refuse)
            self.blocks, self.strict = self.blocks + 1, self.strict + strict

    def leave(self, *, strict: bool) -> None:
        with self.turn:
            self.blocks, self.strict = self.blocks - 1, self.strict - strict
            if self.blocks == 0:
                self.patches.close()

    def refuse(self, host: object) -> None:
        """Raise NetworkForbiddenError unless `host` may be reached. Who kept a guarded function beyond the blocks may use it."""
        if self.blocks == 0 or (self.strict == 0 and _is_local(host)):
            return
        message = f"A connection to {host!r} was tried while the network is forbidden."
        raise NetworkForbiddenError(message)


# State of the module, since what it counts is state of the process: the socket module has one set of functions for everybody,
# and blocks that overlap in several threads must not take each other's patches away.
_FENCE = _Fence()


def _patched(refuse: Callable[[object], None]) -> ExitStack:
    """The socket module with `refuse(host)` called before everything that reaches out; close the stack to undo it."""
    guards = {
        (socket.socket, _to_address): ("connect", "connect_ex"),
        (socket.socket, _to_last_address): ("sendto", "sendmsg"),
        (socket, _to_host): ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"),
        (socket, _to_named_address): ("getnameinfo",),
    }
    stack = ExitStack()
    for (owner, guard), names in guards.items():
        for name in names:
            stack.enter_context(mock.patch.object(owner, name, guard(getattr(owner, name), refuse)))
    return stack


def _to_address(original: Any, refuse: Callable[[object], None]) -> Any:
    def connect(self: socket.socket, address: object) -> Any:
        refuse(_host_of(address))
        return original(self, address)

    return connect


def _to_last_address(original: Any, refuse: Callable[[object], None]) -> Any:
    """For `sendto(data[, flags], address)` and `sendmsg(buffers[, ancillary[, flags[, address]]])`.

    Without an address, which stands last and is a tuple or a path, a connected socket is meant.
    """

    def sent(self: socket.socket, data: Any, *args: Any) -> Any:
        if args and isinstance(args[-1], tuple | str | bytes):
            refuse(_host_of(cast("object", args[-1])))
        return original(self, data, *args)

    return sent


def _to_host(original: Any, refuse: Callable[[object], None]) -> Any:
    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return original(host, *args, **kwargs)

    return look_up


def _to_named_address(original: Any, refuse: Callable[[object], None]) -> Any:
    def look_up(address: Any, flags: Any) -> Any:
        refuse(_host_of(address))
        return original(address, flags)

    return look_up


def _host_of(address: object) -> object:
    """The host in a socket's address; None for the path of a unix socket."""
    return cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) and address else None


def _is_local(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False

"""HTTP/1.1 over a plain socket: reading requests, and sending answers that may break off at any byte.

Written by hand, since a server of the library cannot be told to break its own protocol.
"""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, Literal, TypeAlias

from racto_nb.testing.answers import Answer, Pause, cut

_ENOUGH_AT_ONCE = 1 << 16
_LINGER_NOT = struct.pack("ii", 1, 0)


Outcome: TypeAlias = Literal["whole", "broken off", "left", "closed"]
"""How an answer ended: whole; broken off on purpose; its client left, or the server was closed, before its end."""


class _ClientLeftError(Exception):
    """The client hung up before the answer was whole."""


class _ServerClosedError(Exception):
    """The server was closed while an answer was on its way."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it arrived. `target` is its path and query, `connection` the number of the connection it came over."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


def read_request(stream: BinaryIO, connection: int) -> RawRequest | None:
    """The next request of a connection; None where the client has left, or speaks no HTTP."""
    try:
        return _read_request(stream, connection)
    except (OSError, ValueError):
        return None


def _read_request(stream: BinaryIO, connection: int) -> RawRequest | None:
    first = stream.readline()
    method, _, rest = first.decode("latin-1").rstrip("\r\n").partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/"):
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline()) not in {b"\r\n", b"\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return RawRequest(method, target, headers, _read_body(stream, headers), connection)


def _read_body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return stream.read(int(headers.get("content-length", "0")))
    parts: list[bytes] = []
    while size := int(stream.readline().partition(b";")[0], 16):
        parts.append(stream.read(size))
        stream.readline()
    while stream.readline() not in {b"\r\n", b"\n", b""}:
        pass  # trailers mean nothing here
    return b"".join(parts)


class Line:
    """One connection. `closing` becomes readable when the server is closed."""

    def __init__(self, connection: socket.socket, closing: socket.socket) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, answer: Answer) -> Outcome:
        """Send an answer. Only after a whole one can the connection take another request."""
        try:
            return self._send(answer)
        except _ClientLeftError:
            return "left"
        except _ServerClosedError:
            return "closed"

    def _send(self, answer: Answer) -> Outcome:
        self._wait(answer.delay)
        if not answer.before_headers:
            (self._send_chunks if answer.chunked else self._send_whole)(answer)
            if answer.ending in {None, "clean"}:
                return "whole"
        if answer.ending == "hang":
            self._wait(None)
        if answer.ending == "reset":
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        return "broken off"

    def _send_chunks(self, answer: Answer) -> None:
        waiting, size = [_head(answer, "transfer-encoding: chunked")], 0
        for part in cut(answer.parts, answer.cut_at_byte):
            if isinstance(part, Pause):
                self._write(waiting)
                self._wait(part.seconds)
                waiting, size = [], 0
            else:
                waiting.append(b"%x\r\n%b\r\n" % (len(part), part))
                size += len(part)
            if size > _ENOUGH_AT_ONCE:
                self._write(waiting)
                waiting, size = [], 0
        if answer.ending in {None, "clean"}:
            waiting.append(b"0\r\n\r\n")
        self._write(waiting)

    def _send_whole(self, answer: Answer) -> None:
        body = bytearray()
        for part in answer.parts:
            if isinstance(part, Pause):
                self._wait(part.seconds)
            else:
                body += part
        sent = body[: answer.cut_at_byte]
        announced = len(sent) if answer.ending == "clean" else len(body)
        self._write([_head(answer, f"content-length: {announced}"), sent])

    def _write(self, parts: Sequence[bytes | bytearray]) -> None:
        if data := b"".join(parts):
            try:
                self._connection.sendall(data)
            except OSError as error:
                raise _ClientLeftError from error

    def _wait(self, seconds: float | None) -> None:
        """Wait so long; None: for ever."""
        if seconds == 0:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._closing, selectors.EVENT_READ)
            selector.register(self._connection, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(seconds)}
            if self._closing in ready:
                raise _ServerClosedError
            if ready and not self._peeked():
                raise _ClientLeftError
            if ready:  # the next request is here already: only the server's end can be waited for
                selector.unregister(self._connection)
                if selector.select(seconds):
                    raise _ServerClosedError

    def _peeked(self) -> bytes:
        try:
            return self._connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""


def _head(answer: Answer, length: str) -> bytes:
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {phrase}", f"content-type: {answer.content_type}", length]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

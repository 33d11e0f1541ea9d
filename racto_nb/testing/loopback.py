"""A server on this machine: one thread accepts, one thread serves each connection, and closing it ends them all."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from racto_nb.testing.answers import Answer
from racto_nb.testing.sockets import Line, RawRequest, read_request

Handler: TypeAlias = Callable[[RawRequest], Answer]


class LoopbackServer:
    """Serves `handle` on a port of 127.0.0.1 from `start` until `close`.

    `connections` counts those that were opened, `answering` the answers on their way at this moment, `left` the answers whose
    client hung up before their end. `changed` is notified when one of them changes.
    """

    def __init__(self, handle: Handler, *, port: int = 0) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._closing, self._bell = socket.socketpair()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._closed = False
        self.port: int = self._listener.getsockname()[1]
        self.changed = threading.Condition()
        self.connections = self.answering = self.left = 0
        self._accepting = threading.Thread(target=self._accept, name=f"fake provider {self.port}", daemon=True)

    def start(self) -> None:
        """Begin to accept connections; those that came before have waited."""
        self._accepting.start()

    def close(self) -> None:
        """Hang up on everybody and wait until every thread has ended. A second call does nothing."""
        with self.changed:
            if self._closed:
                return
            self._closed = True
            serving = dict(self._open)
        self._bell.send(b"x")
        for connection in serving.values():
            with suppress(OSError):  # its client or its thread was quicker
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._accepting, *serving):
            thread.join()
        for end in (self._listener, self._closing, self._bell):
            end.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._closing, selectors.EVENT_READ)
            while all(key.fileobj is self._listener for key, _ in selector.select()):
                with suppress(OSError):  # a client that left before it was accepted
                    self._welcome(self._listener.accept()[0])

    def _welcome(self, connection: socket.socket) -> None:
        with self.changed:
            if self._closed:
                connection.close()
                return
            self.connections += 1
            name = f"fake provider {self.port}, connection {self.connections}"
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), name=name, daemon=True)
            self._open[thread] = connection
            self.changed.notify_all()
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line, again = Line(connection, self._closing), True
                while again and (raw := read_request(stream, number)) is not None:
                    again = self._answered(line, raw) and raw.headers.get("connection", "").lower() != "close"
        finally:
            with self.changed:
                del self._open[threading.current_thread()]
                self.changed.notify_all()

    def _answered(self, line: Line, raw: RawRequest) -> bool:
        with self._counted():
            outcome = line.send(self._handle(raw))
        with self.changed:
            self.left += outcome == "left" and not self._closed
            self.changed.notify_all()
        return outcome == "whole"

    @contextmanager
    def _counted(self) -> Generator[None]:
        with self.changed:
            self.answering += 1
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.answering -= 1
                self.changed.notify_all()

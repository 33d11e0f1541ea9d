"""A server on this machine that answers each request with the next recorded bytes, whatever was asked."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """A reply as bytes. A `dropped` one announces more than it sends, and the connection is closed under it.

    Of a `held` one the rest never comes, until the server ends.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    status: int = 200
    dropped: bool = False
    held: bool = False


@dataclass
class Replaying:
    """The address of the server, the paths that were asked for, and the keys that came with them."""

    base_url: str
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def replaying(replies: Iterable[Recorded]) -> Generator[Replaying]:
    """A server that gives `replies` in order; a request beyond them gets 500."""
    waiting, ending = iter(replies), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            told.asked.append(self.path)
            told.keys.append(self.headers.get("authorization", ""))
            reply = next(waiting, Recorded(b"{}", status=500))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body) + (reply.dropped or reply.held)))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.held:
                self.wfile.flush()
                ending.wait()
            self.close_connection = reply.dropped or reply.held

        def log_message(self, *_: Any) -> None:
            """Nothing: the test's output is not a server's log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told = Replaying(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        ending.set()
        server.shutdown()
        thread.join()
        server.server_close()

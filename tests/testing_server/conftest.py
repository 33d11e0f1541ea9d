"""A plain client for the fake provider, which sees what a library hides: bytes, chunks and how a connection ended."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from racto_nb.testing import FakeProvider

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
RESPONSES = {"model": "m", "input": "Hi"}


@dataclass
class Seen:
    """An answer as it came: how many HTTP chunks, and `error` where it broke off."""

    status: int
    headers: dict[str, str]
    body: bytes
    error: Exception | None = None
    chunks: list[bytes] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The data of server-sent events; [DONE] as it is."""
        lines = [line[6:] for line in self.body.decode().splitlines() if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


class Plain:
    """One connection to a fake provider."""

    def __init__(self, server: FakeProvider) -> None:
        where = urlsplit(server.url)
        self._client = http.client.HTTPConnection(where.hostname, where.port, timeout=30)

    def ask(self, path: str, body: Any = None, *, method: str = "", headers: dict[str, str] | None = None) -> Seen:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self._client.request(method or ("GET" if data is None else "POST"), path, data, headers or {})
        answer = self._client.getresponse()
        seen = Seen(answer.status, {name.lower(): value for name, value in answer.getheaders()}, b"")
        try:
            while chunk := answer.read1():
                seen.chunks.append(chunk)
            answer.read()
        except (http.client.HTTPException, OSError) as error:
            seen.error = error
        seen.body = b"".join(seen.chunks)
        if len(seen.body) < int(seen.headers.get("content-length", 0)):
            seen.error = seen.error or http.client.IncompleteRead(seen.body)
        return seen

    def chat(self, **options: Any) -> Seen:
        return self.ask("/v1/chat/completions", CHAT | options)

    def respond(self, **options: Any) -> Seen:
        return self.ask("/v1/responses", RESPONSES | options)

    def begin(self, path: str, body: Any) -> http.client.HTTPResponse:
        """The answer with its headers read and nothing else."""
        self._client.request("POST", path, json.dumps(body).encode())
        return self._client.getresponse()

    @property
    def socket(self) -> socket.socket:
        return self._client.sock

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def serve() -> Iterator[Any]:
    """`serve(replies, ...)` gives a server and a plain client; both are closed after the test."""
    opened: list[Any] = []

    def started(replies: Any = (), **options: Any) -> tuple[FakeProvider, Plain]:
        server = FakeProvider(replies, **options)
        opened.append(server)
        client = Plain(server)
        opened.append(client)
        return server, client

    yield started
    for one in reversed(opened):
        one.close()

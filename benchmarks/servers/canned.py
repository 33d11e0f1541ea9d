"""A server of canned replies for all providers, in a process of its own so that its work is not counted with the client's.

`python canned.py` prints its port and serves until its standard input ends. Below `/sN/` it streams N pieces of text in one
burst, each event in an HTTP chunk of its own, as a provider that sends what it has does; elsewhere a whole reply comes back. What
is asked for is told by the path, and its bytes are made once.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import replies

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
PIECES = re.compile(r"/s(\d+)/")
Event = dict[str, object]


@dataclass(frozen=True)
class Api:
    """How the streams of an API are made and written, and its whole reply."""

    events: Callable[[int], list[Event]]
    reply: Event
    written: Callable[[Event, bytes], bytes]
    kind: bytes = b"text/event-stream"
    end: bytes = b""


def as_data(_: Event, data: bytes) -> bytes:
    return b"data: %s\n\n" % data


def as_named(event: Event, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (str(event["type"]).encode(), data)


def as_gemini(_: Event, data: bytes) -> bytes:
    return b"data: %s\r\n\r\n" % data


def as_line(_: Event, data: bytes) -> bytes:
    return data + b"\n"


APIS = {
    "/responses": Api(replies.responses_events, replies.RESPONSES_REPLY, as_named),
    "/chat/completions": Api(replies.chat_events, replies.CHAT_REPLY, as_data, end=b"data: [DONE]\n\n"),
    "/messages": Api(replies.messages_events, replies.MESSAGES_REPLY, as_named),
    "enerateContent": Api(replies.gemini_events, replies.GEMINI_REPLY, as_gemini),
    "/api/chat": Api(replies.ollama_lines, replies.OLLAMA_REPLY, as_line, kind=b"application/x-ndjson"),
}
"""By what is in a path."""


def streamed(api: Api, count: int) -> bytes:
    """A whole HTTP response, one HTTP chunk an event."""
    parts = [b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\n\r\n" % api.kind]
    written = [api.written(event, json.dumps(event, separators=(",", ":")).encode()) for event in api.events(count)]
    parts += [b"%x\r\n%s\r\n" % (len(text), text) for text in [*written, api.end] if text]
    return b"".join([*parts, b"0\r\n\r\n"])


def whole(reply: Event) -> bytes:
    body = json.dumps(reply).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def answer_to(path: str) -> bytes:
    """The response to a request for `path`; 404 for one that no API has."""
    api = next((api for mark, api in APIS.items() if mark in path), None)
    if api is None:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    pieces = PIECES.search(path)
    return whole(api.reply) if pieces is None else streamed(api, int(pieces[1]))


class Canned(asyncio.Protocol):
    """Answers each request on a connection with the bytes prepared for its path."""

    prepared: dict[bytes, bytes] = {}  # noqa: RUF012  (shared on purpose)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            after = self.body_end(head, end + 4)
            if after is None:
                return
            self.buffer = self.buffer[after:]
            line = head.split(b"\r\n", 1)[0]
            if line not in self.prepared:
                self.prepared[line] = answer_to(line.split(b" ")[1].decode())
            self.transport.write(self.prepared[line])

    def body_end(self, head: bytes, start: int) -> int | None:
        """Where the body ends that begins at `start`, None where it has not all come."""
        if CHUNKED.search(head):
            end = self.buffer.find(b"0\r\n\r\n", start)
            return None if end < 0 else end + 5
        length = int(found[1]) if (found := LENGTH.search(head)) else 0
        return start + length if len(self.buffer) >= start + length else None


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

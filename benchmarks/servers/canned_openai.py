"""A server of canned replies of OpenAI and Anthropic, in a process of its own so that its work is not counted with the client's.

`python canned_openai.py` prints its port and serves until its standard input ends. `/sN/v1/…` streams N pieces of text in one
burst; without /sN a whole reply comes back. Responses, Chat Completions, Messages.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PIECES = re.compile(rb"/s(\d+)/")
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "it", "goes", "back", "home"]
CHUNK = {
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1795219200, "model": "gpt-6-luna",
    "service_tier": "default", "system_fingerprint": "fp_1",
}  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1795219200, "status": "completed", "background": False, "error": None,
    "incomplete_details": None, "instructions": None, "max_output_tokens": 4096, "model": "gpt-6-luna",
    "parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": "medium", "summary": None}, "store": False,
    "temperature": 1.0, "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
    "top_p": 1.0, "truncation": "disabled", "user": None, "metadata": {},
    "usage": {
        "input_tokens": 19, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 29,
    },
}  # fmt: skip
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": [], "stop_reason": None,
    "stop_sequence": None,
    "usage": {
        "input_tokens": 19, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1,
        "service_tier": "standard",
    },
}  # fmt: skip
TEXT = json.dumps({"answer": "hello there", "score": 5})
CHAT_REPLY = {
    **CHUNK, "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []}, "logprobs": None,
         "finish_reason": "stop"}
    ],
    "usage": {
        "prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29, "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}  # fmt: skip


def message(text: str) -> dict[str, object]:
    content = [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}]
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": content}


def chat_events(count: int) -> list[dict[str, object]]:
    def chunk(delta: dict[str, object], reason: str | None = None) -> dict[str, object]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**CHUNK, "choices": [choice], "usage": None}

    pieces = [chunk({"content": f" {WORDS[place % len(WORDS)]}"}) for place in range(count)]
    usage = {"prompt_tokens": 19, "completion_tokens": count, "total_tokens": count + 19}
    first = chunk({"role": "assistant", "content": "", "refusal": None})
    return [first, *pieces, chunk({}, "stop"), {**CHUNK, "choices": [], "usage": usage}]


def responses_events(count: int) -> list[dict[str, object]]:
    texts = [f" {WORDS[place % len(WORDS)]}" for place in range(count)]
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    begun = {**RESPONSE, "status": "in_progress", "output": [], "usage": None}
    events: list[dict[str, object]] = [{"type": "response.created", "response": begun}]
    events.append({"type": "response.output_item.added", "output_index": 0, "item": {**message(""), "content": []}})
    events += [{"type": "response.output_text.delta", **place, "delta": text, "logprobs": []} for text in texts]
    events.append({"type": "response.output_text.done", **place, "text": "".join(texts), "logprobs": []})
    events.append({"type": "response.completed", "response": {**RESPONSE, "output": [message("".join(texts))]}})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def messages_events(count: int) -> list[dict[str, object]]:
    texts = [f" {WORDS[place % len(WORDS)]}" for place in range(count)]
    events: list[dict[str, object]] = [{"type": "message_start", "message": MESSAGE}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in texts]
    events.append({"type": "content_block_stop", "index": 0})
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": count}})
    return [*events, {"type": "message_stop"}]


def streamed(events: list[dict[str, object]], *, named: bool) -> bytes:
    """A whole HTTP response, one HTTP chunk an event."""
    parts = [b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"]
    for event in events:
        data = json.dumps(event, separators=(",", ":")).encode()
        text = b"event: %s\ndata: %s\n\n" % (str(event["type"]).encode(), data) if named else b"data: %s\n\n" % data
        parts.append(b"%x\r\n%s\r\n" % (len(text), text))
    if not named:
        parts.append(b"e\r\ndata: [DONE]\n\n\r\n")
    return b"".join([*parts, b"0\r\n\r\n"])


def whole(reply: dict[str, object]) -> bytes:
    body = json.dumps(reply).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


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
            length = int(found[1]) if (found := LENGTH.search(head)) else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(self.answer(head.split(b"\r\n", 1)[0]))

    def answer(self, line: bytes) -> bytes:
        if line not in self.prepared:
            responses = b"/responses" in line
            if b"/messages" in line and (found := PIECES.search(line)):
                self.prepared[line] = streamed(messages_events(int(found[1])), named=True)
            elif found := PIECES.search(line):
                count = int(found[1])
                events = responses_events(count) if responses else chat_events(count)
                self.prepared[line] = streamed(events, named=responses)
            elif b"/messages" in line:
                content = [{"type": "text", "text": TEXT}]
                self.prepared[line] = whole({**MESSAGE, "content": content, "stop_reason": "end_turn"})
            else:
                self.prepared[line] = whole({**RESPONSE, "output": [message(TEXT)]} if responses else CHAT_REPLY)
        return self.prepared[line]


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

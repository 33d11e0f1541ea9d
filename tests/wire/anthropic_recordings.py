"""Recordings of Anthropic's servers, and what Anthropic's own SDK makes of them. They are read where they lie and never copied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import httpx2
from wire.cassettes import Interaction, interaction_of, recorded_in
from wire.replaying import Recorded

MESSAGES = "/v1/messages"


def recorded_interactions(folder: Path) -> list[Interaction]:
    """The interactions of all cassettes with Anthropic, in the order of their files."""
    found: list[Interaction] = []
    for path in sorted(folder.glob("anthropic__*.yaml")):
        found += [interaction_of(path.stem, place, one, kinds=()) for place, one in enumerate(recorded_in(path))]
    return found


def recorded(path: Path) -> Recorded:
    """The bytes of a fixture; `#DROP` in it is where the connection breaks."""
    body, drop, _ = path.read_bytes().partition(b"#DROP")
    kind = "application/json" if path.suffix == ".json" else "text/event-stream"
    return Recorded(body, {"content-type": kind}, dropped=bool(drop))


@dataclass(frozen=True)
class Reading:
    """The parts of an answer that are compared. `ended` is the provider's own word."""

    text: str
    thinking: str
    calls: list[tuple[str, str, Any]]
    ended: str | None
    prompt: int
    completion: int
    cached: int | None
    reasoning: int | None
    model: str
    cache_write: int | None = None


def read_by_the_sdk(reply: Recorded) -> Reading:
    """What the SDK's typed objects hold of a reply, whole or streamed."""
    message = _message(reply)
    usage, blocks = message.usage, message.content
    read, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    return Reading(
        "".join(block.text for block in blocks if block.type == "text"),
        "\n\n".join(block.thinking for block in blocks if block.type == "thinking"),
        [(block.id, block.name, block.input) for block in blocks if block.type == "tool_use"],
        message.stop_reason,
        usage.input_tokens + (read or 0) + (written or 0),
        usage.output_tokens,
        read,
        usage.output_tokens_details.thinking_tokens if usage.output_tokens_details else None,
        message.model,
        written,
    )


def _message(reply: Recorded) -> Any:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(reply.status, headers=dict(reply.headers), content=reply.body)

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    asked: Any = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with anthropic.Anthropic(api_key="test", http_client=transport, max_retries=0) as client:
        if "event-stream" not in reply.headers.get("content-type", ""):
            return client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            return stream.get_final_message()

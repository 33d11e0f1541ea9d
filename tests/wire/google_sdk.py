"""What Google's own SDK makes of a recorded reply, and what it would send: its typed objects, without any of our code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from google import genai
from google.genai import types
from wire.cassettes import Interaction


@dataclass(frozen=True)
class Reading:
    """The parts of an answer that are compared. `ended` is the provider's own word."""

    text: str
    thinking: str
    calls: list[tuple[str, str, dict[str, Any]]]
    ended: str | None
    usage: Mapping[str, int | None]
    model: str | None


def read_by_the_sdk(one: Interaction) -> Reading:
    """The answer in a successful interaction."""
    client = _client(lambda _: httpx2.Response(one.reply.status, headers=dict(one.reply.headers), content=one.reply.body))
    if one.streamed:
        events = list(client.models.generate_content_stream(model="m", contents="Hi"))
    else:
        events = [client.models.generate_content(model="m", contents="Hi")]
    parts = [part for event in events for part in _parts(event)]
    said = [part for part in parts if part.text and not part.thought]
    calls = [part.function_call for part in parts if part.function_call]
    last = events[-1]
    counts = last.usage_metadata
    assert last.candidates
    assert counts
    return Reading(
        "".join(part.text or "" for part in said),
        "".join(part.text or "" for part in parts if part.thought),
        [(call.id or "", call.name or "", dict(call.args or {})) for call in calls],
        last.candidates[0].finish_reason and last.candidates[0].finish_reason.value,
        {
            "prompt": counts.prompt_token_count,
            "candidates": counts.candidates_token_count,
            "thoughts": counts.thoughts_token_count,
            "cached": counts.cached_content_token_count,
            "total": counts.total_token_count,
        },
        last.model_version,
    )


def vectors_read_by_the_sdk(one: Interaction) -> list[list[float]]:
    """The vectors in a successful interaction."""
    client = _client(lambda _: httpx2.Response(one.reply.status, headers=dict(one.reply.headers), content=one.reply.body))
    content: Any = types.Content(parts=[types.Part(text="a")])
    return [list(row.values or []) for row in client.models.embed_content(model="m", contents=content).embeddings or []]


def sent_by_the_sdk(contents: Any, config: types.GenerateContentConfig | None, *, model: str = "m") -> dict[str, Any]:
    """The body that the SDK sends, every name in the case that the API documents."""
    return _sent(lambda client: client.models.generate_content(model=model, contents=contents, config=config))


def embedding_sent_by_the_sdk(contents: Any, config: types.EmbedContentConfig | None, *, model: str) -> dict[str, Any]:
    """The body that the SDK sends for embeddings."""
    return _sent(lambda client: client.models.embed_content(model=model, contents=contents, config=config))


def _sent(call: Any) -> dict[str, Any]:
    bodies: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.content)
        return httpx2.Response(200, json={"candidates": [{"finishReason": "STOP"}], "embeddings": [{"values": [1.0]}]})

    call(_client(answer))
    return _camel(json.loads(bodies[0]))


def _camel(value: Any) -> Any:
    """The names of fields in camelCase; what a schema or arguments hold is the user's own and stays."""
    match value:
        case dict():
            renamed = {re.sub(r"_([a-z])", lambda found: found[1].upper(), key): inner for key, inner in value.items()}
            own = {"responseJsonSchema", "parametersJsonSchema", "args"}
            return {key: inner if key in own else _camel(inner) for key, inner in renamed.items()}
        case list():
            return [_camel(inner) for inner in value]
        case _:
            return value


def _parts(event: types.GenerateContentResponse) -> list[types.Part]:
    content = event.candidates[0].content if event.candidates else None
    return (content.parts if content else None) or []


def _client(answer: Any) -> genai.Client:
    transport = httpx2.MockTransport(answer)
    options = types.HttpOptions(base_url="http://recorded", client_args={"transport": transport})
    return genai.Client(api_key="test", http_options=options)

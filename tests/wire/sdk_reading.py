"""What OpenAI's own SDK makes of a recorded reply: its typed objects, read without any of our code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from wire.cassettes import Interaction


@dataclass(frozen=True)
class Reading:
    """The parts of an answer that are compared. `ended` is the provider's own word."""

    text: str
    calls: list[tuple[str, str, dict[str, Any]]]
    ended: str | None
    usage: tuple[int, int, int] | None
    cached: int | None
    reasoning: int | None
    model: str
    cache_write: int | None = None


def read_by_the_sdk(one: Interaction) -> Reading:
    """The answer in a successful interaction."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(one.reply.status, headers=dict(one.reply.headers), content=one.reply.body)

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    with openai.OpenAI(api_key="test", base_url="http://recorded/v1", http_client=transport, max_retries=0) as client:
        if one.kind == "/responses":
            return _of_response(client, streamed=one.streamed)
        return _of_completion(client, streamed=one.streamed)


def _of_response(client: openai.OpenAI, *, streamed: bool) -> Reading:
    said: list[str] = []
    if streamed:
        response: Any = None
        for event in client.responses.create(model="m", input="Hi", stream=True):
            if event.type == "response.output_text.delta":
                said.append(event.delta)
            response = getattr(event, "response", response)
    else:
        response = client.responses.create(model="m", input="Hi")
        said.append(response.output_text)
    calls = [(item.call_id, item.name, json.loads(item.arguments)) for item in response.output if item.type == "function_call"]
    usage = response.usage
    return Reading(
        "".join(said),
        calls,
        "tool_calls" if calls else response.status,
        (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        usage.input_tokens_details.cached_tokens,
        usage.output_tokens_details.reasoning_tokens,
        response.model,
        getattr(usage.input_tokens_details, "cache_write_tokens", None),
    )


def _of_completion(client: openai.OpenAI, *, streamed: bool) -> Reading:
    messages: Any = [{"role": "user", "content": "Hi"}]
    if streamed:
        with client.chat.completions.stream(model="m", messages=messages) as stream:
            answer: Any = stream.get_final_completion()
    else:
        answer = client.chat.completions.create(model="m", messages=messages)
    (choice,) = answer.choices
    calls = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls or []]
    usage = answer.usage
    return Reading(
        choice.message.content or "",
        calls,
        choice.finish_reason,
        (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) if usage else None,
        getattr(usage and usage.prompt_tokens_details, "cached_tokens", None),
        getattr(usage and usage.completion_tokens_details, "reasoning_tokens", None),
        answer.model,
        getattr(usage and usage.prompt_tokens_details, "cache_write_tokens", None),
    )

"""Calls in the words of OpenTelemetry's conventions for generative AI, else in words that begin with `racto_nb.`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.messages import Message, MessageRole, ToolCallResult
from racto_nb.models.response import LLMResponse
from racto_nb.models.usage import Spent
from racto_nb.providers.conversation import turns, wants_json
from racto_nb.providers.directory import PROVIDERS
from racto_nb.telemetry.spans import Attributes, Value

CHAT, EMBEDDINGS, TOOL = "chat", "embeddings", "execute_tool"
"""Names of operations. A span is named by its operation and what it is done with: `chat gpt-6-luna`."""
Texts = Callable[[str], str]
"""Takes the key of a kit out of a text."""
_NUMBERS = {"top_p": "top_p", "top_k": "top_k", "frequency_penalty": "frequency_penalty", "presence_penalty": "presence_penalty"}
_COUNTS = {
    "prompt_tokens": "gen_ai.usage.input_tokens",
    "completion_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Who is asked: a provider, at an address (host and path; "" in this process)."""

    provider: str
    address: str = ""

    def asked(self, operation: str, model: str) -> dict[str, Value]:
        """What every span of a request has."""
        entry = PROVIDERS.get(self.provider)
        name = self.provider if entry is None else entry.conventional_name or entry.name
        return {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": name,
            "gen_ai.request.model": model,
            **self._place(),
        }

    def _place(self) -> dict[str, Value]:
        host = self.address.rpartition("://")[2].partition("/")[0].rpartition("@")[2]
        if not host:
            return {}
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdigit():
            return {"server.address": host}
        return {"server.address": name, "server.port": int(port)}


def asked_chat(server: Server, model: str, config: ChatConfig, *, streamed: bool) -> Attributes:
    """What a resolved question wishes."""
    known = server.asked(CHAT, model) | {
        "gen_ai.request.max_tokens": config.max_tokens,
        "gen_ai.request.temperature": config.temperature,
        "gen_ai.output.type": "json" if wants_json(config) else "text",
    }
    if streamed:
        known["gen_ai.request.stream"] = True
    return known | _extras(config.extra)


def _extras(extra: Mapping[str, Any]) -> dict[str, Value]:
    """Those parameters that the conventions have a word for."""
    known: dict[str, Value] = {
        f"gen_ai.request.{word}": value
        for key, word in _NUMBERS.items()
        if isinstance(value := extra.get(key), int | float) and not isinstance(value, bool)
    }
    if isinstance(seed := extra.get("seed"), int) and not isinstance(seed, bool):
        known["gen_ai.request.seed"] = seed
    stop = extra.get("stop")
    if isinstance(stop, str):
        known["gen_ai.request.stop_sequences"] = (stop,)
    elif isinstance(stop, list | tuple):
        known["gen_ai.request.stop_sequences"] = tuple(map(str, stop))  # pyright: ignore[reportUnknownArgumentType]
    return known


def answered_chat(response: LLMResponse, origin: str) -> Attributes:
    """What is known of an answer but its text. `origin` is where it came from."""
    known: dict[str, Value] = {"gen_ai.response.finish_reasons": (str(response.finish_reason),), "racto_nb.origin": origin}
    if response.model:
        known["gen_ai.response.model"] = response.model
    if response.route is not None:
        known["racto_nb.route"] = response.route.model
    return known


def asked_embedding(server: Server, model: str, config: EmbeddingConfig) -> Attributes:
    """What is wished of an embedding."""
    known = server.asked(EMBEDDINGS, model) | {"racto_nb.texts": len(config.texts)}
    return known if config.dimensions is None else known | {"gen_ai.embeddings.dimension.count": config.dimensions}


def answered_embedding(response: EmbeddingResponse, origin: str) -> Attributes:
    """What is known of vectors."""
    length = len(response.vectors[0].embedding) if response.vectors else 0
    known: dict[str, Value] = {"gen_ai.response.model": response.model, "racto_nb.origin": origin}
    return known | {"gen_ai.embeddings.dimension.count": length}


def used(spents: Sequence[Spent], requests: int, cost: Decimal | None) -> Attributes:
    """What the requests of a call used together; `requests` went out. A `cost` that is None is not known."""
    known: dict[str, Value] = {"racto_nb.requests": requests}
    for count, name in _COUNTS.items():
        told = [spent.usage[count] for spent in spents if count in spent.usage]
        if told:
            known[name] = sum(told)
    return known if cost is None else known | {"racto_nb.cost_usd": float(cost)}


def asked_tool(call: ToolCallResult) -> Attributes:
    """A call of a tool but its arguments."""
    known: dict[str, Value] = {"gen_ai.operation.name": TOOL, "gen_ai.tool.name": call.name, "gen_ai.tool.type": "function"}
    return known | {"gen_ai.tool.call.id": call.id} if call.id else known


def tool_arguments(call: ToolCallResult, redacted: Texts) -> Attributes:
    """What a tool was given."""
    return {"gen_ai.tool.call.arguments": redacted(_json(call.arguments))}


def tool_result(content: str, redacted: Texts) -> Attributes:
    """What the model was told of a call."""
    return {"gen_ai.tool.call.result": redacted(content)}


def question_texts(config: ChatConfig, redacted: Texts) -> Attributes:
    """What a resolved question says. Of files only the kind is told, except of those whose text is part of the question."""
    told = turns(config)
    system = [_text(turn.content) for turn in told if turn.role is MessageRole.SYSTEM]
    said = [_message(turn) for turn in told if turn.role is not MessageRole.SYSTEM]
    known: dict[str, Value] = {"gen_ai.input.messages": redacted(_json(said))}
    return known | {"gen_ai.system_instructions": redacted(_json(system))} if system else known


def answer_texts(response: LLMResponse, redacted: Texts) -> Attributes:
    """What an answer says; of one that followed calls of tools, the last turn: the calls have spans of their own."""
    parts = [_text(response.content)] if response.content else []
    parts += map(_call, response.tool_calls)
    said = {"role": "assistant", "parts": parts, "finish_reason": str(response.finish_reason)}
    return {"gen_ai.output.messages": redacted(_json([said]))}


def _message(turn: Message) -> dict[str, Any]:
    if turn.role is MessageRole.TOOL:
        answered = {"type": "tool_call_response", "id": turn.tool_call_id, "response": turn.content}
        return {"role": turn.role.value, "parts": [answered]}
    files = ({"type": "file", "mime_type": file.mime_type} for file in turn.attachments)
    return {"role": turn.role.value, "parts": list(_parts(turn, files))}


def _parts(turn: Message, files: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    if turn.content:
        yield _text(turn.content)
    yield from files
    yield from map(_call, turn.tool_calls)


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "content": text}


def _call(call: ToolCallResult) -> dict[str, Any]:
    return {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}


def _json(value: object) -> str:
    return to_json(value, fallback=str).decode()

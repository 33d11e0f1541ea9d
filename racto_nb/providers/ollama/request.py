"""The bodies of Ollama's requests. Pure.

They are written here and not by its library, whose tools leave out parts of JSON schemas (anyOf, $ref, default, minimum).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.models.usage import estimated_tokens
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.conversation import identified, own_of, turns, wants_json
from racto_nb.providers.ollama.facts import EFFORTS, FIELDS, LEVELLED_MODELS, LEVELS, NAME, OPTIONS, OPTIONS_EXTRA
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec, *, num_ctx: int | None, refuse_cut: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. With `refuse_cut` the server shall refuse a prompt that is too long, where it knows how."""
    body: dict[str, Any] = {
        "model": spec.name,
        "messages": _messages(config),
        "stream": stream,
        "options": _options(config, spec, num_ctx),
    }
    if (form := _format(config)) is not None:
        body["format"] = form
    if config.tools is not None and len(config.tools):
        body["tools"] = [{"type": "function", "function": _function(tool)} for tool in config.tools.schemas]
    if (think := _think(config, spec)) is not None:
        body["think"] = think
    if refuse_cut:
        body["truncate"] = False
    return body | {key: value for key, value in config.extra.items() if key in FIELDS}


def embed_body(config: EmbeddingConfig, spec: ModelSpec, *, refuse_cut: bool) -> dict[str, Any]:
    """The request that embeds the texts of `config`."""
    body: dict[str, Any] = {"model": spec.name, "input": list(config.texts)}
    if config.dimensions is not None:
        body["dimensions"] = config.dimensions
    if refuse_cut:
        body["truncate"] = False
    return body | config.extra


def estimated_prompt(body: Any) -> int:
    """About how many tokens the model has to read for a request: its messages and tools, without images."""
    said = sum(estimated_tokens(message["content"]) for message in body["messages"])
    return said + sum(estimated_tokens(str(tool)) for tool in body.get("tools", ()))


def _messages(config: ChatConfig) -> list[dict[str, Any]]:
    listed = identified(turns(config))
    names = {call.id: call.name for turn in listed for call in turn.tool_calls}
    return [_message(turn, names) for turn in listed]


def _message(turn: Message, names: Mapping[str, str]) -> dict[str, Any]:
    """A turn. The result of a tool goes by the name of the tool: older servers know no ids of calls."""
    images = [file.base64_data for file in turn.attachments if file.is_image]
    message: dict[str, Any] = {"role": turn.role.value, **({"images": images} if images else {}), "content": turn.content}
    if turn.role is MessageRole.TOOL:
        return message | {"tool_name": turn.name or names.get(turn.tool_call_id, "")}
    if turn.tool_calls:
        message |= own_of(turn, NAME) or {}
        message["tool_calls"] = [{"function": {"name": call.name, "arguments": call.arguments}} for call in turn.tool_calls]
    return message


def _function(tool: Any) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.to_json_schema())}


def _options(config: ChatConfig, spec: ModelSpec, num_ctx: int | None) -> dict[str, Any]:
    """What the model is set to. Thinking counts as written, so a model that thinks gets its budget on top."""
    room = config.max_tokens + (config.thinking_budget if config.native_thinking else 0)
    options: dict[str, Any] = {"temperature": config.temperature, "num_predict": room}
    if num_ctx is not None:
        options["num_ctx"] = num_ctx
    options |= {key: value for key, value in config.extra.items() if key in OPTIONS}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    more: object = config.extra.get(OPTIONS_EXTRA, {})
    if not isinstance(more, dict):
        raise _refusal(spec, f"extra['options'] of type {type(more).__name__}", "it is a dict of parameters of the model")
    return options | cast("dict[str, Any]", more)


def _format(config: ChatConfig) -> Any:
    """The schema as it is, "json", or None for free text. With tools none: a form for the answer would forbid calling them."""
    if config.tools is not None and len(config.tools):
        return None
    if config.response_model is not None:
        return schema_of(config.response_model)
    return "json" if wants_json(config) else None


def _think(config: ChatConfig, spec: ModelSpec) -> bool | str | None:
    """Whether, or how much, the model shall think; None leaves it to the server."""
    if "think" in config.extra:
        asked: object = config.extra["think"]
        if isinstance(asked, bool) or asked in LEVELS:
            return cast("bool | str", asked)
        raise _refusal(spec, f"extra['think']={asked!r}", f"it is True, False or one of {', '.join(LEVELS)}")
    if not config.native_thinking:
        return None
    if spec.name.rpartition("/")[2].startswith(LEVELLED_MODELS):
        return next((effort for most, effort in EFFORTS if config.thinking_budget <= most), "high")
    return True


def _refusal(spec: ModelSpec, wish: str, reason: str) -> UnsupportedError:
    return UnsupportedError(
        f"{spec.provider}:{spec.name} cannot do {wish}: {reason}. Nothing was sent.", provider=spec.provider, wish=wish
    )

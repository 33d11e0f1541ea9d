"""The bodies of Ollama's requests. Pure.

They are written here and not by its library, whose tools leave out parts of JSON schemas (anyOf, $ref, default, minimum).
"""

from __future__ import annotations

import re
from typing import Any, cast

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.models.usage import estimated_tokens
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.budgeting import level_of
from racto_nb.providers.conversation import has_tools, own_of, turns, wants_json
from racto_nb.providers.declaring import declaration
from racto_nb.providers.ollama.facts import FIELDS, LEVELLED_MODELS, LEVELS, OPTIONS, OPTIONS_EXTRA, USUAL_WINDOW
from racto_nb.providers.refusing import refusal
from racto_nb.providers.wire import ModelSpec

_RUNS = re.compile(r"([^\w])\1{2,}")
"""One sign that is no letter, three times or more."""
_ANSWER = 512
"""So many tokens are left for the answer at least."""


def chat_body(config: ChatConfig, spec: ModelSpec, *, num_ctx: int | None, refuse_cut: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. With `refuse_cut` the server shall refuse a prompt that is too long, where it knows how."""
    body: dict[str, Any] = {"model": spec.name, "messages": _messages(config, spec), "stream": stream}
    if config.tools is not None and has_tools(config):
        body["tools"] = [{"type": "function", "function": declaration(tool)} for tool in config.tools.schemas]
    body["options"] = _options(config, spec, num_ctx if num_ctx is not None else window_for(body, spec))
    if (form := _format(config)) is not None:
        body["format"] = form
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
    """About how many tokens the model has to read for a request: its messages and tools, without images.

    Rather too few: white space and lines of dashes, of which one token may hold many, count as little.
    """
    said = sum(estimated_tokens(_RUNS.sub(r"\1\1", message["content"])) for message in body["messages"])
    return said + sum(estimated_tokens(str(tool)) for tool in body.get("tools", ()))


def window_for(body: Any, spec: ModelSpec) -> int | None:
    """The context to ask for where the user named none: room for a long prompt, None where the server's own is enough.

    A power of two, since a server loads the model anew for each other size.
    """
    needed = estimated_prompt(body) * 5 // 4 + _ANSWER
    if needed <= USUAL_WINDOW:
        return None
    most = spec.abilities.window
    wanted = 1 << (needed - 1).bit_length()
    return wanted if most is None else min(wanted, most)


def _messages(config: ChatConfig, spec: ModelSpec) -> list[dict[str, Any]]:
    return [_message(turn, spec) for turn in turns(config)]


def _message(turn: Message, spec: ModelSpec) -> dict[str, Any]:
    """A turn. The result of a tool goes by the name of the tool: older servers know no ids of calls."""
    images = [file.base64_data for file in turn.attachments if file.is_image]
    message: dict[str, Any] = {"role": turn.role.value, **({"images": images} if images else {}), "content": turn.content}
    if turn.role is MessageRole.TOOL:
        return message | {"tool_name": turn.name}
    if turn.tool_calls:
        message |= own_of(turn, spec) or {}
        message["tool_calls"] = [{"function": {"name": call.name, "arguments": call.arguments}} for call in turn.tool_calls]
    return message


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
        raise refusal(spec, f"extra['options'] of type {type(more).__name__}", "it is a dict of parameters of the model")
    options |= cast("dict[str, Any]", more)
    asked: object = options.get("num_ctx")
    if asked is not None and (isinstance(asked, bool) or not isinstance(asked, int) or asked < 1):
        raise refusal(spec, f"num_ctx={asked!r}", "it is a whole number of tokens")
    return options


def _format(config: ChatConfig) -> Any:
    """The schema as it is, "json", or None for free text. With tools none: a form for the answer would forbid calling them."""
    if has_tools(config):
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
        raise refusal(spec, f"extra['think']={asked!r}", f"it is True, False or one of {', '.join(LEVELS)}")
    if not config.native_thinking:
        return None
    if spec.name.rpartition("/")[2].startswith(LEVELLED_MODELS):
        return level_of(config.thinking_budget, LEVELS)
    return True

"""The body of a Responses request. Pure."""

from __future__ import annotations

from typing import Any, cast

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.chat_completions.request import (
    arguments_text,
    data_uri,
    file_name,
    function_of,
    json_mode,
    response_format,
)
from racto_nb.providers.conversation import has_tools, own_of, turns
from racto_nb.providers.openai.choosing import effort_of, raw_body, room_for, temperature_of
from racto_nb.providers.openai.facts import BODY_EXTRA
from racto_nb.providers.refusing import dict_extra
from racto_nb.providers.wire import ModelSpec

_PLACED = frozenset({BODY_EXTRA, "include", "reasoning", "reasoning_effort", "response_format", "tool_choice", "verbosity"})
"""Extras that stand elsewhere, or in another form, than under their own name."""


def responses_body(config: ChatConfig, spec: ModelSpec, *, compatible: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. Nothing is stored at the provider unless `extra["store"]` asks for it."""
    instructions, items = _input(config, spec, in_items=json_mode(config, spec))
    body: dict[str, Any] = {"model": spec.name, "input": items, "max_output_tokens": room_for(config, spec), "store": False}
    if instructions:
        body["instructions"] = instructions
    if (temperature := temperature_of(config, spec, compatible=compatible)) is not None:
        body["temperature"] = temperature
    wishes = {
        "reasoning": _reasoning(config, spec),
        "text": _text(config, spec, compatible=compatible),
        "include": _include(config, spec, compatible=compatible),
    }
    body |= {key: value for key, value in wishes.items() if value}
    if config.tools is not None and has_tools(config):
        body["tools"] = [{"type": "function", **function_of(tool)} for tool in config.tools.schemas]
    if "tool_choice" in config.extra:
        body["tool_choice"] = _choice(config.extra["tool_choice"])
    body |= {key: value for key, value in config.extra.items() if key not in _PLACED}
    if stream:
        body["stream"] = True
    return body | raw_body(config, spec)


def _input(config: ChatConfig, spec: ModelSpec, *, in_items: bool) -> tuple[str, list[dict[str, Any]]]:
    """The instructions and the items of the conversation.

    `in_items`: the system text is one of the items, for JSON mode, which looks for the word JSON among them only.
    """
    listed = turns(config)
    first, *rest = listed
    apart = first.role is MessageRole.SYSTEM and not in_items
    items = [item for turn in (rest if apart else listed) for item in _items(turn, spec)]
    return first.content if apart else "", items


def _items(turn: Message, spec: ModelSpec) -> list[dict[str, Any]]:
    """The items of one turn: an answer that calls tools is several."""
    if turn.role is MessageRole.TOOL:
        return [{"type": "function_call_output", "call_id": turn.tool_call_id, "output": turn.content}]
    if not turn.tool_calls:
        files = [_part(file) for file in turn.attachments]
        content: Any = [*files, {"type": "input_text", "text": turn.content}] if files else turn.content
        return [{"role": "developer" if turn.role is MessageRole.SYSTEM else turn.role.value, "content": content}]
    if isinstance(own := own_of(turn, spec), list):
        return list(cast("list[dict[str, Any]]", own))
    said = [{"role": "assistant", "content": turn.content}] if turn.content else []
    return [
        *said,
        *(
            {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments_text(call)}
            for call in turn.tool_calls
        ),
    ]


def _part(file: RactoFile) -> dict[str, Any]:
    if file.is_image:
        return {"type": "input_image", "image_url": data_uri(file), "detail": "auto"}
    return {"type": "input_file", "filename": file_name(file), "file_data": data_uri(file)}


def _reasoning(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """Effort, and a summary where thinking is to be shown. `extra["reasoning"]` has the last word."""
    reasoning: dict[str, Any] = {}
    if (effort := effort_of(config)) is not None:
        reasoning["effort"] = effort
    if config.native_thinking:
        reasoning["summary"] = "auto"
    return reasoning | dict_extra(config, spec, "reasoning")


def _include(config: ChatConfig, spec: ModelSpec, *, compatible: bool) -> Any:
    """What else the answer shall tell. OpenAI stores nothing, so that reasoning must be had to go back with results of tools."""
    asked: object = config.extra.get("include", [])
    if isinstance(asked, list) and has_tools(config) and spec.abilities.thinking and not compatible:
        return list(dict.fromkeys([*cast("list[object]", asked), "reasoning.encrypted_content"]))
    return cast("Any", asked)


def _text(config: ChatConfig, spec: ModelSpec, *, compatible: bool) -> dict[str, Any]:
    text: dict[str, Any] = {}
    if "response_format" in config.extra:
        text["format"] = _flat(config.extra["response_format"], "json_schema")
    elif (asked := response_format(config, spec, compatible=compatible)) is not None:
        text["format"] = _flat(asked, "json_schema")
    if "verbosity" in config.extra:
        text["verbosity"] = config.extra["verbosity"]
    return text


def _choice(choice: Any) -> Any:
    return _flat(choice, "function")


def _flat(value: Any, key: str) -> Any:
    """Chat Completions nests what Responses keeps flat: `{"type": key, key: {…}}` becomes `{"type": key, …}`."""
    match value:
        case {"type": kind, **rest} if kind == key and isinstance(rest.get(key), dict):
            return {"type": key, **cast("dict[str, Any]", rest[key])}
        case _:
            return value

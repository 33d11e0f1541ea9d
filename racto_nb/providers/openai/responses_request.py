"""The body of a Responses request. Pure."""

from __future__ import annotations

from typing import Any, cast

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.chat_completions.request import data_uri, file_name, function_of, json_mode, response_format
from racto_nb.providers.conversation import turns
from racto_nb.providers.openai.choosing import dict_extra, effort_of, raw_body, room_for, temperature_of
from racto_nb.providers.openai.facts import BODY_EXTRA
from racto_nb.providers.wire import ModelSpec

_PLACED = frozenset({BODY_EXTRA, "reasoning", "reasoning_effort", "response_format", "tool_choice", "verbosity"})
"""Extras that stand elsewhere, or in another form, than under their own name."""


def responses_body(config: ChatConfig, spec: ModelSpec, *, compatible: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. Nothing is stored at the provider unless `extra["store"]` asks for it."""
    instructions, items = _input(config, in_items=json_mode(config, spec))
    body: dict[str, Any] = {"model": spec.name, "input": items, "max_output_tokens": room_for(config, spec), "store": False}
    if instructions:
        body["instructions"] = instructions
    if (temperature := temperature_of(config, spec, compatible=compatible)) is not None:
        body["temperature"] = temperature
    if reasoning := _reasoning(config, spec):
        body["reasoning"] = reasoning
    if text := _text(config, spec, compatible=compatible):
        body["text"] = text
    if config.tools is not None and len(config.tools):
        body["tools"] = [{"type": "function", **function_of(tool)} for tool in config.tools.schemas]
    if "tool_choice" in config.extra:
        body["tool_choice"] = _choice(config.extra["tool_choice"])
    body |= {key: value for key, value in config.extra.items() if key not in _PLACED}
    if stream:
        body["stream"] = True
    return body | raw_body(config, spec)


def _input(config: ChatConfig, *, in_items: bool) -> tuple[str, list[dict[str, Any]]]:
    """The instructions and the items of the conversation.

    `in_items`: the system text is one of the items, for JSON mode, which looks for the word JSON among them only.
    """
    listed = turns(config)
    first, *rest = listed
    apart = first.role is MessageRole.SYSTEM and not in_items
    *earlier, last = rest if apart else listed
    files = [_part(file) for file in config.attachments or [] if not file.is_text]
    content: Any = [*files, {"type": "input_text", "text": last.content}] if files else last.content
    return first.content if apart else "", [*map(_item, earlier), {"role": "user", "content": content}]


def _item(turn: Message) -> dict[str, Any]:
    return {"role": "developer" if turn.role is MessageRole.SYSTEM else turn.role.value, "content": turn.content}


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

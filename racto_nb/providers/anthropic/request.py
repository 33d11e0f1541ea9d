"""The body of a Messages request. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.anthropic.choosing import (
    effort_of,
    room_for,
    sampling_of,
    thinking_of,
    tool_choice_of,
)
from racto_nb.providers.anthropic.facts import BODY_EXTRA, SAMPLING_EXTRAS, STRICT_TOOLS, UNREADABLE, takes_later_system
from racto_nb.providers.anthropic.schemas import is_complete, native_schema
from racto_nb.providers.conversation import has_tools, own_of, turns
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.wire import ModelSpec

_PLACED = (
    frozenset({BODY_EXTRA, "effort", "output_config", "stop", "stop_sequences", "thinking", "tool_choice"}) | SAMPLING_EXTRAS
)
"""Extras that stand elsewhere, or in another form, than under their own name."""


def messages_body(config: ChatConfig, spec: ModelSpec, *, stream: bool) -> dict[str, Any]:
    """The request for `config`."""
    thinking = thinking_of(config, spec)
    system, messages = conversation(config, spec)
    body: dict[str, Any] = {
        "model": spec.name,
        "max_tokens": room_for(config, spec, thinking),
        "messages": messages,
        **sampling_of(config, spec),
    }
    if system:
        body["system"] = system
    if thinking:
        body["thinking"] = thinking
    if output := _output(config, spec, effort_of(config, thinking)):
        body["output_config"] = output
    if config.tools is not None and has_tools(config):
        body["tools"] = _tools(list(config.tools.schemas), spec)
    if (choice := tool_choice_of(config, spec, thinking)) is not None:
        body["tool_choice"] = choice
    if stops := [*_listed(config.extra.get("stop")), *_listed(config.extra.get("stop_sequences"))]:
        body["stop_sequences"] = stops
    body |= {key: value for key, value in config.extra.items() if key not in _PLACED}
    if stream:
        body["stream"] = True
    return body | dict_extra(config, spec, BODY_EXTRA)


def conversation(config: ChatConfig, spec: ModelSpec) -> tuple[str, list[dict[str, Any]]]:
    """The system text and the turns, the files of each before its text. Turns that say nothing are left out.

    A system turn may only stand between a user's turn and the answer to it, so a later one is moved there: it still comes before
    the next answer. For models that take none it joins the system text.
    """
    spoken = [turn for turn in turns(config) if turn.content.strip() or turn.tool_calls or turn.attachments or _is_result(turn)]
    systems = [turn.content for turn in spoken if turn.role is MessageRole.SYSTEM]
    if not takes_later_system(spec.name):
        plain = [_message(turn, spec) for turn in spoken if turn.role is not MessageRole.SYSTEM]
        return "\n\n".join(systems), _together(plain)
    apart = spoken[0].role is MessageRole.SYSTEM
    return systems[0] if apart else "", _together(_placed(spoken[1:] if apart else spoken, spec))


def _placed(spoken: Sequence[Message], spec: ModelSpec) -> list[dict[str, Any]]:
    """The turns with system turns where they may stand: those that no user's turn came for yet, after the last one."""
    placed: list[dict[str, Any]] = []
    waiting: list[str] = []
    for turn in spoken:
        if turn.role is MessageRole.SYSTEM:
            waiting.append(turn.content)
            continue
        if waiting and turn.role is MessageRole.ASSISTANT and placed and placed[-1]["role"] == "user":
            placed.append({"role": "system", "content": "\n\n".join(waiting)})
            waiting = []
        placed.append(_message(turn, spec))
    return [*placed, {"role": "system", "content": "\n\n".join(waiting)}] if waiting else placed


def _is_result(turn: Message) -> bool:
    return turn.role is MessageRole.TOOL


def _message(turn: Message, spec: ModelSpec) -> dict[str, Any]:
    if _is_result(turn):
        result = {"type": "tool_result", "tool_use_id": turn.tool_call_id, "content": turn.content}
        return {"role": "user", "content": [result | {"is_error": True} if turn.is_error else result]}
    if turn.tool_calls:
        return {"role": "assistant", "content": own_of(turn, spec) or _called(turn)}
    files = [_block(file, spec) for file in turn.attachments]
    return {"role": turn.role.value, "content": [*files, *_text(turn)] if files else turn.content}


def _called(turn: Message) -> list[dict[str, Any]]:
    calls = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in turn.tool_calls]
    return [*_text(turn), *calls]


def _text(turn: Message) -> list[dict[str, Any]]:
    return [{"type": "text", "text": turn.content}] if turn.content.strip() else []


def _together(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, with the results of tools that follow each other in one: all calls of a turn are answered in the next."""
    joined: list[dict[str, Any]] = []
    for message in messages:
        if joined and _holds_results(message) and _holds_results(joined[-1]):
            joined[-1] = {"role": "user", "content": [*joined[-1]["content"], *message["content"]]}
        else:
            joined.append(message)
    return joined


def _holds_results(message: dict[str, Any]) -> bool:
    content = message["content"]
    return isinstance(content, list) and content[0].get("type") == "tool_result"  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


def _block(file: RactoFile, spec: ModelSpec) -> dict[str, Any]:
    source = {"type": "base64", "media_type": file.media_type, "data": file.base64_data}
    if file.is_image:
        return {"type": "image", "source": source}
    if file.is_pdf:
        return {"type": "document", "source": source, **({"title": file.name} if file.name else {})}
    if file.media_type.startswith(UNREADABLE):
        wish = f"attachment {file.name!r} ({file.media_type})"
        raise refusal(spec, wish, "it reads JPEG, PNG, GIF, WebP, PDF and text; convert the file")
    label = f"[File: {file.name or 'unnamed'} ({file.media_type}) - base64 encoded]"
    return {"type": "text", "text": f"{label}\n{file.base64_data}"}


def _output(config: ChatConfig, spec: ModelSpec, effort: object) -> dict[str, Any]:
    """The effort and the form of the answer. What has no native form is described by the prompt, and validated."""
    output: dict[str, Any] = {}
    if effort is not None:
        output["effort"] = effort
    if config.response_model is not None and spec.abilities.json_schema is not False:
        schema = native_schema(schema_of(config.response_model))
        if schema is not None:
            output["format"] = {"type": "json_schema", "schema": schema}
    return output | dict_extra(config, spec, "output_config")


def _tools(tools: Sequence[Any], spec: ModelSpec) -> list[dict[str, Any]]:
    """The tools as Anthropic describes them. Strict only where that forces no argument and leaves out no limit of one."""
    may_be_strict = spec.abilities.json_schema is not False and len(tools) <= STRICT_TOOLS
    return [_tool(tool, may_be_strict=may_be_strict) for tool in tools]


def _tool(tool: Any, *, may_be_strict: bool) -> dict[str, Any]:
    schema: dict[str, Any] = dict(tool.to_json_schema())
    described = {"name": tool.name, "description": tool.description, "input_schema": schema}
    strict = native_schema(schema) if may_be_strict and is_complete(schema) else None
    return described if strict is None else described | {"input_schema": strict, "strict": True}


def _listed(stops: object) -> list[Any]:
    """One stop word, several, or none, as a list."""
    if stops is None:
        return []
    return list(stops) if isinstance(stops, list | tuple) else [stops]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

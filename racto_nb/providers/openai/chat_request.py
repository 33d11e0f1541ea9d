"""The body of a Chat Completions request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.conversation import turns, wants_json
from racto_nb.providers.openai.choosing import effort_of, raw_body, room_for, temperature_of
from racto_nb.providers.openai.facts import BODY_EXTRA
from racto_nb.providers.openai.schemas import has_object_root, is_complete, strict_schema
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec, *, compatible: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. `compatible` servers get the older names `system` and `max_tokens`, which all of them know."""
    body: dict[str, Any] = {
        "model": spec.name,
        "messages": chat_messages(config, system_role="system" if compatible else "developer"),
        ("max_tokens" if compatible else "max_completion_tokens"): room_for(config, spec),
    }
    if not compatible:
        body["store"] = False
    if (temperature := temperature_of(config, spec, compatible=compatible)) is not None:
        body["temperature"] = temperature
    if (effort := effort_of(config)) is not None:
        body["reasoning_effort"] = effort
    if (output := response_format(config, compatible=compatible)) is not None:
        body["response_format"] = output
    if config.tools is not None and len(config.tools):
        body["tools"] = [{"type": "function", "function": function_of(tool)} for tool in config.tools.schemas]
    body |= {key: value for key, value in config.extra.items() if key != BODY_EXTRA}
    if "tool_choice" in body:
        body["tool_choice"] = _choice(body["tool_choice"])
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body | raw_body(config, spec)


def chat_messages(config: ChatConfig, *, system_role: str) -> list[dict[str, Any]]:
    """The turns of `config`, the files of the last one before its text."""
    *earlier, last = turns(config)
    files = [_part(file) for file in config.attachments or [] if not file.is_text]
    content: Any = [*files, {"type": "text", "text": last.content}] if files else last.content
    return [*(_message(turn, system_role) for turn in earlier), {"role": "user", "content": content}]


def response_format(config: ChatConfig, *, compatible: bool) -> dict[str, Any] | None:
    """What the answer's form is, None for free text."""
    if config.response_model is None:
        return {"type": "json_object"} if wants_json(config) else None
    described = schema_format(config.response_model, compatible=compatible)
    return None if described is None else {"type": "json_schema", "json_schema": described}


def schema_format(model: type[BaseModel], *, compatible: bool) -> dict[str, Any] | None:
    """The name and schema of a response model, strict where it has a strict form.

    None for a list at the root, which OpenAI gives no shape; the prompt describes it, and the answer is validated.
    """
    schema = schema_of(model)
    if not compatible and not has_object_root(schema):
        return None
    strict = strict_schema(schema)
    return {"name": _name_of(model.__name__), "schema": strict or schema, "strict": strict is not None}


def function_of(tool: Any) -> dict[str, Any]:
    """A tool as OpenAI describes functions. Strict only where that forces no argument and leaves out no limit of one."""
    schema: Mapping[str, Any] = tool.to_json_schema()
    strict = strict_schema(schema) if is_complete(schema) else None
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": strict or dict(schema),
        "strict": strict is not None,
    }


def _choice(choice: Any) -> Any:
    """Responses keeps flat what Chat Completions nests; both spellings are understood."""
    match choice:
        case {"type": "function", "name": str(name)}:
            return {"type": "function", "function": {"name": name}}
        case _:
            return choice


def data_uri(file: RactoFile) -> str:
    """The file inside an address."""
    return f"data:{file.media_type};base64,{file.base64_data}"


def file_name(file: RactoFile) -> str:
    """The file's name, one for an unnamed file too: OpenAI wants one."""
    return file.name or "document.pdf"


def _part(file: RactoFile) -> dict[str, Any]:
    if file.is_image:
        return {"type": "image_url", "image_url": {"url": data_uri(file)}}
    return {"type": "file", "file": {"filename": file_name(file), "file_data": data_uri(file)}}


def _message(turn: Message, system_role: str) -> dict[str, Any]:
    return {"role": system_role if turn.role is MessageRole.SYSTEM else turn.role.value, "content": turn.content}


def _name_of(name: str) -> str:
    """`name` as OpenAI allows it: ASCII letters, digits, _ and -, at most 64."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "_-") else "_" for char in name)
    return plain[:64] or "answer"

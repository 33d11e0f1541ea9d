"""The parts of a Chat Completions request: messages, tools, the form of the answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.messages import ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.chat_completions.schemas import has_object_root, is_complete, strict_schema
from racto_nb.providers.conversation import own_of, turns, wants_json
from racto_nb.providers.wire import ModelSpec


def chat_messages(config: ChatConfig, spec: ModelSpec, *, system_role: str) -> list[dict[str, Any]]:
    """The turns of `config`, the files of each before its text."""
    return [_message(turn, spec, system_role) for turn in turns(config)]


def json_mode(config: ChatConfig, spec: ModelSpec) -> bool:
    """Whether the answer is to be any JSON object: where no class says more, or where the model knows no schemas.

    The prompt describes the class there, and the answer is validated. Not for a class of lists: JSON mode gives objects only.
    """
    if config.response_model is None:
        return wants_json(config)
    return spec.abilities.json_schema is False and has_object_root(schema_of(config.response_model))


def response_format(config: ChatConfig, spec: ModelSpec, *, compatible: bool) -> dict[str, Any] | None:
    """What the answer's form is, None for free text."""
    if json_mode(config, spec):
        return {"type": "json_object"}
    if config.response_model is None or spec.abilities.json_schema is False:
        return None
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


def choice_of(choice: Any) -> Any:
    """Which tool is to be called. Responses keeps flat what Chat Completions nests; both spellings are understood."""
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


def _message(turn: Message, spec: ModelSpec, system_role: str) -> dict[str, Any]:
    if turn.role is MessageRole.TOOL:
        return {"role": "tool", "tool_call_id": turn.tool_call_id, "content": turn.content}
    if turn.tool_calls:
        calls = [{"id": call.id, "type": "function", "function": _called(call)} for call in turn.tool_calls]
        told: object = own_of(turn, spec)
        own = cast("dict[str, Any]", told) if isinstance(told, dict) else {}  # a list is of Responses
        return {"role": "assistant", "content": turn.content or None, **own, "tool_calls": calls}
    files = [_part(file) for file in turn.attachments]
    content: Any = [*files, {"type": "text", "text": turn.content}] if files else turn.content
    return {"role": system_role if turn.role is MessageRole.SYSTEM else turn.role.value, "content": content}


def _called(call: ToolCallResult) -> dict[str, str]:
    return {"name": call.name, "arguments": arguments_text(call)}


def arguments_text(call: ToolCallResult) -> str:
    """The arguments of a call as JSON."""
    return json.dumps(call.arguments, ensure_ascii=False)


def _name_of(name: str) -> str:
    """`name` as OpenAI allows it: ASCII letters, digits, _ and -, at most 64."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "_-") else "_" for char in name)
    return plain[:64] or "answer"

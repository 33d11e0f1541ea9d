"""The turns of a conversation as Gemini's contents. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racto_nb.models.chat import Message, MessageRole
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.conversation import own_of
from racto_nb.providers.wire import ModelSpec


def contents(turns: Sequence[Message], spec: ModelSpec) -> list[dict[str, Any]]:
    """The turns, the files of each before its text. The results of all calls of a turn stand together in the next one."""
    told: list[dict[str, Any]] = []
    known: frozenset[str] = frozenset()
    for turn in turns:
        if turn.role is MessageRole.TOOL and told and _holds_results(told[-1]):
            told[-1]["parts"].append(_result(turn, known))
            continue
        content = _content(turn, spec, known)
        known |= _ids_in(content)
        told.append(content)
    return told


def _content(turn: Message, spec: ModelSpec, known: frozenset[str]) -> dict[str, Any]:
    if turn.role is MessageRole.TOOL:
        return {"role": "user", "parts": [_result(turn, known)]}
    if turn.tool_calls:
        return {"role": "model", "parts": own_of(turn, spec) or _called(turn)}
    files = [_file_part(file) for file in turn.attachments]
    role = "model" if turn.role is MessageRole.ASSISTANT else "user"
    return {"role": role, "parts": own_of(turn, spec) or [*files, {"text": turn.content}]}


def _called(turn: Message) -> list[dict[str, Any]]:
    said = [{"text": turn.content}] if turn.content else []
    calls = [{"functionCall": {"name": call.name, "args": call.arguments, **_id(call.id)}} for call in turn.tool_calls]
    return [*said, *calls]


def _result(turn: Message, known: frozenset[str]) -> dict[str, Any]:
    """A result of a function. Its id is told where the call had one: models before Gemini 3 give none."""
    response = {"error" if turn.is_error else "result": turn.content}
    identified = _id(turn.tool_call_id if turn.tool_call_id in known else "")
    return {"functionResponse": {"name": turn.name, "response": response, **identified}}


def _id(told: str) -> dict[str, str]:
    return {"id": told} if told else {}


def _ids_in(content: dict[str, Any]) -> frozenset[str]:
    calls: list[dict[str, Any]] = [part.get("functionCall") or {} for part in content["parts"]]
    return frozenset(str(call["id"]) for call in calls if call.get("id"))


def _holds_results(content: dict[str, Any]) -> bool:
    return "functionResponse" in content["parts"][0]


def _file_part(file: RactoFile) -> dict[str, Any]:
    return {"inlineData": {"mimeType": file.media_type, "data": file.base64_data}}

"""The turns of a recorded request, in whichever of the shapes that requests have: messages, items, or contents. Pure.

What cannot become training data to the letter (files, of which a recording keeps a hash) is an error that says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.messages import RactoTrainingMessage

_ROLES = {"developer": "system", "model": "assistant"}
_TEXTS = frozenset({"text", "input_text", "output_text"})
_SILENT = frozenset({"thinking", "redacted_thinking", "reasoning"})


class NoChatError(Exception):
    """A request that asks for no answer in words, such as one for vectors."""


class FilesError(Exception):
    """A request with files."""


def turns_of(request: Mapping[str, Any]) -> list[RactoTrainingMessage]:
    """The turns that were sent. Raises NoChatError or FilesError."""
    if _is_dicts(request.get("messages")):
        turns = [turn for message in request["messages"] for turn in _messages(message)]
        return [*_system(request.get("system")), *turns]
    if _is_dicts(request.get("contents")):
        turns = [turn for content in request["contents"] for turn in _contents(content)]
        return [*_system(request.get("systemInstruction")), *turns]
    if _is_dicts(request.get("input")):
        return [*_system(request.get("instructions")), *_joined([turn for item in request["input"] for turn in _items(item)])]
    raise NoChatError


def tools_of(request: Mapping[str, Any]) -> list[TrainingTool]:
    """The tools that were offered. Those that the provider has itself, such as its search, are none of them."""
    tools: list[TrainingTool] = []
    for told in _dicts(request.get("tools")):
        for tool in _dicts(told.get("functionDeclarations")) or [cast("dict[str, Any]", told.get("function") or told)]:
            schema = next((tool[name] for name in ("parameters", "input_schema", "parametersJsonSchema") if name in tool), None)
            if isinstance(tool.get("name"), str) and isinstance(schema, dict):
                tools.append(TrainingTool(tool["name"], str(tool.get("description") or ""), schema, tool.get("strict")))  # pyright: ignore[reportUnknownArgumentType]
    return tools


def _system(told: Any) -> list[RactoTrainingMessage]:
    """The system text, which is a text, a list of them, or contents."""
    text = _text(told.get("parts") if isinstance(told, dict) else told)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return [RactoTrainingMessage("system", text)] if text else []


def _messages(message: Mapping[str, Any]) -> Iterator[RactoTrainingMessage]:
    role = _ROLES.get(message["role"], str(message["role"]))
    blocks = _dicts(message.get("content"))
    if message.get("images"):
        raise FilesError
    for block in blocks:
        if block.get("type") == "tool_result":
            yield RactoTrainingMessage("tool", _text(block.get("content")), tool_call_id=str(block.get("tool_use_id") or ""))
    rest = [block for block in blocks if block.get("type") not in {"tool_result", "tool_use"}]
    text = _text(rest if blocks else message.get("content"))
    calls = [_call(call.get("function") or call, call.get("id")) for call in _dicts(message.get("tool_calls"))]
    calls += [_call(block, block.get("id")) for block in blocks if block.get("type") == "tool_use"]
    if text or calls or not blocks:
        named = str(message.get("name") or message.get("tool_name") or "") or None
        yield RactoTrainingMessage(role, text, tool_calls=calls, tool_call_id=message.get("tool_call_id"), name=named)


def _contents(content: Mapping[str, Any]) -> Iterator[RactoTrainingMessage]:
    parts = _dicts(content.get("parts"))
    for part in parts:
        if isinstance(result := part.get("functionResponse"), dict):
            yield _result(cast("dict[str, Any]", result))
    calls = [_call(part["functionCall"], part["functionCall"].get("id")) for part in parts if "functionCall" in part]
    texts = [part for part in parts if not {"functionCall", "functionResponse", "thought"} & part.keys()]
    if texts or calls:
        role = str(content.get("role") or "user")
        yield RactoTrainingMessage(_ROLES.get(role, role), _text(texts), tool_calls=calls)


def _result(result: Mapping[str, Any]) -> RactoTrainingMessage:
    told: dict[str, Any] = result.get("response") or {}
    text = told.get("result", told.get("error"))
    said = text if isinstance(text, str) else msgspec.json.encode(told).decode()
    return RactoTrainingMessage("tool", said, tool_call_id=result.get("id"), name=result.get("name"))


def _items(item: Mapping[str, Any]) -> Iterator[RactoTrainingMessage]:
    match item.get("type"):
        case "function_call":
            yield RactoTrainingMessage("assistant", tool_calls=(_call(item, item.get("call_id")),))
        case "function_call_output":
            yield RactoTrainingMessage("tool", _text(item.get("output")), tool_call_id=str(item.get("call_id") or ""))
        case "reasoning":
            return
        case _:
            yield from _messages(item)


def _joined(turns: Sequence[RactoTrainingMessage]) -> list[RactoTrainingMessage]:
    """Text and calls of one answer, which are several items, as one turn."""
    joined: list[RactoTrainingMessage] = []
    for turn in turns:
        last = joined[-1] if joined else None
        if turn.role == "assistant" and turn.tool_calls and last is not None and last.role == "assistant":
            joined[-1] = msgspec.structs.replace(last, tool_calls=(*last.tool_calls, *turn.tool_calls))
        else:
            joined.append(turn)
    return joined


def _call(call: Mapping[str, Any], identity: Any) -> TrainingToolCall:
    arguments: Any = next((call[name] for name in ("arguments", "input", "args") if name in call), "{}")
    if isinstance(arguments, str):
        return TrainingToolCall(str(call["name"]), arguments, str(identity or ""))
    return TrainingToolCall.of(str(call["name"]), arguments, id=str(identity or ""))


def _text(content: Any) -> str:
    """The text of a content, which may be one, or a list of parts. FilesError where there is anything else in it."""
    if content is None or isinstance(content, str):
        return content or ""
    texts: list[str] = []
    for part in _dicts(content):
        kind = part.get("type")
        if isinstance(part.get("text"), str) and (kind is None or kind in _TEXTS):
            texts.append(part["text"])
        elif kind not in _SILENT:
            raise FilesError
    return "".join(texts)


def _is_dicts(value: Any) -> bool:
    return bool(value) and len(_dicts(value)) == len(value)


def _dicts(value: Any) -> list[dict[str, Any]]:
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in listed if isinstance(item, dict)]

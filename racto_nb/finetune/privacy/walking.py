"""All texts of a message or an example, and the same with other texts in their places. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import FileLink, Part, RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

Change = Callable[[str], str]
"""What is made of a text."""
Item = TypeVar("Item", bound=msgspec.Struct)


def with_texts(example: RactoTrainingExample, change: Change) -> RactoTrainingExample:
    """`example` with all of its texts changed; the very same one where none is.

    Texts are those of messages (of preferred and rejected ones too), arguments of calls, addresses of files, tools, `reference`
    and `extra`. Tags, provenance and what is inside of files stay.
    """
    turns = {name: _all(getattr(example, name), change) for name in ("messages", "preferred", "rejected")}
    return _with(example, {**turns, **_rest(example, change)})


def _all(messages: Sequence[RactoTrainingMessage], change: Change) -> Sequence[RactoTrainingMessage]:
    made = tuple(message_with_texts(message, change) for message in messages)
    return messages if all(new is old for new, old in zip(made, messages, strict=True)) else made


def without_turns(example: RactoTrainingExample, change: Change) -> RactoTrainingExample:
    """`example` with the texts changed that are in no message."""
    return _with(example, _rest(example, change))


def message_with_texts(message: RactoTrainingMessage, change: Change) -> RactoTrainingMessage:
    """`message` with all of its texts changed; the very same one where none is."""
    made: dict[str, object] = {}
    if message.parts:
        parts = tuple(_part(part, change) for part in message.parts)
        made["parts"] = parts
        made["content"] = "".join(part for part in parts if isinstance(part, str))
        made["attachments"] = tuple(part for part in parts if not isinstance(part, str))
    else:
        made["content"] = _text(message.content, change)
        made["attachments"] = tuple(cast("RactoFile | FileLink", _part(file, change)) for file in message.attachments)
    made["tool_calls"] = tuple(_call(call, change) for call in message.tool_calls)
    made["name"] = None if message.name is None else _text(message.name, change)
    made["extra"] = _value(message.extra, change)
    return _with(message, made)


def _rest(example: RactoTrainingExample, change: Change) -> dict[str, object]:
    return {
        "tools": tuple(_tool(tool, change) for tool in example.tools),
        "reference": _value(example.reference, change),
        "extra": _value(example.extra, change),
    }


def _with(item: Item, made: dict[str, object]) -> Item:
    """`item` with the fields that are others now."""
    new = {name: value for name, value in made.items() if value != getattr(item, name)}
    return replace(item, **new) if new else item


def _text(text: object, change: Change) -> Any:
    """A text changed. What is wrongly no text is left alone: another check tells of it."""
    return change(text) if isinstance(text, str) else text


def _part(part: Part, change: Change) -> Part:
    if isinstance(part, str):
        return change(part)
    return _with(part, {"uri": _text(part.uri, change)}) if isinstance(part, FileLink) else part


def _call(call: TrainingToolCall, change: Change) -> TrainingToolCall:
    return _with(call, {"arguments": _text(call.arguments, change)})


def _tool(tool: TrainingTool, change: Change) -> TrainingTool:
    return _with(tool, {"description": _text(tool.description, change), "parameters": _value(tool.parameters, change)})


def _value(value: Any, change: Change) -> Any:
    """A JSON value changed as the text that it would be, so that names say what values are."""
    if not value:
        return value
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        return value  # what no JSON holds is in no file either
    after = change(text)
    return value if after == text else msgspec.json.decode(after)

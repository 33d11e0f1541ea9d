"""Anthropic's Messages records: `{"system": ..., "messages": [...]}`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.anthropic_words import FAMILY, anthropic_group, anthropic_message, anthropic_record, anthropic_tool
from racto_nb.finetune.formats.data_urls import file_of, guessed_type
from racto_nb.finetune.formats.grouping import joins, split_parts
from racto_nb.finetune.formats.leftovers import FAMILIES, flat, with_layout, with_wording
from racto_nb.finetune.formats.picking import (
    Item,
    compact,
    inside,
    items_in,
    listed,
    object_in,
    objects_in,
    optional_text,
    optional_truth,
    path_of,
    plain_message,
    text_in,
    wrong,
)
from racto_nb.finetune.formats.shapes import misread
from racto_nb.finetune.links import FileLink, Part
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

RECORD_KEYS = frozenset({"system", "messages", "tools"})
MESSAGE_KEYS = frozenset({"role", "content"})


@dataclass(frozen=True, slots=True)
class AnthropicFormat:
    """`{"system": "...", "messages": [...], "tools": [...]}`; what tools answer is a part of what the user says."""

    name: str = FAMILY

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return anthropic_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        messages = [*_system(record, self.name)]
        for place, item in enumerate(items_in(record, "messages", "", self.name)):
            plain = plain_message(item)
            if plain and plain[0] in {"user", "assistant"}:
                turns = [RactoTrainingMessage(*plain)]
            else:
                path = f"messages[{place}]"
                turns = _turns(object_in(item, path, self.name), path, self.name)
            if messages and joins(messages[-1], turns[0], FAMILY):
                turns[0] = _apart(turns[0])
            messages += turns
        tools = tuple(_tool(item, path, self.name) for path, item in listed(record, "tools", "", self.name))
        known = {key: value for key, value in record.items() if key in RECORD_KEYS or key in FAMILIES}
        extra = with_wording(flat(record, RECORD_KEYS), FAMILY, known, _written(record, tools), "")
        return RactoTrainingExample(tuple(messages), tools, extra=extra)


def _written(record: Item, tools: Sequence[TrainingTool]) -> dict[str, object]:
    """What is written of a record, its messages as they are: each of them has been compared."""
    written = {key: record[key] for key in ("system", "messages") if key == "messages" or record.get(key) not in (None, [])}
    return {**written, "tools": [anthropic_tool(tool) for tool in tools]} if tools else written


def _apart(turn: RactoTrainingMessage) -> RactoTrainingMessage:
    return msgspec.structs.replace(turn, extra=with_layout(turn.extra, FAMILY, {"apart": True}))


def _system(record: Item, form: str) -> Sequence[RactoTrainingMessage]:
    system = record.get("system")
    if system is None or system == []:
        return ()
    if isinstance(system, str):
        return (RactoTrainingMessage("system", system),)
    if not isinstance(system, list):
        raise wrong(record, "system", "", form, "text or a list of blocks of text")
    texts = [_text_block(item, path, form) for path, item in listed(record, "system", "", form)]
    text, _, parts = split_parts(texts)
    message = RactoTrainingMessage("system", text, parts=parts)
    given: Item = {"role": "system", "content": record["system"]}
    extra = with_wording(None, FAMILY, given, anthropic_message(message, "system", form), "system")
    return (message if extra is None else msgspec.structs.replace(message, extra=extra),)


def _text_block(item: Item, where: str, form: str) -> str:
    if (kind := text_in(item, "type", where, form)) != "text":
        raise misread(form, path_of(where, "type"), f"is {kind!r}; a system prompt is text")
    return text_in(item, "text", where, form)


def _turns(item: Item, where: str, form: str) -> list[RactoTrainingMessage]:
    """The turns in one message: what tools answered, and then what the user or the assistant says."""
    role, content = text_in(item, "role", where, form), item.get("content")
    if role not in {"user", "assistant"}:
        raise misread(form, path_of(where, "role"), f"is {role!r}; it has to be 'user' or 'assistant'")
    if isinstance(content, str):
        return [RactoTrainingMessage(role, content, extra=_extra(item, [RactoTrainingMessage(role, content)], where, form))]
    if not isinstance(content, list):
        raise wrong(item, "content", where, form, "text or a list of blocks")
    turns, parts, calls = _sorted(listed(item, "content", where, form), form)
    if parts or calls or not turns:
        text, files, order = split_parts(parts, listed=bool(turns or calls))
        turns.append(RactoTrainingMessage(role, text, files, tuple(calls), parts=order))
    turns[0] = msgspec.structs.replace(turns[0], extra=_extra(item, turns, where, form))
    return turns


def _extra(item: Item, turns: Sequence[RactoTrainingMessage], where: str, form: str) -> dict[str, object] | None:
    """What the file says beside `turns`, for the first of them to keep."""
    extra = flat(item, MESSAGE_KEYS)
    written = {**anthropic_group(turns, where, form), **(extra or {})}
    return with_wording(extra, FAMILY, item, written, where)


def _sorted(
    blocks: Sequence[tuple[str, Item]], form: str
) -> tuple[list[RactoTrainingMessage], list[Part], list[TrainingToolCall]]:
    turns: list[RactoTrainingMessage] = []
    parts: list[Part] = []
    calls: list[TrainingToolCall] = []
    for where, block in blocks:
        match text_in(block, "type", where, form):
            case "tool_use":
                arguments = compact(inside(block, "input", where, form), path_of(where, "input"), form)
                name, place = text_in(block, "name", where, form), text_in(block, "id", where, form)
                calls.append(TrainingToolCall(name, arguments, place))
            case "tool_result":
                turns.append(_answer(block, where, form))
            case kind:
                parts.append(_part(kind, block, where, form))
    return turns, parts, calls


def _answer(block: Item, where: str, form: str) -> RactoTrainingMessage:
    called, content = text_in(block, "tool_use_id", where, form), block.get("content")
    if content is None or isinstance(content, str):
        return RactoTrainingMessage("tool", content or "", tool_call_id=called)
    items = objects_in(content, path_of(where, "content"), form)
    parts = [_part(text_in(item, "type", path, form), item, path, form) for path, item in items]
    text, files, order = split_parts(parts)
    return RactoTrainingMessage("tool", text, files, tool_call_id=called, parts=order)


def _part(kind: str, block: Item, where: str, form: str) -> Part:
    if kind == "text":
        return text_in(block, "text", where, form)
    if kind not in {"image", "document"}:
        known = "'text', 'image', 'document', 'tool_use' and 'tool_result'"
        raise misread(form, path_of(where, "type"), f"is {kind!r}; known are {known}")
    source, path = inside(block, "source", where, form), path_of(where, "source")
    name = (optional_text(block, "title", where, form) or "") if kind == "document" else ""
    match text_in(source, "type", path, form):
        case "base64":
            return _bytes(kind, source, path, form, name)
        case "text":
            return _plain(source, path, form, name)
        case "url":
            return _address(kind, text_in(source, "url", path, form))
        case "file":
            return FileLink(text_in(source, "file_id", path, form), "image/*" if kind == "image" else "")
        case other:
            raise misread(form, path_of(path, "type"), f"is {other!r}; known are 'base64', 'url', 'file' and 'text'")


def _bytes(kind: str, source: Item, where: str, form: str, name: str) -> RactoFile:
    mime_type = text_in(source, "media_type", where, form)
    file = file_of(text_in(source, "data", where, form), mime_type, name)
    if file is None:
        raise misread(form, where, "holds no base64 of a file with a MIME type")
    if file.media_type.startswith("image/") != (kind == "image"):
        raise misread(form, path_of(where, "media_type"), f"is {mime_type!r} in a block of the type {kind!r}")
    return file


def _plain(source: Item, where: str, form: str, name: str) -> RactoFile:
    try:
        return RactoFile(text_in(source, "data", where, form).encode(), "text/plain", name)
    except UnicodeEncodeError as error:
        raise misread(form, path_of(where, "data"), "is no text: half of a character stands in it") from error


def _address(kind: str, url: str) -> FileLink:
    guessed, image = guessed_type(url), kind == "image"
    if guessed.startswith("image/") == image and guessed:
        return FileLink(url, guessed)
    return FileLink(url, "image/*" if image else "application/pdf")


def _tool(item: Mapping[str, object], where: str, form: str) -> TrainingTool:
    name = text_in(item, "name", where, form)
    description = optional_text(item, "description", where, form) or ""
    schema = dict(inside(item, "input_schema", where, form))
    return TrainingTool(name, description, schema, optional_truth(item, "strict", where, form))

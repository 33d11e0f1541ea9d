"""OpenAI's chat records: supervised tuning, preference pairs (DPO) and items for reinforcement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.data_urls import file_of_url, guessed_type
from racto_nb.finetune.formats.grouping import split_parts
from racto_nb.finetune.formats.leftovers import FAMILIES, flat, with_wording
from racto_nb.finetune.formats.openai_words import (
    FAMILY,
    RFT_KEYS,
    openai_dpo_record,
    openai_message,
    openai_record,
    openai_rft_record,
    openai_tool,
)
from racto_nb.finetune.formats.picking import (
    Item,
    inside,
    items_in,
    listed,
    object_in,
    optional_number,
    optional_text,
    optional_truth,
    path_of,
    plain_message,
    text_in,
    wrong,
)
from racto_nb.finetune.formats.shapes import misread
from racto_nb.finetune.links import Attachment, FileLink, Part
from racto_nb.finetune.messages import RactoTrainingMessage

MESSAGE_KEYS = frozenset({"role", "content", "tool_calls", "tool_call_id", "name", "weight"})
RECORD_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
DPO_KEYS = frozenset({"input", "preferred_output", "non_preferred_output"})


@dataclass(frozen=True, slots=True)
class OpenAIFormat:
    """`{"messages": [...], "tools": [...]}`, one conversation."""

    name: str = "openai"

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return openai_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        messages = read_messages(record, "messages", "", self.name)
        if len(record) == 1:
            return RactoTrainingExample(messages)
        tools = _tools(record, "", self.name)
        parallel = optional_truth(record, "parallel_tool_calls", "", self.name)
        extra = flat(record, RECORD_KEYS)
        extra = with_wording(extra, FAMILY, _named(record, RECORD_KEYS), _written(record, tools, parallel), "")
        return RactoTrainingExample(messages, tools, parallel_tool_calls=parallel, extra=extra)


@dataclass(frozen=True, slots=True)
class OpenAIReinforcementFormat:
    """`{"messages": [...], "answer": ...}`: all keys but those of a conversation are for the graders."""

    name: str = "openai_rft"

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return openai_rft_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        talk = OpenAIFormat(self.name).example({key: record[key] for key in record if key in RFT_KEYS})
        reference = {key: value for key, value in record.items() if key not in RFT_KEYS} or None
        return msgspec.structs.replace(talk, reference=reference)


@dataclass(frozen=True, slots=True)
class OpenAIPreferenceFormat:
    """`{"input": {"messages": [...]}, "preferred_output": [...], "non_preferred_output": [...]}`."""

    name: str = "openai_dpo"

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return openai_dpo_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        given = inside(record, "input", "", self.name)
        messages = read_messages(given, "messages", "input", self.name)
        preferred, rejected = (_answer(record, key, self.name) for key in ("preferred_output", "non_preferred_output"))
        tools = _tools(given, "input", self.name)
        parallel = optional_truth(given, "parallel_tool_calls", "input", self.name)
        written: dict[str, object] = {key: record[key] for key in DPO_KEYS}
        written["input"] = _written(given, tools, parallel)
        extra = with_wording(flat(record, DPO_KEYS), FAMILY, _named(record, DPO_KEYS), written, "")
        return RactoTrainingExample(messages, tools, preferred, rejected, parallel_tool_calls=parallel, extra=extra)


def _answer(record: Item, key: str, form: str) -> tuple[RactoTrainingMessage, ...]:
    if turns := read_messages(record, key, "", form):
        return turns
    raise misread(form, key, "is an empty list; it has to be the turns of an answer")


def _named(record: Item, keys: frozenset[str]) -> dict[str, object]:
    """`record` with its known keys, and with those that `extra` has no place for."""
    return {key: value for key, value in record.items() if key in keys or key in FAMILIES}


def _written(record: Item, tools: Sequence[TrainingTool], parallel: bool | None) -> dict[str, object]:  # noqa: FBT001  (of a file)
    """What is written of a record, its messages as they are: each of them has been compared."""
    written = {"messages": record["messages"]}
    if tools:
        written["tools"] = [openai_tool(tool) for tool in tools]
    return written if parallel is None else {**written, "parallel_tool_calls": parallel}


def read_messages(record: Item, key: str, where: str, form: str) -> tuple[RactoTrainingMessage, ...]:
    """The messages in the list at `key`."""
    turns: list[RactoTrainingMessage] = []
    for place, item in enumerate(items_in(record, key, where, form)):
        plain = plain_message(item)
        turns.append(RactoTrainingMessage(*plain) if plain else read_message(item, f"{path_of(where, key)}[{place}]", form))
    return tuple(turns)


def read_message(value: object, where: str, form: str) -> RactoTrainingMessage:
    """One message. Raises DatasetFormatError for what is none."""
    item = object_in(value, where, form)
    role, content = text_in(item, "role", where, form), item.get("content")
    calls = tuple(_call(call, path, form) for path, call in listed(item, "tool_calls", where, form))
    if "content" not in item and not (calls or item.get("function_call")):
        raise wrong(item, "content", where, form, "text, a list of parts or null")
    texts, files, parts = _content(content, where, form)
    message = RactoTrainingMessage(
        role,
        texts,
        files,
        calls,
        optional_text(item, "tool_call_id", where, form),
        optional_text(item, "name", where, form),
        optional_number(item, "weight", where, form),
        parts,
        flat(item, MESSAGE_KEYS),
    )
    # Unknown keys are in `extra` already: what is left is how the known ones are worded.
    extra = with_wording(message.extra, FAMILY, item, openai_message(message, where, form), where)
    return message if extra is message.extra else msgspec.structs.replace(message, extra=extra)


def _content(content: object, where: str, form: str) -> tuple[str, tuple[Attachment, ...], tuple[Part, ...]]:
    """The text, the files and, where their order is not the usual one, the parts of a message."""
    if isinstance(content, str):
        return content, (), ()
    if content is None:
        return "", (), ()
    given: Item = {"content": content}
    if not isinstance(content, list):
        raise wrong(given, "content", where, form, "text, a list of parts or null")
    return split_parts([_part(item, path, form) for path, item in listed(given, "content", where, form)])


def _part(item: Item, where: str, form: str) -> Part:
    match text_in(item, "type", where, form):
        case "text":
            return text_in(item, "text", where, form)
        case "image_url":
            return _image(item, where, form)
        case "file":
            return _file(inside(item, "file", where, form), path_of(where, "file"), form)
        case other:
            raise misread(form, path_of(where, "type"), f"is {other!r}; known are 'text', 'image_url' and 'file'")


def _image(item: Item, where: str, form: str) -> Part:
    image = inside(item, "image_url", where, form)
    path = path_of(where, "image_url")
    url, detail = text_in(image, "url", path, form), optional_text(image, "detail", path, form)
    if url.startswith("data:") and (file := file_of_url(url)):
        if not file.media_type.startswith("image/"):
            raise misread(
                form, path_of(path, "url"), f"is a file of the type {file.mime_type!r}; only pictures stand in an image_url"
            )
        return file
    kind = guessed_type(url)
    return FileLink(url, kind if kind.startswith("image/") else "image/*", detail)


def _file(file: Item, where: str, form: str) -> Part:
    if "file_data" not in file:
        return FileLink(text_in(file, "file_id", where, form))
    data = text_in(file, "file_data", where, form)
    found = file_of_url(data, optional_text(file, "filename", where, form) or "")
    if found is None or found.media_type.startswith("image/"):
        told = "has to be a data: URL with base64" if found is None else "is a picture; those stand in an image_url"
        raise misread(form, path_of(where, "file_data"), told)
    return found


def _call(item: Item, where: str, form: str) -> TrainingToolCall:
    if (kind := item.get("type", "function")) != "function":
        raise misread(form, path_of(where, "type"), f"is {kind!r}; calls are of the type 'function'")
    function, path = inside(item, "function", where, form), path_of(where, "function")
    arguments = text_in(function, "arguments", path, form)
    return TrainingToolCall(text_in(function, "name", path, form), arguments, optional_text(item, "id", where, form) or "")


def _tools(record: Item, where: str, form: str) -> tuple[TrainingTool, ...]:
    return tuple(read_tool(item, path, form) for path, item in listed(record, "tools", where, form))


def read_tool(item: Item, where: str, form: str) -> TrainingTool:
    """A tool that an example offers."""
    if (kind := item.get("type", "function")) != "function":
        raise misread(form, path_of(where, "type"), f"is {kind!r}; tools are of the type 'function'")
    function, path = inside(item, "function", where, form), path_of(where, "function")
    return TrainingTool(
        text_in(function, "name", path, form),
        optional_text(function, "description", path, form) or "",
        {} if function.get("parameters") is None else dict(inside(function, "parameters", path, form)),
        optional_truth(function, "strict", path, form),
    )

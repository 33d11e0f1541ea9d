"""Our own records, which keep all of an example: `{"racto": 1, "messages": [...]}`, files as base64. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import Provenance, RactoTrainingExample
from racto_nb.finetune.formats.data_urls import file_of
from racto_nb.finetune.formats.picking import (
    Item,
    inside,
    listed,
    needed,
    object_in,
    optional_number,
    optional_text,
    optional_truth,
    path_of,
    text_in,
    wrong,
)
from racto_nb.finetune.formats.shapes import misread
from racto_nb.finetune.links import Attachment, FileLink, Part
from racto_nb.finetune.messages import RactoTrainingMessage

FORM = "racto"
VERSION = 1
RECORD_KEYS = frozenset(RactoTrainingExample.__struct_fields__) | {"racto"}
MESSAGE_KEYS = frozenset(RactoTrainingMessage.__struct_fields__)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class RactoFormat:
    """Everything that an example has, tags and provenance with it. Files are inside, in base64."""

    name: str = FORM

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`."""
        record: dict[str, object] = {"racto": VERSION}
        for key in ("messages", "preferred", "rejected"):
            if key == "messages" or getattr(example, key):
                record[key] = [_written(message) for message in getattr(example, key)]
        if example.tools:
            record["tools"] = [msgspec.to_builtins(tool) for tool in example.tools]
        if example.provenance is not None:
            record["provenance"] = msgspec.to_builtins(example.provenance)
        plain = ((key, getattr(example, key)) for key in ("reference", "parallel_tool_calls", "tags", "extra"))
        record.update((key, value) for key, value in plain if value is not None)
        return record

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        if record.get("racto") != VERSION:
            raise misread(self.name, "racto", f"is {record.get('racto')!r}; this version of racto_nb reads {VERSION}")
        _known(record, RECORD_KEYS, "")
        given = record.get("provenance")
        return RactoTrainingExample(
            tuple([_message(item, where) for where, item in needed(record, "messages", "", FORM)]),
            tuple(_value(item, TrainingTool, where) for where, item in listed(record, "tools", "", FORM)),
            tuple(_message(item, where) for where, item in listed(record, "preferred", "", FORM)),
            tuple(_message(item, where) for where, item in listed(record, "rejected", "", FORM)),
            _optional_object(record, "reference", ""),
            optional_truth(record, "parallel_tool_calls", "", FORM),
            None if record.get("tags") is None else _value(record["tags"], dict[str, str], "tags"),
            None if given is None else _value(given, Provenance, "provenance"),
            _optional_object(record, "extra", ""),
        )


def _written(message: RactoTrainingMessage) -> dict[str, object]:
    written: dict[str, object] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        written["tool_calls"] = [msgspec.to_builtins(call) for call in message.tool_calls]
    if message.attachments and not message.parts:
        written["attachments"] = [_part(part) for part in message.attachments]
    elif message.parts:
        written["parts"] = [_part(part) for part in message.parts]
        if _files(message.parts) != list(message.attachments):  # else they are in the parts, and once is enough
            written["attachments"] = [_part(part) for part in message.attachments]
    plain = ((key, getattr(message, key)) for key in ("tool_call_id", "name", "weight", "extra"))
    written.update((key, value) for key, value in plain if value is not None)
    return written


def _files(parts: Sequence[Part]) -> list[Attachment]:
    return [part for part in parts if not isinstance(part, str)]


def _part(part: Part) -> object:
    if isinstance(part, str):
        return part
    if isinstance(part, FileLink):
        return {"link": msgspec.to_builtins(part)}
    return {"file": {"data": part.base64_data, "mime_type": part.mime_type, "name": part.name}}


def _message(item: Item, where: str) -> RactoTrainingMessage:
    role, content = text_in(item, "role", where, FORM), text_in(item, "content", where, FORM)
    if len(item) == 2:  # noqa: PLR2004  (a role and a text: nearly all of them)
        return RactoTrainingMessage(role, content)
    _known(item, MESSAGE_KEYS, where)
    parts = _parts(item, "parts", where)
    files = _files(_parts(item, "attachments", where) if "attachments" in item else parts)
    return RactoTrainingMessage(
        role,
        content,
        tuple(files),
        tuple(_value(call, TrainingToolCall, at) for at, call in listed(item, "tool_calls", where, FORM)),
        optional_text(item, "tool_call_id", where, FORM),
        optional_text(item, "name", where, FORM),
        optional_number(item, "weight", where, FORM),
        parts,
        _optional_object(item, "extra", where),
    )


def _parts(item: Item, key: str, where: str) -> tuple[Part, ...]:
    given = item.get(key)
    if given is None:
        return ()
    if not isinstance(given, list):
        raise wrong(item, key, where, FORM, "a list of texts and files")
    path = path_of(where, key)
    return tuple(_read_part(part, f"{path}[{place}]") for place, part in enumerate(cast("list[object]", given)))


def _read_part(part: object, where: str) -> Part:
    if isinstance(part, str):
        return part
    found = object_in(part, where, FORM)
    if set(found) == {"link"}:
        return _value(found["link"], FileLink, path_of(where, "link"))
    if set(found) != {"file"}:
        raise misread(FORM, where, "has to be a text, {'file': ...} or {'link': ...}")
    file, path = inside(found, "file", where, FORM), path_of(where, "file")
    data, mime_type, name = (text_in(file, key, path, FORM) for key in ("data", "mime_type", "name"))
    if (made := file_of(data, mime_type, name)) is None:
        raise misread(FORM, path, "holds no base64 of a file with a MIME type")
    return made


def _value(value: object, kind: type[_Value], where: str) -> _Value:
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise misread(FORM, where, f"is not what it has to be: {error}") from error


def _optional_object(item: Item, key: str, where: str) -> dict[str, object] | None:
    return None if item.get(key) is None else dict(inside(item, key, where, FORM))


def _known(item: Mapping[str, object], keys: frozenset[str], where: str) -> None:
    if unknown := sorted(item.keys() - keys):
        raise misread(FORM, path_of(where, unknown[0]), "is a key that this version of racto_nb does not know")

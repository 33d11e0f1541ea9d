"""Gemini's records: `{"systemInstruction": ..., "contents": [...]}`, preference pairs, and the short form of a pair. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.camel_case import camelled
from racto_nb.finetune.formats.data_urls import file_of
from racto_nb.finetune.formats.gemini_words import (
    FAMILY,
    answer_of,
    gemini_content,
    gemini_preference_record,
    gemini_record,
    gemini_tools,
)
from racto_nb.finetune.formats.grouping import joins, split_parts
from racto_nb.finetune.formats.leftovers import FAMILIES, flat, with_layout, with_wording
from racto_nb.finetune.formats.picking import (
    Item,
    compact,
    inside,
    items_in,
    listed,
    needed,
    object_in,
    optional_number,
    optional_text,
    path_of,
    text_in,
    wrong,
)
from racto_nb.finetune.formats.shapes import misread
from racto_nb.finetune.links import FileLink, Part
from racto_nb.finetune.messages import RactoTrainingMessage

RECORD_KEYS = frozenset({"systemInstruction", "contents", "tools"})
PREFERENCE_KEYS = RECORD_KEYS | {"completions"}
PAIR_KEYS = frozenset({"text_input", "output"})
CONTENT_KEYS = frozenset({"role", "parts"})
_Sorted: TypeAlias = tuple[list[RactoTrainingMessage], list[Part], list[TrainingToolCall]]
_ROLES = {"user": "user", "model": "assistant", "function": "user"}


@dataclass(frozen=True, slots=True)
class GeminiFormat:
    """`{"systemInstruction": {...}, "contents": [...]}`; with `pairs`, a plain pair is `{"text_input": ..., "output": ...}`."""

    name: str = FAMILY
    pairs: bool = True

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return gemini_record(example, self.name, pairs=self.pairs)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`, of either form. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        if "text_input" in record:
            question, answer = (text_in(record, key, "", self.name) for key in ("text_input", "output"))
            turns = (RactoTrainingMessage("user", question), RactoTrainingMessage("assistant", answer))
            written: dict[str, object] = {"text_input": question, "output": answer}
            return RactoTrainingExample(turns, extra=_rest(record, PAIR_KEYS, written))
        record = camelled(record)
        messages, tools = _conversation(record, self.name)
        return RactoTrainingExample(
            messages, tools, extra=_rest(record, RECORD_KEYS, _written(record, messages, tools, self.name))
        )


@dataclass(frozen=True, slots=True)
class GeminiPreferenceFormat:
    """`{"contents": [...], "completions": [{"score": 1, "completion": {...}}, {"score": 0, "completion": {...}}]}`."""

    name: str = "gemini_preference"

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return gemini_preference_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = camelled(object_in(record, "", self.name))
        messages, tools = _conversation(record, self.name)
        answers = [self._answer(where, item) for where, item in needed(record, "completions", "", self.name)]
        scores = [score for score, _ in answers]
        if len(set(scores)) != 2 or len(scores) != 2:  # noqa: PLR2004  (a pair)
            raise misread(
                self.name, "completions", f"has the scores {scores}; it has to be two answers, one better than the other"
            )
        better, worse = sorted(answers, key=lambda answer: -answer[0])
        written = {**_written(record, messages, tools, self.name), "completions": record["completions"]}
        extra = _with_scores(_rest(record, PREFERENCE_KEYS, written), scores)
        return RactoTrainingExample(messages, tools, (better[1],), (worse[1],), extra=extra)

    def _answer(self, where: str, item: Item) -> tuple[float, RactoTrainingMessage]:
        score = optional_number(item, "score", where, self.name)
        if score is None:
            raise wrong(item, "score", where, self.name, "a number")
        if unknown := item.keys() - {"score", "completion"}:
            raise misread(self.name, where, f"has {', '.join(map(repr, sorted(unknown)))}; known are 'score' and 'completion'")
        path = path_of(where, "completion")
        turns = _turns(inside(item, "completion", where, self.name), path, self.name)
        if len(turns) != 1 or turns[0].role != "assistant":
            raise misread(self.name, path, "has to be one answer of the role 'model'")
        return score, turns[0]


def _with_scores(extra: dict[str, object] | None, scores: Sequence[float]) -> dict[str, object] | None:
    if scores[0] < scores[1]:
        extra = with_layout(extra, FAMILY, {"rejected_first": True})
    both = sorted(scores, reverse=True)
    return extra if both == [1, 0] else with_layout(extra, FAMILY, {"scores": both})


def _rest(record: Item, keys: frozenset[str], written: Item) -> dict[str, object] | None:
    known = {key: value for key, value in record.items() if key in keys or key in FAMILIES}
    return with_wording(flat(record, keys), FAMILY, known, written, "")


def _conversation(record: Item, form: str) -> tuple[tuple[RactoTrainingMessage, ...], tuple[TrainingTool, ...]]:
    messages = list(_system(record, form))
    for place, item in enumerate(items_in(record, "contents", "", form)):
        path = f"contents[{place}]"
        plain = _plain(item)
        turns = [plain] if plain else _turns(object_in(item, path, form), path, form)
        if messages and joins(messages[-1], turns[0], FAMILY):
            turns[0] = msgspec.structs.replace(turns[0], extra=with_layout(turns[0].extra, FAMILY, {"apart": True}))
        messages += turns
    tools = [
        _tool(item, path, form)
        for where, given in listed(record, "tools", "", form)
        for path, item in needed(given, "functionDeclarations", where, form)
    ]
    return tuple(messages), tuple(tools)


def _written(
    record: Item, messages: Sequence[RactoTrainingMessage], tools: Sequence[TrainingTool], form: str
) -> dict[str, object]:
    """What is written of a record, its contents as they are: each of them has been compared."""
    written: dict[str, object] = {"contents": record["contents"]}
    if system := [{"text": message.content} for message in messages if message.role == "system"]:
        written["systemInstruction"] = {"parts": system}
    return {**written, "tools": gemini_tools(tools, form)} if tools else written


def _system(record: Item, form: str) -> list[RactoTrainingMessage]:
    if record.get("systemInstruction") is None:
        return []
    where = "systemInstruction"
    parts = needed(inside(record, where, "", form), "parts", where, form)
    return [RactoTrainingMessage("system", text_in(part, "text", path, form)) for path, part in parts]


def _plain(content: object) -> RactoTrainingMessage | None:
    """The turn in a content of one text, as nearly all are; None for any other."""
    if not isinstance(content, dict) or len(found := cast("Item", content)) != 2:  # noqa: PLR2004  (the number says it)
        return None
    role, parts = found.get("role"), cast("list[Item]", found.get("parts"))
    if not isinstance(parts, list) or len(parts) != 1 or role not in ("user", "model"):  # pyright: ignore[reportUnnecessaryIsInstance]
        return None
    part = cast("object", parts[0])
    text = cast("Item", part).get("text") if isinstance(part, dict) and len(cast("Item", part)) == 1 else None
    return RactoTrainingMessage("user" if role == "user" else "assistant", text) if isinstance(text, str) else None


def _turns(item: Item, where: str, form: str) -> list[RactoTrainingMessage]:
    """The turns in one content: what tools answered, and then what the user or the model says."""
    role = text_in(item, "role", where, form)
    if role not in _ROLES:
        raise misread(form, path_of(where, "role"), f"is {role!r}; it has to be 'user' or 'model'")
    turns, parts, calls = _sorted(needed(item, "parts", where, form), form)
    if parts or calls or not turns:
        text, files, order = split_parts(parts, listed=True)
        order = () if parts == [""] and not (turns or calls) else order
        turns.append(RactoTrainingMessage(_ROLES[role], text, files, tuple(calls), parts=order))
    extra = flat(item, CONTENT_KEYS)
    if role == "function":
        extra = with_layout(extra, FAMILY, {"role": role})
    if extra:
        turns[0] = msgspec.structs.replace(turns[0], extra=extra)
    if (left := with_wording(extra, FAMILY, item, gemini_content(turns, where, form), where)) is not extra:
        turns[0] = msgspec.structs.replace(turns[0], extra=left)
    return turns


def _sorted(items: Sequence[tuple[str, Item]], form: str) -> _Sorted:
    turns: list[RactoTrainingMessage] = []
    parts: list[Part] = []
    calls: list[TrainingToolCall] = []
    for path, part in items:
        if "functionResponse" in part:
            turns.append(_answer(inside(part, "functionResponse", path, form), path_of(path, "functionResponse"), form))
        elif "functionCall" in part:
            calls.append(_call(inside(part, "functionCall", path, form), path_of(path, "functionCall"), form))
        else:
            parts.append(_part(part, path, form))
    return turns, parts, calls


def _answer(item: Item, where: str, form: str) -> RactoTrainingMessage:
    response = inside(item, "response", where, form)
    text, told = compact(response, path_of(where, "response"), form), response.get("result")
    if len(response) == 1 and isinstance(told, str) and answer_of(told) == response:
        text = told  # a text that was put into an object, because there must be one
    name, called = text_in(item, "name", where, form), optional_text(item, "id", where, form)
    return RactoTrainingMessage("tool", text, tool_call_id=called, name=name)


def _call(item: Item, where: str, form: str) -> TrainingToolCall:
    arguments = "{}" if item.get("args") is None else compact(inside(item, "args", where, form), path_of(where, "args"), form)
    return TrainingToolCall(text_in(item, "name", where, form), arguments, optional_text(item, "id", where, form) or "")


def _part(part: Item, where: str, form: str) -> Part:
    if "text" in part:
        return text_in(part, "text", where, form)
    if "inlineData" in part:
        data, path = inside(part, "inlineData", where, form), path_of(where, "inlineData")
        file = file_of(text_in(data, "data", path, form), text_in(data, "mimeType", path, form))
        if file is None:
            raise misread(form, path, "holds no base64 of a file with a MIME type")
        return file
    if "fileData" in part:
        data, path = inside(part, "fileData", where, form), path_of(where, "fileData")
        return FileLink(text_in(data, "fileUri", path, form), optional_text(data, "mimeType", path, form) or "")
    known = "'text', 'inlineData', 'fileData', 'functionCall' and 'functionResponse'"
    raise misread(form, where, f"has {', '.join(map(repr, part)) or 'nothing'}; known are {known}")


def _tool(item: Item, where: str, form: str) -> TrainingTool:
    parameters = {} if item.get("parameters") is None else dict(inside(item, "parameters", where, form))
    description = optional_text(item, "description", where, form) or ""
    return TrainingTool(text_in(item, "name", where, form), description, parameters)

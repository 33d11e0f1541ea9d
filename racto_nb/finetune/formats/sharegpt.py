"""ShareGPT records: `{"conversations": [{"from": "human", "value": "..."}, ...]}`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from racto_nb.finetune.calls import TrainingTool
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.leftovers import FAMILIES, flat, with_layout, with_wording
from racto_nb.finetune.formats.picking import Item, inside, needed, object_in, optional_number, optional_text, path_of, text_in
from racto_nb.finetune.formats.shapes import misread
from racto_nb.finetune.formats.sharegpt_words import (
    FAMILY,
    SPEAKERS,
    calls_of,
    sharegpt_record,
    sharegpt_tools,
    sharegpt_turn,
    tools_of,
)
from racto_nb.finetune.messages import RactoTrainingMessage

RECORD_KEYS = frozenset({"conversations", "system", "tools"})
PAIR_KEYS = RECORD_KEYS | {"chosen", "rejected"}
TURN_KEYS = frozenset({"from", "value", "weight"})
ROLES: Mapping[str, str] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "tool": "tool",
    "function_response": "tool",
}


@dataclass(frozen=True, slots=True)
class ShareGPTFormat:
    """`{"conversations": [...], "system": "...", "tools": "[...]"}`; pairs have "chosen" and "rejected" beside them."""

    name: str = FAMILY

    def record(self, example: RactoTrainingExample) -> dict[str, object]:
        """The record of `example`. Raises DatasetFormatError for what the format cannot hold."""
        return sharegpt_record(example, self.name)

    def example(self, record: Item) -> RactoTrainingExample:
        """The example in `record`. Raises DatasetFormatError, which says what is wrong where."""
        record = object_in(record, "", self.name)
        system = optional_text(record, "system", "", self.name)
        messages = [RactoTrainingMessage("system", system)] if system else []
        messages += [_turn(item, where, self.name) for where, item in needed(record, "conversations", "", self.name)]
        if len(record) == 1:
            return RactoTrainingExample(tuple(messages))
        paired = isinstance(record.get("chosen"), dict) and isinstance(record.get("rejected"), dict)
        answers = [(_answer(record, key, self.name),) for key in ("chosen", "rejected")] if paired else [(), ()]
        tools = tools_of(record.get("tools"), self.name)
        extra = _extra(record, PAIR_KEYS if paired else RECORD_KEYS, tools, self.name)
        return RactoTrainingExample(tuple(messages), tools, answers[0], answers[1], extra=extra)


def _extra(record: Item, keys: frozenset[str], tools: Sequence[TrainingTool], form: str) -> dict[str, object] | None:
    """What the file says beside the fields, and in which of its ways it says them."""
    known = {key: value for key, value in record.items() if key in keys or key in FAMILIES}
    absent = {key for key, there in (("tools", tools), ("system", record.get("system"))) if not there}
    extra = with_wording(
        flat(record, keys), FAMILY, known, {key: known[key] for key in known if key in keys and key not in absent}, ""
    )
    said: dict[str, object] = {"system": True} if record.get("system") else {}
    if tools and sharegpt_tools(tools, form) != record["tools"]:
        said["tools"] = record["tools"]
    return with_layout(extra, FAMILY, said) if said else extra


def _answer(record: Item, key: str, form: str) -> RactoTrainingMessage:
    message = _turn(inside(record, key, "", form), key, form)
    if message.role != "assistant":
        raise misread(form, path_of(key, "from"), "has to be 'gpt'")
    return message


def _turn(item: Item, where: str, form: str) -> RactoTrainingMessage:
    speaker, value = text_in(item, "from", where, form), text_in(item, "value", where, form)
    if (role := ROLES.get(speaker)) is None:
        raise misread(form, path_of(where, "from"), f"is {speaker!r}; known are {', '.join(map(repr, ROLES))}")
    usual = SPEAKERS[role] == speaker
    if len(item) == 2 and usual:  # noqa: PLR2004  (who speaks, and what: nearly all of them)
        return RactoTrainingMessage(role, value)
    extra, weight = flat(item, TURN_KEYS), optional_number(item, "weight", where, form)
    if speaker == "function_call":
        calls = calls_of(value, path_of(where, "value"), form)
        message = RactoTrainingMessage(role, tool_calls=calls, weight=weight, extra=extra)
        said: dict[str, object] = {} if sharegpt_turn(message, where, form)["value"] == value else {"value": value}
    else:
        message = RactoTrainingMessage(role, value, weight=weight, extra=extra)
        said = {} if usual else {"from": speaker}
    if said:
        extra = with_layout(extra, FAMILY, said)
        message = msgspec.structs.replace(message, extra=extra)
    left = with_wording(extra, FAMILY, item, sharegpt_turn(message, where, form), where)
    return message if left is extra else msgspec.structs.replace(message, extra=left)

"""Messages, tools and examples as ShareGPT records write them. Pure; works on anything that has the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.formats.grouping import arguments_of, no_parallel, no_reference, one_turn, refuse
from racto_nb.finetune.formats.leftovers import layout, with_extra
from racto_nb.finetune.formats.picking import Item, compact, inside, object_in, objects_in, optional_text, text_in
from racto_nb.finetune.formats.shapes import Conversation, Turn, misread, unheld

FAMILY = "sharegpt"
SPEAKERS: Mapping[str, str] = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def sharegpt_turn(turn: Turn, where: str, form: str = FAMILY) -> dict[str, object]:
    """One turn: who speaks, and what. A call of a tool is a turn of "function_call" with the call in JSON."""
    refuse(turn, where, form, "attachments")
    if turn.parts:
        raise unheld(form, where, "its text in several parts", "The formats 'openai' and 'racto' keep them.")
    if turn.role not in SPEAKERS:
        advice = "Roles are 'system', 'user', 'assistant' and 'tool' there; the formats 'openai' and 'racto' hold others."
        raise unheld(form, where, f"the role {turn.role!r}", advice)
    said = layout(turn.extra, FAMILY)
    if turn.tool_calls:
        written: dict[str, object] = {"from": "function_call", "value": _called(turn, where, form, said.get("value"))}
    else:
        written = {"from": said.get("from", SPEAKERS[turn.role]), "value": turn.content}
    if turn.weight is not None:
        written["weight"] = turn.weight
    return with_extra(written, turn.extra, FAMILY, where, form)


def _called(turn: Turn, where: str, form: str, as_read: object) -> object:
    """The calls of a turn in JSON: in the text that the file had, where that still says the same."""
    if turn.role != "assistant":
        refuse(turn, where, form, "tool_calls")
    if turn.content:
        advice = "There, a turn is a text or a call; the formats 'openai', 'anthropic', 'vertex' and 'racto' hold both in one."
        raise unheld(form, where, "a text beside its calls of tools", advice)
    if isinstance(as_read, str) and calls_of(as_read, where, form) == tuple(turn.tool_calls):
        return as_read
    calls = [{"name": call.name, "arguments": arguments_of(call, where, form)} for call in turn.tool_calls]
    return compact(calls[0] if len(calls) == 1 else calls, where, form)


def calls_of(value: str, where: str, form: str) -> tuple[TrainingToolCall, ...]:
    """The calls in the JSON of a turn: an object with "name" and "arguments", or a list of them."""
    found = _parsed(value, where, "a call", form)
    if not isinstance(found, list):
        return (_call(object_in(found, where, form), where, form),)
    return tuple(_call(item, at, form) for at, item in objects_in(cast("object", found), where, form))


def _call(item: Item, where: str, form: str) -> TrainingToolCall:
    return TrainingToolCall(text_in(item, "name", where, form), compact(inside(item, "arguments", where, form), where, form))


def tools_of(given: object, form: str) -> tuple[TrainingTool, ...]:
    """The tools in a list, or in the JSON of one."""
    if isinstance(given, str):
        given = _parsed(given, "tools", "a list of tools", form) if given.strip() else None
    return () if given is None else tuple(_tool(item, where, form) for where, item in objects_in(given, "tools", form))


def _parsed(text: str, where: str, what: str, form: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise misread(form, where, f"is no JSON of {what}: {error}") from error


def _tool(item: Item, where: str, form: str) -> TrainingTool:
    function = inside(item, "function", where, form) if item.get("type") == "function" and "function" in item else item
    parameters = {} if function.get("parameters") is None else dict(inside(function, "parameters", where, form))
    return TrainingTool(
        text_in(function, "name", where, form), optional_text(function, "description", where, form) or "", parameters
    )


def sharegpt_tools(tools: Sequence[TrainingTool], form: str, as_read: object = None) -> object:
    """The tools that may be called, as the JSON of a list: as the file had them, where that still says the same."""
    if as_read is not None and _says(as_read, tools, form):
        return as_read
    written: list[dict[str, object]] = []
    for place, tool in enumerate(tools):
        if tool.strict is not None:
            advice = "The formats 'openai', 'anthropic' and 'racto' hold it."
            raise unheld(form, f"tools[{place}]", f"strict={tool.strict}", advice)
        written.append({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
    return compact(written, "tools", form)


def _says(as_read: object, tools: Sequence[TrainingTool], form: str) -> bool:
    try:
        return tools_of(as_read, form) == tuple(tools)
    except DatasetFormatError:
        return False


def sharegpt_record(example: Conversation, form: str = FAMILY) -> dict[str, object]:
    """The record of an example, or of a preference pair of two texts. Raises DatasetFormatError for what it cannot hold."""
    no_reference(example, form)
    no_parallel(example, form)
    _answered_in_order(example.messages, form)
    said, turns = layout(example.extra, FAMILY), example.messages
    record: dict[str, object] = {}
    if said.get("system") and turns and turns[0].role == "system" and not turns[0].extra and turns[0].content:
        record["system"] = sharegpt_turn(turns[0], "messages[0]", form)["value"]
        turns = turns[1:]
    first = len(example.messages) - len(turns)
    record["conversations"] = [sharegpt_turn(turn, f"messages[{place}]", form) for place, turn in enumerate(turns, first)]
    if example.preferred or example.rejected:
        record["chosen"] = sharegpt_turn(one_turn(example.preferred, "preferred", form), "preferred", form)
        record["rejected"] = sharegpt_turn(one_turn(example.rejected, "rejected", form), "rejected", form)
    if example.tools:
        record["tools"] = sharegpt_tools(example.tools, form, said.get("tools"))
    return with_extra(record, example.extra, FAMILY, "The example", form)


def _answered_in_order(turns: Sequence[Turn], form: str) -> None:
    """Raise DatasetFormatError where ids and names say something that the order of calls and answers does not."""
    waiting: list[TrainingToolCall] = []
    for place, turn in enumerate(turns):
        if turn.role != "tool":
            refuse(turn, f"messages[{place}]", form, "name", "tool_call_id")
            waiting = list(turn.tool_calls)
            continue
        call = waiting.pop(0) if waiting else TrainingToolCall("")
        if (turn.tool_call_id or "") not in {"", call.id} or (turn.name or "") not in {"", call.name}:
            advice = "There, answers follow their calls in their order; the formats 'openai', 'anthropic' and 'racto' hold ids."
            raise unheld(form, f"messages[{place}]", "an answer of a tool that is not the next one called", advice)

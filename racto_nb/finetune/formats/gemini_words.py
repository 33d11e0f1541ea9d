"""Messages, tools and examples as Gemini's records write them. Pure; works on anything that has the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from racto_nb.finetune.calls import TrainingTool
from racto_nb.finetune.formats.grouping import (
    arguments_of,
    grouped,
    is_plain,
    leading_system,
    names_of_calls,
    no_parallel,
    no_preference,
    no_reference,
    one_turn,
    plain_address,
    refuse,
)
from racto_nb.finetune.formats.leftovers import layout, with_extra
from racto_nb.finetune.formats.shapes import Conversation, Turn, lacking, ordered, unheld
from racto_nb.finetune.links import FileLink, Part

FAMILY = "gemini"
_NO_NAMES: Mapping[str, str] = {}
_ROLES: Mapping[str, str] = {"user": "user", "assistant": "model", "tool": "user"}


def gemini_parts(
    turn: Turn, where: str = "The message", form: str = FAMILY, called: Mapping[str, str] = _NO_NAMES
) -> list[object]:
    """The parts of one message. `called` are the names of tools by the ids of their calls, for answers without a name."""
    if turn.role == "tool":
        return [{"functionResponse": _response(turn, where, form, called)}]
    parts: list[object] = [gemini_part(part, where, form) for part in ordered(turn, where, form)]
    for call in turn.tool_calls:
        function = {"name": call.name, "args": arguments_of(call, where, form)}
        parts.append({"functionCall": {"id": call.id, **function} if call.id else function})
    return parts or [{"text": ""}]


def gemini_part(part: Part, where: str, form: str) -> dict[str, object]:
    """A text or a file."""
    if isinstance(part, str):
        return {"text": part}
    if isinstance(part, FileLink):
        uri = plain_address(part, where, form)
        return {"fileData": {"mimeType": part.mime_type, "fileUri": uri} if part.mime_type else {"fileUri": uri}}
    return {"inlineData": {"mimeType": part.mime_type, "data": part.base64_data}}


def _response(turn: Turn, where: str, form: str, called: Mapping[str, str]) -> dict[str, object]:
    refuse(turn, where, form, "attachments")
    name = turn.name if turn.name is not None else called.get(turn.tool_call_id or "")
    if name is None:
        advice = "Give the message one. The formats 'openai' and 'racto' do without."
        raise lacking(form, where, "`name` of the tool that answers", advice)
    response: dict[str, object] = {"name": name, "response": answer_of(turn.content)}
    return {"id": turn.tool_call_id, **response} if turn.tool_call_id is not None else response


def answer_of(text: str) -> dict[str, object]:
    """What a tool answered as an object: the text itself where it is one in JSON, else as its "result"."""
    return {"result": text} if (found := parsed_object(text)) is None else found


def parsed_object(text: str) -> dict[str, object] | None:
    """The JSON object that a text is; None for any other text."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def gemini_content(turns: Sequence[Turn], where: str, form: str, called: Mapping[str, str] = _NO_NAMES) -> dict[str, object]:
    """The message that `turns` are: one turn, or what tools answered with what the user says after it."""
    first = turns[0]
    if first.role not in _ROLES:
        advice = "Roles are 'system' (first), 'user', 'assistant' and 'tool' there; the formats 'openai' and 'racto' hold others."
        raise unheld(form, where, f"the role {first.role!r}", advice)
    role = layout(first.extra, FAMILY).get("role", _ROLES[first.role])
    written: dict[str, object] = {
        "role": role,
        "parts": [part for turn in turns for part in gemini_parts(turn, where, form, called)],
    }
    for turn in turns:
        refuse(turn, where, form, "weight", *(() if turn.role == "tool" else ("name", "tool_call_id")))
        if turn.role != "assistant":
            refuse(turn, where, form, "tool_calls")
        written = with_extra(written, turn.extra, FAMILY, where, form)
    return written


def gemini_tools(tools: Sequence[TrainingTool], form: str) -> list[dict[str, object]]:
    """The tools that may be called: one object with all of them."""
    declared: list[dict[str, object]] = []
    for place, tool in enumerate(tools):
        if tool.strict is not None:
            raise unheld(
                form, f"tools[{place}]", f"strict={tool.strict}", "The formats 'openai', 'anthropic' and 'racto' hold it."
            )
        written: dict[str, object] = {"name": tool.name}
        if tool.description:
            written["description"] = tool.description
        declared.append({**written, "parameters": tool.parameters} if tool.parameters else written)
    return [{"functionDeclarations": declared}]


def gemini_record(example: Conversation, form: str = FAMILY, *, pairs: bool = True) -> dict[str, object]:
    """The record of an example; with `pairs`, the short one for a plain question and its answer."""
    no_preference(example, form)
    no_reference(example, form)
    if pairs and _is_pair(example):
        question, answer = example.messages
        record: dict[str, object] = {"text_input": question.content, "output": answer.content}
    else:
        record = _conversation(example, form)
    return with_extra(record, example.extra, FAMILY, "The example", form)


def gemini_preference_record(example: Conversation, form: str) -> dict[str, object]:
    """The record of a preference pair: two answers, each with its score."""
    no_reference(example, form)
    record = _conversation(example, form)
    both = {
        name: one_turn(turns, name, form) for name, turns in (("preferred", example.preferred), ("rejected", example.rejected))
    }
    completions = [
        {"score": score, "completion": gemini_content([turn], name, form)}
        for score, (name, turn) in zip(scores_of(example), both.items(), strict=True)
    ]
    record["completions"] = completions[::-1] if layout(example.extra, FAMILY).get("rejected_first") else completions
    return with_extra(record, example.extra, FAMILY, "The example", form)


def scores_of(example: Conversation) -> Sequence[object]:
    """The scores of the preferred and of the rejected answer: 1 and 0 where the file that it is from did not say others."""
    scores = layout(example.extra, FAMILY).get("scores")
    return cast("list[object]", scores) if isinstance(scores, list) else (1, 0)


def _is_pair(example: Conversation) -> bool:
    if example.tools or example.parallel_tool_calls is not None:
        return False
    return [turn.role for turn in example.messages] == ["user", "assistant"] and all(map(is_plain, example.messages))


def _conversation(example: Conversation, form: str) -> dict[str, object]:
    no_parallel(example, form)
    system, rest = leading_system(example.messages, FAMILY, form)
    called = names_of_calls(example.messages)
    record: dict[str, object] = {}
    if system:
        texts = [{"text": part} for n, turn in enumerate(system) for part in ordered(turn, f"messages[{n}]", form) or ("",)]
        record["systemInstruction"] = {"parts": texts}
    record["contents"] = [
        {"role": _ROLES[turns[0].role], "parts": [{"text": turns[0].content}]}
        if turns[0].role in {"user", "assistant"} and is_plain(turns[0])
        else gemini_content(turns, f"messages[{place}]", form, called)
        for place, turns in grouped(rest, FAMILY, len(system))
    ]
    if example.tools:
        record["tools"] = gemini_tools(example.tools, form)
    return record

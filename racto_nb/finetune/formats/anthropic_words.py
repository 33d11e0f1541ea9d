"""Messages, tools and examples as Anthropic's Messages format writes them. Pure; works on anything that has the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from racto_nb.finetune.calls import TrainingTool
from racto_nb.finetune.formats.grouping import (
    SYSTEM_ROLES,
    arguments_of,
    grouped,
    is_plain,
    leading_system,
    names_of_calls,
    no_parallel,
    no_preference,
    no_reference,
    plain_address,
    refuse,
    system_text,
)
from racto_nb.finetune.formats.leftovers import with_extra
from racto_nb.finetune.formats.shapes import Conversation, Turn, lacking, ordered, unheld
from racto_nb.finetune.links import FileLink, Part
from racto_nb.prompts.files import RactoFile

FAMILY = "anthropic"
_NO_NAMES: Mapping[str, str] = {}


def anthropic_message(turn: Turn, where: str = "The message", form: str = FAMILY) -> dict[str, object]:
    """One message: what a tool answered as a message of the user. A system message, whose place is the record, has its role."""
    if turn.role in SYSTEM_ROLES:
        return with_extra({"role": "system", "content": _content(turn, where, form)}, turn.extra, FAMILY, where, form)
    return anthropic_group([turn], where, form)


def anthropic_group(
    turns: Sequence[Turn], where: str, form: str = FAMILY, called: Mapping[str, str] = _NO_NAMES
) -> dict[str, object]:
    """The message that `turns` are: one turn, or what tools answered with what the user says after it.

    `called` are the names of the tools by the ids of their calls: an answer that names its tool says nothing more than they do.
    """
    first = turns[0]
    if len(turns) == 1 and first.role != "tool" and not first.tool_calls:
        content: object = _content(first, where, form)
    else:
        content = [block for turn in turns for block in _blocks(turn, where, form, called)]
    written: dict[str, object] = {"role": _role(first, where, form), "content": content}
    for turn in turns:
        refuse(turn, where, form, "weight", *(() if turn.role == "tool" else ("name", "tool_call_id")))
        if turn.role != "assistant":
            refuse(turn, where, form, "tool_calls")
        written = with_extra(written, turn.extra, FAMILY, where, form)
    return written


def _role(turn: Turn, where: str, form: str) -> str:
    if turn.role == "assistant":
        return "assistant"
    if turn.role in {"user", "tool"}:
        return "user"
    advice = "Roles are 'system' (first), 'user', 'assistant' and 'tool' there; the formats 'openai' and 'racto' hold others."
    raise unheld(form, where, f"the role {turn.role!r}", advice)


def _content(turn: Turn, where: str, form: str) -> object:
    if not (turn.parts or turn.attachments):
        return turn.content
    return [anthropic_block(part, where, form) for part in ordered(turn, where, form)]


def _blocks(turn: Turn, where: str, form: str, called: Mapping[str, str]) -> list[dict[str, object]]:
    if turn.role == "tool":
        return [_result(turn, where, form, called)]
    blocks = [anthropic_block(part, where, form) for part in ordered(turn, where, form)]
    for call in turn.tool_calls:
        if not call.id:
            advice = "There, answers name calls by their ids; the formats 'openai', 'vertex' and 'racto' hold calls without."
            raise lacking(form, f"{where}, which calls {call.name!r},", "id of the call", advice)
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments_of(call, where, form)})
    return blocks


def _result(turn: Turn, where: str, form: str, called: Mapping[str, str]) -> dict[str, object]:
    if not turn.tool_call_id:
        advice = "The formats 'openai', 'vertex' and 'racto' hold answers without."
        raise lacking(form, where, "`tool_call_id`", advice)
    if turn.name is not None and called.get(turn.tool_call_id) != turn.name:
        advice = "There, an answer names its call by the id alone; the formats 'openai', 'vertex' and 'racto' hold the name."
        raise unheld(form, where, f"the tool {turn.name!r} that no call with the id {turn.tool_call_id!r} names", advice)
    result: dict[str, object] = {"type": "tool_result", "tool_use_id": turn.tool_call_id}
    content = _content(turn, where, form)
    return {**result, "content": content} if content else result


def anthropic_block(part: Part, where: str, form: str = FAMILY) -> dict[str, object]:
    """A text, a picture or a document."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, FileLink):
        return _link(part, where, form)
    if part.media_type.startswith("image/"):
        return {"type": "image", "source": _bytes(part)}
    source = _bytes(part) if (text := _text(part)) is None else {"type": "text", "media_type": "text/plain", "data": text}
    document: dict[str, object] = {"type": "document", "source": source}
    return {**document, "title": part.name} if part.name else document


def _bytes(file: RactoFile) -> dict[str, object]:
    return {"type": "base64", "media_type": file.mime_type, "data": file.base64_data}


def _text(file: RactoFile) -> str | None:
    if file.mime_type != "text/plain":
        return None
    try:
        return file.data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _link(link: FileLink, where: str, form: str) -> dict[str, object]:
    uri = plain_address(link, where, form)
    addressed = ":" in uri
    source = {"type": "url", "url": uri} if addressed else {"type": "file", "file_id": uri}
    image = link.mime_type.startswith("image/") or (addressed and not link.mime_type)
    return {"type": "image" if image else "document", "source": source}


def anthropic_tool(tool: TrainingTool) -> dict[str, object]:
    """A tool that may be called."""
    written: dict[str, object] = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    written["input_schema"] = tool.parameters
    return written if tool.strict is None else {**written, "strict": tool.strict}


def anthropic_record(example: Conversation, form: str = FAMILY) -> dict[str, object]:
    """The record of an example. Raises DatasetFormatError for what it cannot hold."""
    no_preference(example, form)
    no_reference(example, form)
    no_parallel(example, form)
    system, rest = leading_system(example.messages, FAMILY, form)
    called = names_of_calls(example.messages)
    record: dict[str, object] = {"system": _system(system, form)} if system else {}
    record["messages"] = [
        {"role": turns[0].role, "content": turns[0].content}
        if turns[0].role in {"user", "assistant"} and is_plain(turns[0])
        else anthropic_group(turns, f"messages[{place}]", form, called)
        for place, turns in grouped(rest, FAMILY, len(system))
    ]
    if example.tools:
        record["tools"] = [anthropic_tool(tool) for tool in example.tools]
    return with_extra(record, example.extra, FAMILY, "The example", form)


def _system(turns: Sequence[Turn], form: str) -> object:
    contents = [anthropic_message(turn, f"messages[{place}]", form)["content"] for place, turn in enumerate(turns)]
    if len(contents) == 1:
        return contents[0]
    if all(isinstance(content, str) for content in contents):
        return system_text(turns)
    blocks: list[object] = []
    for content in contents:
        blocks += [anthropic_block(content, "", form)] if isinstance(content, str) else cast("list[object]", content)
    return blocks

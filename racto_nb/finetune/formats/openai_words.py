"""Messages, tools and examples as OpenAI's chat format writes them. Pure; works on anything that has the fields."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.formats.data_urls import data_url
from racto_nb.finetune.formats.grouping import is_plain, no_preference, no_reference
from racto_nb.finetune.formats.leftovers import with_extra
from racto_nb.finetune.formats.shapes import Conversation, Turn, lacking, ordered, unheld
from racto_nb.finetune.links import FileLink, Part
from racto_nb.prompts.files import RactoFile

FAMILY = "openai"


def openai_message(turn: Turn, where: str = "The message", form: str = FAMILY) -> dict[str, object]:
    """One message. Raises DatasetFormatError for what it cannot hold."""
    written: dict[str, object] = {"role": turn.role}
    if turn.parts or turn.attachments:
        parts = ordered(turn, where, form)
        written["content"] = [openai_part(part, f"{where}: part {place}", form) for place, part in enumerate(parts)]
    elif turn.content or not (turn.tool_calls or (turn.extra and "function_call" in turn.extra)):
        written["content"] = turn.content
    if turn.tool_calls:
        written["tool_calls"] = [openai_call(call) for call in turn.tool_calls]
    named = (("tool_call_id", turn.tool_call_id), ("name", turn.name), ("weight", turn.weight))
    written.update((key, value) for key, value in named if value is not None)
    return with_extra(written, turn.extra, FAMILY, where, form) if turn.extra else written


def openai_part(part: Part, where: str, form: str) -> dict[str, object]:
    """A text, a picture or another file."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, FileLink):
        return _link(part, where, form)
    if part.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": data_url(part)}}
    return {"type": "file", "file": _file(part)}


def _file(file: RactoFile) -> dict[str, object]:
    data = {"file_data": data_url(file)}
    return {"filename": file.name, **data} if file.name else {**data}


def _link(link: FileLink, where: str, form: str) -> dict[str, object]:
    addressed = ":" in link.uri
    if link.mime_type.startswith("image/") or (addressed and not link.mime_type):
        image: dict[str, object] = {"url": link.uri}
        return {"type": "image_url", "image_url": image if link.detail is None else {**image, "detail": link.detail}}
    if addressed or link.detail is not None:
        what = f"the address of a file of the type {link.mime_type!r}" if addressed else "a file id with a `detail`"
        raise unheld(form, where, what, "It takes pictures by address, other files as bytes or by the id of an upload.")
    return {"type": "file", "file": {"file_id": link.uri}}


def openai_call(call: TrainingToolCall) -> dict[str, object]:
    """A call of a tool."""
    called: dict[str, object] = {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}
    return {"id": call.id, **called} if call.id else called


def openai_tool(tool: TrainingTool) -> dict[str, object]:
    """A tool that may be called."""
    function: dict[str, object] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.parameters:
        function["parameters"] = tool.parameters
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def openai_messages(turns: Sequence[Turn], where: str, form: str) -> list[dict[str, object]]:
    """Messages, in their order."""
    return [
        {"role": turn.role, "content": turn.content} if is_plain(turn) else openai_message(turn, f"{where}[{place}]", form)
        for place, turn in enumerate(turns)
    ]


def with_tools(record: dict[str, object], example: Conversation) -> dict[str, object]:
    """`record` with the tools that the example offers."""
    if example.tools:
        record["tools"] = [openai_tool(tool) for tool in example.tools]
    if example.parallel_tool_calls is not None:
        record["parallel_tool_calls"] = example.parallel_tool_calls
    return record


def openai_record(example: Conversation, form: str = FAMILY) -> dict[str, object]:
    """The record of an example for supervised tuning. Raises DatasetFormatError for what it cannot hold."""
    no_preference(example, form)
    no_reference(example, form)
    record = with_tools({"messages": openai_messages(example.messages, "messages", form)}, example)
    return with_extra(record, example.extra, FAMILY, "The example", form)


def openai_dpo_record(example: Conversation, form: str = "openai_dpo") -> dict[str, object]:
    """The record of a preference pair."""
    no_reference(example, form)
    if not (example.preferred and example.rejected):
        raise lacking(form, "The example", "preferred and rejected turns", "The format 'openai' holds plain conversations.")
    record: dict[str, object] = {
        "input": with_tools({"messages": openai_messages(example.messages, "messages", form)}, example),
        "preferred_output": openai_messages(example.preferred, "preferred", form),
        "non_preferred_output": openai_messages(example.rejected, "rejected", form),
    }
    return with_extra(record, example.extra, FAMILY, "The example", form)


def openai_rft_record(example: Conversation, form: str = "openai_rft") -> dict[str, object]:
    """The record of an item for reinforcement: what graders read stands beside the messages."""
    no_preference(example, form)
    record = with_tools({"messages": openai_messages(example.messages, "messages", form)}, example)
    for key, value in (example.reference or {}).items():
        if key in RFT_KEYS:
            raise unheld(form, "The reference", f"the key {key!r}, which is one of the format itself", "Rename it.")
        record[key] = value
    return with_extra(record, example.extra, FAMILY, "The example", form)


RFT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})

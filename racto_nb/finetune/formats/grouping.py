"""What the formats have in common: which turns make one message, what stands before all, and what is refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.formats.leftovers import LAYOUT, layout, refuse_foreign, says, unknown_keys
from racto_nb.finetune.formats.shapes import Conversation, Turn, lacking, unheld
from racto_nb.finetune.links import Attachment, FileLink, Part

SYSTEM_ROLES = frozenset({"system", "developer"})
Field = Literal["name", "weight", "tool_calls", "tool_call_id", "attachments"]
_SAID: Mapping[str, str] = {
    "name": "a name",
    "weight": "a weight",
    "tool_calls": "calls of tools",
    "tool_call_id": "the id of a call",
    "attachments": "files",
}
_INSTEAD: Mapping[str, str] = {
    "name": "The formats 'openai' and 'racto' hold names.",
    "weight": "The formats 'openai', 'sharegpt' and 'racto' hold weights.",
    "tool_calls": "Only turns of the role 'assistant' call tools there; the formats 'openai' and 'racto' hold them with others.",
    "tool_call_id": "Only turns of the role 'tool' answer a call there; the formats 'openai' and 'racto' hold ids with others.",
    "attachments": "The formats 'openai', 'anthropic', 'vertex' and 'racto' hold files.",
}


def refuse(turn: Turn, where: str, form: str, *fields: Field) -> None:
    """Raise DatasetFormatError where the turn has one of these fields."""
    for field in fields:
        value = getattr(turn, field)
        if value is not None and value != ():
            raise unheld(form, where, _SAID[field], _INSTEAD[field])


def no_preference(example: Conversation, form: str) -> None:
    """Raise DatasetFormatError for a preference pair."""
    if example.preferred or example.rejected:
        advice = "The formats 'openai_dpo', 'gemini_preference', 'sharegpt' and 'racto' hold preference pairs."
        raise unheld(form, "The example", "preferred or rejected turns", advice)


def no_reference(example: Conversation, form: str) -> None:
    """Raise DatasetFormatError for an item of reinforcement."""
    if example.reference is not None:
        raise unheld(form, "The example", "a reference for graders", "The formats 'openai_rft' and 'racto' hold references.")


def no_parallel(example: Conversation, form: str) -> None:
    """Raise DatasetFormatError where the example says whether tools may be called at once."""
    if example.parallel_tool_calls is not None:
        what = f"parallel_tool_calls={example.parallel_tool_calls}"
        raise unheld(form, "The example", what, "The formats 'openai' and 'racto' hold it.")


def one_turn(turns: Sequence[Turn], where: str, form: str) -> Turn:
    """The only turn of a preferred or rejected answer."""
    if len(turns) == 1 and turns[0].role == "assistant":
        return turns[0]
    if not turns:
        raise lacking(form, "The example", f"{where} answer", "The formats 'openai' and 'vertex' hold plain conversations.")
    what = f"something else than one turn of the assistant ({len(turns)} turns, the first of the role {turns[0].role!r})"
    raise unheld(form, where, what, "The formats 'openai_dpo' and 'racto' hold it.")


def leading_system(turns: Sequence[Turn], family: str, form: str) -> tuple[Sequence[Turn], Sequence[Turn]]:
    """The system messages that come first, and the other turns. DatasetFormatError for a system message further on."""
    first = next((place for place, turn in enumerate(turns) if turn.role not in SYSTEM_ROLES), len(turns))
    for place in range(first, len(turns)):
        if turns[place].role in SYSTEM_ROLES:
            what = f"the role {turns[place].role!r} in the middle of a conversation"
            advice = "There it is one text before all turns; the formats 'openai', 'sharegpt' and 'racto' hold it where it is."
            raise unheld(form, f"messages[{place}]", what, advice)
    for place in range(first):
        where = f"messages[{place}]"
        refuse(turns[place], where, form, "name", "weight", "tool_calls", "tool_call_id", "attachments")
        extra = turns[place].extra or {}
        refuse_foreign(extra, family, where, form)
        if any(says(extra[key]) for key in unknown_keys(extra)):
            raise unheld(form, where, "keys in the `extra` of a system message", "The formats 'openai' and 'racto' hold them.")
    return turns[:first], turns[first:]


def system_text(turns: Sequence[Turn]) -> str:
    """The texts of several system messages, with an empty line between two."""
    return "\n\n".join(turn.content for turn in turns)


def is_plain(turn: Turn) -> bool:
    """Whether a turn is a role and a text, and nothing else."""
    if turn.attachments or turn.tool_calls or turn.parts or turn.extra:
        return False
    return turn.tool_call_id is None and turn.name is None and turn.weight is None


def joins(before: Turn, turn: Turn, family: str) -> bool:
    """Whether `turn` is a part of the same message as `before`, where answers of tools are a part of what the user says.

    Answers that follow each other are one message, with what the user says right after them. What a file has apart stays apart,
    and so does what has keys of its own, which are those of a message.
    """
    if before.role != "tool" or not (
        turn.role == "tool" or (turn.role == "user" and (turn.content or turn.attachments or turn.parts))
    ):
        return False
    if not turn.extra:
        return True
    worded = turn.extra.get(family)
    only_layout = worded is None or (isinstance(worded, Mapping) and set(cast("Mapping[str, object]", worded)) <= {LAYOUT})
    return only_layout and not unknown_keys(turn.extra) and not layout(turn.extra, family).get("apart")


def grouped(turns: Sequence[Turn], family: str, start: int) -> list[tuple[int, list[Turn]]]:
    """The turns that are one message, each group with the place of its first; the first turn of all has the place `start`."""
    groups: list[tuple[int, list[Turn]]] = []
    for place, turn in enumerate(turns, start):
        if groups and groups[-1][1][-1].role == "tool" and joins(groups[-1][1][-1], turn, family):
            groups[-1][1].append(turn)
        else:
            groups.append((place, [turn]))
    return groups


def names_of_calls(turns: Sequence[Turn]) -> dict[str, str]:
    """The tool that each id calls."""
    return {call.id: call.name for turn in turns for call in turn.tool_calls if call.id}


def arguments_of(call: TrainingToolCall, where: str, form: str) -> dict[str, object]:
    """The arguments of a call as an object. DatasetFormatError for a text that is none."""
    if (arguments := call.parsed()) is not None:
        return arguments
    what = f"a call of {call.name!r} whose arguments are no JSON object"
    raise unheld(form, where, what, "The formats 'openai' and 'racto' keep arguments as the text that they are.")


def plain_address(link: FileLink, where: str, form: str) -> str:
    """The address in a link that says nothing else than where the file is."""
    if link.detail is not None:
        raise unheld(form, where, f"a picture with detail={link.detail!r}", "The formats 'openai' and 'racto' hold it.")
    if link.uri.startswith("data:"):
        raise unheld(form, where, "a data: URL that is no proper base64", "Make it a RactoFile with the bytes of the file.")
    return link.uri


def split_parts(parts: Sequence[Part], *, listed: bool = False) -> tuple[str, tuple[Attachment, ...], tuple[Part, ...]]:
    """The text and the files of `parts`, and the parts themselves where text and files alone do not tell their order.

    A single text in a list stays one, because to some readers it is something else than a text, unless it is a list for another
    reason (`listed`).
    """
    texts = [part for part in parts if isinstance(part, str)]
    files = tuple(part for part in parts if not isinstance(part, str))
    text = "".join(texts)
    usual = (listed or bool(files)) and (*files, *([text] if text else [])) == tuple(parts)
    return text, files, () if usual else tuple(parts)

"""Calls of tools and their results in a conversation: each has an id of its own, each call a result. Pure.

Providers refuse a history with a call that nobody answered, and some of them ids that come twice; others give none at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from racto_nb.exceptions import UsageError
from racto_nb.models.messages import Message, MessageRole, ToolCallResult

NOT_CARRIED_OUT = "Error: this call was not carried out."


def identified(listed: Sequence[Message]) -> list[Message]:
    """The turns with an id for every call, new where it had none or another call's, and with id and name for every result.

    >>> ask = Message(role="assistant", content="", tool_calls=[ToolCallResult(name="now", arguments={})])
    >>> _, told = identified([ask, Message(role="tool", content="12:00")])
    >>> told.tool_call_id, told.name
    ('call_1', 'now')
    """
    taken = {call.id for turn in listed for call in turn.tool_calls}
    free = (name for number in count(1) if (name := f"call_{number}") not in taken)
    seen: set[str] = {""}
    told: list[Message] = []
    open_calls: list[tuple[str, ToolCallResult]] = []
    for turn in listed:
        if turn.role is MessageRole.TOOL:
            told.append(_result(turn, open_calls))
            continue
        calls = [(call.id, _renamed(call, seen, free, keep=turn.own is not None)) for call in turn.tool_calls]
        open_calls = list(calls)
        told.append(turn.model_copy(update={"tool_calls": [call for _, call in calls]}) if calls else turn)
    return told


def paired(listed: Sequence[Message]) -> list[Message]:
    """The turns `identified`, with a result for each call that has none.

    Raises UsageError for a result whose call is not in the turn before it.
    """
    told: list[Message] = []
    waiting: list[ToolCallResult] = []
    for turn in identified(listed):
        if turn.role is MessageRole.TOOL:
            if turn.tool_call_id not in {call.id for call in waiting}:
                raise _orphan(turn)
            waiting = [call for call in waiting if call.id != turn.tool_call_id]
        else:
            told += map(_not_carried_out, waiting)
            waiting = list(turn.tool_calls)
        told.append(turn)
    return [*told, *map(_not_carried_out, waiting)]


def _renamed(call: ToolCallResult, seen: set[str], free: Iterator[str], *, keep: bool) -> ToolCallResult:
    """`call` with an id that no other one has. `keep`: its provider has it back in its own words, under the id that it gave."""
    if call.id in seen and not (keep and call.id):
        call = call.model_copy(update={"id": next(free)})
    seen.add(call.id)
    return call


def _result(turn: Message, open_calls: list[tuple[str, ToolCallResult]]) -> Message:
    """A result with the id and the name of its call: the one with its id, or the next one where it names none."""
    for place, (known, call) in enumerate(open_calls):
        if turn.tool_call_id in {"", known, call.id}:
            del open_calls[place]
            return turn.model_copy(update={"tool_call_id": call.id, "name": turn.name or call.name})
    return turn


def _not_carried_out(call: ToolCallResult) -> Message:
    return Message(role=MessageRole.TOOL, content=NOT_CARRIED_OUT, tool_call_id=call.id, name=call.name, is_error=True)


def _orphan(turn: Message) -> UsageError:
    what = f"The result of a tool ({turn.name or turn.tool_call_id or 'without a name'}: {turn.content:.60})"
    return UsageError(
        f"{what} has no call in the turn before it. A history takes `response.messages` as they are: the turn with the calls, "
        "then their results. Nothing was sent."
    )

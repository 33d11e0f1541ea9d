"""Calls of tools and their answers. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.checking.naming import meant
from racto_nb.finetune.messages import RactoTrainingMessage

Messages = Sequence[RactoTrainingMessage]


class Unpaired(NamedTuple):
    """A call without its answer, or an answer without its call; `message` is where it stands."""

    message: int
    says: str
    fix: str = ""
    fixable: bool = False


class Exchange(NamedTuple):
    """Calls of one turn (at `place`) and the answers that follow at once (at `answers`)."""

    place: int
    calls: tuple[TrainingToolCall, ...]
    answers: list[int]


def unpaired(messages: Messages, *, ids: bool) -> Iterator[Unpaired]:
    """What does not go together. With `ids`, calls and answers need one; without, an answer may go by the name of the tool.

    The calls of the last turn need no answer: they are what is learnt.
    """
    for exchange in _exchanges(messages):
        if not exchange.calls:
            for place in exchange.answers:
                yield Unpaired(place, "A tool answers, but no call stands before it.", "Put it after the call.")
        elif ids and _without_ids(messages, exchange):
            fix = "fix() numbers them."
            yield Unpaired(exchange.place, "Its calls have no ids, which this format needs.", fix, fixable=True)
        else:
            yield from _loose(messages, exchange)


def _exchanges(messages: Messages) -> Iterator[Exchange]:
    now: Exchange | None = None
    for place, message in enumerate(messages):
        if meant(message.role) == "tool":
            now = now or Exchange(place, (), [])
            now.answers.append(place)
        else:
            if now:
                yield now
            now = Exchange(place, tuple(message.tool_calls), []) if message.tool_calls else None
    if now:
        yield now


def _without_ids(messages: Messages, exchange: Exchange) -> bool:
    """Whether calls have no ids, and no answer has one: they go together by their order."""
    if any(call.id for call in exchange.calls) or any(messages[place].tool_call_id for place in exchange.answers):
        return False
    return len(exchange.answers) in {0, len(exchange.calls)} and _in_order(messages, exchange)


def _in_order(messages: Messages, exchange: Exchange) -> bool:
    """Whether answers that say the name of a tool say that of the call in their place."""
    answers = [messages[place].name for place in exchange.answers]
    return all(name in {None, "", call.name} for name, call in zip(answers, exchange.calls, strict=False))


def _loose(messages: Messages, exchange: Exchange) -> Iterator[Unpaired]:
    open_calls = list(exchange.calls)
    names = [call.id for call in open_calls if call.id]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        yield Unpaired(exchange.place, f"Two calls have the id {twice!r:.80}.", "Give each its own.")
    for place in exchange.answers:
        found = _answered(messages[place], open_calls)
        if found is None:
            called = messages[place].tool_call_id or messages[place].name or ""
            says = f"A tool answers {called!r:.80}, which was not called." if called else "A tool answers no call that is open."
            yield Unpaired(place, says, "Give it the id of the call that it answers.")
        else:
            open_calls.remove(found)
    ends = exchange.place + len(exchange.answers) == len(messages) - 1
    if open_calls and not (ends and not exchange.answers):
        says = f"The call of {open_calls[0].name!r:.80} is not answered."
        yield Unpaired(exchange.place, says, "Add a 'tool' message with what the tool said.")


def _answered(answer: RactoTrainingMessage, calls: Sequence[TrainingToolCall]) -> TrainingToolCall | None:
    if answer.tool_call_id:
        return next((call for call in calls if call.id == answer.tool_call_id), None)
    fitting = [call for call in calls if not call.id and answer.name in {None, "", call.name}]
    return fitting[0] if fitting else None


def with_ids(messages: Messages) -> tuple[RactoTrainingMessage, ...]:
    """The messages, with ids for calls that have none, and for the answers in their order."""
    changed = list(messages)
    taken = {call.id for message in messages for call in message.tool_calls}
    number = 0
    for exchange in _exchanges(messages):
        if not exchange.calls or not _without_ids(messages, exchange):
            continue
        ids: list[str] = []
        while len(ids) < len(exchange.calls):
            number += 1
            if (name := f"call_{number}") not in taken:
                ids.append(name)
        calls = tuple(msgspec.structs.replace(call, id=name) for call, name in zip(exchange.calls, ids, strict=True))
        changed[exchange.place] = msgspec.structs.replace(messages[exchange.place], tool_calls=calls)
        for place, name in zip(exchange.answers, ids, strict=False):
            changed[place] = msgspec.structs.replace(messages[place], tool_call_id=name)
    return tuple(changed)

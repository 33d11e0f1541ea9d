"""How an example is edited: each edit makes another example. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.mending import together
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.notebook.controllers.dataset.events import (
    Detach,
    Drop,
    Filed,
    Insert,
    Merge,
    Move,
    OnExample,
    Prefer,
    Speak,
    Split,
    Swap,
    Tag,
    Unpair,
    Weigh,
    Write,
)

SIDES = ("messages", "preferred", "rejected")
ROLES = ("system", "user", "assistant", "tool")
Turns = list[RactoTrainingMessage]


def edited(example: RactoTrainingExample, event: OnExample | Filed) -> tuple[RactoTrainingExample, str]:
    """The example after `event`, and what was done in words. UsageError for what it has not.

    >>> example = RactoTrainingExample.from_pair("Hi", "Hello")
    >>> changed, what = edited(example, Write("e1", 1, "Good day"))
    >>> changed.messages[1].content, what
    ('Good day', 'rewrite turn 1')
    """
    match event:
        case Tag():
            return _tagged(example, event), f"tag {event.name}"
        case Prefer():
            return _pair(example), "make a pair"
        case Swap():
            _refuse_no_pair(example)
            return replace(example, preferred=example.rejected, rejected=example.preferred), "swap the pair"
        case Unpair():
            _refuse_no_pair(example)
            kept = getattr(example, event.side)
            return replace(example, messages=(*example.messages, *kept), preferred=(), rejected=()), f"keep what is {event.side}"
        case _:
            return _turned(example, event)


def _turned(example: RactoTrainingExample, event: OnExample | Filed) -> tuple[RactoTrainingExample, str]:
    assert not isinstance(event, Tag | Prefer | Swap | Unpair)  # noqa: S101  (said above; for the types)
    sides: dict[str, Turns] = {name: list(getattr(example, name)) for name in SIDES}
    if isinstance(event, Insert) and not any(sides.values()):
        sides["messages"].append(RactoTrainingMessage("user"))
        return _with(example, sides), "add turn 0"
    turns, at = _located(sides, event.turn)
    match event:
        case Insert() | Drop() | Move() | Split() | Merge():
            what = _reordered(turns, at, event)
        case _:
            turns[at], what = _reworded(turns[at], event)
    return _with(example, sides), f"{what} {event.turn}"


def _reordered(turns: Turns, at: int, event: Insert | Drop | Move | Split | Merge) -> str:
    """Change how many turns there are, or their order."""
    match event:
        case Insert():
            turns.insert(at + 1, RactoTrainingMessage(other_speaker(turns[at].role)))
            return "add a turn after"
        case Drop():
            del turns[at]
            return "remove turn"
        case Move():
            to = _neighbour(turns, at, event.by)
            turns[at], turns[to] = turns[to], turns[at]
            return "move turn"
        case Split():
            speaker = other_speaker(turns[at].role)
            turns[at : at + 1] = [_says(turns[at], event.value), RactoTrainingMessage(speaker, event.rest)]
            return "split turn"
        case Merge():
            after = _neighbour(turns, at, 1)
            turns[at : after + 1] = [together(turns[at], turns[after])]
            return "merge into turn"


def _reworded(turn: RactoTrainingMessage, event: OnExample | Filed) -> tuple[RactoTrainingMessage, str]:
    """Change one turn by itself."""
    match event:
        case Write():
            return _says(turn, event.value), "rewrite turn"
        case Speak():
            if not event.value.strip():
                raise UsageError("A turn has a role, such as user or assistant.")
            return replace(turn, role=event.value), f"make {event.value} of turn"
        case Weigh():
            return replace(turn, weight=None if event.value else 0), f"{'learn' if event.value else 'do not learn'} turn"
        case Filed():
            parts = (*event.files, *turn.parts) if turn.parts else ()
            return replace(turn, attachments=(*turn.attachments, *event.files), parts=parts), "attach files to turn"
        case Detach():
            return _without_file(turn, event.place), "remove a file of turn"
        case _:
            raise UsageError(f"An editor does not know what to do about {event!r:.80}.")


def _says(turn: RactoTrainingMessage, text: str) -> RactoTrainingMessage:
    """The turn with another text. Where texts and files had an order of their own, the text stands after the files now."""
    return replace(turn, content=text, parts=())


def _without_file(turn: RactoTrainingMessage, place: int) -> RactoTrainingMessage:
    if place >= len(turn.attachments):
        raise UsageError(f"There is no file {place}: the turn has {len(turn.attachments)}.")
    gone = turn.attachments[place]
    left = tuple(each for number, each in enumerate(turn.attachments) if number != place)
    parts = list(turn.parts)
    if gone in parts:
        parts.remove(gone)
    return replace(turn, attachments=left, parts=tuple(parts) if left else ())


def other_speaker(role: str) -> str:
    """Who speaks after `role`: the user before all else, then the assistant."""
    return "assistant" if role == "user" else "user"


def _located(sides: dict[str, Turns], turn: int) -> tuple[Turns, int]:
    at = turn
    for turns in sides.values():
        if at < len(turns):
            return turns, at
        at -= len(turns)
    raise UsageError(f"There is no turn {turn}: the example has {sum(map(len, sides.values()))}.")


def _neighbour(turns: Turns, at: int, by: int) -> int:
    if not 0 <= at + by < len(turns):
        raise UsageError(f"There is no turn {'before' if by < 0 else 'after'} this one.")
    return at + by


def _with(example: RactoTrainingExample, sides: dict[str, Turns]) -> RactoTrainingExample:
    return replace(example, **{name: tuple(turns) for name, turns in sides.items()})


def _tagged(example: RactoTrainingExample, event: Tag) -> RactoTrainingExample:
    tags = {**(example.tags or {}), event.name: event.value}
    if not event.value:
        del tags[event.name]
    return replace(example, tags=tags or None)


def _pair(example: RactoTrainingExample) -> RactoTrainingExample:
    if example.preferred or example.rejected:
        raise UsageError("This example is a pair already. Swap its sides, or keep one of them.")
    messages: Sequence[RactoTrainingMessage] = example.messages
    if not messages or messages[-1].role != "assistant":
        raise UsageError("A pair is made of an answer: the last turn has to be the assistant's.")
    return replace(example, messages=tuple(messages[:-1]), preferred=(messages[-1],), rejected=(messages[-1],))


def _refuse_no_pair(example: RactoTrainingExample) -> None:
    if not (example.preferred or example.rejected):
        raise UsageError("This example is no pair: it has nothing that is preferred or rejected.")

"""What a chat does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.chat.events import (
    Again,
    Allow,
    Ask,
    Attached,
    Choose,
    Clear,
    Detach,
    Edit,
    Ended,
    Export,
    Forget,
    Halt,
    Open,
    Pick,
    Settle,
    Stepped,
    Stop,
    Wondered,
    Write,
)
from racto_nb.notebook.controllers.chat.exporting import exported
from racto_nb.notebook.controllers.chat.state import WRITING, Answer, ChatState, Exchange
from racto_nb.notebook.controllers.reading import LONGEST_FILES
from racto_nb.prompts.files import RactoFile

Told = tuple[ChatState, Sequence[object]]


def update(state: ChatState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    match event:
        case Ask():
            return _asked(state, event.text, _last_answer(state), state.files)
        case Edit():
            old = _exchange(state, event.key)
            return _asked(state, event.text, old.parent, old.files)
        case Again():
            return _again(state, event)
        case Stop():
            return state, [Halt(key) for key in _written(state) if event.key in {"", key}]
        case Allow():
            left = tuple(asked for asked in state.waiting if asked.key != event.key)
            return replace(state, waiting=left), [Settle(event.key, event.value)]
        case Clear():
            return _cleared(state)
        case Open() | Choose() | Pick():
            return _chosen(state, event), ()
        case _:
            return _happened(state, event), ()


def _happened(state: ChatState, event: object) -> ChatState:
    match event:
        case Export():
            return replace(state, exported=exported(state, event.kind))
        case Attached():
            return _attached(state, event.files)
        case Detach():
            return replace(state, files=tuple(file for place, file in enumerate(state.files) if place != event.place))
        case Wondered():  # of an answer that was cleared away meanwhile nobody is asked
            known = state.holder(event.asked.answer) is not None
            return replace(state, waiting=(*state.waiting, event.asked)) if known else state
        case Stepped():
            return _with(state, event.key, {"steps": event.steps})
        case Ended():
            fields = {name: getattr(event, name) for name in Ended.__slots__ if name != "key"}
            left = tuple(asked for asked in state.waiting if asked.answer != event.key)
            return replace(_with(state, event.key, fields), waiting=left)
        case _:
            raise UsageError(f"A chat does not know what to do about {event!r}.")


def _attached(state: ChatState, files: tuple[RactoFile, ...]) -> ChatState:
    held = (*state.files, *files)
    if (size := sum(len(file.data) for file in held)) > LONGEST_FILES:
        raise UsageError(f"The files are {size:,} bytes together, and {LONGEST_FILES:,} at most. Nothing was attached.")
    return replace(state, files=held)


def _asked(state: ChatState, text: str, parent: str, files: tuple[RactoFile, ...]) -> Told:
    """A new exchange after `parent`, of all models that are picked."""
    if not text.strip():
        raise UsageError("The message is empty. Write the question, also when files are attached.")
    if state.busy:
        raise UsageError("An answer is still being written. Stop it, or wait for it, before you ask on.")
    if not state.picked:
        raise UsageError("No model is picked. Pick at least one.")
    count = state.count
    answers = tuple(Answer(f"a{count + 1 + place}", model) for place, model in enumerate(state.picked))
    exchange = Exchange(f"q{count}", parent, text, files, answers, chosen=answers[0].key)
    opened = {**state.opened, parent: exchange.key}
    next_state = replace(state.with_exchange(exchange), opened=opened, files=(), count=count + 1 + len(answers))
    return next_state, [_write(state, exchange, answer) for answer in answers]


def _again(state: ChatState, event: Again) -> Told:
    exchange, old = _exchange_of(state, event.key)
    if state.busy:
        raise UsageError("An answer is still being written. Stop it, or wait for it, before you ask for another one.")
    if event.model and event.model not in state.models:
        raise UsageError(f"There is no model {event.model!r} in this chat. It has: {', '.join(state.models)}.")
    answer = Answer(f"a{state.count}", event.model or old.model)
    grown = replace(exchange, answers=(*exchange.answers, answer), chosen=answer.key)
    return replace(state.with_exchange(grown), count=state.count + 1), [_write(state, grown, answer)]


def _chosen(state: ChatState, event: Open | Choose | Pick) -> ChatState:
    match event:
        case Open():
            exchange = _exchange(state, event.key)
            return replace(state, opened={**state.opened, exchange.parent: exchange.key})
        case Choose():
            exchange, answer = _exchange_of(state, event.key)
            return state.with_exchange(replace(exchange, chosen=answer.key))
        case Pick():
            if event.model not in state.models:
                raise UsageError(f"There is no model {event.model!r} in this chat. It has: {', '.join(state.models)}.")
            kept = {*state.picked, event.model} if event.value else {*state.picked} - {event.model}
            return replace(state, picked=tuple(model for model in state.models if model in kept))


def _cleared(state: ChatState) -> Told:
    halts = [Halt(key) for key in _written(state)]
    gone = frozenset(answer.key for exchange in state.exchanges.values() for answer in exchange.answers)
    empty = replace(state, exchanges={}, opened={}, files=(), waiting=(), exported="")
    return empty, [*halts, Forget(gone)]


def _with(state: ChatState, key: str, fields: Mapping[str, Any]) -> ChatState:
    """With `fields` of the answer `key`. An answer that was cleared away meanwhile is let go."""
    exchange = state.holder(key)
    answer = None if exchange is None else exchange.answer(key)
    if exchange is None or answer is None:
        return state
    return state.with_exchange(exchange.with_answer(replace(answer, **fields)))


def _write(state: ChatState, exchange: Exchange, answer: Answer) -> Write:
    return Write(answer.key, answer.model, exchange.question, exchange.files, tuple(state.history(exchange.parent)))


def _last_answer(state: ChatState) -> str:
    """The answer that a next question follows: the chosen one of the last exchange that can be gone on from."""
    parent = ""
    for exchange in state.path():
        answer = exchange.answer(exchange.chosen)
        if answer is None or not answer.goes_on:
            break
        parent = answer.key
    return parent


def _written(state: ChatState) -> list[str]:
    return [answer.key for each in state.exchanges.values() for answer in each.answers if answer.state == WRITING]


def _exchange(state: ChatState, key: str) -> Exchange:
    if (found := state.exchanges.get(key)) is None:
        raise UsageError(f"There is no question {key!r} in this chat.")
    return found


def _exchange_of(state: ChatState, key: str) -> tuple[Exchange, Answer]:
    exchange = state.holder(key)
    answer = None if exchange is None else exchange.answer(key)
    if exchange is None or answer is None:
        raise UsageError(f"There is no answer {key!r} in this chat.")
    return exchange, answer

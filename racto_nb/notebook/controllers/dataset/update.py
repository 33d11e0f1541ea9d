"""What an editor of training data does about what happens. Pure: changes of the dataset are wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.targets import target_named
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.notebook.controllers.dataset.events import (
    Attach,
    Away,
    Became,
    Check,
    Compare,
    Copy,
    Delete,
    Export,
    Filed,
    Filter,
    For,
    Go,
    Leaks,
    Look,
    Mend,
    New,
    OnExample,
    Open,
    Pair,
    Put,
    Redo,
    Rows,
    Save,
    Seek,
    Sign,
    Undo,
)
from racto_nb.notebook.controllers.dataset.state import Checks, DatasetState, Leaking, Opened
from racto_nb.notebook.controllers.dataset.turns import edited

Told = tuple[DatasetState, Sequence[object]]
MOST_ROWS = 400
"""Rows that are sent at once."""


def update(state: DatasetState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    match event:
        case Became():
            return replace(state, **event.parts), ()
        case Rows():
            return state, [Rows(event.first, min(event.last, event.first + MOST_ROWS))]
        case Open() | Go():
            return state, [_look(state, event)]
        case New() | Copy() | Delete():
            return state, [_put_whole(state, event)]
        case Undo() | Redo() | Mend() | Check() | Leaks() | Pair():
            return _asked(state, event)
        case _ if isinstance(event, OnExample | Filed):
            return state, [_put(state, event)]
        case _:
            return _other(state, event)


def _other(state: DatasetState, event: object) -> Told:
    match event:
        case Sign():
            return replace(state, who=event.who, why=event.why), ()
        case Away():
            return replace(state, saving=replace(state.saving, notice="", done="")), ()
        case Seek():
            sheet = replace(state.sheet, seek=event.value, busy=True, told="")
            return replace(state, sheet=sheet), [event]
        case Filter():
            sheet = replace(state.sheet, where=event.where, busy=True, told="")
            return replace(state, sheet=sheet), [event]
        case For():
            return replace(state, checks=Checks(target_named(event.value).name)), [event]
        case Save() | Export() | Compare():
            return state, [event]
        case _:
            raise UsageError(f"An editor does not know what to do about {event!r:.200}.")


def _asked(state: DatasetState, event: Undo | Redo | Mend | Check | Leaks | Pair) -> Told:
    match event:
        case Undo() | Redo():
            _refuse_nothing(state, "undo" if isinstance(event, Undo) else "redo")
        case Check():
            return replace(state, checks=replace(state.checks, state="running")), [event]
        case Leaks():
            return replace(state, leaking=_looked_for(state.leaking)), [event]
        case Mend() | Pair():
            _refuse_unknown(state, event)
    return state, [event]


def _refuse_nothing(state: DatasetState, word: str) -> None:
    if not getattr(state.log, word):
        raise UsageError(f"There is nothing to {word} here. What was done before it was opened, data.undo() takes back.")


def _refuse_unknown(state: DatasetState, event: Mend | Pair) -> None:
    if isinstance(event, Pair) and event.number >= len(state.leaking.leaks):
        raise UsageError(f"There is no leak {event.number}.")
    if isinstance(event, Mend) and event.key:
        _opened(state, event.key)


def _looked_for(leaking: Leaking) -> Leaking:
    if leaking.validation is None:
        raise UsageError("There is no validation data: give it, DatasetEditor(train, validation=held_out).")
    return replace(leaking, state="running", both=None)


def _look(state: DatasetState, event: Open | Go) -> Look:
    if isinstance(event, Open):
        if event.shape != state.sheet.shape:
            raise UsageError("The rows have moved meanwhile. Choose the example again.")
        if event.row >= state.sheet.shown:
            raise UsageError(f"There is no row {event.row}: {state.sheet.shown:,} are shown.")
        return Look(row=event.row)
    if event.place >= state.sheet.count:
        raise UsageError(f"There is no example {event.place}: the dataset has {state.sheet.count:,}, counted from 0.")
    return Look(place=event.place)


def _put(state: DatasetState, event: OnExample | Filed) -> Put:
    if isinstance(event, Attach):
        raise UsageError("The files of this turn did not come along. Attach them again.")
    held = _opened(state, event.key)
    example, what = edited(held.example, event)
    return Put(held.place, 1, (example,), what)


def _put_whole(state: DatasetState, event: New | Copy | Delete) -> Put:
    match event:
        case New():
            return Put(None, 0, (RactoTrainingExample.from_pair("", ""),), "add an example")
        case Copy():
            return Put(None, 0, (_opened(state, event.key).example,), "add a copy")
        case Delete():
            return Put(_opened(state, event.key).place, 1, (), "remove")


def _opened(state: DatasetState, key: str) -> Opened:
    """The open example. What a page says about another one, which was open before, is not done to this one."""
    held = state.opened
    if held is None or held.key != key:
        raise UsageError("Another example is open now, and nothing was changed. Open the example again.")
    return held

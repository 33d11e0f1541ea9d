"""What a prompt builder does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.events import (
    Ablate,
    Compare,
    Count,
    Ended,
    Gone,
    Halt,
    Keep,
    Loaded,
    Look,
    Measure,
    Open,
    Pick,
    Price,
    Priced,
    Restore,
    Search,
    Seen,
    Stop,
    Try,
    Turn,
)
from racto_nb.notebook.controllers.prompt.filling import filled
from racto_nb.notebook.controllers.prompt.state import WRITING, PromptState, Version
from racto_nb.notebook.controllers.prompt.trying import ablated, ended, tried
from racto_nb.notebook.controllers.prompt.versions import kept, whole

Told = tuple[PromptState, Sequence[object]]


def update(state: PromptState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    changed, wishes = _changed(state, event)
    if changed.draft is state.draft and changed.question == state.question and changed.classes is state.classes:
        return changed, wishes
    return changed, [*wishes, price_wish(changed)]


def price_wish(state: PromptState) -> Price:
    """The wish to know what the draft costs."""
    try:
        return Price(None if state.missing else state.prompt, state.question)
    except ValidationError:  # what is wrong is shown where it is tried; there is no price for it
        return Price(None, state.question)


def _changed(state: PromptState, event: object) -> Told:
    match event:
        case Try():
            return tried(state, event)
        case Ablate():
            return ablated(state, event)
        case Stop():
            keys = [run.key for trial in state.trials for run in trial.runs if run.state == WRITING]
            # Those that wait go first: the turn of the one that is written would fall to them.
            return state, [Halt(key) for key in reversed(keys) if event.key in {"", key}]
        case Count():
            return state, [Measure(_model(state, event.model), whole(state), state.question)]
        case Look():
            return state, [Search()]
        case Keep() | Restore() | Compare():
            return _versions(state, event), ()
        case _:
            return _happened(state, event), ()


def _happened(state: PromptState, event: object) -> PromptState:
    match event:
        case Pick() | Open() | Turn():
            return _chosen(state, event)
        case Priced():
            return replace(state, prices={**state.prices, **event.prices} if event.prices else {})
        case Seen():
            return replace(state, classes=event.classes)
        case Loaded():
            return replace(state, draft=event.draft, classes=event.classes)
        case Ended() | Gone():
            return ended(state, event)
        case _:
            return filled(state, event)


def _chosen(state: PromptState, event: Pick | Open | Turn) -> PromptState:
    match event:
        case Pick():
            model = _model(state, event.model)
            kept = {*state.picked, model} if event.value else {*state.picked} - {model}
            return replace(state, picked=tuple(each for each in state.models if each in kept))
        case Turn():
            return replace(state, tab=event.value)
        case Open():
            if all(trial.key != event.value for trial in state.trials):
                raise UsageError(f"There is no trial {event.value!r}.")
            return replace(state, opened=event.value)


def _versions(state: PromptState, event: Keep | Restore | Compare) -> PromptState:
    match event:
        case Keep():
            return kept(state, event.note)
        case Compare():
            return replace(state, against=_version(state, event.value).key if event.value else "")
        case Restore():
            wanted = _version(state, event.key)
            return replace(kept(state, "before going back"), draft=wanted.draft)


def _model(state: PromptState, name: str) -> str:
    if name not in state.models:
        raise UsageError(f"There is no model {name!r} here. There is: {', '.join(state.models) or 'none'}.")
    return name


def _version(state: PromptState, key: str) -> Version:
    if (found := next((version for version in state.versions if version.key == key), None)) is None:
        raise UsageError(f"There is no version {key!r}. There is: {', '.join(each.key for each in state.versions) or 'none'}.")
    return found

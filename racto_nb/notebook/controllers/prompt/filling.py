"""What typing into the form does to the draft. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.drafts import CLASS, DESCRIPTION, FIELDS, Draft
from racto_nb.notebook.controllers.prompt.events import Add, Drop, Guard, Lift, Put, Shape, Write
from racto_nb.notebook.controllers.prompt.fields import COLUMNS, KINDS, Row
from racto_nb.notebook.controllers.prompt.state import PromptState
from racto_nb.prompts.compiling import KEYWORDS

MOST_ROWS = 200


def filled(state: PromptState, event: object) -> PromptState:
    """The state after the form was changed. UsageError for what there is not."""
    match event:
        case Put() if event.field == "question":
            return replace(state, question=event.value)
        case Put():
            return replace(state, draft=replace(state.draft, **{event.field: event.value}))
        case Guard():
            return replace(state, draft=replace(state.draft, guardrails=event.value))
        case Shape():
            return replace(state, draft=_shaped(state.draft, event.value, state.classes))
        case Add():
            return _added(state, event)
        case Write() | Drop() | Lift():
            return replace(state, draft=_listed(state.draft, event))
        case _:
            raise UsageError(f"A prompt builder does not know what to do about {event!r}.")


def _shaped(draft: Draft, output: str, classes: Mapping[str, type[BaseModel]]) -> Draft:
    known = {*KEYWORDS, DESCRIPTION, FIELDS, *(f"{CLASS}{name}" for name in classes)}
    if output not in known:
        raise UsageError(f"There is no output {output!r:.80}. There is: {', '.join(sorted(known))}.")
    if output == FIELDS and not draft.fields:  # something to begin with
        return replace(draft, output=output, fields=(Row.new("fields", "first", "answer"),))
    return replace(draft, output=output)


def _added(state: PromptState, event: Add) -> PromptState:
    rows = state.draft.rows(event.where)
    if event.where == "constraints" and not event.text.strip():
        raise UsageError("The constraint is empty. Write what must always or never happen.")
    if len(rows) >= MOST_ROWS:
        raise UsageError(f"There are {MOST_ROWS} {event.where} already. More of them would not be followed.")
    row = Row.new(event.where, f"n{state.count}", event.text)
    return replace(state, draft=state.draft.with_rows(event.where, (*rows, row)), count=state.count + 1)


def _listed(draft: Draft, event: Write | Drop | Lift) -> Draft:
    rows = list(draft.rows(event.where))
    place = next((place for place, row in enumerate(rows) if row.key == event.key), None)
    if place is None:
        raise UsageError(f"There is no row {event.key!r} among the {event.where}.")
    match event:
        case Write():
            rows[place] = _written(rows[place], event)
        case Drop():
            del rows[place]
        case Lift() if place:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
        case Lift():
            return draft
    return draft.with_rows(event.where, tuple(rows))


def _written(row: Row, event: Write) -> Row:
    if event.column not in COLUMNS[event.where] or (event.column == "kind" and event.value not in KINDS):
        raise UsageError(f"The {event.where} have no {event.column} {event.value!r:.80}.")
    value = event.value if isinstance(event.value, str) else "yes" if event.value else ""
    return row.with_cell(event.column, value)

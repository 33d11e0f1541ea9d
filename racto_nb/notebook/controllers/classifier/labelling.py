"""The queue of rows that wait for a person, and the labels that a person gives. Pure."""

from __future__ import annotations

from dataclasses import replace

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.controllers.classifier.events import Mark, Move, Skip, Undo
from racto_nb.notebook.controllers.classifier.state import UNSURE, PanelState
from racto_nb.notebook.display.sanitising import printable

MOST_KEYS = 9
"""Labels that have a key of their own."""


def queued(state: PanelState) -> PanelState:
    """The state with its queue made anew. The row that is looked at stays the one that is looked at, as long as it waits."""
    queue = state.queue
    source = state.split.rows if queue.order == UNSURE else state.sureness.spread
    if source is queue.source:
        return state
    known = state.rows.truths
    rows = tuple(row for row in source if row not in known and state.rows.text(row))
    place = rows.index(queue.row) if queue.row in rows else _first(state, rows, 0)
    return replace(state, queue=replace(queue, rows=rows, place=place, source=source))


def moved(state: PanelState) -> PanelState:
    """The state that looks at the first row without a label of a person."""
    return replace(state, queue=replace(state.queue, place=_first(state, state.queue.rows, 0)))


def labelling(state: PanelState, event: object) -> PanelState:
    """The state after a key of the queue."""
    match event:
        case Mark():
            return _marked(state, event)
        case Undo():
            return _undone(state)
        case Move():
            place = min(max(state.queue.place + event.step, 0), max(len(state.queue.rows) - 1, 0))
            return replace(state, queue=replace(state.queue, place=place))
        case Skip():
            place = _first(state, state.queue.rows, state.queue.place + 1)
            return replace(state, queue=replace(state.queue, place=place))
        case _:
            raise UsageError(f"The queue does not know what to do about {event!r}.")


def offered(state: PanelState, row: int) -> list[tuple[str, float | None]]:
    """The labels that keys choose for a row, with their scores: all in their order, or of many those with the best scores."""
    result, names = state.sureness.results[row], known_labels(state)
    scored = [(name, None if result is None else result.score_for(name)) for name in names]
    if len(scored) > MOST_KEYS:
        scored.sort(key=lambda pair: -1.0 if pair[1] is None else pair[1], reverse=True)
    return scored[:MOST_KEYS]


def known_labels(state: PanelState) -> tuple[str, ...]:
    """The labels of the classifier; where it does not tell them, those of its results."""
    if state.about.names:
        return state.about.names
    return tuple(dict.fromkeys(name for result in state.sureness.found for name in result.options_provided))


def _marked(state: PanelState, event: Mark) -> PanelState:
    if state.about.several:
        raise UsageError("This classifier may give a text several labels. Labelling by hand is for one label a text.")
    if event.row >= len(state.raw) or not state.rows.text(event.row):
        raise UsageError(f"There is no text in row {event.row} to label.")
    names = {printable(name): name for name in known_labels(state)}  # a page shows, and says, what is printable
    label = names.get(printable(event.label))
    if label is None:
        raise UsageError(f"{event.label!r} is none of the labels.{did_you_mean(event.label, names)}")
    before = (event.row, state.marks.get(event.row), state.queue.place)
    marked = replace(state, marks={**state.marks, event.row: label}, undo=(*state.undo, before))
    if event.row != state.queue.row:
        return marked
    return replace(marked, queue=replace(marked.queue, place=_first(marked, marked.queue.rows, marked.queue.place + 1)))


def _undone(state: PanelState) -> PanelState:
    if not state.undo:
        raise UsageError("There is no label to take back.")
    row, had, place = state.undo[-1]
    others = {other: label for other, label in state.marks.items() if other != row}
    marks = others if had is None else {**others, row: had}
    rows = state.queue.rows
    back = rows.index(row) if row in rows else min(place, len(rows))
    return replace(state, marks=marks, undo=state.undo[:-1], queue=replace(state.queue, place=back))


def _first(state: PanelState, rows: tuple[int, ...], place: int) -> int:
    """The place of the first row from `place` on without a label of a person, then of those before; the end for none."""
    places = (*range(place, len(rows)), *range(min(place, len(rows))))
    return next((each for each in places if rows[each] not in state.marks), len(rows))

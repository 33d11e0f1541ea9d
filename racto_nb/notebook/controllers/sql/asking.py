"""Turns of an analyst's widget: how they begin and end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.sql.events import Answer, Ended, Execute, Judge
from racto_nb.notebook.controllers.sql.state import Picture, SqlState, Turn, Word
from racto_nb.pipelines.sql_analyst.schema.quoting import written

FIRST_ROWS = 100
"""Rows of a table that are shown to see what it holds."""

Told = tuple[SqlState, Sequence[object]]


def asked(state: SqlState, question: str) -> Told:
    """Ask the model."""
    if not question.strip():
        raise UsageError("The question is empty. Write what you want to know.")
    _refuse_busy(state)
    begun, turn = _begun(state, question.strip(), by_hand=False)
    return begun, [Answer(turn.key, turn.question, state.drafts)]


def run(state: SqlState) -> Told:
    """Run what stands in the editor; it goes on answering the question of the turn that it came from."""
    if not state.text.strip():
        raise UsageError("There is no statement to run. Write one, such as SELECT 1.")
    _refuse_busy(state)
    begun, turn = _begun(state, "" if state.turn is None else state.turn.question, by_hand=True)
    return begun, [Execute(turn.key, state.text, turn.question)]


def looked(state: SqlState, table: int) -> Told:
    """Show the first rows of a table: a statement like any other."""
    _refuse_busy(state)
    schema = state.tables.schema
    if schema is None or table >= len(schema.tables):
        raise UsageError("There is no such table.")
    found = schema.tables[table]
    names = [found.schema, found.name] if found.schema else [found.name]
    path = ".".join(written(name, schema.dialect) for name in names)
    text = f"SELECT * FROM {path} LIMIT {FIRST_ROWS}"  # noqa: S608  (a quoted name, and the guard reads the statement)
    begun, turn = _begun(state.with_text(text), "", by_hand=True)
    judged = replace(begun, word=Word(begun.text))
    return judged, [Judge(begun.text), Execute(turn.key, begun.text, "")]


def ended(state: SqlState, event: Ended) -> Told:
    """A turn has ended. Its statement is put into the editor, unless somebody has written there meanwhile."""
    turn = state.turns.get(event.key)
    if turn is None:
        return state, ()
    picture = event.picture or Picture()
    done = replace(
        turn, state=event.state, result=event.result, error=event.error, numbers=event.numbers, picture=picture, step=""
    )
    statement = done.statement
    if turn.by_hand or not statement:
        return state.with_turn(done), ()
    is_there = state.opened == turn.key and state.text == turn.text
    next_state = state.with_turn(replace(done, text=statement))
    if not is_there:
        return next_state, ()
    return replace(next_state.with_text(statement), word=Word(statement)), [Judge(statement)]


def _begun(state: SqlState, question: str, *, by_hand: bool) -> tuple[SqlState, Turn]:
    turn = Turn(f"t{state.count}", question, state.text, by_hand=by_hand)
    return replace(state.with_turn(turn), opened=turn.key, count=state.count + 1), turn


def _refuse_busy(state: SqlState) -> None:
    if state.running is not None:
        raise UsageError("The last question is still being answered. Stop it, or wait for it, before you ask on.")

"""What an analyst's widget does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.sql.asking import asked, ended, looked, run
from racto_nb.notebook.controllers.sql.charting import charted
from racto_nb.notebook.controllers.sql.events import (
    Arrange,
    Ask,
    Chart,
    Counted,
    Draft,
    Drafts,
    Drawn,
    Ended,
    Halt,
    Judge,
    Judged,
    Keep,
    Kept,
    Look,
    Open,
    Pair,
    ReadTables,
    Reread,
    Rewrite,
    Run,
    Search,
    Sort,
    Specified,
    Stepped,
    Stop,
    TablesRead,
    Use,
)
from racto_nb.notebook.controllers.sql.state import DONE, RUNNING, SqlState, Tables, Word

Told = tuple[SqlState, Sequence[object]]


def update(state: SqlState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    match event:
        case Ask() | Run() | Look() | Stop() | Ended():
            return _turned(state, event)
        case Draft() | Rewrite() | Use() | Open():
            return _edited(state, event)
        case Sort() | Search() | Chart() | Specified() | Keep():
            return _shown(state, event)
        case Stepped() | Counted() | Drawn() | Kept():
            return _come(state, event), ()
        case _:
            return _happened(state, event)


def _turned(state: SqlState, event: Ask | Run | Look | Stop | Ended) -> Told:
    match event:
        case Ask():
            return asked(state, event.text)
        case Run():
            return run(state)
        case Look():
            return looked(state, event.table)
        case Stop():
            return state, [Halt(turn.key) for turn in [state.running] if turn is not None]
        case Ended():
            return ended(state, event)


def _shown(state: SqlState, event: Sort | Search | Chart | Specified | Keep) -> Told:
    match event:
        case Chart() | Specified():
            return charted(state, event)
        case Keep():
            return _keep(state, event.question)
        case Sort() | Search():
            return _arranged(state, event)


def _happened(state: SqlState, event: object) -> Told:
    match event:
        case Reread():
            return replace(state, tables=Tables()), [ReadTables(anew=True)]
        case Drafts():
            return replace(state, drafts=event.value or 1), ()
        case TablesRead():
            return replace(state, tables=event.tables), ()
        case Judged():
            return replace(state, word=Word(event.text, event.verdict)) if event.text == state.text else state, ()
        case _:
            raise UsageError(f"An analyst's widget does not know what to do about {event!r}.")


def _come(state: SqlState, event: Stepped | Counted | Drawn | Kept) -> SqlState:
    """With what has come of a turn. What was wished meanwhile otherwise is let go."""
    turn = state.turns.get(event.key)
    if turn is None:
        return state
    match event:
        case Stepped():
            return state.with_turn(replace(turn, step=event.line)) if turn.state == RUNNING else state
        case Counted():
            wished = turn.shown.number == event.number
            return state.with_turn(replace(turn, shown=replace(turn.shown, count=event.count))) if wished else state
        case Drawn():
            wished = (turn.picture.spec, turn.picture.how) == (event.picture.spec, event.picture.how)
            return state.with_turn(replace(turn, picture=event.picture)) if wished else state
        case Kept():
            return replace(state.with_turn(replace(turn, kept=True)), kept=event.count)
        case _:
            assert_never(event)


def _edited(state: SqlState, event: Draft | Rewrite | Use | Open) -> Told:
    """The statement in the editor changes, and the guard is asked about it."""
    match event:
        case Open():
            changed = _opened(state, event.key)
            text = changed.text
        case Draft():
            text, changed = event.value, replace(state, text=event.value)
        case Rewrite():
            verdict = state.word.verdict
            if verdict is None or verdict.rewrite is None:
                raise UsageError("The guard knows no statement near to this one that it would allow.")
            text, changed = verdict.rewrite, state.with_text(verdict.rewrite)
        case Use():
            text = _candidate(state, event)
            changed = state.with_text(text)
    return replace(changed, word=Word(text)), [Judge(text)]


def _candidate(state: SqlState, event: Use) -> str:
    groups = [] if state.turn is None or state.turn.result is None else state.turn.result.candidates
    if event.group >= len(groups) or event.place >= len(groups[event.group].sqls):
        raise UsageError("There is no such candidate.")
    return groups[event.group].sqls[event.place]


def _opened(state: SqlState, key: str) -> SqlState:
    """Look at another turn. What was being written stays with the one that was looked at."""
    turn = state.turns.get(key)
    if turn is None:
        raise UsageError(f"Nothing was asked under {key!r}.")
    if state.turn is not None:
        state = state.with_turn(replace(state.turn, text=state.text))
    return replace(state.with_text(state.turns[key].text), opened=key)


def _arranged(state: SqlState, event: Sort | Search) -> Told:
    turn, result = state.turn, None if state.turn is None else state.turn.result
    if turn is None or result is None or not result.columns:
        raise UsageError("There are no rows yet. Ask a question, or run a statement.")
    shown = turn.shown
    match event:
        case Search():
            shown = replace(shown, search=event.value)
        case Sort() if event.column >= result.frame.width:
            raise UsageError("There is no such column.")
        case Sort():
            again = event.column == shown.column
            column = -1 if again and shown.descending else event.column
            shown = replace(shown, column=column, descending=again and column >= 0)
    shown = replace(shown, number=shown.number + 1, count=None)
    return state.with_turn(replace(turn, shown=shown)), [Arrange(turn.key, result, shown)]


def _keep(state: SqlState, question: str) -> Told:
    turn = state.turn
    if turn is None or turn.state != DONE or turn.result is None or turn.result.outcome != "answered":
        raise UsageError("Only a statement that has run can be kept as a gold pair.")
    if not question.strip():
        raise UsageError("A gold pair has a question. Write what the statement answers.")
    return state, [Pair(turn.key, question.strip(), turn.statement)]

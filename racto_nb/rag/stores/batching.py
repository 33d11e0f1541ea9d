"""Write more rows than a database takes at once: all, or, after an error, none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from racto_nb.rag.stores.rows import Read, Remove, Row, Write

Steps = Generator[Read | Write | Remove, Any, None]
"""Requests of `rows.py`, each small enough for a database; a request is answered by `send`, an error of it by `throw`."""


def in_batches(rows: list[Row], size: int) -> Steps:
    """Write the rows, `size` at a time. When one batch fails, what the others did is undone before the error goes on.

    A batch that failed counts as written in part, so its rows are undone as well.
    """
    if len(rows) <= size:
        yield Write(rows)
        return
    names = [row.chunk_id for row in rows]
    before: list[Row] = []
    for start in range(0, len(names), size):
        before += yield Read(names[start : start + size])
    try:
        for start in range(0, len(rows), size):
            yield Write(rows[start : start + size])
    except Exception:
        yield from _undone(names, before, size)
        raise


def _undone(names: list[str], before: list[Row], size: int) -> Steps:
    new = sorted(set(names) - {row.chunk_id for row in before})
    for start in range(0, len(new), size):
        yield Remove(new[start : start + size])
    for start in range(0, len(before), size):
        yield Write(before[start : start + size])


def performed(steps: Steps, perform: Callable[[Read | Write | Remove], Any]) -> None:
    """Carry `steps` out by `perform`, for a library that blocks."""
    try:
        step = next(steps)
        while True:
            step = _next(steps, step, perform)
    except StopIteration:
        return


def _next(steps: Steps, step: Read | Write | Remove, perform: Callable[[Read | Write | Remove], Any]) -> Read | Write | Remove:
    try:
        reply = perform(step)
    except Exception as error:  # noqa: BLE001  (the steps undo what was done, and raise it again)
        return steps.throw(error)
    return steps.send(reply)

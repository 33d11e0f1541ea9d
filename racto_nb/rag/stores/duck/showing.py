"""Rows of the database as chunks, and as the frames of a user's own SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.ledger.reading import frame
from racto_nb.rag.documents import Chunk
from racto_nb.rag.stores.duck.batches import COLUMNS, chunk_of
from racto_nb.rag.stores.duck.database import Cursor
from racto_nb.rag.stores.duck.standing import Standing
from racto_nb.rag.vectors.held import Array

if TYPE_CHECKING:
    from racto_nb.rag.stores.duck.session import Session

_SELECTED = f"SELECT row, {', '.join(COLUMNS)} FROM chunks WHERE row IN (SELECT unnest(?))"  # noqa: S608  (our own words)
_AGAIN = 0.05
"""Seconds between two interrupts of a statement."""


def chunks_in(cursor: Cursor, standing: Standing, rows: Array) -> dict[int, Chunk]:
    """The chunks of the rows of these numbers, with their vectors, by the numbers."""
    if standing.held is None or not len(rows):
        return {}
    exact = standing.held.exact
    found = cursor.execute(_SELECTED, [rows.tolist()]).fetchall()
    return {number: chunk_of(row, exact[number].tolist()) for number, *row in found if number < len(exact)}


def one_query(cursor: Cursor, query: str, values: list[object], library: Literal["polars", "pandas"]) -> Any:
    """What one SELECT gives as a frame. Raises UsageError for anything else, and for SQL that DuckDB does not understand."""
    import duckdb

    try:
        statements = cursor.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            msg = f"sql() takes one SELECT over the table chunks, not {query!r:.80}. To change a store, use its methods."
            raise UsageError(msg)
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return frame(cursor, query, values, library=library)
        finally:
            cursor.execute("ROLLBACK")
    except (duckdb.IOException, duckdb.FatalException):  # not the query's fault
        raise
    except duckdb.Error as error:
        if type(error) is duckdb.Error:  # a damaged block, which has no name of its own
            raise
        msg = f"DuckDB does not answer {query!r:.80}: {error}"
        raise UsageError(msg) from error


@dataclass(slots=True)
class Running:
    """One SELECT, which ends when its caller is cancelled."""

    query: str
    values: list[object]
    library: Literal["polars", "pandas"]
    _cursor: Cursor | None = None
    _left: bool = False

    def answered(self, opened: Callable[[], AbstractContextManager[Session]]) -> Any:
        """What it gives."""
        with opened() as session:
            return session.reading(lambda _, cursor: self._read(cursor))

    async def aanswered(self, opened: Callable[[], AbstractContextManager[Session]]) -> Any:
        """What it gives. A statement that nobody waits for any more is interrupted, and its thread is free again."""
        try:
            return await in_thread(self.answered, opened)
        except asyncio.CancelledError:
            self._leave()
            raise

    def _read(self, cursor: Cursor) -> Any:
        self._cursor = cursor
        try:
            if self._left:
                raise asyncio.CancelledError
            return one_query(cursor, self.query, self.values, self.library)
        finally:
            self._cursor = None

    def _leave(self) -> None:
        self._left = True
        self._interrupt(asyncio.get_running_loop())

    def _interrupt(self, loop: asyncio.AbstractEventLoop) -> None:
        """Interrupt the statement until it has ended: what comes between two of DuckDB's steps is lost."""
        import duckdb

        if (cursor := self._cursor) is not None:
            with suppress(duckdb.ConnectionException):  # it has just ended by itself
                cursor.interrupt()
            loop.call_later(_AGAIN, self._interrupt, loop)

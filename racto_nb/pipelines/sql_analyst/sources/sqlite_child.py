"""What runs in the process that reads SQLite files: one statement at a time, each on a connection of its own."""

from __future__ import annotations

import importlib
import sqlite3
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from racto_nb.pipelines.sql_analyst.sources.child_wire import Refused
from racto_nb.pipelines.sql_analyst.sources.column_names import unique_names
from racto_nb.pipelines.sql_analyst.sources.sqlite_columns import Cell, column, size_of, text_or_bytes
from racto_nb.pipelines.sql_analyst.sources.sqlite_rules import decision, describing, opened

if TYPE_CHECKING:
    import polars as pl

_STEPS = 1000
"""Steps of SQLite's machine between two looks at the clock: some microseconds."""
_AT_ONCE = 256


def work() -> SQLiteWork:
    """What the process does. Its library is loaded before the first statement, whose time it would take."""
    importlib.import_module("polars")
    return SQLiteWork()


class SQLiteWork:
    """Runs statements. A request has `path` and `sql`; with `rows` it is one of ours about the catalogue, and rows are facts."""

    def __init__(self) -> None:
        self._end = False

    def perform(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], pl.DataFrame | None]:
        """The rows of a statement. Raises Refused with SQLite's words."""
        self._end = False
        with self._connection(request) as connection:
            if request.get("rows"):
                return {"rows": [list(map(_plain, row)) for row in connection.execute(request["sql"])]}, None
            return self._frame(connection, request)

    def interrupt(self) -> None:
        """End the statement at its next look at the clock."""
        self._end = True

    @contextmanager
    def _connection(self, request: Mapping[str, Any]) -> Generator[sqlite3.Connection]:
        """A connection of the request's own, so that nothing that a statement did to it is left for the next."""
        late = time.monotonic() + request["deadline"]
        try:
            connection = opened(request["path"], longest=request["max_bytes"])
        except sqlite3.Error as error:
            raise Refused("source", f"{request['path']} cannot be opened: {error}") from None
        connection.text_factory = text_or_bytes
        connection.set_progress_handler(lambda: self._end or time.monotonic() > late, _STEPS)
        try:
            yield connection
        except MemoryError:
            raise Refused("memory", "out of memory", ends=True) from None
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            raise self._refused(error) from None
        finally:
            connection.close()

    def _frame(self, connection: sqlite3.Connection, request: Mapping[str, Any]) -> tuple[dict[str, Any], pl.DataFrame]:
        import polars as pl

        connection.set_authorizer(decision)
        cursor = connection.execute(request["sql"])
        if cursor.description is None:
            raise Refused("query", "the statement gives no rows: only statements that read are run")
        names = [each[0] for each in cursor.description]
        rows, truncated = _kept(cursor, request)
        columns: list[tuple[Cell, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in names]
        empty = any(all(value is None for value in values) for values in columns)
        declared = _declared(connection, request["sql"], len(names)) if empty else [""] * len(names)
        made = [column(values, kind) for values, kind in zip(columns, declared, strict=True)]
        unique = unique_names(names)
        frame = pl.DataFrame([series.alias(name) for (series, _), name in zip(made, unique, strict=True)])
        as_text = [name for (_, mixed), name in zip(made, unique, strict=True) if mixed]
        return {"names": names, "as_text": as_text, "truncated": truncated}, frame

    def _refused(self, error: Exception) -> Refused:
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_INTERRUPT:
            return Refused("interrupted", "interrupted")
        if code == sqlite3.SQLITE_NOMEM:
            return Refused("memory", "out of memory")
        if code == sqlite3.SQLITE_TOOBIG:
            return Refused("too large", f"a single value: {error}")
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT}:
            return Refused("source", str(error))
        return Refused("query", str(error))


def _kept(cursor: sqlite3.Cursor, request: Mapping[str, Any]) -> tuple[list[tuple[Cell, ...]], bool]:
    """The rows that are kept, and whether there were more. Raises Refused when they are too large."""
    most, most_bytes = request["max_rows"], request["max_bytes"]
    rows: list[tuple[Cell, ...]] = []
    taken = 0
    while batch := cursor.fetchmany(_AT_ONCE):
        rows += batch
        taken += sum(map(size_of, batch))
        if most is not None and len(rows) > most:
            return rows[:most], True
        if taken > most_bytes:
            raise Refused("too large", f"more than {taken} bytes in {len(rows)} rows")
    return rows, False


def _declared(connection: sqlite3.Connection, sql: str, count: int) -> list[str]:
    """The types that tables declare for the columns of `sql`, which has run: empty where there are none, or nobody tells."""
    connection.set_authorizer(describing)
    try:
        connection.execute(f"CREATE TEMP VIEW racto_columns AS {sql}")
        found = [row[2] for row in connection.execute("PRAGMA table_info(racto_columns)")]
    except sqlite3.Error:  # EXPLAIN and what else is no query
        return [""] * count
    return found if len(found) == count else [""] * count


def _plain(value: Cell) -> object:
    return value.decode(errors="replace") if isinstance(value, bytes) else value

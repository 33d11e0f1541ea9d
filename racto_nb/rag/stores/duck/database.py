"""The database of a store: the one connection that an object has, and a cursor of its own for each piece of work."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from racto_nb.exceptions import StoreError, StoreLockedError
from racto_nb.rag.stores.duck.batches import COLUMNS, Frame
from racto_nb.rag.stores.duck.folder import DATABASE
from racto_nb.rag.vectors.held import Array

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Cursor
else:
    Cursor = object

FORMAT = 1
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
MEMORY = "128MB"
"""What the database may keep of a file in memory; without a limit it keeps all that was written."""
_OF_ROWS = ("chunks", "facts")
_AT_ONCE = 2_048
_LOCKED = ("Could not set lock on file", "used by another process")
"""What DuckDB says of a file that another process has open: on POSIX, and on Windows."""
_TABLES = (
    f"CREATE TABLE chunks (row BIGINT NOT NULL, {', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})",
    "CREATE TABLE facts (row BIGINT NOT NULL, name VARCHAR NOT NULL, value VARCHAR NOT NULL, number DOUBLE)",
    "CREATE TABLE store (format BIGINT, generation BIGINT NOT NULL, dimension BIGINT, rows BIGINT NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class State:
    """What the row of the table `store` says: which files belong to it, and how many rows of them count or have counted."""

    generation: int
    dimension: int | None
    rows: int


class Stream:
    """A frame of polars, or a query of another database, as DuckDB reads it without pyarrow."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


class Database:
    """The database in `place` (None: in memory)."""

    def __init__(self, place: Path | None, *, read_only: bool, new: Path | None = None) -> None:
        self._place = place
        if place is not None and new is not None and not place.exists():
            _make(new, place)
        self._connection = _connected(place, read_only=read_only)
        if place is None:
            _make_tables(self._connection, None)
        with self.cursor() as cursor:
            self._refuse_other(cursor)

    @contextmanager
    def cursor(self) -> Generator[Cursor]:
        """A cursor of one's own. What DuckDB says of the file is a StoreError."""
        import duckdb

        with self._connection.cursor() as cursor:
            try:
                yield cursor
            except duckdb.Error as error:  # a damaged block is no more than that
                msg = f"The store {_told(self._place)} cannot be read or written: {error}"
                raise StoreError(msg, place=_named(self._place)) from error

    @contextmanager
    def transaction(self) -> Generator[Cursor]:
        """A cursor whose changes are all made, or none when the block fails."""
        import duckdb

        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                with suppress(duckdb.Error):  # what went wrong before says more
                    cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _refuse_other(self, cursor: Cursor) -> None:
        import duckdb

        try:
            found = cursor.execute("SELECT format, generation, dimension, rows FROM store").fetchone()
        except (duckdb.CatalogException, duckdb.BinderException):
            found = None
        if found is None or found[0] != FORMAT:
            self.close()
            has = "no table of a store" if found is None else f"the format {found[0]}, and this racto_nb knows {FORMAT}"
            msg = f"The file {_told(self._place)} was not made by this racto_nb: it has {has}. Name another folder."
            raise StoreError(msg, place=_named(self._place))


def state(cursor: Cursor) -> State:
    """What the store says of itself."""
    row = cursor.execute("SELECT generation, dimension, rows FROM store").fetchone()
    assert row is not None  # noqa: S101  (made with the table)
    return State(*row)


def note(cursor: Cursor, now: State) -> None:
    """Let the store say `now` of itself."""
    cursor.execute("UPDATE store SET generation = ?, dimension = ?, rows = ?", [now.generation, now.dimension, now.rows])


def insert(cursor: Cursor, table: str, frame: Frame) -> None:
    """Put the rows of a frame into `table`."""
    if frame is None or not len(frame):
        return
    with _shown(cursor, "incoming", frame):
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608  (our own words)


@contextmanager
def _shown(cursor: Cursor, name: str, frame: Frame) -> Generator[None]:
    """A frame as a table of this name."""
    import duckdb

    cursor.register(name, Stream(frame))
    try:
        yield
    finally:
        with suppress(duckdb.TransactionException):  # it was aborted by what went wrong in the block
            cursor.unregister(name)


def rows_where(cursor: Cursor, sql: str, values: Iterable[object] = ()) -> Array:
    """The numbers that a query of one column gives."""
    import numpy as np

    found = cursor.execute(sql, list(values)).fetchnumpy()
    column = next(iter(found.values()))
    return np.asarray(column, dtype=np.int64)


def rows_of_ids(cursor: Cursor, ids: Frame) -> Array:
    """The rows of chunks with these ids (a list, or a column of polars)."""
    import polars as pl

    with _shown(cursor, "named", pl.DataFrame({"chunk_id": ids}, schema={"chunk_id": pl.String})):
        return rows_where(cursor, "SELECT row FROM chunks WHERE chunk_id IN (SELECT chunk_id FROM named)")


def delete_rows(cursor: Cursor, rows: Array) -> None:
    """Delete the rows of these numbers."""
    import polars as pl

    if not len(rows):
        return
    with _shown(cursor, "leaving", pl.DataFrame({"row": rows})):
        for table in _OF_ROWS:
            cursor.execute(f"DELETE FROM {table} WHERE row IN (SELECT row FROM leaving)")  # noqa: S608  (our own words)


def move_rows(cursor: Cursor, rows: Array) -> None:
    """Number the rows of these numbers from 0 on, in their order, and write them anew: all in one piece again."""
    for table in _OF_ROWS:
        cursor.execute(f"CREATE TEMP TABLE rewritten AS SELECT * FROM {table} LIMIT 0")  # noqa: S608  (our own words)
        for place in range(0, len(rows), _AT_ONCE):
            _renumber(cursor, table, "rewritten", rows[place : place + _AT_ONCE], place)
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (our own words)
        cursor.execute(f"INSERT INTO {table} SELECT * FROM rewritten")  # noqa: S608  (our own words)
        cursor.execute("DROP TABLE rewritten")


def copy_rows(source: Cursor, cursor: Cursor, rows: Array) -> None:
    """Put the rows of these numbers of another database into this one, numbered from 0 on in their order."""
    for table in _OF_ROWS:
        query = f"SELECT * FROM {table} WHERE row BETWEEN ? AND ?"  # noqa: S608  (our own words)
        for place in range(0, len(rows), _AT_ONCE):
            some = rows[place : place + _AT_ONCE]
            with _shown(cursor, "copied", source.sql(query, params=[int(some[0]), int(some[-1])])):
                _renumber(cursor, "copied", table, some, place)


def _renumber(cursor: Cursor, table: str, goal: str, rows: Array, place: int) -> None:
    """Put some rows of `table` into `goal`, numbered from `place` on. All at once, a sort may need more memory than there is."""
    import numpy as np
    import polars as pl

    moved = pl.DataFrame({"old": rows, "new": np.arange(place, place + len(rows), dtype=np.int64)})
    with _shown(cursor, "moved", moved):
        cursor.execute(
            f"INSERT INTO {goal} SELECT t.* REPLACE (m.new AS row) FROM {table} t JOIN moved m ON t.row = m.old "  # noqa: S608  (our own names)
            "WHERE t.row BETWEEN ? AND ? ORDER BY m.new",
            [int(rows[0]), int(rows[-1])],
        )


def dead_rows(cursor: Cursor, rows: int) -> Array:
    """The numbers below `rows` that no chunk has."""
    import numpy as np

    count = cast("tuple[int]", cursor.execute("SELECT count(*) FROM chunks").fetchone())[0]
    if count == rows:
        return np.empty(0, np.int64)
    marked = np.ones(rows, np.bool_)
    marked[rows_where(cursor, "SELECT row FROM chunks")] = False
    return np.flatnonzero(marked)


def _make(new: Path, place: Path) -> None:
    """Make a database beside its place and move it there when it is whole: a kill leaves none, and no half of one."""
    new.unlink(missing_ok=True)
    connection = _connected(new, read_only=False)
    _make_tables(connection, None)
    connection.execute("CHECKPOINT")  # into the file: what stands in the log beside it would not be moved
    connection.close()
    os.replace(new, place)  # noqa: PTH105  (Path.replace says less of what fails)


def _make_tables(connection: Cursor, dimension: int | None) -> None:
    connection.execute("BEGIN")
    for table in _TABLES:
        connection.execute(table)
    connection.execute("INSERT INTO store VALUES (?, 0, ?, 0)", [FORMAT, dimension])
    connection.execute("COMMIT")


def _connected(place: Path | None, *, read_only: bool) -> Cursor:
    import duckdb

    more: dict[str, Any] = {} if place is None else {"storage_compatibility_version": "v1.5.0", "memory_limit": MEMORY}
    try:
        return duckdb.connect(":memory:" if place is None else str(place), read_only=read_only, config={**_CONFIG, **more})
    except duckdb.ConnectionException as error:
        msg = (
            f"The store {_told(place)} is open in this process already, {'for writing' if read_only else 'with read_only=True'}. "
            "Use that object, or close() it first."
        )
        raise StoreLockedError(msg, place=_named(place)) from error
    except duckdb.Error as error:
        raise _not_opened(place, str(error)) from error


def _not_opened(place: Path | None, why: str) -> StoreError:
    if any(word in why for word in _LOCKED):
        msg = (
            f"Another process has the store {_told(place)} open: {why.splitlines()[0]} One process writes at a time, and nobody "
            "reads beside it: close() the store there or end that process, or let it make you a copy with snapshot(folder). "
            "Any number of processes read at once with read_only=True."
        )
        return StoreLockedError(msg, place=_named(place))
    msg = (
        f"The store {_told(place)} cannot be opened: {why} Nothing was written. If the file is damaged, name a new folder and "
        "ingest again."
    )
    return StoreError(msg, place=_named(place))


def _told(place: Path | None) -> str:
    return "in memory" if place is None else repr(str(place.parent if place.name == DATABASE else place))


def _named(place: Path | None) -> str | None:
    return None if place is None else str(place.parent)

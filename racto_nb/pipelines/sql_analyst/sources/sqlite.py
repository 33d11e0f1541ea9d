"""SQLite files, and a connection to a database in memory. Kind: threaded."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.own_folder import own_folder
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.addresses import hidden
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
from racto_nb.pipelines.sql_analyst.sources.child_queries import answer_to, result_of
from racto_nb.pipelines.sql_analyst.sources.files import checked_file
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.stoppable_source import StoppableSource

_WORK = "racto_nb.pipelines.sql_analyst.sources.sqlite_child:work"
_CATALOGUE = RunLimits(max_rows=None, deadline=60.0)


class SQLiteSource(StoppableSource):
    """A SQLite file, read in a process of its own by statements that only read. It is never made and never written.

    A connection is read through its file; of a database in memory a copy is taken now, and what is written later is not in it.
    Columns have the type of what is in them: one with several kinds of values becomes text. Dates stay as they are stored.

    >>> import sqlite3
    >>> connection = sqlite3.connect(":memory:")
    >>> _ = connection.execute("CREATE TABLE pets (name TEXT)")
    >>> _ = connection.execute("INSERT INTO pets VALUES ('Rex')")
    >>> source = SQLiteSource.from_connection(connection)
    >>> source.run("SELECT name FROM pets", RunLimits()).frame.rows()
    [('Rex',)]
    >>> source.close()
    """

    def __init__(self, path: Path, name: str, identity: str, notices: Sequence[str] = ()) -> None:
        super().__init__(name, identity, notices)
        self._path = path
        self._child = ChildProcess(_WORK)

    @classmethod
    def from_file(cls, path: str | Path) -> SQLiteSource:
        """The file at `path`. MissingFileError when there is none; it is not made."""
        file = checked_file(path)
        return cls(file, str(path), hidden("sqlite", str(file)))

    @classmethod
    def from_connection(cls, connection: sqlite3.Connection) -> SQLiteSource:
        """The file that `connection` has open, or a copy of what it has in memory. Call it in the connection's own thread."""
        return cls.begun_from(connection)()

    @classmethod
    def begun_from(cls, connection: sqlite3.Connection) -> Callable[[], SQLiteSource]:
        """What makes the source of `connection` in any thread: what only the connection's own thread may do is done now."""
        try:
            file = next((row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main"), "")
            if file:
                return partial(cls.from_file, file)
            content = _content(connection)
        except sqlite3.Error as error:
            msg = f"The SQLite connection cannot be read: {error}. Give one that is open, in the thread that opened it."
            raise SourceError(msg, source="sqlite") from error
        return partial(cls._of_memory, content)

    @classmethod
    def _of_memory(cls, content: bytes) -> SQLiteSource:
        path = _written(content)
        notice = "A copy of the SQLite database in memory, taken when it was opened: what is written later is not in it."
        source = cls(path, "sqlite://:memory:", hidden("sqlite", str(path)), [notice])
        weakref.finalize(source, shutil.rmtree, path.parent, ignore_errors=True)
        return source

    @property
    def dialect(self) -> Dialect:
        """The language of its statements."""
        return "sqlite"

    def close(self) -> None:
        """Give back connections, processes and copies. The next use opens them again."""
        self._child.close()

    def _run(self, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult:
        request = self._request(sql, limits)
        return result_of(answer_to(self._child, request, source=self._name, sql=sql, limits=limits, stop=stop))

    def _schema(self, wish: SchemaWish, stop: threading.Event | None) -> DatabaseSchema:
        def read(sql: str) -> list[tuple[object, ...]]:
            request = {**self._request(sql, _CATALOGUE), "rows": True}
            answer = answer_to(self._child, request, source=self._name, sql=sql, limits=_CATALOGUE, stop=stop)
            return [tuple(row) for row in answer.facts["rows"]]

        return schema_of("sqlite", read, wish)

    def _request(self, sql: str, limits: RunLimits) -> dict[str, Any]:
        return {
            "path": str(self._path),
            "sql": sql,
            "max_rows": limits.max_rows,
            "max_bytes": limits.max_bytes,
            "deadline": limits.deadline,
        }


def _content(connection: sqlite3.Connection) -> bytes:
    """What `connection` has in memory. Also what is not committed: SQLite's backup would wait for that without end."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return connection.serialize() if pages else b""


def _written(content: bytes) -> Path:
    """A database as a file in a folder of its own."""
    path = own_folder("sqlite") / "memory.sqlite"
    path.write_bytes(content)
    return path

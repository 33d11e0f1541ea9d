"""DuckDB as a source: a database file, CSV, Parquet and JSON files, frames, or an open connection. Kind: threaded."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from racto_nb._paths import expanded
from racto_nb.exceptions import SourceError
from racto_nb.flow.threads import in_thread
from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
from racto_nb.pipelines.sql_analyst.sources.child_queries import answer_to, result_of
from racto_nb.pipelines.sql_analyst.sources.duckdb_connection import ConnectionOrigin
from racto_nb.pipelines.sql_analyst.sources.duckdb_origins import ArrowTable, FilesOrigin, FramesOrigin
from racto_nb.pipelines.sql_analyst.sources.duckdb_snapshot import Snapshot
from racto_nb.pipelines.sql_analyst.sources.files import checked_file
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.stoppable_source import StoppableSource

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

_WORK = "racto_nb.pipelines.sql_analyst.sources.duckdb_child:work"
_HOLDER = re.compile(r"\(PID (\d+)\)")


class DuckDBSource(StoppableSource):
    """Tables that DuckDB asks, in a process of its own that can only read them.

    Made by `from_file`, `from_files`, `from_frames` or `from_connection`. The process starts with the first statement and stays
    until `close`; each statement has a connection of its own to a database that is open to read only, without files, network,
    extensions and settings. What is run is one statement that reads: SELECT, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN.
    Statements of several callers wait for each other. `identity` is the same for the same file, another for each source of
    frames or of a connection.

    >>> import polars as pl
    >>> from racto_nb.pipelines.sql_analyst.limits import RunLimits
    >>> with DuckDBSource.from_frames({"pets": pl.DataFrame({"kind": ["cat", "dog", "cat"]})}) as source:
    ...     source.run("SELECT kind, count(*) AS number FROM pets GROUP BY kind ORDER BY kind", RunLimits()).frame.rows()
    [('cat', 2), ('dog', 1)]
    """

    def __init__(self, name: str, database: Path | Snapshot, identity: str) -> None:
        super().__init__(name, hashlib.sha256(f"duckdb {identity}".encode()).hexdigest())
        self._database = database
        self._child = ChildProcess(_WORK)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """The database file `path`. It is locked only while a statement runs: between them another may write to it.

        Raises MissingFileError when there is no such file. One that a process has open for writing cannot be opened: `run` says
        which process that is.
        """
        place = checked_file(Path(path))
        return cls(place.name, place, f"file {place}")

    @classmethod
    def from_files(cls, files: Mapping[str, str | os.PathLike[str]]) -> Self:
        """CSV, TSV, Parquet and JSON files by the names of their tables. A pattern ("sales/*.parquet") makes one table.

        All rows are read into a database file in a temporary folder by the first use, and again when a file has changed: a large
        file takes its time and place on the disk. Raises MissingFileError for a file that is missing, SourceError for
        one of another kind.
        """
        places = {name: expanded(path).absolute() for name, path in files.items()}
        told = ", ".join(place.name for place in places.values())
        return cls(told, Snapshot(FilesOrigin(places)), f"files {sorted((name, str(place)) for name, place in places.items())}")

    @classmethod
    def from_frames(cls, frames: Mapping[str, ArrowTable | pd.DataFrame]) -> Self:
        """Frames of pandas or polars, or Arrow tables, by the names of their tables.

        They are copied by the first use; `refresh` copies them again. An index of pandas becomes columns where it has names.
        """
        return cls(f"frames {', '.join(frames)}", Snapshot(FramesOrigin(frames)), _unlike_others())

    @classmethod
    def from_connection(cls, connection: DuckDBPyConnection, *, follow: bool = True) -> Self:
        """The current database of an open connection, with its temporary tables and registered frames.

        A copy is asked, never the connection. With `follow` it is made anew for a statement when the tables have changed (to
        tell, their rows are read and hashed), and always while there is something temporary; without, which is for large
        databases, it stays as it was until `refresh`. What is not committed is not in it. The connection is used to copy: a
        result of it that is not fetched yet is in the way. One opened with `read_only=True` is not copied: its file is asked.
        """
        origin = ConnectionOrigin(connection, follow=follow)
        if origin.file is not None:
            return cls.from_file(origin.file)
        return cls(f"DuckDB connection to {origin.catalog}", Snapshot(origin), _unlike_others())

    @property
    def dialect(self) -> Dialect:
        """The language of its statements."""
        return "duckdb"

    def refresh(self) -> None:
        """Let the next use take files, frames or the connection anew. Nothing to do for a database file."""
        if isinstance(self._database, Snapshot):
            self._database.renew()

    async def arefresh(self) -> None:
        """Let the next use take files, frames or the connection anew. Nothing to do for a database file."""
        await in_thread(self.refresh)

    def close(self) -> None:
        """Give back connections, processes and copies. The next use opens them again."""
        self._child.close()
        if isinstance(self._database, Snapshot):
            self._database.remove()

    def _schema(self, wish: SchemaWish, stop: threading.Event | None) -> DatabaseSchema:
        limits = RunLimits(max_rows=None)
        with self._lent() as path:
            return schema_of("duckdb", lambda sql: self._answer(path, sql, limits, stop).frame.rows(), wish)

    def _run(self, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult:
        with self._lent() as path:
            return self._answer(path, sql, limits, stop)

    def _answer(self, path: Path, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult:
        request: dict[str, object] = {"path": str(path), "sql": sql, "memory": limits.memory, "deadline": limits.deadline}
        request |= {"max_rows": limits.max_rows, "max_bytes": limits.max_bytes}
        try:
            return result_of(answer_to(self._child, request, source=self._name, sql=sql, limits=limits, stop=stop))
        except SourceError as error:
            raise _explained(error, self._name, path) from None

    @contextmanager
    def _lent(self) -> Generator[Path]:
        if isinstance(self._database, Path):
            yield self._database
        else:
            with self._database.lent() as path:
                yield path


def _unlike_others() -> str:
    return f"unlike others {secrets.token_hex(16)}"


def _explained(error: SourceError, name: str, path: Path) -> SourceError:
    """Why DuckDB could not open the file, and what to do."""
    words = str(error)
    if "lock" in words and (holder := _HOLDER.search(words)):
        whose = "this process" if int(holder[1]) == os.getpid() else f"the process {holder[1]}"
        msg = (
            f"{whose[0].upper()}{whose[1:]} has {str(path)!r} open for writing, and then nobody else can read it. Close that "
            "connection, or open it with read_only=True; a connection of this process can also be handed over itself: "
            "DuckDBSource.from_connection(connection)."
        )
        return SourceError(msg, source=name)
    if not path.is_file():
        return SourceError(f"There is no database file {str(path)!r} any more.", source=name)
    return SourceError(f"DuckDB could not open {name}: {words}", source=name)

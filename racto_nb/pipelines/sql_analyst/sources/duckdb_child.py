"""What runs in the child process of a DuckDB source: lock two. Each statement has a connection of its own, locked before it runs.

The privileges, not the words of the statement, decide what it can do: the file is open to read only, nothing outside of it can be
reached, and no setting can be changed.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from racto_nb.pipelines.sql_analyst.sources.child_wire import Message, Refused
from racto_nb.pipelines.sql_analyst.sources.duckdb_columns import Columns, out_of_range, tidied

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_MIB = 1024 * 1024
_OF_MEMORY = 0.7
"""DuckDB's part of the memory; the rest is for the rows on their way out."""
_SPILL = 4
"""How much of the disk a statement may take for what does not fit, as a multiple of its memory."""
_HAS_TIME_LIMIT = int(duckdb.__version__.split(".", 1)[0]) >= 2  # noqa: PLR2004  (the number says it)
_TIME_SLACK = 2.0
_PIVOT = "A PIVOT that looks its columns up creates a type for them. Name them: PIVOT … ON column IN ('a', 'b')."
_OTHER = (
    "Only a statement that reads rows is run: SELECT, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, or EXPLAIN of one. This is {}."
)
_EXPLAIN = re.compile(r"\s*EXPLAIN\s", re.IGNORECASE)
_THROUGH_POLARS = "got external error: "


class DuckDBWork:
    """Runs statements on database files. A request has `path`, `sql`, `memory`, `deadline`, `max_rows` and `max_bytes`."""

    def __init__(self) -> None:
        self._connection: DuckDBPyConnection | None = None
        self._spill = Path.cwd() / "spill"
        duckdb.connect().sql("SELECT 1").limit(1).project("#1 AS a")
        pl.DataFrame({"a": [1]}).select(pl.col("a") + 1)  # starts its threads, before memory is measured

    def interrupt(self) -> None:
        """End the statement that runs."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def perform(self, request: Message) -> tuple[Message, pl.DataFrame | None]:
        """The rows of one statement. Raises Refused."""
        self._connection = opened(request, self._spill)
        try:
            return rows_of(self._connection, request)
        except (duckdb.Error, pl.exceptions.ComputeError) as error:
            raise refusal(error, request["path"]) from None
        finally:
            connection, self._connection = self._connection, None
            connection.close()
            shutil.rmtree(self._spill, ignore_errors=True)


def work() -> DuckDBWork:
    """What `child_serving` asks for."""
    return DuckDBWork()


def opened(request: Message, spill: Path) -> DuckDBPyConnection:
    """A connection that can only read the file of the request, and that nothing can make able to do more."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{max(16, int(request['memory'] * _OF_MEMORY) // _MIB)}MiB",
        "threads": 2,
        "temp_directory": str(spill),
        "max_temp_directory_size": f"{max(1, request['memory'] * _SPILL // _MIB)}MiB",
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if _HAS_TIME_LIMIT:  # a second way to end it: the parent interrupts first, and kills
        config["max_execution_time"] = int((request["deadline"] + _TIME_SLACK) * 1000)
    try:
        connection = duckdb.connect(request["path"], read_only=True, config=config)
    except duckdb.Error as error:
        raise Refused("source", str(error)) from None
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def refusal(error: Exception, path: str) -> Refused:
    """DuckDB's own words, without the place of a file. Rows come through polars, which says in its words what DuckDB said."""
    words = str(error).removeprefix(_THROUGH_POLARS).strip()
    for folder in (Path(path).parent, Path.cwd()):
        words = words.replace(f"{folder}/", "")
    if words.startswith("INTERRUPT"):
        return Refused("interrupted", words)
    if words.startswith("Out of Memory") or "bad_alloc" in words:
        return Refused("memory", words.partition("\n\n")[0], ends=True)  # what it advises are settings, which are locked
    return Refused("query", words)


def rows_of(connection: DuckDBPyConnection, request: Message) -> tuple[Message, pl.DataFrame]:
    """The rows of the request's statement in a frame, and their names. Raises Refused and what DuckDB raises."""
    relation = _relation(connection, request["sql"])
    columns = Columns.of(relation.columns, [*relation.types])
    frame, truncated = _read(relation, columns, request["max_rows"])
    if beyond := out_of_range(frame, columns):
        columns = columns.with_text(beyond)
        frame, truncated = _read(_relation(connection, request["sql"]), columns, request["max_rows"])
    if (size := int(frame.estimated_size())) > request["max_bytes"]:
        raise Refused("too large", f"{size / _MIB:.0f} MiB in {len(frame)} rows")
    return {"names": list(columns.names), "truncated": truncated, "as_text": columns.text_names()}, tidied(frame, columns)


def _read(relation: DuckDBPyRelation, columns: Columns, max_rows: int | None) -> tuple[pl.DataFrame, bool]:
    shaped = relation.project(columns.projection())
    if max_rows is None:
        return pl.DataFrame(shaped), False
    frame = pl.DataFrame(shaped.limit(max_rows + 1))
    return frame.head(max_rows), len(frame) > max_rows


def _relation(connection: DuckDBPyConnection, sql: str) -> DuckDBPyRelation:
    """The one reading statement of `sql`, bound and not yet run."""
    statements = connection.extract_statements(sql)
    kinds = [each.type for each in statements]
    if duckdb.StatementType.MULTI in kinds or (
        len(kinds) > 1 and kinds[0] == duckdb.StatementType.CREATE and "pivot" in sql.lower()
    ):
        raise Refused("query", _PIVOT)
    if len(kinds) != 1:
        raise Refused("query", f"One statement is run, and these are {len(kinds)}.")
    if kinds[0] == duckdb.StatementType.EXPLAIN and _is_plain(connection, sql):
        return connection.sql(statements[0])
    if kinds[0] != duckdb.StatementType.SELECT:
        raise Refused("query", _OTHER.format(kinds[0].name))
    return connection.sql(statements[0])


def _is_plain(connection: DuckDBPyConnection, sql: str) -> bool:
    """Whether a reading statement stands right behind EXPLAIN: then it is planned and not run, as it would be with ANALYZE."""
    found = _EXPLAIN.match(sql)
    if found is None:
        return False
    try:
        explained = connection.extract_statements(sql[found.end() :])
    except duckdb.ParserException:
        return False
    return [each.type for each in explained] == [duckdb.StatementType.SELECT]

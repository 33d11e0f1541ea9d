"""An open connection to DuckDB as where tables come from: it is copied, and copied anew when it has changed. Kind: threaded."""

# ruff: noqa: S608  (statements are put together from names of the catalogue, which are quoted)

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb.pipelines.sql_analyst.schema.quoting import quoted, quoted_path
from racto_nb.pipelines.sql_analyst.sources.duckdb_origins import Origin, as_text, told_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CURRENT = "SELECT database_name, path, readonly FROM duckdb_databases() WHERE database_name = current_database()"
_OURS = "WHERE database_name = current_database() AND NOT internal"
_TABLES = f"SELECT schema_name, table_name FROM duckdb_tables() {_OURS} AND NOT temporary ORDER BY ALL"
_CATALOGUE = f"""SELECT 'table', schema_name, table_name, sql, comment::VARCHAR FROM duckdb_tables() {_OURS}
UNION ALL SELECT 'column', schema_name, table_name, column_name, comment::VARCHAR FROM duckdb_columns() {_OURS}
UNION ALL SELECT 'view', schema_name, view_name, sql, comment::VARCHAR FROM duckdb_views() {_OURS}
UNION ALL SELECT 'macro', schema_name, function_name, macro_definition, parameters::VARCHAR FROM duckdb_functions() {_OURS}
UNION ALL SELECT 'index', schema_name, index_name, sql, table_name FROM duckdb_indexes() WHERE database_name = current_database()
UNION ALL SELECT 'type', schema_name, type_name, logical_type, labels::VARCHAR FROM duckdb_types() {_OURS}
UNION ALL SELECT 'schema', schema_name, NULL, NULL, NULL FROM duckdb_schemas() {_OURS} ORDER BY ALL"""
_TEMPORARY = """SELECT table_name FROM duckdb_tables() WHERE temporary AND NOT internal
UNION SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal ORDER BY 1"""


class ConnectionOrigin(Origin):
    """The current database of an open connection, copied, with the temporary tables and registered frames that it sees.

    With `follow` it is copied anew when its tables are others than they were, and always while there is something temporary; else
    it stays as it was at first.
    """

    def __init__(self, connection: DuckDBPyConnection, *, follow: bool) -> None:
        self._connection, self._follow = connection, follow
        self._print: object = None
        with told_of("the connection"), connection.cursor() as cursor:
            found = cursor.execute(_CURRENT).fetchall()
        self.catalog = str(found[0][0])
        self.file = Path(found[0][1]) if found[0][2] and found[0][1] else None
        """The file of the database, if that is open to read only, and so can be opened once more."""

    def is_current(self) -> bool:
        """Whether catalogue and rows are those that were copied. It reads all rows, which is much less work than to copy them."""
        if self._print is None:
            return False
        if not self._follow:
            return True
        with told_of("the connection"), self._connection.cursor() as cursor:
            return not self._temporary() and self._print == _fingerprint(cursor)

    def write(self, path: Path) -> None:
        """Copy the database, what was committed of it, and what is temporary."""
        name = f"racto_{secrets.token_hex(4)}"
        self._print = None
        with told_of("the connection"), self._connection.cursor() as cursor:
            cursor.execute(f"ATTACH {as_text(str(path))} AS {name}")
            try:
                # In one transaction: the print is of the very rows that are copied.
                cursor.execute("BEGIN")
                found = _fingerprint(cursor)
                cursor.execute(f"COPY FROM DATABASE {quoted(self.catalog, 'duckdb')} TO {name}")
                cursor.execute("COMMIT")
                for table in (quoted(each, "duckdb") for each in self._temporary()):
                    self._connection.execute(f"CREATE OR REPLACE TABLE {name}.main.{table} AS SELECT * FROM temp.main.{table}")
            finally:
                self._detach(name)
        self._print = found

    def _detach(self, name: str) -> None:
        """With a cursor of its own: that of the copy may be in a transaction that failed."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"DETACH {name}")

    def _temporary(self) -> list[str]:
        """What only this connection sees; that is why it is asked itself, and not a cursor of it."""
        return [str(name) for (name,) in self._connection.execute(_TEMPORARY).fetchall()]


def _fingerprint(cursor: DuckDBPyConnection) -> object:
    """What tells apart two states of the current database: its catalogue, and of each table the sum of the hashes of its rows.

    A sum and not an exclusive or, to which two equal rows are none.
    """
    catalogue = cursor.execute(_CATALOGUE).fetchall()
    tables = [(str(schema), str(table)) for schema, table in cursor.execute(_TABLES).fetchall()]
    sums = [
        f"SELECT count(*), sum(hash(racto_row)::HUGEINT) FROM {quoted_path(table, 'duckdb')} AS racto_row" for table in tables
    ]
    return catalogue, [cursor.execute(each).fetchall() for each in sums]

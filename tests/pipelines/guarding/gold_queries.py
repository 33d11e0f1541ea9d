"""The 75 gold queries of a public benchmark for DuckDB, with its databases, where the shared material is on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest
from shared_material import MISSING, shared_path

from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

REFUSED = {
    24: "table_function", 25: "writes", 26: "writes", 27: "setting", 28: "writes", 29: "writes", 30: "statement_kind", 31: "setting", 32: "setting",
    40: "writes", 41: "writes", 42: "writes", 43: "writes", 44: "writes", 45: "table_function", 46: "table_function", 55: "writes", 56: "writes",
    61: "writes", 62: "writes", 64: "writes", 65: "writes", 66: "writes", 70: "setting", 71: "setting", 74: "statement_kind",
}  # fmt: skip
"""Those that write, change settings or read files, by their place, and the rule that they break."""

RANDOM = {21, 69}
"""Those that take a sample."""


def folder() -> Path:
    shared = shared_path()
    if shared is None:
        pytest.skip(MISSING)
    return shared / "data" / "duckdb_nsql" / "eval" / "data"


def gold() -> list[tuple[str, str]]:
    """Database and query, in their order."""
    rows = json.loads((folder() / "dev.json").read_text(encoding="utf-8"))
    return [(row["db_id"], row["query"]) for row in rows]


@contextmanager
def opened(database: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect(folder() / "databases" / database / f"{database}.duckdb", read_only=True)) as connection:
        yield connection


def schema_of(connection: duckdb.DuckDBPyConnection) -> DatabaseSchema:
    columns: dict[str, list[Column]] = {}
    asked = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    for table, column, kind in connection.execute(asked).fetchall():
        columns.setdefault(table, []).append(Column(column, kind))
    return DatabaseSchema("duckdb", tuple(Table(name, tuple(each)) for name, each in sorted(columns.items())), "main")

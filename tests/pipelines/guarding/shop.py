"""A small database whose secrets can be recognised wherever they come out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import duckdb

from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

COLUMNS = {"users": ("id", "name", "email", "salary"), "orders": ("id", "user_id", "note", "contact"), "towns": ("id", "town")}
ROWS = {
    "users": [("1", "Ann", "sentinel-1", "98765431"), ("2", "Bob", "sentinel-2", "98765432"), ("3", "Cid", "sentinel-3", None)],
    "orders": [("1", "1", "new", "sentinel-1"), ("2", "1", "old", "x"), ("3", "2", "new", "y")],
    "towns": [("1", "Rome"), ("2", "Oslo")],
}
SECRET = ("sentinel", "9876543")
RULED = frozenset({"users.email", "salary", "contact"})
_HOMES = {"duckdb": "main", "sqlite": "main", "postgres": "public", "mysql": "shop"}


def schema(dialect: str) -> DatabaseSchema:
    tables = [Table(name, tuple(Column(column, "text") for column in columns)) for name, columns in COLUMNS.items()]
    return DatabaseSchema(dialect, tuple(tables), _HOMES[dialect])


def filled(connection):
    for table, columns in COLUMNS.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(f'{column} TEXT' for column in columns)})")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", ROWS[table])
    return connection


class Databases:
    """The shop in DuckDB and SQLite."""

    def __init__(self) -> None:
        self._duckdb = filled(duckdb.connect(config={"threads": 1}))
        self._sqlite = filled(sqlite3.connect(":memory:"))

    def rows(self, dialect: str, sql: str) -> list[Sequence[object]]:
        return (self._duckdb if dialect == "duckdb" else self._sqlite).execute(sql).fetchall()

    def close(self) -> None:
        self._duckdb.close()
        self._sqlite.close()


def shown(rows: Sequence[Sequence[object]], masked: Sequence[int] = ()) -> str:
    """All that can be read of `rows` where the columns at `masked` are hidden."""
    return " ".join(str(value) for row in rows for place, value in enumerate(row) if place not in masked).lower()

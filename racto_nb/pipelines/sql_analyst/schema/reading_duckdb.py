"""The catalogue of DuckDB. Pure but for `read`."""

# ruff: noqa: S608  (statements are put together from constants of ours, names are quoted)

from __future__ import annotations

import re
from collections.abc import Sequence

from racto_nb.pipelines.sql_analyst.schema.catalogue import (
    Catalogue,
    ColumnRow,
    ForeignRow,
    IndexRow,
    KeyRow,
    Place,
    Read,
    TableRow,
    text,
    text_or_none,
)
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish

# Tables of another attached database carry its name. Temporary ones (frames and files that were registered) come without, and are
# tables even where DuckDB makes views of them.
_SCHEMA = """CASE WHEN database_name = 'temp' OR (database_name = current_database() AND schema_name = current_schema()) THEN NULL
WHEN database_name = current_database() THEN schema_name WHEN schema_name = 'main' THEN database_name
ELSE database_name || '.' || schema_name END"""
_TABLES = f"""SELECT {_SCHEMA}, table_name, 'table', comment, database_name, schema_name FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT {_SCHEMA}, view_name, CASE WHEN temporary THEN 'table' ELSE 'view' END, comment, database_name, schema_name
FROM duckdb_views() WHERE NOT internal"""
_COLUMNS = f"""SELECT {_SCHEMA}, table_name, column_name, data_type, is_nullable, comment, database_name FROM duckdb_columns()
WHERE NOT internal ORDER BY database_name, schema_name, table_name, column_index"""
_KEYS = f"""SELECT {_SCHEMA}, table_name, constraint_type, constraint_index, unnest(constraint_column_names),
unnest(CASE WHEN constraint_type = 'FOREIGN KEY' THEN referenced_column_names END), referenced_table, database_name,
unnest(range(len(constraint_column_names))) AS number
FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY', 'UNIQUE')
ORDER BY database_name, schema_name, table_name, constraint_index, number"""
_INDEXES = f"""SELECT {_SCHEMA}, table_name, index_name, unnest(CAST(expressions AS VARCHAR[])), database_name,
unnest(range(len(CAST(expressions AS VARCHAR[])))) AS number FROM duckdb_indexes()
WHERE NOT is_primary ORDER BY database_name, schema_name, table_name, index_name, number"""
_NOW = "SELECT current_schema(), current_database()"

_COMPARABLE = re.compile(r"(VARCHAR|ENUM|BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT|UINTEGER|DECIMAL|FLOAT|DOUBLE|DATE|TIME)")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def catalogue_of(read: Read, wish: SchemaWish) -> Catalogue:
    """What DuckDB's catalogue says."""
    found = [(text(row[4]), row) for row in read(_TABLES)]
    hidden = {_place(row) for database, row in found if database == "temp"}

    def seen(database: object, place: Place) -> bool:
        """A temporary table hides the one of its name."""
        return text(database) == "temp" or place not in hidden

    now = read(_NOW)[0]
    keys = [row for row in read(_KEYS) if seen(row[7], _place(row))]
    indexes = read(_INDEXES) if wish.indexes else ()
    unique = [IndexRow(_place(row), f"unique {row[3]}", text(row[4])) for row in keys if row[2] == "UNIQUE"]
    return Catalogue(
        dialect="duckdb",
        default_schema=text(now[0]),
        database=text(now[1]),
        tables=[_table(row) for database, row in found if seen(database, _place(row))],
        columns=[_column(row) for row in read(_COLUMNS) if seen(row[6], _place(row))],
        primary=[KeyRow(_place(row), text(row[4])) for row in keys if row[2] == "PRIMARY KEY"],
        foreign=[
            ForeignRow(_place(row), text(row[3]), text(row[4]), (_place(row)[0], text(row[6])), text_or_none(row[5]))
            for row in keys
            if row[2] == "FOREIGN KEY"
        ],
        indexes=[
            *(IndexRow(_place(row), text(row[2]), _indexed(text(row[3]))) for row in indexes if seen(row[4], _place(row))),
            *(unique if wish.indexes else ()),
        ],
    )


def _place(row: Sequence[object]) -> Place:
    return text_or_none(row[0]), text(row[1])


def _table(row: Sequence[object]) -> TableRow:
    kind = "view" if row[2] == "view" else "table"
    path = (text(row[4]), text(row[5]), text(row[1]))
    return TableRow(_place(row), kind, text_or_none(row[3]), path, readable=kind == "table")


def _column(row: Sequence[object]) -> ColumnRow:
    kind = text(row[3])
    comparable = _COMPARABLE.match(kind) is not None and not kind.endswith("]")
    return ColumnRow(_place(row), text(row[2]), kind, bool(row[4]), text_or_none(row[5]), comparable)


def _indexed(expression: str) -> str:
    """A column's name without its quotes, or an expression as it is."""
    found = _QUOTED.fullmatch(expression)
    return found[1].replace('""', '"') if found else expression

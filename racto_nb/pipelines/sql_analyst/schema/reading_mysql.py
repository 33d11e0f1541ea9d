"""The catalogue of MySQL and MariaDB: of the database that the login chose, else of all. Pure but for `read`."""

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
    number_or_none,
    text,
    text_or_none,
)
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish

_SEEN = """TABLE_SCHEMA = coalesce(database(), TABLE_SCHEMA)
AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"""
_PLACE = "nullif(TABLE_SCHEMA, coalesce(database(), '')), TABLE_NAME"
_TABLES = f"""SELECT {_PLACE}, TABLE_TYPE, TABLE_COMMENT, TABLE_SCHEMA, TABLE_ROWS FROM information_schema.TABLES
WHERE {_SEEN} AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')"""
_COLUMNS = f"""SELECT {_PLACE}, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT, DATA_TYPE FROM information_schema.COLUMNS
WHERE {_SEEN} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"""
_KEYS = f"""SELECT {_PLACE}, CONSTRAINT_NAME, COLUMN_NAME, nullif(REFERENCED_TABLE_SCHEMA, coalesce(database(), '')),
REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
WHERE {_SEEN} AND (CONSTRAINT_NAME = 'PRIMARY' OR REFERENCED_TABLE_NAME IS NOT NULL)
ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"""
_INDEXES = f"""SELECT {_PLACE}, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
WHERE {_SEEN} AND INDEX_NAME <> 'PRIMARY' ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"""
_NOW = "SELECT database()"

_COMPARABLE = re.compile(
    r"(small|medium|big|tiny)?int|decimal|double|float|(var)?char|(medium|tiny)?text|enum|set|(date)?time|date|timestamp|year"
)
_FEW = 100_000
"""Rows that are quickly counted."""


def catalogue_of(read: Read, wish: SchemaWish) -> Catalogue:
    """What the catalogue of MySQL or MariaDB says."""
    keys = read(_KEYS)
    return Catalogue(
        dialect="mysql",
        default_schema=text_or_none(read(_NOW)[0][0]),
        tables=[_table(row) for row in read(_TABLES)],
        columns=[_column(row) for row in read(_COLUMNS)],
        primary=[KeyRow(_place(row), text(row[3])) for row in keys if row[5] is None],
        foreign=[
            ForeignRow(_place(row), text(row[2]), text(row[3]), (text_or_none(row[4]), text(row[5])), text(row[6]))
            for row in keys
            if row[5] is not None
        ],
        indexes=[
            IndexRow(_place(row), text(row[2]), text_or_none(row[3]) or "(expression)")
            for row in (read(_INDEXES) if wish.indexes else ())
        ],
    )


def _place(row: Sequence[object]) -> Place:
    return text_or_none(row[0]), text(row[1])


def _table(row: Sequence[object]) -> TableRow:
    view, estimate = text(row[2]) == "VIEW", number_or_none(row[5])
    return TableRow(
        place=_place(row),
        kind="view" if view else "table",
        comment=None if view else text_or_none(row[3]),  # a view's says "VIEW"
        path=(text(row[4]), text(row[1])),
        readable=not view,
        estimate=estimate,
        countable=estimate is not None and estimate <= _FEW,
    )


def _column(row: Sequence[object]) -> ColumnRow:
    comparable = _COMPARABLE.fullmatch(text(row[6]).lower()) is not None
    return ColumnRow(_place(row), text(row[2]), text(row[3]), text(row[4]) == "YES", text_or_none(row[5]), comparable)

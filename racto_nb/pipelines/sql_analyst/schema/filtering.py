"""What of a database's schema a pipeline shows: the tables that are allowed, without the columns that are blocked. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from racto_nb.pipelines.sql_analyst.schema.naming import ColumnNames, TableNames, folded
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, ForeignKey, Table


def visible(
    schema: DatabaseSchema, *, allowed_tables: Collection[str] | None = None, blocked_columns: Collection[str] = ()
) -> DatabaseSchema:
    """`schema` without the tables that are not allowed (None: all are) and without the blocked columns: as if there were none.

    They are gone from keys and indexes too (a key or index with a hidden column goes as a whole, since a part of it would say
    something false), and a comment that names one of them goes with it. See `naming` for how names are written.
    """
    tables = schema.tables
    if allowed_tables is not None:
        allowed = TableNames.of(allowed_tables, schema.default_schema)
        tables = tuple(table for table in tables if (table.schema, table.name) in allowed)
    blocked = ColumnNames.of(blocked_columns, schema.default_schema)
    shown = {table.full_name: tuple(column for column in table.columns if not _has(blocked, table, column)) for table in tables}
    columns = {name: {column.name for column in some} for name, some in shown.items()}
    hidden = _Hidden(_names(schema.tables) - {table.name for table in tables}.union(*columns.values()))
    return replace(schema, tables=tuple(_shown(table, shown[table.full_name], columns, hidden) for table in tables))


def without_samples(schema: DatabaseSchema, columns: Collection[str]) -> DatabaseSchema:
    """`schema` without sample values of `columns`, whose names stay: those that are masked."""
    masked = ColumnNames.of(columns, schema.default_schema)

    def cleared(table: Table) -> Table:
        return replace(
            table,
            columns=tuple(replace(each, samples=()) if _has(masked, table, each) else each for each in table.columns),
        )

    return replace(schema, tables=tuple(cleared(table) for table in schema.tables))


def unknown_names(schema: DatabaseSchema, *, tables: Iterable[str] = (), columns: Iterable[str] = ()) -> list[str]:
    """Those of the names `tables` and `columns` that mean nothing in `schema`, sorted: probably a slip of the pen."""
    default = schema.default_schema
    found: list[str] = []
    for name in tables:
        named = TableNames.of([name], default)
        if not any((table.schema, table.name) in named for table in schema.tables):
            found.append(name)
    for name in columns:
        meant = ColumnNames.of([name], default)
        if not any(_has(meant, table, column) for table in schema.tables for column in table.columns):
            found.append(name)
    return sorted(found)


class _Hidden:
    """The names that nobody shall see, and whether a text has one of them as a word."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def named_in(self, text: str | None) -> bool:
        if not text or not self.names:
            return False
        words = "|".join(re.escape(folded(name)) for name in self.names)
        return re.search(rf"(?<!\w)(?:{words})(?!\w)", folded(text)) is not None


def _names(tables: Iterable[Table]) -> set[str]:
    return {table.name for table in tables} | {column.name for table in tables for column in table.columns}


def _has(names: ColumnNames, table: Table, column: Column) -> bool:
    return (table.schema, table.name, column.name) in names


def _shown(table: Table, columns: tuple[Column, ...], known: dict[str, set[str]], hidden: _Hidden) -> Table:
    here = known[table.full_name]
    missing = _Hidden({column.name for column in table.columns} - here)
    return replace(
        table,
        columns=tuple(replace(column, comment=_told(column.comment, hidden)) for column in columns),
        primary_key=table.primary_key if set(table.primary_key) <= here else (),
        foreign_keys=tuple(key for key in table.foreign_keys if _holds(key, here, known)),
        # An index may be over an expression, which names columns somewhere inside.
        indexes=tuple(index for index in table.indexes if not any(missing.named_in(part) for part in index)),
        comment=_told(table.comment, hidden),
    )


def _holds(key: ForeignKey, here: set[str], known: dict[str, set[str]]) -> bool:
    return set(key.columns) <= here and key.target in known and set(key.target_columns) <= known[key.target]


def _told(comment: str | None, hidden: _Hidden) -> str | None:
    return None if hidden.named_in(comment) else comment

"""The catalogue of PostgreSQL: what this login may read of it. Pure but for `read`."""

# ruff: noqa: S608  (statements are put together from constants of ours, names are quoted)

from __future__ import annotations

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

# No partitions (their table stands for them), nothing that an extension brought, nothing that the login may not read.
_SEEN = """c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname <> 'information_schema'
AND NOT starts_with(CAST(n.nspname AS text), 'pg_') AND has_schema_privilege(n.oid, 'USAGE')
AND has_any_column_privilege(c.oid, 'SELECT')
AND NOT EXISTS (SELECT 1 FROM pg_depend d
WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')"""
_PLACE = "CASE WHEN n.nspname <> coalesce(current_schema(), '') THEN CAST(n.nspname AS text) END, CAST(c.relname AS text)"
_FROM = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
# Vacuum counts rows; before its first visit there is -1. A partitioned table has the rows of its partitions.
_LEAVES = """(SELECT sum(l.reltuples), min(l.reltuples), sum(pg_relation_size(l.oid)) FROM pg_class l
WHERE l.relkind IN ('r', 'm')
AND (l.oid = c.oid OR l.oid IN (SELECT relid FROM pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END))))"""
_TABLES = f"""SELECT {_PLACE}, CAST(c.relkind AS text), obj_description(c.oid, 'pg_class'), CAST(n.nspname AS text),
CASE WHEN leaves.least >= 0 THEN CAST(leaves.tuples AS bigint) END, leaves.bytes
FROM {_FROM} LEFT JOIN LATERAL {_LEAVES} AS leaves(tuples, least, bytes) ON true WHERE {_SEEN}"""
_COLUMNS = f"""SELECT {_PLACE}, CAST(a.attname AS text), format_type(a.atttypid, a.atttypmod), a.attnotnull,
col_description(c.oid, a.attnum), t.typcategory IN ('S', 'N', 'B', 'D', 'E') FROM {_FROM}
JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE {_SEEN} AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY c.oid, a.attnum"""
_KEYS = f"""SELECT {_PLACE}, CAST(k.contype AS text), CAST(k.oid AS text), CAST(a.attname AS text),
CASE WHEN fn.nspname <> coalesce(current_schema(), '') THEN CAST(fn.nspname AS text) END, CAST(fc.relname AS text),
CAST(fa.attname AS text) FROM {_FROM} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'f')
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, number)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.own
LEFT JOIN pg_class fc ON fc.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = u.other
WHERE {_SEEN} ORDER BY c.oid, k.oid, u.number"""
_INDEXES = f"""SELECT {_PLACE}, CAST(i.indexrelid AS text),
coalesce(CAST(a.attname AS text), pg_get_indexdef(i.indexrelid, CAST(u.number AS int), true)) FROM {_FROM}
JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND NOT i.indisprimary
CROSS JOIN LATERAL unnest(CAST(i.indkey AS smallint[])) WITH ORDINALITY AS u(own, number)
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.own AND u.own > 0
WHERE {_SEEN} AND u.number <= i.indnkeyatts ORDER BY c.oid, i.indexrelid, u.number"""
_NOW = "SELECT CAST(current_schema() AS text)"

_SMALL = 32 * 1024 * 1024
"""Bytes of a table whose rows are quickly counted."""


def catalogue_of(read: Read, wish: SchemaWish) -> Catalogue:
    """What PostgreSQL's catalogue says."""
    keys = read(_KEYS)
    return Catalogue(
        dialect="postgres",
        default_schema=text_or_none(read(_NOW)[0][0]),
        tables=[_table(row) for row in read(_TABLES)],
        columns=[_column(row) for row in read(_COLUMNS)],
        primary=[KeyRow(_place(row), text(row[4])) for row in keys if text(row[2]) == "p"],
        foreign=[
            ForeignRow(_place(row), text(row[3]), text(row[4]), (text_or_none(row[5]), text(row[6])), text(row[7]))
            for row in keys
            if text(row[2]) == "f"
        ],
        indexes=[IndexRow(_place(row), text(row[2]), text(row[3])) for row in (read(_INDEXES) if wish.indexes else ())],
    )


def _place(row: Sequence[object]) -> Place:
    return text_or_none(row[0]), text(row[1])


def _table(row: Sequence[object]) -> TableRow:
    relation, size = text(row[2]), number_or_none(row[6])
    return TableRow(
        place=_place(row),
        kind="view" if relation in {"v", "m"} else "table",
        comment=text_or_none(row[3]),
        path=(text(row[4]), text(row[1])),
        readable=relation in {"r", "p", "m"},  # a foreign table's rows lie on another server
        estimate=number_or_none(row[5]),
        countable=size is not None and size <= _SMALL,
    )


def _column(row: Sequence[object]) -> ColumnRow:
    return ColumnRow(_place(row), text(row[2]), text(row[3]), not row[4], text_or_none(row[5]), comparable=bool(row[6]))

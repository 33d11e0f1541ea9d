"""How many rows tables have, and which values columns hold: one statement for many tables. Pure but for `read`."""

# ruff: noqa: S608  (statements are put together from constants of ours, names are quoted)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from racto_nb.exceptions import QueryError, QueryTimeoutError, SourceError
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.catalogue import Catalogue, ColumnRow, Place, Read, TableRow, text
from racto_nb.pipelines.sql_analyst.schema.quoting import quoted, quoted_path
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, Table

MOST_DISTINCT = 25
"""A column with more distinct values than this has no samples: they would not tell what it may hold."""
ROWS_LOOKED_AT = 20_000
"""Rows of each table that are read for samples, the first ones: a column of a large table is not read to its end."""
LONGEST_SAMPLE = 60
"""Characters of a sample; a longer one is cut and ends in "…"."""
_AT_ONCE = 60
"""Selects in one statement. SQLite takes 500, but a plan of that many is slow to make everywhere."""
_MANY = 1_000_000
"""Rows that SQLite counts one by one; it keeps no number of them."""


def with_counts(schema: DatabaseSchema, catalogue: Catalogue, read: Read) -> DatabaseSchema:
    """`schema` with the number of rows of each table: counted where that is cheap, else the database's own estimate."""
    rows = {row.place: row for row in catalogue.tables if row.readable}
    counted = _counted([row for row in rows.values() if row.countable], catalogue.dialect, read)
    if catalogue.dialect == "sqlite":
        counted = _corrected(counted, rows, read)
    estimates = {place: (row.estimate, True) for place, row in rows.items() if row.estimate is not None}
    known: dict[Place, tuple[int | None, bool]] = {**estimates, **counted}

    def with_count(table: Table) -> Table:
        count, estimated = known.get((table.schema, table.name), (None, False))
        return replace(table, row_count=count, estimated=estimated)

    return replace(schema, tables=tuple(with_count(table) for table in schema.tables))


def with_samples(schema: DatabaseSchema, catalogue: Catalogue, read: Read, limit: int) -> DatabaseSchema:
    """`schema` with up to `limit` values of each column that has few distinct ones, as text, in their order."""
    rows = {row.place: row for row in catalogue.tables if row.readable}
    wanted = [row for row in catalogue.columns if row.comparable and row.place in rows]
    selects = [_distinct(row, rows[row.place], number, catalogue.dialect) for number, row in enumerate(wanted)]
    values: defaultdict[tuple[Place, str], list[str]] = defaultdict(list)
    for number, value in _union(selects, read):
        row = wanted[int(text(number))]
        values[row.place, row.name].append(text(value))
    few = {column: found for column, found in values.items() if len(found) <= MOST_DISTINCT}

    def sampled(table: Table) -> Table:
        place = (table.schema, table.name)
        columns = (replace(each, samples=_shown(few.get((place, each.name), ()), limit)) for each in table.columns)
        return replace(table, columns=tuple(columns))

    return replace(schema, tables=tuple(sampled(table) for table in schema.tables))


def _counted(rows: Sequence[TableRow], dialect: Dialect, read: Read) -> dict[Place, tuple[int | None, bool]]:
    """At SQLite, one more than `_MANY` stands for many."""
    selects: list[str] = []
    for number, row in enumerate(rows):
        table = quoted_path(row.path, dialect)
        source = f"(SELECT 1 FROM {table} LIMIT {_MANY + 1})" if dialect == "sqlite" else table
        selects.append(f"SELECT {number} AS number, count(*) AS found FROM {source}")
    return {rows[int(text(number))].place: (int(text(found)), False) for number, found in _union(selects, read)}


def _corrected(
    counted: Mapping[Place, tuple[int | None, bool]], rows: Mapping[Place, TableRow], read: Read
) -> dict[Place, tuple[int | None, bool]]:
    """`counted` with an estimate for tables of SQLite that are too large to count: the number of the last row."""
    many = [rows[place] for place, (found, _) in counted.items() if found is not None and found > _MANY]
    selects = [
        f"SELECT {number} AS number, max(_rowid_) AS found FROM {quoted_path(row.path, 'sqlite')}"
        for number, row in enumerate(many)
    ]
    last = {many[int(text(number))].place: int(text(found)) for number, found in _union(selects, read)}
    # A table WITHOUT ROWID has no such number: that it has more than many rows is all that is known.
    return {**counted, **{row.place: (last.get(row.place, _MANY), True) for row in many}}


def _distinct(column: ColumnRow, table: TableRow, number: int, dialect: Dialect) -> str:
    name, path = quoted(column.name, dialect), quoted_path(table.path, dialect)
    condition = f"{name} IS NOT NULL" + (f" AND typeof({name}) <> 'blob'" if dialect == "sqlite" else "")
    kind = {"duckdb": "VARCHAR", "mysql": "char"}.get(dialect, "text")
    return (
        f"SELECT {number} AS number, substr(CAST(sampled AS {kind}), 1, {LONGEST_SAMPLE + 1}) AS found "
        f"FROM (SELECT DISTINCT {name} AS sampled FROM (SELECT {name} FROM {path} LIMIT {ROWS_LOOKED_AT}) AS looked "
        f"WHERE {condition} LIMIT {MOST_DISTINCT + 1}) AS told"
    )


def _union(selects: Sequence[str], read: Read) -> list[Sequence[object]]:
    """The rows of all `selects`, many in one statement. One that the database refuses (a file behind it is gone, a table is
    locked) costs the others nothing: they are read one by one then."""
    found: list[Sequence[object]] = []
    for start in range(0, len(selects), _AT_ONCE):
        some = selects[start : start + _AT_ONCE]
        try:
            found += read(" UNION ALL ".join(some))
        except QueryTimeoutError:
            raise  # one by one they would take longer still
        except (SourceError, QueryError):
            if len(some) > 1:
                for select in some:
                    found += _union([select], read)
    return found


def _shown(values: Sequence[str], limit: int) -> tuple[str, ...]:
    """The first `limit` of `values` in order, numbers by their size; each cut to what fits into a line."""
    first = sorted(values, key=_order)[:limit]
    return tuple(value if len(value) <= LONGEST_SAMPLE else value[:LONGEST_SAMPLE] + "…" for value in first)


def _order(value: str) -> tuple[bool, float, str]:
    try:
        number = float(value)
    except ValueError:
        return True, 0.0, value
    return False, number, value

"""Columns that a statement names and no table has: found before it is run, with the nearest names. Pure.

Careful on purpose: a name is unknown only where every table of its query is known by all its columns. What it cannot be sure of
is left to the database.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from racto_nb._nearest import nearest
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, Table
from racto_nb.pipelines.sql_analyst.writing.dialects import parsed

_EVERYWHERE = frozenset(
    {"rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "filename", "file_row_number", "rownum",
     "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user", "session_user", "true",
     "false"}
)  # fmt: skip
"""Names that stand for something without being listed as columns."""
_UNSURE = (exp.Lambda, exp.Unnest, exp.Lateral, exp.Pivot, exp.Values, exp.UDTF, exp.Dot)


def unknown_columns(sql: str, schema: DatabaseSchema) -> list[str]:
    """One sentence for each column that `sql` names and its tables do not have; empty where all are known, or nobody can tell."""
    tree = parsed(sql, schema.dialect)
    if tree is None or tree.find(*_UNSURE) is not None:
        return []
    if schema.dialect == "sqlite" and any(column.this.quoted for column in tree.find_all(exp.Column) if column.this):
        return []  # there a quoted name that nothing has is a text
    tables = _by_name(schema)
    aliases = {alias.alias_or_name.casefold() for alias in tree.find_all(exp.Alias)}
    try:
        scopes = traverse_scope(tree)
    except (SqlglotError, ValueError, RecursionError):
        return []
    found: dict[str, None] = {}
    for scope in scopes:
        for sentence in _unknown_in(scope, tables, aliases):
            found[sentence] = None
    return list(found)


def _unknown_in(scope: Scope, tables: Mapping[str, Table], aliases: set[str]) -> list[str]:
    sources = _sources(scope, tables)
    if sources is None:
        return []
    told: list[str] = []
    for column in scope.columns:
        name, owner = column.name.casefold(), column.table.casefold()
        if not name or name == "*" or name in _EVERYWHERE or (not owner and name in aliases):
            continue
        if owner:
            table = sources.get(owner)
            if table is not None and name not in _columns(table):
                told.append(_sentence(column.name, [table]))
        elif _is_of(column, scope) and all(name not in _columns(table) for table in sources.values()) and name not in sources:
            told.append(_sentence(column.name, list(sources.values())))
    return told


def _is_of(column: exp.Column, scope: Scope) -> bool:
    """Whether a bare name can only mean a column of this very query: in a subquery it may mean one of the query around it."""
    return not scope.is_subquery and column.find_ancestor(exp.Select) is scope.expression


def _sources(scope: Scope, tables: Mapping[str, Table]) -> dict[str, Table] | None:
    """The tables of a query by the names they have in it; None where one of them is no listed table, or there is none."""
    found: dict[str, Table] = {}
    for name, source in scope.sources.items():
        table = tables.get(_full_name(source)) if isinstance(source, exp.Table) else None
        if table is None:
            return None
        found[str(name).casefold()] = table
    return found or None


def _full_name(table: exp.Table) -> str:
    return ".".join(part for part in (table.db, table.name) if part).casefold()


def _by_name(schema: DatabaseSchema) -> dict[str, Table]:
    """Tables by each of their names. A name that several schemas have stands for none of them."""
    found: dict[str, Table] = {}
    for table in schema.tables:
        home = table.schema or schema.default_schema
        for name in {table.full_name, table.name if table.schema is None else table.full_name, f"{home}.{table.name}"}:
            found[name.casefold()] = table
    return found


def _columns(table: Table) -> set[str]:
    return {column.name.casefold() for column in table.columns}


def _sentence(name: str, tables: list[Table]) -> str:
    known = {f"{table.full_name}.{column.name}": column.name for table in tables for column in table.columns}
    close = nearest(name, set(known.values()))
    shown = [full for full, column in known.items() if column in close][:3]
    where = " and ".join(table.full_name for table in tables)
    hint = f" There is {' and '.join(shown)}." if shown else f" It has {', '.join(sorted(set(known.values())))}."
    return f"There is no column {name} in {where}.{hint}"

"""Calls of functions that PostgreSQL lets one write as columns: `t.f` is f(t) where the table t has no column f. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from racto_nb.pipelines.sql_analyst.guarding.places import slice_of
from racto_nb.pipelines.sql_analyst.guarding.values import Violation

_OF_EVERY_TABLE = frozenset({"ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"})


def called(sql: str, tree: exp.Expr, tables: Iterable[tuple[exp.Table, frozenset[str]]]) -> Iterator[Violation]:
    """What could be a call among the columns of `tree`. `tables` are the tables of the schema in it, with their columns.

    Where a subquery is called like one of the tables, its columns are taken for calls too: give it another name.
    """
    known: dict[str, frozenset[str]] = {}
    for table, columns in tables:
        name = _name(table)
        known[name] = known.get(name, _OF_EVERY_TABLE) | columns | _renamed(table)
    for node in tree.find_all(exp.Column, exp.Dot):
        for table_name, column in _read(node, known):
            if column not in known[table_name]:
                found, start, end = slice_of(sql, node)
                message = f"{table_name} has no column {column!r}, and PostgreSQL would call a function of that name."
                yield Violation("column", message, found, start, end)


def _read(node: exp.Expr, known: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """The tables, and the column that is read of each: of `t.f` and of `(t).f`."""
    if isinstance(node, exp.Column):
        table = node.args.get("table")
        if isinstance(table, exp.Identifier) and isinstance(node.this, exp.Identifier) and _folded(table) in known:
            yield _folded(table), _folded(node.this)
    elif isinstance(node.expression, exp.Identifier):
        for inner in node.this.find_all(exp.Column):
            if isinstance(inner.this, exp.Identifier) and not inner.table and _folded(inner.this) in known:
                yield _folded(inner.this), _folded(node.expression)


def _name(table: exp.Table) -> str:
    alias = table.args.get("alias")
    named = alias.this if isinstance(alias, exp.TableAlias) and isinstance(alias.this, exp.Identifier) else table.this
    return _folded(named)


def _renamed(table: exp.Table) -> frozenset[str]:
    alias = table.args.get("alias")
    columns = alias.args.get("columns") or () if isinstance(alias, exp.TableAlias) else ()
    return frozenset(_folded(column) for column in columns if isinstance(column, exp.Identifier))


def _folded(name: exp.Identifier) -> str:
    return str(name.this) if name.quoted else str(name.this).lower()

"""Statements written in another database's dialect, as the one at hand understands them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from racto_nb.pipelines.sql_analyst.limits import Dialect

_LIKELY: dict[Dialect, tuple[str, ...]] = {
    "duckdb": ("mysql", "bigquery", "snowflake", "postgres", "tsql", "sqlite"),
    "sqlite": ("postgres", "mysql", "duckdb", "bigquery", "tsql"),
    "postgres": ("mysql", "bigquery", "snowflake", "tsql", "sqlite", "duckdb"),
    "mysql": ("postgres", "bigquery", "snowflake", "tsql", "sqlite", "duckdb"),
}
"""What models write by mistake for a dialect, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A statement in the dialect at hand, and the one that it was `read` as."""

    sql: str
    read: str


def translations(sql: str, dialect: Dialect) -> Iterator[Translation]:
    """What `sql` may have meant: read as the dialect at hand, then as others, and written in the one at hand.

    Only one whole statement is translated, only where nothing gets lost that the dialect cannot say, and none comes twice.

    >>> [found.sql for found in translations("SELECT `name` FROM `t`", "postgres")][:1]
    ['SELECT "name" FROM "t"']
    """
    seen = {_squeezed(sql)}
    for read in (dialect, *_LIKELY[dialect]):
        written = _written(sql, read, dialect)
        if written is not None and _squeezed(written) not in seen:
            seen.add(_squeezed(written))
            yield Translation(written, read)


def parsed(sql: str, dialect: str) -> exp.Expr | None:
    """The tree of the one statement that `sql` is; None where it is none, or more."""
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except SqlglotError:
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Expr) else None


def is_ordered(sql: str, dialect: str) -> bool:
    """Whether the rows of `sql` come in an order that it asks for."""
    tree = parsed(sql, dialect)
    return isinstance(tree, exp.Query) and tree.args.get("order") is not None


def _written(sql: str, read: str, write: str) -> str | None:
    tree = parsed(sql, read)
    if tree is None or isinstance(tree, exp.Command):
        return None
    try:
        return tree.sql(dialect=write, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError:
        return None


def _squeezed(sql: str) -> str:
    return " ".join(sql.strip().rstrip(";").split())

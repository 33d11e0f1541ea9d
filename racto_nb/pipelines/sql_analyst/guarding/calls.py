"""Which functions a statement calls, by the names that it writes, and whether they only read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from racto_nb._nearest import nearest
from racto_nb.pipelines.sql_analyst.guarding.functions import NAMES, TABLES
from racto_nb.pipelines.sql_analyst.guarding.nodes import BARE, TABLE_WORDS
from racto_nb.pipelines.sql_analyst.guarding.places import place
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect

_NAMES_OF_SCHEMAS = (exp.Identifier, exp.Column, exp.Dot)
"""What may be the name of a schema before a function; DuckDB takes other values there too, for methods: ('a').upper()."""
_ON_TABLES = (exp.Table, exp.Lateral, exp.From, exp.Join)
_UNLIKE = 4
"""A name that is longer or shorter by so much was not meant."""
_OWN_SCHEMAS: dict[Dialect, frozenset[str]] = {
    "duckdb": frozenset({"main", "pg_catalog", "system"}),
    "sqlite": frozenset(),
    "postgres": frozenset({"pg_catalog"}),
    "mysql": frozenset(),
}
"""Schemas whose functions are those of the engine."""


class Functions:
    """The functions that a policy allows."""

    def __init__(self, policy: GuardPolicy) -> None:
        own = frozenset(name.lower() for name in policy.functions)
        self._dialect: Dialect = policy.dialect
        self._scalar = NAMES[policy.dialect] | own
        self._tables = TABLES[policy.dialect] | own
        self._own = own

    def violations(self, sql: str, calls: Iterable[exp.Expr]) -> Iterator[Violation]:
        """What is not allowed of `calls`, the function nodes of `sql`."""
        for call in calls:
            on_table = isinstance(call.parent, _ON_TABLES)
            allowed = self._tables if on_table else self._scalar
            name = _name(sql, call)
            if name is None:
                if type(call) not in (TABLE_WORDS if on_table else BARE) and _class_name(call) not in self._own:
                    yield _violation(call, _class_name(call), allowed, on_table=on_table)
            elif not (name in allowed and self._at_home(call)) and _full_name(call, name) not in self._own:
                yield _violation(call, _full_name(call, name), allowed, on_table=on_table)

    def _at_home(self, call: exp.Expr) -> bool:
        """Whether the name is of the engine itself: unqualified, of its own schema, or a method of a value (DuckDB)."""
        qualifier = _qualifier(call)
        if not qualifier or qualifier in _OWN_SCHEMAS[self._dialect]:
            return True
        return (
            self._dialect == "duckdb" and isinstance(call.parent, exp.Dot) and not isinstance(call.parent.this, _NAMES_OF_SCHEMAS)
        )


def _name(sql: str, call: exp.Expr) -> str | None:
    """The name as it is written, in small letters; None where there is none before a bracket."""
    if isinstance(call, exp.Anonymous):
        return _name_of(call)
    meta = call.meta
    if "start" not in meta:
        return None
    return sql[meta["start"] : meta["end"] + 1].strip('"`[]').lower()


def _name_of(call: exp.Expr) -> str:
    return str(call.name).lower()


def _class_name(call: exp.Expr) -> str:
    names = call.sql_names() if isinstance(call, exp.Func) else []
    return names[0].lower() if names else type(call).__name__.lower()


def _qualifier(call: exp.Expr) -> str:
    parent = call.parent
    if isinstance(parent, exp.Dot) and parent.expression is call:
        return parent.this.sql().lower().replace('"', "")
    if isinstance(parent, exp.Table) and parent.this is call:
        return ".".join(part for part in (parent.catalog, parent.db) if part).lower()
    return ""


def _full_name(call: exp.Expr, name: str) -> str:
    qualifier = _qualifier(call)
    return f"{qualifier}.{name}" if qualifier else name


def _name_place(call: exp.Expr) -> tuple[int | None, int | None]:
    meta = call.meta
    return (meta["start"], meta["end"] + 1) if "start" in meta else place(call)


def _violation(call: exp.Expr, name: str, allowed: frozenset[str], *, on_table: bool) -> Violation:
    start, end = _name_place(call)
    close = nearest(name, (each for each in allowed if each[0] == name[:1] and abs(len(each) - len(name)) < _UNLIKE), count=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    if on_table:
        message = f"{name}(…) may not stand where a table may: it is not on the list of functions that read nothing else.{hint}"
        return Violation("table_function", message, name, start, end)
    message = f"The function {name}(…) is not on the list of those that only compute.{hint}"
    return Violation("function", message, name, start, end)

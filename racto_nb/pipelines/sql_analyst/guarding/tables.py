"""Which tables a statement reads: names resolved through CTEs, by the case rules of the dialect. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from sqlglot import exp

from racto_nb._nearest import nearest
from racto_nb.pipelines.sql_analyst.guarding.places import place
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.naming import TableNames, parts_of

_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys", "system"})
_SYSTEM_NAMES = ("sqlite_", "pg_", "duckdb_", "pragma_", "dbstat", "bytecode", "tables_used")
_DEFAULT_SCHEMAS: dict[Dialect, str] = {"duckdb": "main", "sqlite": "main", "postgres": "public", "mysql": ""}
_FILE_MARKS = ("/", "\\", ":", "*", ".")
"""What a name has that DuckDB would take for a file."""
_SMALL_LETTERS = str.maketrans(ascii_uppercase, ascii_lowercase)


class TableName(NamedTuple):
    """A name as a statement writes it, folded by the rules of the dialect; empty parts were not written."""

    name: str
    schema: str = ""
    catalog: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in (self.catalog, self.schema, self.name) if part)


class Tables:
    """The tables that there are, and those that a policy allows."""

    def __init__(self, policy: GuardPolicy) -> None:
        self._dialect: Dialect = policy.dialect
        self._database = (policy.database or "").lower()
        given = policy.schema.default_schema if policy.schema else None
        self._default = given or _DEFAULT_SCHEMAS[policy.dialect]
        self._known = None
        if policy.schema is not None:
            self._known = {self._written(table.name, table.schema or ""): table.full_name for table in policy.schema.tables}
        self._named, self._allowed = self._rights(policy)
        self._columns = {
            self._written(table.name, table.schema or ""): frozenset(column.name for column in table.columns)
            for table in (policy.schema.tables if policy.schema else ())
        }

    def _rights(self, policy: GuardPolicy) -> tuple[TableNames | None, frozenset[TableName] | None]:
        """The allowed tables as the user named them, and by their own names. None, None: all."""
        if policy.allowed_tables is None:
            return None, None
        named = TableNames.of(policy.allowed_tables, self._default or None)
        if policy.schema is None:
            parts = [parts_of(name) for name in policy.allowed_tables]
            return named, frozenset(self._written(each[-1], ".".join(each[:-1])) for each in parts)
        tables = [table for table in policy.schema.tables if (table.schema, table.name) in named]
        return named, frozenset(self._written(table.name, table.schema or "") for table in tables)

    def read(self, table: exp.Table) -> tuple[TableName | None, Violation | None]:
        """The table that `table` names, without the default schema, None for a CTE, and what speaks against it."""
        parts = [table.args.get("this"), table.args.get("db"), table.args.get("catalog")]
        if not all(part is None or isinstance(part, exp.Identifier) for part in parts):
            return None, _violation(table, table.sql(), "is not a name of a table.", None)
        name = TableName(*(self._folded(part) if isinstance(part, exp.Identifier) else "" for part in parts))
        if not name.schema and (self._is_cte(table, name.name) or self._is_nothing(parts)):
            return None, None
        return self._home(name), self._against(table, name)

    def columns(self, name: TableName) -> frozenset[str]:
        """The columns of the table, as the database has them."""
        return self._columns.get(name, frozenset())

    def nearest(self, name: str) -> str | None:
        """The table that may be read and is called most like `name`."""
        known = self._allowed if self._allowed is not None else self._known or {}
        return next(iter(nearest(name, map(str, known), count=1)), None)

    def _folded(self, part: exp.Identifier) -> str:
        if self._dialect == "mysql" or (self._dialect == "postgres" and part.quoted):
            return str(part.this)
        return _lowered(str(part.this))

    def _written(self, name: str, schema: str = "") -> TableName:
        """A name of a schema or a policy, as `_folded` would have it; without the default schema."""
        if self._dialect in ("duckdb", "sqlite"):
            name, schema = _lowered(name), _lowered(schema)
        return TableName(name, "" if self._is_default(schema) else schema)

    def _is_default(self, schema: str) -> bool:
        """PostgreSQL tells "PUBLIC" and public apart."""
        return schema == self._default if self._dialect == "postgres" else schema.lower() == self._default.lower()

    def _home(self, name: TableName) -> TableName:
        """Without the default schema and the name of the database itself."""
        schema, catalog = name.schema, name.catalog
        if catalog and catalog.lower() == self._database:
            catalog = ""
        if not catalog and (self._is_default(schema) or schema.lower() == self._database):
            schema = ""
        return TableName(name.name, schema, catalog)

    def _is_cte(self, table: exp.Table, name: str) -> bool:
        """Whether a CTE of that name is seen from `table`: one written before it, or its own where that is RECURSIVE."""
        node: exp.Expr | None = table
        while node is not None:
            parent = node.parent
            if isinstance(node, exp.CTE) and isinstance(parent, exp.With):
                seen = parent.expressions[: node.index or 0] + ([node] if parent.args.get("recursive") else [])
                owner = parent.parent
                node = owner.parent if owner is not None else None
            else:
                with_ = node.args.get("with_")
                seen = with_.expressions if isinstance(with_, exp.With) else []
                node = parent
            if any(self._cte_name(cte) == name for cte in seen):
                return True
        return False

    def _is_nothing(self, parts: list[exp.Expr | None]) -> bool:
        """Whether it is MySQL's table without columns, which stands after FROM where nothing is read."""
        name = parts[0]
        return self._dialect == "mysql" and isinstance(name, exp.Identifier) and not name.quoted and name.this.upper() == "DUAL"

    def _cte_name(self, cte: exp.Expr) -> str:
        alias = cte.args.get("alias")
        this = alias.this if isinstance(alias, exp.TableAlias) else None
        return self._folded(this) if isinstance(this, exp.Identifier) else ""

    def _against(self, table: exp.Table, written: TableName) -> Violation | None:
        name = self._home(written)
        if self._may_be_read(name):
            return None
        if self._known is not None and name not in self._known:
            return self._unknown(table, written)
        if self._allowed is not None:
            return _violation(
                table, str(written), "is not one of the tables that may be read.", self._nearest(name, self._allowed)
            )
        if self._known is None:
            return self._unlisted(table, name)
        return None

    def _may_be_read(self, name: TableName) -> bool:
        """Whether it is one of the allowed tables."""
        if self._named is None or self._allowed is None:
            return False
        if self._known is not None:
            return name in self._allowed
        return not name.catalog and (name.schema or None, name.name) in self._named

    def _unknown(self, table: exp.Table, written: TableName) -> Violation:
        known = self._known or {}
        seen = {name: text for name, text in known.items() if self._allowed is None or name in self._allowed}
        if _is_system(written):
            return _violation(table, str(written), "belongs to the database's own catalogue, which is not read.", None)
        return _violation(table, str(written), "is not a table of this database.", self._nearest(written, seen))

    def _unlisted(self, table: exp.Table, name: TableName) -> Violation | None:
        """Without a list of tables: everything but catalogues, files and other databases."""
        if _is_system(name):
            return _violation(table, str(name), "belongs to the database's own catalogue, which is not read.", None)
        if name.catalog:
            return _violation(table, str(name), "is a table of another database, which is not allowed.", None)
        if self._dialect == "duckdb" and any(mark in name.name for mark in _FILE_MARKS):
            return _violation(table, str(name), "would be read from a file, which is not allowed.", None)
        return None

    @staticmethod
    def _nearest(name: TableName, known: Iterable[TableName]) -> str | None:
        return next(iter(nearest(str(name), {str(each) for each in known}, count=1)), None)


def _lowered(name: str) -> str:
    """Databases take capitals for small letters in ASCII only."""
    return name.lower() if name.isascii() else name.translate(_SMALL_LETTERS)


def _is_system(name: TableName) -> bool:
    return bool({name.schema.lower(), name.catalog.lower()} & _SYSTEM_SCHEMAS) or name.name.lower().startswith(_SYSTEM_NAMES)


def _violation(table: exp.Table, name: str, why: str, close: str | None) -> Violation:
    start, end = place(table.this if isinstance(table.this, exp.Identifier) and not table.db else _names_only(table))
    hint = f" Did you mean {close!r}?" if close else ""
    return Violation("table", f"{name!r} {why}{hint}", name, start, end)


def _names_only(table: exp.Table) -> exp.Expr:
    return exp.Tuple(expressions=[part.copy() for part in table.parts])

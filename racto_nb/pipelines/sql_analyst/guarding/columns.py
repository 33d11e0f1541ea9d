"""Columns that nobody may read, and columns whose values nobody may see. Pure.

sqlglot qualifies the statement by the schema; what it cannot resolve is refused. The statement itself is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlDialect
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from racto_nb.pipelines.sql_analyst.guarding.lineage import Lineage
from racto_nb.pipelines.sql_analyst.guarding.places import place, slice_of
from racto_nb.pipelines.sql_analyst.guarding.reading import shortened
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Violation
from racto_nb.pipelines.sql_analyst.schema.naming import ColumnNames

_HOME = "(home)"
"""The name of the default schema while columns are resolved."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a statement reads of columns, and the places of its result that are masked; `width` is how many the result has."""

    violations: list[Violation] = field(default_factory=list[Violation])
    read: tuple[str, ...] = ()
    masked: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    width: int | None = None


class ColumnRules:
    """The rules of a policy about columns, by table."""

    def __init__(self, policy: GuardPolicy) -> None:
        self._policy = policy
        self.any = bool(policy.blocked_columns or policy.mask_columns)
        strategy = ", normalization_strategy=case_insensitive" if policy.dialect == "mysql" else ""
        self._grammar = SqlDialect.get_or_raise(f"{policy.dialect}{strategy}")

    def judge(self, sql: str, tree: exp.Expr, tables: list[tuple[exp.Table, str, str]]) -> Columns:
        """What `tree` reads. It is changed: its names are qualified. `tables` are its tables, each with its schema and name."""
        if self._policy.schema is None:
            return Columns(
                [Violation("column", "The columns cannot be resolved: the policy has rules for columns, but no schema.")]
            )
        ruled = [self._key(schema, name) for _, schema, name in tables]
        if not any(key in self._blocked or key in self._hidden for key in ruled):
            return Columns()
        if violations := list(_unfollowed(sql, tree.walk())):
            return Columns(violations)
        for table, schema, name in tables:
            key = self._key(schema, name)
            table.set("db", exp.to_identifier(key[0], quoted=True))
            table.set("this", exp.to_identifier(key[1], quoted=True).update_positions(table.this))
            table.set("catalog", None)
        return self._resolved(sql, tree)

    def visible(self, tables: Sequence[str]) -> list[str]:
        """The columns that may be read of a statement's only table, as they are written in it; nothing of several."""
        if len(tables) != 1 or self._policy.schema is None:
            return []
        for table in self._policy.schema.tables:
            if table.full_name.lower() == tables[0].lower():
                blocked = self._blocked.get(self._key(table.schema or "", table.name), ())
                columns = [column.name for column in table.columns if self._column(column.name) not in blocked]
                return [exp.to_identifier(name, quoted=not name.isidentifier()).sql(self._policy.dialect) for name in columns]
        return []

    def _resolved(self, sql: str, tree: exp.Expr) -> Columns:
        try:
            tree = qualify(tree, dialect=self._grammar, schema=self._mapping, db=_HOME, quote_identifiers=False, identify=False)
            nodes = list(tree.walk())
            violations = list(_unfollowed(sql, nodes, resolved=True))
            lineage = Lineage(tree, self._masked_name, nodes)
            outputs = lineage.outputs()
        except Exception as error:  # noqa: BLE001  (what cannot be resolved is refused, with the reason)
            return Columns([Violation("column", f"The columns cannot be resolved: {_first_line(error)}")])
        violations += [_unclear(sql, node, why) for node, why in lineage.unclear]
        violations += self._shadowed(nodes)
        read, blocked = self._read(lineage)
        masked = {number: tuple(sorted(names)) for number, names in enumerate(outputs) if names}
        return Columns(violations + blocked, read, masked, len(outputs))

    def _read(self, lineage: Lineage) -> tuple[tuple[str, ...], list[Violation]]:
        read: dict[str, None] = {}
        blocked: dict[str, Violation] = {}
        for column in lineage.columns:
            found = lineage.source(column) if column.table else None
            if found is None or not isinstance(found[1], exp.Table) or not isinstance(found[1].this, exp.Identifier):
                continue
            name = f"{found[1].name}.{column.name}"
            read[name] = None
            if column.name in self._blocked.get((found[1].db, found[1].name), ()):
                blocked[name] = _blocked(column, name)
        return tuple(sorted(read)), list(blocked.values())

    def _masked_name(self, table: exp.Table, column: str) -> str | None:
        return f"{table.name}.{column}" if column in self._hidden.get((table.db, table.name), ()) else None

    def _shadowed(self, nodes: list[exp.Expr]) -> Iterator[Violation]:
        """An alias that is called like a ruled column but is another one: databases differ in what the name then means."""
        for alias in nodes:
            if type(alias) is not exp.Alias:
                continue
            name = alias.alias.lower()
            if (
                name in self._ruled
                and not any(column.name == name for column in alias.this.find_all(exp.Column))
                and _is_output(alias)
            ):
                start, end = place(alias)
                message = (
                    f"{alias.alias!r} is the name of a column with rules, and may not name something else. Call it otherwise."
                )
                yield Violation("column", message, alias.alias, start, end)

    def _key(self, schema: str, name: str) -> tuple[str, str]:
        default = self._policy.schema.default_schema if self._policy.schema else None
        if self._policy.dialect == "postgres":
            return _HOME if schema in ("", default) else schema, name
        return _HOME if schema.lower() in ("", (default or "").lower()) else schema.lower(), name.lower()

    def _column(self, name: str) -> str:
        return name if self._policy.dialect == "postgres" else name.lower()

    @cached_property
    def _mapping(self) -> MappingSchema:
        mapping: dict[str, object] = {}
        for (schema, table), columns in self._columns.items():
            tables = mapping.setdefault(schema, {})
            assert isinstance(tables, dict)  # noqa: S101  (sqlglot types it more widely)
            tables[table] = dict.fromkeys(columns, "unknown")
        return MappingSchema(mapping, dialect=self._grammar, normalize=False)

    @cached_property
    def _columns(self) -> dict[tuple[str, str], list[str]]:
        tables = self._policy.schema.tables if self._policy.schema else ()
        return {
            self._key(table.schema or "", table.name): [self._column(column.name) for column in table.columns] for table in tables
        }

    @cached_property
    def _ruled(self) -> frozenset[str]:
        return frozenset[str]().union(*self._hidden.values(), *self._blocked.values())

    @cached_property
    def _blocked(self) -> dict[tuple[str, str], frozenset[str]]:
        return self._by_table(self._policy.blocked_columns)

    @cached_property
    def _hidden(self) -> dict[tuple[str, str], frozenset[str]]:
        return self._by_table(self._policy.mask_columns)

    def _by_table(self, names: frozenset[str]) -> dict[tuple[str, str], frozenset[str]]:
        """The columns that `names` mean, by table: as the filter of the schema understands them."""
        schema = self._policy.schema
        meant = ColumnNames.of(names, schema.default_schema if schema else None)
        rules: dict[tuple[str, str], frozenset[str]] = {}
        for table in schema.tables if schema else ():
            found = [each.name for each in table.columns if (table.schema, table.name, each.name) in meant]
            if found:
                rules[self._key(table.schema or "", table.name)] = frozenset(map(self._column, found))
        return rules


def _is_output(alias: exp.Alias) -> bool:
    return isinstance(alias.parent, exp.Select) and alias.arg_key == "expressions"


_LOOKED_AT = frozenset(
    {exp.Pivot, exp.Columns, exp.PositionalColumn, exp.TableColumn, exp.Column, exp.Dot, exp.Join, exp.Star, exp.Table}
)
_AFTERWARDS = frozenset({exp.TableColumn, exp.Star, exp.Dot, exp.Columns})


def _unfollowed(sql: str, nodes: Iterable[exp.Expr], *, resolved: bool = False) -> Iterator[Violation]:
    """Ways of naming columns that are not followed where there are rules for columns."""
    looked_at = _AFTERWARDS if resolved else _LOOKED_AT
    for node in nodes:
        if type(node) in looked_at and (why := _why_not(node, resolved=resolved)):
            yield _unclear(sql, node, why)


def _why_not(node: exp.Expr, *, resolved: bool) -> str:
    if isinstance(node, exp.Column):
        return "" if isinstance(node.this, exp.Identifier | exp.Star) else "the name of a column is a name, not a text"
    if isinstance(node, exp.Dot):
        return "it is not known of which table it is" if _of_nothing(node) else ""
    if isinstance(node, exp.Join):
        return "" if _followed(node) else "a star over USING or NATURAL is not followed; name the columns"
    if isinstance(node, exp.Star):
        return (
            "" if not resolved or isinstance(node.parent, exp.Count) else "all columns at once are not followed here; name them"
        )
    if isinstance(node, exp.Table):
        renamed = isinstance(node.this, exp.Identifier) and _renames(node)
        return "other names for all columns of a table are not followed; rename them in SELECT" if renamed else ""
    return "columns that are not named one by one are not followed"


def _followed(join: exp.Join) -> bool:
    using = join.args.get("using") or ()
    if not using and str(join.args.get("method") or "").upper() != "NATURAL":
        return True
    select = join.parent
    stars = isinstance(select, exp.Select) and any(each.is_star for each in select.expressions)
    return not stars and all(isinstance(each, exp.Identifier | exp.Column) for each in using)


def _renames(table: exp.Table) -> bool:
    alias = table.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.args.get("columns"))


def _of_nothing(dot: exp.Dot) -> bool:
    """Whether it is a chain of names that is no column; what is called at its end has been looked at."""
    first: exp.Expr = dot
    while isinstance(first, exp.Dot):
        first = first.this
    return isinstance(first, exp.Identifier) and not isinstance(dot.expression, exp.Func)


def _unclear(sql: str, node: exp.Expr, why: str) -> Violation:
    found, start, end = slice_of(sql, node)
    return Violation("column", f"{shortened(found) or 'The statement'} is refused: {why}.", found, start, end)


def _blocked(column: exp.Column, name: str) -> Violation:
    start, end = place(column)
    return Violation("column", f"The column {name} may not be read.", name, start, end)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__

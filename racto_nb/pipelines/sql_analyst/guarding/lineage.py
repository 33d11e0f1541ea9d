"""Which columns of a result come from masked ones: through aliases, expressions, subqueries, CTEs and set operations. Pure.

Works on a tree that sqlglot has qualified. What it cannot follow is named in `unclear`, and then nothing is said of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from racto_nb.pipelines.sql_analyst.guarding.functions import TABLES

_ROWS = frozenset[str]().union(*TABLES.values())
_NONE: frozenset[str] = frozenset()
_MOST_ROUNDS = 50
_QUERIES = (exp.Select, exp.SetOperation)
_MIXED = "\0mixed"
"""Beside the masked columns of an expression: others are in it too. To filter or sort by it would show the masked ones."""
_EXPLODING = (exp.Unnest, exp.Explode, exp.ExplodingGenerateSeries, exp.GenerateSeries)


class Lineage:
    """From which masked columns each column of each part of `tree` comes. `masked` tells those of a table by its column.

    `nodes` are all parts of `tree`, which whoever made it has listed already.
    """

    def __init__(self, tree: exp.Expr, masked: Callable[[exp.Table, str], str | None], nodes: list[exp.Expr]) -> None:
        self.unclear: list[tuple[exp.Expr, str]] = []
        self._tree = tree
        self._masked = masked
        self.columns = [node for node in nodes if isinstance(node, exp.Column)]
        self._exploding = [node for node in nodes if isinstance(node, exp.Func) and _explodes(node)]
        self._scopes = traverse_scope(tree)
        self._sources: dict[int, tuple[Scope, exp.Expr | Scope] | None] = {}
        self._levels: dict[int, list[exp.Expr]] = {}
        self._by_query = {id(scope.expression): scope for scope in self._scopes}
        self._outputs: dict[int, list[tuple[str | None, frozenset[str]]]] = {}
        self._known: dict[int, frozenset[str]] = {}  # what a part was found to show, in this round
        self._ahead = False  # whether this round asked for what it had not found yet
        self._compared: dict[tuple[int, str, str], frozenset[str]] = {}

    def outputs(self) -> list[frozenset[str]]:
        """The masked columns from which each column of the result comes."""
        for _ in range(_MOST_ROUNDS):
            before = (dict(self._outputs), dict(self._compared))
            self._round()
            # Parts come before the parts that read them: one round is enough where nothing goes the other way.
            if (not self._ahead and not self._compared) or before == (self._outputs, self._compared):
                break
        else:
            self.unclear.append((self._tree, "the statement goes round in circles"))
        for scope in self._scopes:
            self._check(scope)
        for call in self._exploding:
            if self._of(call):
                self.unclear.append((call, "it makes rows of a masked column"))
        root = self._by_query.get(id(_query(self._tree)))
        if root is None:
            self.unclear.append((self._tree, "this kind of statement is not followed"))
            return []
        return [names - {_MIXED} for _, names in self._outputs[id(root)]]

    def _round(self) -> None:
        self.unclear.clear()
        self._known.clear()
        self._ahead = False
        for scope in self._scopes:
            self._outputs[id(scope)] = self._of_scope(scope)
            self._compare(scope)

    def source(self, column: exp.Column) -> tuple[Scope, exp.Expr | Scope] | None:
        """What `column` is a column of: a table or another query, and the scope that has it."""
        if id(column) not in self._sources:
            self._sources[id(column)] = self._found(column)
        return self._sources[id(column)]

    def _found(self, column: exp.Column) -> tuple[Scope, exp.Expr | Scope] | None:
        scope = self._scope(column)
        while scope is not None:
            if (source := scope.sources.get(column.table)) is not None:
                return scope, source
            scope = scope.parent
        return None

    def _level(self, node: exp.Expr) -> list[exp.Expr]:
        found = self._levels.get(id(node))
        if found is None:
            found = self._levels[id(node)] = list(_level(node))
        return found

    def _scope(self, node: exp.Expr) -> Scope | None:
        at: exp.Expr | None = node
        while at is not None:
            if (scope := self._by_query.get(id(at))) is not None:
                return scope
            at = at.parent
        return None

    def _of_scope(self, scope: Scope) -> list[tuple[str | None, frozenset[str]]]:
        query = scope.expression
        if isinstance(query, exp.Select):
            return [(each.alias_or_name, self._of_output(each)) for each in query.selects]
        if isinstance(query, exp.SetOperation):
            return self._of_set(query)
        return [(None, self._of(query))]

    def _of_output(self, output: exp.Expr) -> frozenset[str]:
        names = self._of(output)
        return names | {_MIXED} if names and not _single_column(output) else names

    def _of_set(self, query: exp.SetOperation) -> list[tuple[str | None, frozenset[str]]]:
        sides = [self._outputs_of(_query(side)) for side in (query.this, query.expression)]
        if query.args.get("by_name") or len(sides[0]) != len(sides[1]):
            every = frozenset[str]().union(*(names for side in sides for _, names in side))
            if every:
                self.unclear.append((query, "columns are put together by their names; write UNION with the columns in order"))
            return [(name, every) for name, _ in max(sides, key=len)]
        return [(name, left | right) for (name, left), (_, right) in zip(*sides, strict=True)]

    def _outputs_of(self, query: exp.Expr) -> list[tuple[str | None, frozenset[str]]]:
        scope = self._by_query.get(id(query))
        if scope is None:
            self.unclear.append((query, "this part is not followed"))
            return []
        if (found := self._outputs.get(id(scope))) is None:
            self._ahead = True
        return found or []

    def _of(self, node: exp.Expr) -> frozenset[str]:
        """The masked columns that `node` may show anything of. A count of rows or of values shows nothing of them."""
        if (known := self._known.get(id(node))) is not None:
            return known
        found = _NONE
        for part in self._level(node):
            if isinstance(part, exp.Column):
                found |= self._of_column(part)
            elif not isinstance(part.parent, exp.Exists):
                found |= frozenset[str]().union(*(names for _, names in self._outputs_of(part)))
        self._known[id(node)] = found
        return found

    def _of_column(self, column: exp.Column) -> frozenset[str]:
        if not column.table:
            return self._of_alias(column)
        if (found := self.source(column)) is None:
            self.unclear.append((column, "it is not known of which table it is"))
            return _NONE
        scope, source = found
        compared = self._compared.get((id(scope), column.table, column.name), _NONE)
        if isinstance(source, Scope):
            return compared | self._named(column, self._outputs.get(id(source)))
        if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
            return compared | self._of(source)
        name = self._masked(source, column.name)
        return compared | {name} if name else compared

    def _named(self, column: exp.Column, outputs: list[tuple[str | None, frozenset[str]]] | None) -> frozenset[str]:
        if outputs is None:
            self._ahead = True
            return _NONE  # a recursive one, of which nothing is known in the first round
        hits = [names for name, names in outputs if name is None or name == column.name]
        if not hits:
            self.unclear.append((column, "the part that it comes from has no such column"))
        return frozenset[str]().union(*hits)

    def _of_alias(self, column: exp.Column) -> frozenset[str]:
        """A name without a table: an alias in ORDER BY, or nothing that could be followed."""
        scope = self._scope(column)
        if scope is not None and column.find_ancestor(exp.Order, *_QUERIES) is not None:
            ordered = column.find_ancestor(exp.Order, *_QUERIES)
            hits = [names for name, names in self._outputs.get(id(scope), ()) if name == column.name]
            if isinstance(ordered, exp.Order) and (hits or id(scope) not in self._outputs):
                self._ahead |= id(scope) not in self._outputs
                return frozenset[str]().union(*hits)
        self.unclear.append((column, "it is not known of which table it is"))
        return _NONE

    def _compare(self, scope: Scope) -> None:
        """What is compared with a masked column shows its values too."""
        for condition in _conditions(scope.expression):
            names = self._of(condition)
            if names:
                for part in self._level(condition):
                    if isinstance(part, exp.Column) and part.table and (found := self.source(part)) is not None:
                        key = (id(found[0]), part.table, part.name)
                        self._compared[key] = self._compared.get(key, _NONE) | names

    def _check(self, scope: Scope) -> None:
        """What would show a masked value by the number of rows."""
        query = scope.expression
        for condition in _conditions(query):
            names = self._of(condition)
            if _MIXED in names or (names and not _plain(condition)):
                self.unclear.append((condition, "a masked column may only be compared with values, or be = to another column"))
        for part in (query.args.get("limit"), query.args.get("offset")):
            if isinstance(part, exp.Expr) and self._of(part):
                self.unclear.append((part, "it says the number of rows by a masked column"))
        for call in _calls(scope):
            if self._of(call):
                self.unclear.append((call, "it makes rows of a masked column"))
        if _recursive(scope) and any(names for _, names in self._outputs.get(id(scope), ())):
            self.unclear.append((query, "a masked column goes round in a recursive query"))


def _explodes(call: exp.Expr) -> bool:
    """Whether a function makes several rows of a value."""
    return isinstance(call, _EXPLODING) or (isinstance(call, exp.Anonymous) and call.name.lower() in _ROWS)


def _calls(scope: Scope) -> list[exp.Expr]:
    """Functions that stand where tables may."""
    sources = [source for source in scope.sources.values() if isinstance(source, exp.Table)]
    return [source for source in sources if not isinstance(source.this, exp.Identifier)]


def _query(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Subquery | exp.Paren):
        node = node.this
    return node


def _recursive(scope: Scope) -> bool:
    """Whether it is a CTE that calls itself, as far as its WITH says."""
    with_ = scope.expression.parent.parent if isinstance(scope.expression.parent, exp.CTE) else None
    return isinstance(with_, exp.With) and bool(with_.args.get("recursive"))


def _level(node: exp.Expr) -> Iterator[exp.Expr]:
    """The columns in `node`, and the queries in it as wholes. What COUNT counts is left out."""
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, exp.Column) or (isinstance(part, _QUERIES) and part is not node):
            yield part
        elif not _counts(part):
            stack.extend(part.iter_expressions())


def _counts(node: exp.Expr) -> bool:
    """COUNT(*), COUNT(column), COUNT(DISTINCT column)."""
    if not isinstance(node, exp.Count) or node.expressions:
        return False
    counted = node.this
    if isinstance(counted, exp.Distinct):
        counted = counted.expressions[0] if len(counted.expressions) == 1 else None
    return isinstance(counted, exp.Column | exp.Star)


def _conditions(query: exp.Expr) -> Iterator[exp.Expr]:
    """The single conditions of a query, and what it sorts and groups by."""
    for clause in ("where", "having", "qualify"):
        part = query.args.get(clause)
        if isinstance(part, exp.Expr):
            yield from _single(part.this)
    for join in query.args.get("joins") or ():
        on = join.args.get("on")
        if isinstance(on, exp.Expr):
            yield from _single(on)
    for clause in ("order", "group"):
        part = query.args.get(clause)
        if isinstance(part, exp.Expr):
            yield from _parts(part.expressions)
    distinct = query.args.get("distinct")
    if isinstance(distinct, exp.Distinct) and isinstance(distinct.args.get("on"), exp.Expr):
        yield from _parts(distinct.args["on"].iter_expressions())


def _parts(parts: Iterable[exp.Expr]) -> Iterator[exp.Expr]:
    for part in parts:
        yield part.this if isinstance(part, exp.Ordered) else part


def _single(condition: exp.Expr) -> Iterator[exp.Expr]:
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        yield from _single(condition.this)
        yield from _single(condition.expression)
    else:
        yield condition


def _single_column(node: exp.Expr) -> bool:
    parts = {(part.table, part.name) if isinstance(part, exp.Column) else id(part) for part in _level(node)}
    return len(parts) < 2  # noqa: PLR2004  (the number says it)


def _plain(condition: exp.Expr) -> bool:
    """Whether a condition looks at one column, or says only that one is equal to another."""
    if _single_column(condition):
        return True
    if isinstance(condition, exp.EQ | exp.NullSafeEQ):
        return isinstance(condition.this, exp.Column) and isinstance(condition.expression, exp.Column)
    if isinstance(condition, exp.Not):
        condition = condition.this
    return isinstance(condition, exp.In) and isinstance(condition.this, exp.Column) and condition.args.get("query") is not None

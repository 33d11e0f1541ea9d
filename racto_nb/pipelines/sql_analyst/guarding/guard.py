"""The guard itself: a statement in, what may be run of it or why not out. Kind: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice, pairwise
from threading import local

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlDialect
from sqlglot.tokenizer_core import TokenType

from racto_nb.exceptions import ReadOnlyViolationError
from racto_nb.pipelines.sql_analyst.guarding import kinds
from racto_nb.pipelines.sql_analyst.guarding.about import About, about
from racto_nb.pipelines.sql_analyst.guarding.attributes import called
from racto_nb.pipelines.sql_analyst.guarding.calls import Functions
from racto_nb.pipelines.sql_analyst.guarding.columns import ColumnRules
from racto_nb.pipelines.sql_analyst.guarding.functions import NAMES, TABLES
from racto_nb.pipelines.sql_analyst.guarding.limiting import limited
from racto_nb.pipelines.sql_analyst.guarding.nodes import ALIAS, CALL, CLAUSE_WORDS, KINDS, PLAIN, STATEMENTS, TABLE, UNKNOWN
from racto_nb.pipelines.sql_analyst.guarding.places import place
from racto_nb.pipelines.sql_analyst.guarding.reading import Text, Unreadable, text_of
from racto_nb.pipelines.sql_analyst.guarding.rewriting import first_statement, with_columns, with_nearest, without_clauses
from racto_nb.pipelines.sql_analyst.guarding.tables import TableName, Tables
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Verdict, Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect

MOST_VIOLATIONS = 20
"""More of them tell a reader nothing."""


class SQLGuard:
    """Says of statements whether they only read what `policy` allows. Pure: nothing is run, no database is asked.

    >>> guard = SQLGuard(GuardPolicy("duckdb", max_rows=100))
    >>> guard.check("SELECT name FROM shops").sql
    'SELECT name FROM shops\\nLIMIT 101'
    >>> guard.check("DROP TABLE shops").violations[0].rule
    'writes'
    """

    def __init__(self, policy: GuardPolicy) -> None:
        self.policy = policy
        self._grammar = SqlDialect.get_or_raise(policy.dialect)
        self._own = local()  # making a tokenizer takes longer than cutting a short text; each thread keeps one
        self._functions = Functions(policy)
        self._tables = Tables(policy)
        self._columns = ColumnRules(policy)

    def check(self, sql: str) -> Verdict:
        """What the guard says of `sql`; never an exception, whatever it is."""
        verdict = self._judged(sql)
        if verdict.allowed:
            return verdict
        rewrite = next((candidate for candidate in self._near(sql, verdict) if self._judged(candidate).allowed), None)
        return replace(verdict, rewrite=rewrite)

    def _judged(self, sql: str) -> Verdict:
        text = self._text(sql)
        if isinstance(text, Violation):
            return Verdict(sql, violations=(text,))
        if text.tokens[0].text.upper() in kinds.QUERY_WORDS[self.policy.dialect]:
            return self._statement(text, self.policy.max_rows)
        found = about(text, self._text)
        if isinstance(found, About):
            inner = self._text(found.inner)
            return found.verdict(
                sql, Verdict(sql, violations=(inner,)) if isinstance(inner, Violation) else self._statement(inner, None)
            )
        return Verdict(sql, violations=(found or kinds.first_word(text),))

    def _near(self, sql: str, verdict: Verdict) -> Iterator[str]:
        """Statements that might be meant, for one that is refused."""
        yield from first_statement(sql, verdict.violations[0])
        text = self._text(sql)
        if isinstance(text, Violation) or text.tokens[0].text.upper() not in kinds.QUERY_WORDS[self.policy.dialect]:
            return
        tree = _parsed(text, self._grammar)
        if isinstance(tree, Violation) or len(verdict.violations) == MOST_VIOLATIONS:
            return
        yield from with_nearest(text, verdict.violations, self._tables.nearest)
        if any(violation.rule == "column" for violation in verdict.violations):
            yield from with_columns(text, self._columns.visible(verdict.tables))
        yield from without_clauses(text, tree, verdict.violations)

    def _text(self, sql: str) -> Text | Violation:
        tokenizer = getattr(self._own, "tokenizer", None)
        if tokenizer is None:
            tokenizer = self._own.tokenizer = self._grammar.tokenizer()
        return text_of(sql, self.policy.dialect, tokenizer, self._grammar)

    def refuse(self, sql: str) -> Verdict:
        """The verdict of `check`. Raises ReadOnlyViolationError where the statement is refused."""
        verdict = self.check(sql)
        if not verdict.allowed:
            raise ReadOnlyViolationError(refusal(verdict), verdict=verdict)
        return verdict

    def _statement(self, text: Text, max_rows: int | None) -> Verdict:
        tree = _parsed(text, self._grammar)
        if isinstance(tree, Violation):
            return Verdict(text.sql, violations=(tree,))
        violations, tables = self._parts(text, tree)
        names = tuple(dict.fromkeys(str(name) for _, name in tables))
        if not violations and text.dialect == "postgres" and self.policy.schema is not None:
            violations = list(called(text.sql, tree, [(table, self._tables.columns(name)) for table, name in tables]))
        if violations:
            return Verdict(text.sql, violations=tuple(violations[:MOST_VIOLATIONS]), tables=names)
        run, cut = (text.together(), False) if max_rows is None else limited(text, tree, max_rows)
        if not self._columns.any or not tables:
            return Verdict(text.sql, run, tables=names, limited=cut)
        columns = self._columns.judge(text.sql, tree, [(table, name.schema, name.name) for table, name in tables])
        if columns.violations:
            return Verdict(text.sql, violations=tuple(columns.violations[:MOST_VIOLATIONS]), tables=names, columns=columns.read)
        return Verdict(text.sql, run, tables=names, columns=columns.read, masked=columns.masked, width=columns.width, limited=cut)

    def _parts(self, text: Text, tree: exp.Expr) -> tuple[list[Violation], list[tuple[exp.Table, TableName]]]:
        """What speaks against each part of a statement, and the tables that it reads."""
        if not isinstance(tree, STATEMENTS):
            return [kinds.part(text, tree)], []
        violations: list[Violation] = []
        calls: list[exp.Expr] = []
        tables: list[tuple[exp.Table, TableName]] = []
        kinds_of = KINDS.get
        for node in tree.walk():
            part = kinds_of(type(node), UNKNOWN)
            if part == PLAIN:
                continue
            if part == CALL:
                calls.append(node)
            elif part == TABLE:
                self._table(node, violations, tables)
            elif part == ALIAS:
                violations.extend(_named(text, node))
            elif part == UNKNOWN or not isinstance(node.parent, exp.Func):
                violations.append(kinds.part(text, node))
        violations.extend(islice(self._functions.violations(text.sql, calls), MOST_VIOLATIONS))
        return violations, tables

    def _table(self, node: exp.Expr, violations: list[Violation], tables: list[tuple[exp.Table, TableName]]) -> None:
        if not isinstance(node, exp.Table) or isinstance(node.this, exp.Func):
            return  # a table function: its call is looked at
        name, violation = self._tables.read(node)
        if violation is not None:
            violations.append(violation)
        if name is not None:
            tables.append((node, name))


def _named(text: Text, node: exp.Expr) -> Iterator[Violation]:
    """An alias without AS that could be taken for the beginning of another clause."""
    alias = node.args.get("alias") if isinstance(node, exp.Alias) else node.args.get("this")
    for name in (alias, *(node.args.get("columns") or ())):
        if type(name) is exp.Identifier and name.this.upper() in CLAUSE_WORDS and not name.quoted and not _after_as(text, name):
            start, end = place(name)
            yield Violation(
                "syntax", f"{name.this!r} may not be a name here. Put it in quotes, after AS.", str(name.this), start, end
            )


def _after_as(text: Text, name: exp.Identifier) -> bool:
    start = name.meta.get("start")
    return any(before.token_type == TokenType.ALIAS for before, token in pairwise(text.tokens) if token.start == start)


def _parsed(text: Text, grammar: SqlDialect) -> exp.Expr | Violation:
    try:
        trees = grammar.parser().parse(list(text.tokens), text.sql)
    except Exception as error:  # noqa: BLE001  (whatever a parser trips over, the statement is refused, and why is said)
        return kinds.unreadable(text, error)
    tree = trees[0] if len(trees) == 1 else None
    return tree if tree is not None else Violation("one_statement", "It is not one statement.")


def refusal(verdict: Verdict) -> str:
    """Why a statement is refused, where, and what to write instead, for people."""
    lines = [_line(verdict.original, violation) for violation in verdict.violations]
    if verdict.rewrite is not None:
        lines.append(f"This would be allowed: {verdict.rewrite}")
    return "\n".join(lines)


def _line(sql: str, violation: Violation) -> str:
    where = ""
    if violation.start is not None:
        line = sql.count("\n", 0, violation.start) + 1
        column = violation.start - (sql.rfind("\n", 0, violation.start) + 1) + 1
        where = f", line {line}, column {column}"
    return f"The statement is refused ({violation.rule}{where}): {violation.message}"


class ReadOnlySQLGuard:
    """Refuses what is no single reading statement, whatever its dialect: the strictest reading of all is taken.

    >>> ReadOnlySQLGuard.check("SELECT replace(name, 'a', 'b') FROM shops WHERE action = 'delete'")
    """

    @staticmethod
    def check(sql: str) -> None:
        """Raises ReadOnlyViolationError where `sql` is not one reading statement in each dialect that can parse it.

        A function is allowed where one of the dialects has it.
        """
        verdicts = [guard.check(sql) for guard in _guards()]
        readable = [verdict for verdict in verdicts if not any(isinstance(each, Unreadable) for each in verdict.violations)]
        for verdict in readable or verdicts:
            if found := tuple(each for each in verdict.violations if not _known_elsewhere(each)):
                refused = Verdict(sql, violations=found)
                raise ReadOnlyViolationError(refusal(refused), verdict=refused)


def _known_elsewhere(violation: Violation) -> bool:
    lists = {"function": NAMES, "table_function": TABLES}.get(violation.rule, {})
    return any(violation.found in names for names in lists.values())


@cache
def _guards() -> tuple[SQLGuard, ...]:
    dialects: tuple[Dialect, ...] = ("postgres", "duckdb", "sqlite", "mysql")
    return tuple(SQLGuard(GuardPolicy(dialect, max_rows=None)) for dialect in dialects)

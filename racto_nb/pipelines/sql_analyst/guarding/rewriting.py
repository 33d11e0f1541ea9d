"""Statements near to a refused one that might be allowed. Whoever offers them lets the guard look at them first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from racto_nb.pipelines.sql_analyst.guarding.reading import Text
from racto_nb.pipelines.sql_analyst.guarding.values import Violation

_DROPPED = ("locks", "into", "hint")


def first_statement(text: Text | str, violation: Violation) -> Iterator[str]:
    """Without what follows the first semicolon."""
    sql = text if isinstance(text, str) else text.sql
    if violation.rule == "one_statement" and violation.start is not None:
        yield sql[: sql.rfind(";", 0, violation.start)].strip()


def without_clauses(text: Text, tree: exp.Expr, violations: Sequence[Violation]) -> Iterator[str]:
    """Without FOR UPDATE, INTO and hints."""
    if any(violation.rule in ("locking", "writes", "setting") for violation in violations):
        for select in tree.find_all(exp.Select):
            for clause in _DROPPED:
                select.set(clause, None)
        yield tree.sql(text.dialect, comments=False)


def with_nearest(text: Text, violations: Sequence[Violation], nearest: Callable[[str], str | None]) -> Iterator[str]:
    """With the tables that were probably meant."""
    sql, changed = text.sql, False
    for violation in sorted(violations, key=lambda each: -(each.start or 0)):
        close = nearest(violation.found) if violation.rule == "table" else None
        if close is not None and violation.start is not None and violation.end is not None:
            sql, changed = f"{sql[: violation.start]}{close}{sql[violation.end :]}", True
    if changed:
        yield sql


def with_columns(text: Text, columns: Sequence[str]) -> Iterator[str]:
    """With the columns that may be read in the place of its one star."""
    stars = [token for token in text.tokens if token.token_type == TokenType.STAR]
    if len(stars) == 1 and columns:
        place = next(number for number, token in enumerate(text.tokens) if token is stars[0])
        prefix = ""
        if place > 1 and text.tokens[place - 1].token_type == TokenType.DOT:
            prefix = text.sql[text.tokens[place - 2].start : stars[0].start]
        listed = ", ".join(prefix + name for name in columns)
        yield f"{text.sql[: stars[0].start - len(prefix)]}{listed}{text.sql[stars[0].end + 1 :]}"

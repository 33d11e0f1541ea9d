"""Statements about a table or a query: DESCRIBE, SUMMARIZE, EXPLAIN. They are judged by what they are about. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot.tokenizer_core import TokenType

from racto_nb.pipelines.sql_analyst.guarding.kinds import QUERY_WORDS
from racto_nb.pipelines.sql_analyst.guarding.reading import Text
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict, Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect

_WORDS: dict[Dialect, frozenset[str]] = {
    "duckdb": frozenset({"DESCRIBE", "DESC", "SUMMARIZE", "EXPLAIN"}),
    "sqlite": frozenset({"EXPLAIN"}),
    "postgres": frozenset({"EXPLAIN"}),
    "mysql": frozenset({"DESCRIBE", "DESC", "EXPLAIN"}),
}
_NAMES = "SELECT * FROM "
_PARTS_OF_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.DOT})


@dataclass(frozen=True, slots=True)
class About:
    """A statement about `inner`, a query in which everything stands `shift` characters further right. `word` comes before it."""

    word: str
    inner: str
    shift: int
    of_table: bool

    def verdict(self, original: str, found: Verdict) -> Verdict:
        """What the verdict on the query says of the whole statement."""
        violations = tuple(self._moved(violation) for violation in found.violations)
        run = found.sql[len(_NAMES) :] if self.of_table else found.sql
        if self.word == "SUMMARIZE" and found.masked:
            names = sorted({name for each in found.masked.values() for name in each})
            violations = (
                Violation("column", f"SUMMARIZE would show values of {', '.join(names)}. Summarize the other columns."),
            )
            run = ""
        rewrite = found.rewrite
        if rewrite is not None:
            rewrite = f"{self.word} {rewrite}"
        return replace(
            found,
            original=original,
            sql=f"{self.word} {run}" if run else "",
            violations=violations,
            rewrite=rewrite,
            masked={},
            width=None,
        )

    def _moved(self, violation: Violation) -> Violation:
        if violation.start is None:
            return violation
        end = None if violation.end is None else violation.end - self.shift
        return replace(violation, start=violation.start - self.shift, end=end)


def about(text: Text, tokens_of: Callable[[str], Text | Violation]) -> About | Violation | None:
    """What the statement is about, None where it begins otherwise."""
    word = text.tokens[0].text.upper()
    if word not in _WORDS[text.dialect]:
        return None
    start = text.tokens[0].end + 1
    rest = tokens_of(" " * start + text.sql[start:])
    if isinstance(rest, Violation):
        return rest
    words = [token.text.upper() for token in rest.tokens[:3]]
    if text.dialect == "sqlite" and words[:2] == ["QUERY", "PLAN"]:
        word, start, words = "EXPLAIN QUERY PLAN", rest.tokens[1].end + 1, words[2:]
    if words and words[0] in QUERY_WORDS[text.dialect] and words[0] != "(":
        return About(word, " " * start + text.sql[start:], 0, of_table=False)
    if word != "EXPLAIN" and all(token.token_type in _PARTS_OF_NAMES for token in rest.tokens):
        return About(word, _NAMES + text.sql[start:].lstrip(), len(_NAMES) - rest.tokens[0].start, of_table=True)
    return _refused(text, word, start)


def _refused(text: Text, word: str, start: int) -> Violation:
    what = "a query" if word.startswith("EXPLAIN") else "a table or a query"
    message = f"{word} is only allowed before {what}, without options (EXPLAIN ANALYZE would run it)."
    return Violation("statement_kind", message, text.sql[text.tokens[0].start : start], text.tokens[0].start, start)

"""A text as one statement: cut into tokens, judged before it is parsed, and put together again so that what was checked is run.

An engine may cut a text otherwise than sqlglot does. Where that can be, the text is refused, or is run without its comments.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot.dialects.dialect import Dialect as SqlDialect
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from racto_nb.pipelines.sql_analyst.guarding.values import Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect

MOST_CHARACTERS = 200_000
MOST_DEPTH = 64
MOST_TYPED_DEPTH = 6
"""Brackets after the name of a type (`DATE(…)`) in each other. sqlglot reads each of them twice."""
MOST_OPEN_JOINS = 8
"""Joins without ON and USING; with each of them sqlglot takes twice the time."""

_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_STRUCTURE = _OPEN | _CLOSE | {TokenType.SEMICOLON, TokenType.JOIN, TokenType.ON, TokenType.USING}

_COMMENT = {
    "duckdb": re.compile(r"--|/\*"),
    "postgres": re.compile(r"--|/\*"),
    "sqlite": re.compile(r"--|/\*"),
    "mysql": re.compile(r"--|/\*|#"),
}
_ODD = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\ud800-\udfff]"
)
_UNICODE_NAME = re.compile(r"[uU]&[\"']")
_ESCAPED_QUOTE = re.compile(r"(?<!\\)(?:\\\\)*\\['\"]")
_COMPLETE_JOINS = frozenset({TokenType.CROSS, TokenType.NATURAL, TokenType.POSITIONAL, TokenType.ASOF})
_QUOTED = frozenset(
    {
        TokenType.STRING,
        TokenType.IDENTIFIER,
        TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
    }
)
_INVISIBLE = "There is a character in the statement that cannot be seen, and that databases read differently. Leave it out."
_RISKS = {
    "duckdb": re.compile(rf"{_ODD.pattern}|\$"),
    "sqlite": _ODD,
    "postgres": re.compile(rf"{_ODD.pattern}|\$|{_UNICODE_NAME.pattern}|\\['\"]"),
    "mysql": re.compile(rf"{_ODD.pattern}|\\['\"]|\"|/\*M?!"),
}


class Unreadable(Violation):
    """What cannot be parsed in a dialect."""


@dataclass(frozen=True, slots=True)
class Text:
    """`sql` in tokens, the closing semicolons left out. `edits` replace what stands in a token, by its place."""

    sql: str
    dialect: Dialect
    tokens: Sequence[Token]
    edits: dict[int, str]
    commented: bool = False

    def together(self, edits: dict[int, str] | None = None) -> str:
        """The statement as it is run: the text itself, or without its comments and with what is edited."""
        changed = self.edits | (edits or {})
        first, last = self.tokens[0], self.tokens[-1]
        if not changed and not self.commented:
            return self.sql[first.start : last.end + 1]
        parts: list[str] = []
        end = first.start
        for token in self.tokens:
            gap = self.sql[end : token.start]
            parts.append(gap if not gap.strip() else " ")
            parts.append(changed.get(token.start, self.sql[token.start : token.end + 1]))
            end = token.end + 1
        return "".join(parts)


def text_of(sql: str, dialect: Dialect, tokenizer: Tokenizer, grammar: SqlDialect) -> Text | Violation:
    """The tokens of `sql`, or why they are not to be trusted."""
    if len(sql) > MOST_CHARACTERS:
        return Violation("syntax", f"The statement has {len(sql):,} characters; at most {MOST_CHARACTERS:,} are looked at.")
    if "\x00" in sql:
        place = sql.index("\x00")
        return Violation(
            "syntax", "There is a NUL character in the statement, at which some databases stop.", "\x00", place, place + 1
        )
    try:
        tokens = tokenizer.tokenize(sql)
    except Exception as error:  # noqa: BLE001  (whatever a tokenizer trips over, the text is refused, and why is said)
        return Unreadable("syntax", f"The statement cannot be read: {_first_line(error)}")
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        return Violation("one_statement", "There is no statement.")
    commented = _COMMENT[dialect].search(sql) is not None
    text = Text(sql, dialect, tokens, {}, commented)
    return _structure(text, grammar) or _risks(text) or text


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__


def _structure(text: Text, grammar: SqlDialect) -> Violation | None:
    """Whether it is one statement, and not so nested that reading it would take for ever."""
    depth = deepest = joins = most_joins = 0
    for token in text.tokens:
        kind = token.token_type
        if kind not in _STRUCTURE:
            continue
        if kind in _OPEN:
            depth += 1
            deepest = max(deepest, depth)
        elif kind in _CLOSE:
            depth -= 1
        elif kind == TokenType.SEMICOLON:
            return _second_statement(text, token)
        else:
            joins = joins + 1 if kind == TokenType.JOIN else max(0, joins - 1)
            most_joins = max(most_joins, joins)
    if deepest > MOST_DEPTH or (deepest > MOST_TYPED_DEPTH and _typed_depth(text, grammar) > MOST_TYPED_DEPTH):
        return Violation(
            "syntax", "The brackets of the statement are nested too deep to be looked at. Write it with WITH clauses."
        )
    if most_joins > MOST_OPEN_JOINS and _open_joins(text) > MOST_OPEN_JOINS:
        return Violation(
            "syntax", "The statement has too many joins without ON or USING to be looked at. Say what each joins on."
        )
    return None


def _second_statement(text: Text, semicolon: Token) -> Violation:
    after = next(token for token in text.tokens if token.start > semicolon.start)
    found = text.sql[after.start : text.tokens[-1].end + 1]
    return Violation(
        "one_statement",
        f"There is more than one statement: {shortened(found)!r} follows a semicolon. Only one is run; leave out the rest.",
        found,
        after.start,
        text.tokens[-1].end + 1,
    )


def _typed_depth(text: Text, grammar: SqlDialect) -> int:
    types = grammar.parser_class.TYPE_TOKENS
    stack: list[bool] = []
    deepest = 0
    for before, token in pairwise(text.tokens):
        if token.token_type in _OPEN:
            stack.append(before.token_type in types)
            deepest = max(deepest, sum(stack))
        elif token.token_type in _CLOSE and stack:
            stack.pop()
    return deepest


def _open_joins(text: Text) -> int:
    """As many joins as wait for their ON at once; CROSS and NATURAL ones wait for none."""
    waiting = most = 0
    for before, token in pairwise(text.tokens):
        if token.token_type == TokenType.JOIN and before.token_type not in _COMPLETE_JOINS:
            waiting += 1
            most = max(most, waiting)
        elif token.token_type in (TokenType.ON, TokenType.USING):
            waiting = max(0, waiting - 1)
    return most


def _risks(text: Text) -> Violation | None:
    """What an engine may cut otherwise. Comments are left out of what is run; what remains is refused, or written plainly."""
    risks = _RISKS[text.dialect]
    if risks.search(text.sql) is None:
        return None
    spans = [(token.start, token.end + 1) for token in text.tokens]
    for found in risks.finditer(text.sql):
        place = bisect_right(spans, (found.start(), len(text.sql)))
        token = text.tokens[place - 1] if place and spans[place - 1][1] > found.start() else None
        if violation := _risk(text, found, token):
            return violation
    return None


def _risk(text: Text, found: re.Match[str], token: Token | None) -> Violation | None:
    what, start = found.group(), found.start()
    slice_ = text.sql[token.start : token.end + 1] if token else ""
    quoted = token is not None and token.token_type in _QUOTED
    if what.startswith("/*"):
        return (
            None if token else _violation(found, "A comment that MySQL would run (/*! … */) is in the statement. Leave it out.")
        )
    if what[0] == "\\":
        return _backslash(found, slice_)
    if what[0] in "uU":
        at_name = token is not None and start == token.start
        return (
            _violation(found, "Names and texts with Unicode escapes (U&'…') are not read. Write the characters.")
            if at_name
            else None
        )
    if token is not None and what == '"':
        return _double_quoted(text, token, found) if start == token.start else None
    if what == "$":
        return None if quoted else _dollar(text, token, found)
    return None if quoted or (token is None and what == "\x0c") else _violation(found, _INVISIBLE)


def _backslash(found: re.Match[str], slice_: str) -> Violation | None:
    """A backslash before a quote: whether it ends the text depends on a setting of the server."""
    if not slice_ or not _ESCAPED_QUOTE.search(slice_):
        return None
    return _violation(
        found, "Whether a backslash before a quote ends a text depends on the server. Write a quote in a text twice."
    )


def _double_quoted(text: Text, token: Token, found: re.Match[str]) -> Violation | None:
    """A text of MySQL in double quotes, which is a name where ANSI_QUOTES is set: it is run in single ones."""
    if "\\" in text.sql[token.start : token.end + 1]:
        return _violation(found, "A text in double quotes with a backslash is not read. Write it in single quotes.")
    text.edits[token.start] = "'" + token.text.replace("'", "''") + "'"
    return None


def _dollar(text: Text, token: Token | None, found: re.Match[str]) -> Violation | None:
    """A text between dollars is run between quotes; other dollars are parameters, which nobody fills in."""
    if token is None:
        return None
    free = token.start == 0 or not (text.sql[token.start - 1].isalnum() or text.sql[token.start - 1] in '_$"')
    if token.token_type == TokenType.HEREDOC_STRING and free and "\\" not in token.text:
        text.edits[token.start] = "'" + token.text.replace("'", "''") + "'"
        return None
    if token.token_type == TokenType.PARAMETER:
        return _violation(found, "There is no value for a parameter ($…). Write the value itself.")
    return _violation(found, "Names with a dollar are not read. Put the name in quotes.")


def _violation(found: re.Match[str], message: str) -> Violation:
    return Violation("syntax", message, found.group(), found.start(), found.end())


def shortened(found: str, most: int = 60) -> str:
    """The beginning of a part of a statement, on one line, for messages."""
    line = " ".join(found.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"

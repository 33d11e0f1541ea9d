"""Statements that are no queries, and the parts of queries that are not allowed: which rule they break, in plain words. Data."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from racto_nb.pipelines.sql_analyst.guarding.places import slice_of
from racto_nb.pipelines.sql_analyst.guarding.reading import Text, Unreadable, shortened
from racto_nb.pipelines.sql_analyst.guarding.values import Rule, Violation
from racto_nb.pipelines.sql_analyst.limits import Dialect

_QUERY_WORDS = frozenset({"SELECT", "WITH", "VALUES", "("})
QUERY_WORDS: dict[Dialect, frozenset[str]] = {
    "duckdb": _QUERY_WORDS | {"FROM", "TABLE"},
    "sqlite": _QUERY_WORDS,
    "postgres": _QUERY_WORDS | {"TABLE"},
    "mysql": _QUERY_WORDS | {"TABLE"},
}
"""The first words of queries."""

_WRITES = "writes to the database or to a file. Only queries that read are run."
_SETTINGS = "changes the session or a setting, which stays as it is. Only queries that read are run."
_PROGRAM = "runs other code in the database. Only queries that read are run."
_FILES = "opens other files or databases. Only tables of this one are read."

_WORDS_BY_RULE: tuple[tuple[Rule, str, str], ...] = (
    (
        "writes",
        _WRITES,
        """INSERT UPDATE DELETE MERGE REPLACE UPSERT TRUNCATE CREATE ALTER DROP RENAME COPY LOAD IMPORT EXPORT VACUUM
        REINDEX ANALYZE OPTIMIZE REPAIR GRANT REVOKE COMMENT CLUSTER REFRESH UNDROP CHECKPOINT FORCE PURGE FLUSH""",
    ),
    (
        "setting",
        _SETTINGS,
        """SET RESET PRAGMA USE SHOW BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE ABORT END DECLARE FETCH CLOSE MOVE DISCARD
        LISTEN NOTIFY UNLISTEN SECURITY XA""",
    ),
    ("locking", "locks rows or tables. Only queries that read are run.", "LOCK UNLOCK HANDLER"),
    ("statement_kind", _FILES, "ATTACH DETACH INSTALL"),
    ("statement_kind", _PROGRAM, "CALL EXEC EXECUTE PREPARE DEALLOCATE DO KILL SHUTDOWN RESTART SIGNAL BINLOG"),
)

_WORDS: dict[str, tuple[Rule, str]] = {word: (rule, why) for rule, why, words in _WORDS_BY_RULE for word in words.split()}

_NODES: dict[type[exp.Expr], tuple[Rule, str]] = {
    exp.Insert: ("writes", "INSERT writes. Only queries that read are run."),
    exp.Update: ("writes", "UPDATE writes. Only queries that read are run."),
    exp.Delete: ("writes", "DELETE writes. Only queries that read are run."),
    exp.Merge: ("writes", "MERGE writes. Only queries that read are run."),
    exp.Create: ("writes", "CREATE writes. Only queries that read are run."),
    exp.Drop: ("writes", "DROP writes. Only queries that read are run."),
    exp.Copy: ("writes", "COPY writes. Only queries that read are run."),
    exp.Returning: ("writes", "RETURNING belongs to statements that write. Only queries that read are run."),
    exp.Into: ("writes", "INTO writes the result to a table, a file or a variable. Leave it out: the result comes back anyway."),
    exp.Lock: ("locking", "FOR UPDATE and the like lock the rows that are read. Leave it out."),
    exp.Hint: ("setting", "Hints to the optimizer may change settings. Leave the hint out."),
    exp.Parameter: ("setting", "Variables and parameters are not read. Write the value itself."),
    exp.SessionParameter: ("setting", "Settings of the session are not read. Write the value itself."),
    exp.Placeholder: ("syntax", "There is no value for a placeholder. Write the value itself."),
    exp.Operator: ("function", "OPERATOR(…) may call any function. Write the operator itself."),
}

_KEYWORDS = {"INTO": exp.Into, "OUTFILE": exp.Into, "DUMPFILE": exp.Into, "RETURNING": exp.Returning}
_TOKENS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Into: frozenset({"INTO"}),
    exp.Returning: frozenset({"RETURNING"}),
    exp.Lock: frozenset({"FOR", "LOCK"}),
    exp.Hint: frozenset({"/*+"}),
    exp.Parameter: frozenset({"@", "$", "@@"}),
    exp.SessionParameter: frozenset({"@@"}),
    exp.Placeholder: frozenset({"?", ":"}),
}


def first_word(text: Text) -> Violation:
    """Why a statement that begins with no word of a query is refused."""
    token = text.tokens[0]
    word = token.text.upper().split()[0] if token.text.split() else token.text
    rule, why = _WORDS.get(word, ("statement_kind", "is not the beginning of a query. Begin with SELECT or WITH."))
    return Violation(rule, f"{shortened(word, 20)} {why}", text.sql[token.start : token.end + 1], token.start, token.end + 1)


def part(text: Text, node: exp.Expr) -> Violation:
    """Why a part of a query is refused."""
    kind = type(node)
    rule, why = _NODES.get(kind, ("statement_kind", ""))
    found, start, end = slice_of(text.sql, node)
    if words := _TOKENS.get(kind):
        token = next((each for each in text.tokens if each.text.upper() in words and _is_word(each)), None)
        start, end = (token.start, token.end + 1) if token is not None else (start, end)
        found = text.sql[start:end] if token is not None else found
    found = found or kind.__name__
    return Violation(rule, why or f"{shortened(found)!r} ({kind.__name__}) is not known to only read.", found, start, end)


def unreadable(text: Text, error: Exception) -> Violation:
    """Why a query that cannot be parsed is refused: it writes somewhere, or sqlglot's words."""
    for token in text.tokens:
        if token.text.upper() in _KEYWORDS and _is_word(token):
            rule, why = _NODES[_KEYWORDS[token.text.upper()]]
            return Violation(rule, why, token.text, token.start, token.end + 1)
    if not isinstance(error, ParseError) or not error.errors:
        return Unreadable("syntax", f"The statement cannot be parsed: {type(error).__name__}.")
    told = error.errors[0]
    line, column = told.get("line"), told.get("col")
    found = str(told.get("highlight") or "")
    near = f" near {shortened(found)!r}" if found else ""
    start = next((token.start for token in text.tokens if (token.line, token.col) == (line, column)), None)
    described = str(told.get("description") or "it is incomplete").rstrip(".")
    return Unreadable(
        "syntax", f"The statement cannot be parsed{near} (line {line}, column {column}): {described}.", found, start
    )


def _is_word(token: Token) -> bool:
    return token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER)

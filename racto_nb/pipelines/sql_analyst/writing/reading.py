"""Take the statement out of what a model wrote: JSON, a fence with prose around it, or bare SQL. Pure.

Nothing is cut inside a string, a quoted name or a comment: a fence that stands in one ends nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import ValidationError

from racto_nb.models.response import LLMResponse, strip_markdown_fences, try_parse_json
from racto_nb.pipelines.sql_analyst.writing.values import Reading, WrittenSQL

_LANGUAGES = {
    "", "sql", "postgresql", "postgres", "psql", "pgsql", "plpgsql", "mysql", "mariadb", "sqlite", "sqlite3", "duckdb", "tsql",
    "ansi", "snowflake", "bigquery", "oracle",
}  # fmt: skip
_KEYWORDS = (
    "SELECT", "WITH", "VALUES", "TABLE", "FROM", "EXPLAIN", "DESCRIBE", "DESC", "SHOW", "SUMMARIZE", "PIVOT", "UNPIVOT", "INSERT",
    "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT", "REVOKE", "CALL", "EXEC", "EXECUTE",
    "COPY", "ATTACH", "DETACH", "PRAGMA", "SET", "RESET", "VACUUM", "LOAD", "INSTALL", "DO", "BEGIN", "COMMIT", "USE", "ANALYZE",
    "EXPORT", "IMPORT", "LOCK", "RENAME",
)  # fmt: skip
_STARTS = re.compile(rf"[\s(]*(?:{'|'.join(_KEYWORDS)})\b", re.IGNORECASE)
_NAME = r"[\w\"`\[\]]+"
_WITH = rf"WITH\s+(?:RECURSIVE\s+)?{_NAME}\s*(?:\([^)]*\)\s*)?AS\b"
_BARE = re.compile(rf"^[ \t]*(?:sql[ \t]*:[ \t]*)?(?P<sql>\(*[ \t]*(?:SELECT\b|{_WITH}))", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\A(?:\s*(?:--[^\n]*(?:\n|\Z)|/\*.*?\*/))+", re.DOTALL)
_CANNOT = re.compile(
    r"\A\s*(?:--|/\*|#|//)?\s*cannot\s+(?:be\s+)?answer(?:ed)?\b[ \t]*[:.,-]*[ \t]*(?P<reason>.*)", re.IGNORECASE | re.DOTALL
)
_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(r"(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)(?P<rest>[^\n]*)(?:\n|\Z)")
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?!``)(?:[^`])*`|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL
)
NO_REASON = "The model says that these tables cannot answer it, and gives no reason."


def read_answer(response: LLMResponse) -> Reading:
    """What `response` says: the validated object where the kit made one, else what its text holds."""
    if isinstance(response.parsed_model, WrittenSQL):
        return _of_object(response.parsed_model)
    return read_text(response.content or "")


def read_text(text: str) -> Reading:
    """The statement in `text`, or its reason why there is none; an empty Reading where it has neither.

    Of several fenced blocks the last one with SQL counts.

    >>> read_text("Here you are:\\n```sql\\nSELECT 1\\n```\\nIt counts.").sql
    'SELECT 1'
    >>> read_text("-- cannot answer: there is no table of weather").reason
    'there is no table of weather'
    """
    text = _THINKING.sub("", text)
    if (given := _as_object(text)) is not None:
        return _of_object(given)
    blocks = list(_blocks(text))
    for block in reversed(blocks):
        if block.language == "json" and (given := _as_object(block.inside)) is not None:
            return _of_object(given)
        if block.is_sql:
            return _of_sql(block.inside)
    if (found := _CANNOT.match(text)) is not None:
        return Reading(reason=_reason(found["reason"]))
    return Reading(sql=_bare(text))


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    inside: str

    @property
    def is_sql(self) -> bool:
        return self.language in _LANGUAGES and (_CANNOT.match(self.inside) is not None or starts_as_sql(self.inside))


def starts_as_sql(text: str) -> bool:
    """Whether `text`, comments aside, begins with a word that a statement begins with."""
    return _STARTS.match(_COMMENT.sub("", text)) is not None


def _json_of(text: str) -> dict[str, Any]:
    """The JSON object that `text` is, empty where it is none. Line breaks inside of a string, which JSON forbids, are let pass:
    small models break their SQL into lines that way."""
    try:
        value: object = try_parse_json(text) or json.loads(strip_markdown_fences(text).strip(), strict=False)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _as_object(text: str) -> WrittenSQL | None:
    value = _json_of(text)
    if not ({"sql", "sql_query", "query", "cannot_answer"} & value.keys()):
        return None
    given = dict(value)
    given["sql"] = given.get("sql") or given.get("sql_query") or given.get("query") or ""
    if isinstance(given.get("cannot_answer"), str):  # the reason where a truth value was asked for
        given["reason"] = given.get("reason") or given["cannot_answer"]
        given["cannot_answer"] = bool(given["cannot_answer"].strip())
    try:
        return WrittenSQL.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError:
        sql = given["sql"]
        return WrittenSQL(sql=sql) if isinstance(sql, str) and sql.strip() else None


def _of_object(given: WrittenSQL) -> Reading:
    inside = read_text(given.sql) if "```" in given.sql else _of_sql(given.sql)
    assumptions = tuple(text for each in given.assumptions if (text := each.strip()))
    said = Reading(assumptions=assumptions, tables=tuple(given.tables_used))
    if inside.reason is not None or (not inside.sql and (given.cannot_answer or given.reason.strip())):
        return replace(said, reason=inside.reason or _reason(given.reason))
    # A model that writes a statement and says in the same breath that there is none is taken at its word only where it is clear.
    return replace(said, sql=inside.sql)


def _of_sql(text: str) -> Reading:
    if (found := _CANNOT.match(text)) is not None and not starts_as_sql(text):
        return Reading(reason=_reason(found["reason"]))
    return Reading(sql=text.strip())


def _reason(text: str) -> str:
    return " ".join(text.strip().removesuffix("*/").removesuffix("```").split()) or NO_REASON


def _blocks(text: str) -> Iterator[_Block]:
    """The fenced blocks of `text`, in order. One that is not closed goes to the end."""
    place = 0
    while (opened := _OPENING.search(text, place)) is not None:
        language, rest = opened["language"].lower(), opened["rest"]
        if language not in _LANGUAGES and language != "json" and language.upper() in _KEYWORDS:
            language, rest = "", opened["language"] + rest  # ```SELECT 1```
        inline = bool(rest.strip())
        start = opened.end("language") if inline and language else opened.end("fence") if inline else opened.end()
        end = _closing(text, start, opened["fence"], anywhere=inline)
        yield _Block(language, text[start:end].strip("\r\n") if not inline else text[start:end].strip())
        place = end + len(opened["fence"])


def _closing(text: str, start: int, fence: str, *, anywhere: bool) -> int:
    """Where the block that begins at `start` ends: at a fence that stands in no string, else at the first, else at the end."""
    closing = re.compile(re.escape(fence) if anywhere else rf"^[ \t]*{re.escape(fence)}", re.MULTILINE)
    found = [match.start() for match in closing.finditer(text, start)]
    if not found and not anywhere:
        found = [match.start() for match in re.compile(re.escape(fence)).finditer(text, start)]
    for end in found:
        if not _is_open(text[start:end]):
            return end
    return found[0] if found else len(text)


def _is_open(sql: str) -> bool:
    """Whether a string, a quoted name or a comment begins in `sql` and does not end in it."""
    left = _QUOTED.sub(" ", sql)
    return "'" in left or '"' in left or "/*" in left


def _bare(text: str) -> str:
    """The statement of a text without fences: all of it, or from the line that begins as one up to where the prose goes on."""
    text = text.strip()
    if starts_as_sql(text) and _is_whole(text):
        start = 0
    else:
        starts = (found.start("sql") for found in _BARE.finditer(text))
        start = next((place for place in starts if not _is_sentence(text[place:])), None)
        if start is None:
            return ""
    return text[start : start + _end_of_statement(text[start:])].strip()


def _is_whole(text: str) -> bool:
    """`With this query you see …` is no SQL, and neither is `Show …` in a sentence: a statement begins with what can follow."""
    head = _COMMENT.sub("", text).lstrip(" (\n\r\t")
    if head[:4].upper() == "WITH":
        return _BARE.match(head) is not None
    return not _is_sentence(head) and (not re.match(r"[A-Z][a-z]", head) or _BARE.match(head) is not None)


def _is_sentence(text: str) -> bool:
    """`Select the rows you want first.`: a sentence begins with one capital letter and ends with a full stop."""
    line = text.lstrip(" (").splitlines()[0].rstrip() if text.strip() else ""
    return re.match(r"[A-Z][a-z]", line) is not None and line.endswith((".", "!", "?", ":"))


def _end_of_statement(text: str) -> int:
    """Where prose follows: after a semicolon or an empty line outside strings, unless what follows it is SQL again."""
    plain = _QUOTED.sub(lambda found: "x" * len(found.group()), text)
    for found in re.finditer(r";|\n[ \t]*\r?\n", plain):
        rest = text[found.end() :]
        if rest.strip() and _is_prose(rest):
            return found.end() if found.group() == ";" else found.start()
    return len(text)


def _is_prose(text: str) -> bool:
    """Whether `text` goes on as a sentence does, and not as SQL."""
    line = text.lstrip().splitlines()[0]
    if line.startswith(("--", "/*")) or (starts_as_sql(text) and _is_whole(text)):
        return False
    return re.match(r"[A-Z*#>|-]*\s*[A-Z][a-z]+|\*|#|>|[-•] ", line) is not None


__all__ = ["NO_REASON", "read_answer", "read_text", "starts_as_sql"]

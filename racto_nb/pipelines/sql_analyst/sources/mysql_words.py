"""Statements and types of MySQL and MariaDB. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from racto_nb.pipelines.sql_analyst.sources.text_columns import Kind

READING = ("DESC", "DESCRIBE", "EXPLAIN", "SELECT", "SHOW", "TABLE", "VALUES", "WITH")
"""How a statement begins that reads. In a READ ONLY transaction ANALYZE TABLE writes statistics all the same, SET and a block of
statements (BEGIN NOT ATOMIC, EXECUTE IMMEDIATE) can end the transaction, and LOCK, FLUSH and KILL reach beyond it."""
_GAP = re.compile(r"(?:\s+|\(|--[\s][^\n]*(?:\n|$)|--$|#[^\n]*(?:\n|$)|/\*(?!!|M!).*?\*/)*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")
_EXECUTED = re.compile(r"/\*(?:!|M!)")

_KINDS: Mapping[int, Kind] = {
    0: "decimal", 246: "decimal", 1: "int64", 2: "int64", 3: "int64", 8: "int64", 9: "int64", 13: "int64",
    4: "float32", 5: "float64",
    10: "date", 14: "date", 7: "datetime", 12: "datetime", 11: "time", 6: "text", 16: "bytes", 255: "bytes", 245: "other",
}  # fmt: skip
"""By the numbers of the protocol. What is not here is text, or bytes without a character set."""
_LONG, _UNSIGNED, _BINARY = 8, 32, 63
_FLOATING = 31
"""The number of decimals of a column that has no fixed one."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, as the server describes it."""

    name: str
    type: int
    flags: int
    charset: int
    scale: int

    @property
    def kind(self) -> Kind:
        if self.type == _LONG and self.flags & _UNSIGNED:
            return "uint64"
        return _KINDS.get(self.type) or ("bytes" if self.charset == _BINARY else "text")

    @property
    def places(self) -> int:
        """Decimal places, where the column has a fixed number of them."""
        return self.scale if self.kind == "decimal" and self.scale < _FLOATING else 0


def refusal(sql: str) -> str | None:
    """Why `sql` is not run: it does not begin as a reading statement, or holds a comment that the server would execute.

    >>> refusal("/* all */ (SELECT 1)"), refusal("SELECT 1")
    (None, None)
    >>> refusal("-- all\\nANALYZE TABLE pets")
    'only statements that read are run (SELECT, SHOW, EXPLAIN, …), and this one begins with ANALYZE'
    """
    if _executed(sql):
        return "a comment that the server executes (/*! … */) could hide anything: write it without one"
    gap = _GAP.match(sql)
    word = _WORD.match(sql, gap.end() if gap else 0)
    first = word.group().upper() if word else ""
    if first in READING:
        return None
    begins = f"this one begins with {first}" if first else "this is none"
    return f"only statements that read are run (SELECT, SHOW, EXPLAIN, …), and {begins}"


_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*` | --(?=\s|$)[^\n]* | \#[^\n]*
    | (?P<run>/\*M?!) | /\*.*?\*/""",
    re.DOTALL | re.VERBOSE,
)


def _executed(sql: str) -> bool:
    """Whether a comment stands in `sql`, outside of texts and names, whose words the server would run."""
    return _EXECUTED.search(sql) is not None and any(found["run"] for found in _TOKEN.finditer(sql))

"""What a guard allows, and what it found. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema

Rule = Literal[
    "syntax", "one_statement", "statement_kind", "writes", "function", "table_function", "table", "column", "setting", "locking"
]
"""Which rule a statement breaks: it cannot be parsed; it is more than one; it is no query; it writes; it calls a function or a
table function that is not on the list; it reads a table or column that is not allowed; it changes a setting; it locks rows."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What a statement may read, in the language of `dialect`.

    `schema` are the tables that there are: with it, columns are resolved through CTEs, aliases, stars and subqueries, which
    `blocked_columns` and `mask_columns` need (they refuse what they cannot resolve). `allowed_tables` None: all of them. Columns
    are given as "column", "table.column" or "schema.table.column". `functions` are allowed besides the built-in lists.
    `max_rows` None: no limit is written into the statement; else it is one more, by which a result that was cut is known.
    `database` is the name of the database itself (DuckDB, MySQL), by which its tables may be called too.
    """

    dialect: Dialect
    schema: DatabaseSchema | None = None
    allowed_tables: frozenset[str] | None = None
    blocked_columns: frozenset[str] = frozenset()
    mask_columns: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    max_rows: int | None = 10_000
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a statement breaks: `found` is the part of it, `sql[start:end]` where it stands (None where it is not known).
    `message` says what is wrong and what may be written instead."""

    rule: Rule
    message: str
    found: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard says of the statement `original`.

    `sql` is what is run: `original` with its row limit, empty where it is refused. `violations` are why it is refused (none:
    it is allowed), `rewrite` a statement near to it that would be allowed, where there is one. `tables` and `columns` are what
    it reads, as far as they are resolved. `masked` are the places (from 0) of the result's columns that come from masked ones,
    with the names of those, `width` how many columns the result must have for them to be right (None: not known, nothing is
    masked). `limited` tells whether the limit was written by the guard, `notes` what the reader should know.
    """

    original: str
    sql: str = ""
    violations: tuple[Violation, ...] = ()
    rewrite: str | None = None
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    masked: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    width: int | None = None
    limited: bool = False
    notes: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the statement may be run."""
        return not self.violations

    def __bool__(self) -> bool:
        return self.allowed

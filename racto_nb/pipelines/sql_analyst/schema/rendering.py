"""A schema as a model reads it: a block of lines for each table. Pure.

    Table: orders (400 rows) -- one row for each order
      id INTEGER NOT NULL
      customer_id INTEGER NOT NULL
      status VARCHAR NOT NULL -- only paid orders are revenue -- e.g. 'paid', 'shipped'
      PRIMARY KEY (id)
      FOREIGN KEY (customer_id) REFERENCES customers (id)
      INDEX (customer_id)

Names, types, comments and values come from the database, so from people unknown: each stands inside a line of ours and cannot
begin one, whatever it holds. Names are written as SQL needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from racto_nb.exceptions import UsageError
from racto_nb.kits.embedding import half_tokens
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.knowledge import Knowledge
from racto_nb.pipelines.sql_analyst.schema.quoting import written
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table
from racto_nb.prompts.fencing import one_line, without_template_words

LONGEST_COMMENT, LONGEST_TYPE = 200, 120
"""Characters of a comment and of a type (one with many values is long) that are shown."""
MOST_NAMES = 300
"""Names of tables that are listed without a description."""
NOTHING = "(no tables)"
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_TEXTS = re.compile(r"char|text|string|clob|enum|^$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much is told of each table."""

    samples: int | None = None
    indexes: bool = True
    column_comments: bool = True
    table_comments: bool = True
    docs: bool = True
    types: bool = True


_ALL = _Detail()
_SHORTER: tuple[tuple[str, int | bool, str], ...] = (
    ("samples", 3, "most sample values"),
    ("samples", 0, "sample values"),
    ("indexes", False, "indexes"),
    ("column_comments", False, "comments of columns"),
    ("table_comments", False, "comments of tables"),
    ("types", False, "types of columns"),
    ("docs", False, "notes on tables and columns"),
)
"""What goes first when there is little room, one after another; last of all whole tables, of which the names stay."""


def schema_text(
    schema: DatabaseSchema,
    knowledge: Knowledge | None = None,
    *,
    left_out: Iterable[str] = (),
    max_tokens: int | None = None,
) -> str:
    """`schema` for a model, with what the user told of tables and columns (it stands in place of the database's comments).

    `left_out` are the names of tables that are not described; they are listed in one line, so that the model knows of them. With
    `max_tokens` (an estimate, rather too high; None: no limit) the text is made shorter in this order: sample values, indexes,
    comments of columns, of tables, types, the user's notes, and at last whole tables; its last line says what was left out.

    >>> from racto_nb.pipelines.sql_analyst.schema.values import Column, Table
    >>> columns = (Column("id", "INTEGER", nullable=False), Column("select", "TEXT"))
    >>> pets = Table("pets", columns, primary_key=("id",), row_count=3)
    >>> print(schema_text(DatabaseSchema("sqlite", (pets,))))
    Table: pets (3 rows)
      id INTEGER NOT NULL
      "select" TEXT
      PRIMARY KEY (id)
    """
    if max_tokens is not None and max_tokens < 1:
        msg = f"max_tokens is 1 or more, or None for no limit, not {max_tokens!r}."
        raise UsageError(msg)
    told, names = knowledge or Knowledge(), tuple(left_out)
    detail, gone = _ALL, dict[str, str]()
    blocks = _blocks(schema, told, detail)
    for part, value, words in _SHORTER:
        if max_tokens is None or tokens_of(_joined(blocks, names, gone)) <= max_tokens:
            break
        detail = replace(detail, **{part: value})
        shorter = _blocks(schema, told, detail)
        if shorter != blocks:  # what a schema does not have is not said to be left out
            blocks, gone = shorter, {**gone, part: words}
    text = _joined(blocks, names, gone)
    if max_tokens is None or tokens_of(text) <= max_tokens:
        return text
    return _cut(schema, blocks, names, gone, max_tokens)


def tokens_of(text: str) -> int:
    """How many tokens `text` may be: rather too many, three ASCII characters in each, other characters one and a third."""
    return -(-2 * half_tokens(text) // 3)


def table_name(table: Table, dialect: Dialect) -> str:
    """The name of `table` as SQL needs it."""
    # Another attached database of DuckDB is written "database.schema".
    parts = (table.schema or "").split(".") if dialect == "duckdb" else [table.schema or ""]
    return ".".join(_name(part, dialect) for part in (*parts, table.name) if part)


def _blocks(schema: DatabaseSchema, told: Knowledge, detail: _Detail) -> list[str]:
    names = {table.full_name: table_name(table, schema.dialect) for table in schema.tables}
    return ["\n".join(_block(schema, table, told, detail, names)) for table in schema.tables]


def _joined(blocks: Sequence[str], left_out: Sequence[str], gone: Mapping[str, str], *, most: int = MOST_NAMES) -> str:
    parts = list(blocks) if blocks or left_out else [NOTHING]
    if left_out:
        more = f" and {len(left_out) - most} more" if len(left_out) > most else ""
        parts.append(f"Other tables, not described here: {', '.join(map(one_line, left_out[:most]))}{more}")
    if gone:
        parts.append(f"Left out to keep this short: {', '.join(gone.values())}.")
    return "\n\n".join(parts)


def _cut(schema: DatabaseSchema, blocks: Sequence[str], left_out: Sequence[str], gone: Mapping[str, str], max_tokens: int) -> str:
    """As many of the first tables as there is room for; of the others the names, as many as there is room for."""
    names = [table_name(table, schema.dialect) for table in schema.tables]
    gone = {**gone, "tables": "columns of the other tables"}
    kept = len(blocks)
    while kept > 1:
        kept -= 1
        text = _joined(blocks[:kept], [*names[kept:], *left_out], gone)
        if tokens_of(text) <= max_tokens:
            return text
    others, gone = [*names, *left_out], {"tables": "all but names"}
    most = min(len(others), MOST_NAMES)
    while most > 1 and tokens_of(_joined([], others, gone, most=most)) > max_tokens:
        most = most * 3 // 4
    return _joined([], others, gone, most=most)


def _block(schema: DatabaseSchema, table: Table, told: Knowledge, detail: _Detail, names: dict[str, str]) -> Iterator[str]:
    yield _head(schema, table, told, detail, names[table.full_name])
    yield from _columns(schema, table, told, detail)
    if table.primary_key:
        yield f"  PRIMARY KEY ({_listed(table.primary_key, schema.dialect)})"
    for key in table.foreign_keys:
        target = names.get(key.target) or _name(key.target, schema.dialect)
        there = f" ({_listed(key.target_columns, schema.dialect)})" if key.target_columns else ""
        yield f"  FOREIGN KEY ({_listed(key.columns, schema.dialect)}) REFERENCES {target}{there}"
    if detail.indexes:
        columns = {column.name for column in table.columns}
        for index in table.indexes:
            parts = (_name(part, schema.dialect) if part in columns else one_line(part) for part in index)
            yield f"  INDEX ({', '.join(parts)})"


def _columns(schema: DatabaseSchema, table: Table, told: Knowledge, detail: _Detail) -> Iterator[str]:
    """A line for each column; without types only for those that the user told something of, and one for all."""
    if detail.types:
        for column in table.columns:
            yield "  " + _column(schema, table, column, told, detail)
        return
    yield f"  columns: {_listed((column.name for column in table.columns), schema.dialect)}"
    for column in table.columns:
        if detail.docs and (note := told.of_column(schema, table, column)):
            yield f"  {_name(column.name, schema.dialect)} -- {_line(note)}"


def _head(schema: DatabaseSchema, table: Table, told: Knowledge, detail: _Detail, name: str) -> str:
    kind = "View" if table.kind == "view" else "Table"
    rows = "" if table.row_count is None else f" ({'~' if table.estimated else ''}{table.row_count:,} rows)"
    note = told.of_table(schema, table) if detail.docs else None
    comment = _comment(note, table.comment if detail.table_comments else None)
    return f"{kind}: {name}{rows}{comment}"


def _column(schema: DatabaseSchema, table: Table, column: Column, told: Knowledge, detail: _Detail) -> str:
    kind = _short(column.type, LONGEST_TYPE)
    note = told.of_column(schema, table, column) if detail.docs else None
    comment = _comment(note, column.comment if detail.column_comments else None)
    shown = column.samples if detail.samples is None else column.samples[: detail.samples]
    samples = f" -- e.g. {', '.join(_literal(value, column) for value in shown)}" if shown else ""
    null = "" if column.nullable else " NOT NULL"
    return f"{_name(column.name, schema.dialect)}{' ' if kind else ''}{kind}{null}{comment}{samples}"


def _comment(note: str | None, comment: str | None) -> str:
    """The user's words are whole, and go before the database's."""
    if note is not None:
        return f" -- {_line(note)}"
    return f" -- {_short(comment, LONGEST_COMMENT)}" if comment and comment.strip() else ""


def _listed(names: Iterable[str], dialect: Dialect) -> str:
    return ", ".join(_name(name, dialect) for name in names)


def _name(name: str, dialect: Dialect) -> str:
    return one_line(written(name, dialect))


def _line(text: str) -> str:
    """All of `text` in one line: `one_line` takes it in pieces, since it cuts what is longer than a name."""
    return without_template_words(" ".join(one_line(word) for word in text.split()))


def _short(text: str, longest: int) -> str:
    line = one_line(text)
    return line if len(line) <= longest else line[:longest] + "…"


def _literal(value: str, column: Column) -> str:
    if _NUMBER.fullmatch(value) and not _TEXTS.search(column.type):
        return value
    return "'" + one_line(value).replace("'", "''") + "'"

"""The guard's word on what is being written, and the tables as a tree. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.notebook.display.sanitising import printable, sendable
from racto_nb.notebook.display.verdicts import what_it_reads
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict, Violation
from racto_nb.pipelines.sql_analyst.schema.naming import ColumnNames
from racto_nb.pipelines.sql_analyst.schema.quoting import written
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

MOST_TABLES = 500
"""Tables that a page is sent."""
MOST_COLUMNS = 200
"""Columns of each of them."""


def word_of(text: str, verdict: Verdict | None) -> dict[str, Any]:
    """What the guard says of `text`: its state, the rules that are broken with their places, what would be allowed."""
    if not text.strip():
        return {"state": "empty", "broken": [], "rewrite": "", "reads": "", "notes": []}
    if verdict is None:
        return {"state": "asked", "broken": [], "rewrite": "", "reads": "", "notes": []}
    return {
        "state": "allowed" if verdict.allowed else "refused",
        "broken": [_broken(verdict.original, each) for each in verdict.violations],
        "rewrite": printable(verdict.rewrite or ""),
        "reads": printable(what_it_reads(verdict)),
        "notes": [printable(note) for note in verdict.notes],
    }


def _broken(sql: str, violation: Violation) -> dict[str, Any]:
    """A rule that is broken. Its place is counted as a page counts, where a letter beyond the first 65,536 is two."""
    told: dict[str, Any] = {"rule": violation.rule.replace("_", " "), "message": printable(violation.message), "line": 0}
    start, end = violation.start, violation.end
    if start is None or end is None:
        return {**told, "start": 0, "end": 0}
    line = sql.count("\n", 0, start) + 1
    return {**told, "line": line, "start": _units(sql[:start]), "end": _units(sql[:end])}


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def table_tree(schema: DatabaseSchema, masked: frozenset[str]) -> dict[str, Any]:
    """The tables with their columns and samples of what these hold; of masked ones none."""
    hidden = ColumnNames.of(masked, schema.default_schema)
    shown = schema.tables[:MOST_TABLES]
    return {
        "tables": [_table(schema, table, hidden) for table in shown],
        "more": len(schema.tables) - len(shown),
        "dialect": schema.dialect,
    }


def _table(schema: DatabaseSchema, table: Table, hidden: ColumnNames) -> dict[str, Any]:
    columns = table.columns[:MOST_COLUMNS]
    return {
        "name": printable(table.full_name),
        "kind": table.kind,
        "rows": table.row_count,
        "estimated": table.estimated,
        "about": printable(table.comment or ""),
        "columns": [_column(schema, table, column, hidden) for column in columns],
        "more": len(table.columns) - len(columns),
    }


def _column(schema: DatabaseSchema, table: Table, column: Column, hidden: ColumnNames) -> dict[str, Any]:
    masked = (table.schema, table.name, column.name) in hidden
    keys = [f"→ {key.target}" for key in table.foreign_keys if column.name in key.columns]
    return {
        "name": printable(column.name),
        "written": sendable(written(column.name, schema.dialect)),
        "type": printable(column.type),
        "key": printable(" ".join([*(["key"] if column.name in table.primary_key else []), *keys])),
        "about": printable(column.comment or ""),
        "masked": masked,
        "samples": [] if masked else [printable(sample) for sample in column.samples],
    }

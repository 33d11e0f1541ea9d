"""`%racto sql SOURCE`: a database beside the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.option_table import Row
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.magics.pipeline_tables import SQL_TABLE
from racto_nb.notebook.magics.sql_sources import source_of
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

_OF_CELLS = ("--model", "--candidates", "--max-rows", "--tables", "--no-answer")
SQL_LINE_TABLE: tuple[Row, ...] = (
    *(row for row in SQL_TABLE if row[0][-1] in _OF_CELLS),
    (("--gold",), {"metavar": "FILE", "help": "add gold pairs to this file of JSON lines"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "analyst", "help": "the variable that holds the widget (analyst)"}),
)
"""The options of `%racto sql SOURCE …`."""


def open_sql(magics: RactoMagics, line: str) -> None:
    """Open a widget over what `line` names. UsageError for what there is not."""
    from racto_nb.notebook.widgets.sql import SqlAnalyst

    words = split_line(line)
    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, SQL_LINE_TABLE)
    refuse_empty(SQL_LINE_TABLE, values)
    into = cast("str", values["into"])
    refuse_taken(magics, into, SqlAnalyst)
    asked = source_of(words[0] if named else "", magics.namespace)
    if asked.pipeline is not None and values["tables"] is not None:
        raise UsageError(f"{words[0]} knows itself which tables may be read. Leave out --tables.")
    engine = asked.engine if asked.engine is not None else asked.connection_string
    widget = SqlAnalyst(
        engine if asked.pipeline is None else asked.pipeline,
        kit=_kit(magics, values["model"], is_pipeline=asked.pipeline is not None),
        max_rows=values["max_rows"],
        allowed_tables=None if values["tables"] is None else _names(values["tables"]),
        candidates=values["candidates"] or 1,
        run_answer=False if values["no_answer"] else None,
        gold=values["gold"],
    )
    opened(magics, widget, into)


def _kit(magics: RactoMagics, models: list[str], *, is_pipeline: bool) -> Any:
    """Who is asked; None where a pipeline has kits of its own."""
    if is_pipeline and not models:
        return None
    return magics.session.kit(models[-1] if models else magics.model, magics.namespace)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]

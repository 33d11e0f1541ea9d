"""SQL over the store of an explorer: what the guard lets pass is run, read-only, and its rows are sent when they are in sight."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from racto_nb._secrecy import Secrets
from racto_nb.notebook.controllers.explorer.state import Table
from racto_nb.notebook.display.sanitising import printable

if TYPE_CHECKING:
    import polars as pl

    from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
    from racto_nb.rag.stores.duckdb_store import DuckDBStore

MOST_ROWS = 100_000
TABLES = frozenset({"chunks", "facts"})
"""What may be read: the chunks, and the values of their metadata, one a row."""
_LONGEST, _LOOKED_AT = 300, 10_000


@cache
def _guard() -> SQLGuard:
    from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy

    return SQLGuard(GuardPolicy("duckdb", allowed_tables=TABLES, max_rows=MOST_ROWS))


async def selected(store: DuckDBStore, query: str, number: int) -> tuple[Table, pl.DataFrame]:
    """What the SELECT gives. ReadOnlyViolationError for another statement, or one that reads anything else."""
    verdict = _guard().refuse(query)
    frame: pl.DataFrame = await store.asql(verdict.sql)
    cut = frame.height > MOST_ROWS
    frame = frame.head(MOST_ROWS)
    columns = tuple((name, kind.is_numeric()) for name, kind in frame.schema.items())
    return Table(query, columns, frame.height, cut, number), frame


def rows_of(frame: pl.DataFrame, first: int, last: int) -> list[list[str]]:
    """The rows from `first` to before `last` as texts, without the secrets of the environment."""
    secrets = Secrets.of(os.environ)
    return [[cell(value, secrets) for value in row] for row in frame.slice(first, max(0, last - first)).rows()]


def cell(value: Any, secrets: Secrets) -> str:
    """A value as a cell of a grid shows it. What is cut off is more than a secret is long, so that none is cut in two."""
    text = "" if value is None else printable(str(value)[:_LOOKED_AT])
    return secrets.cleaned(text)[:_LONGEST].replace("\n", " ")

"""The option tables in the docstring of a magic, which `%%racto?` shows. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from racto_nb.notebook.magics.option_table import INGEST_TABLE, RAG_TABLE, TABLE
from racto_nb.notebook.magics.pipeline_tables import CLASSIFY_TABLE, SQL_TABLE

_TABLES = (
    ("INGEST_OPTIONS", INGEST_TABLE),
    ("RAG_OPTIONS", RAG_TABLE),
    ("SQL_OPTIONS", SQL_TABLE),
    ("CLASSIFY_OPTIONS", CLASSIFY_TABLE),
    ("OPTIONS", TABLE),
)


def documented(function: Callable[..., Any]) -> Callable[..., Any]:
    """Put the option tables into the docstring, which `%%racto?` shows."""
    # Cleaned first: what is put in is not indented as the docstring is.
    text = inspect.cleandoc(function.__doc__ or "")
    for name, table in _TABLES:
        rows = [f"  {', '.join(flags) + ' ' + how.get('metavar', ''):<28}{how['help']}" for flags, how in table]
        text = text.replace(name, "\n".join(row.rstrip() for row in rows))
    function.__doc__ = text
    return function

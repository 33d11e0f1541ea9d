"""The examples of a dataset as a table of their sizes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.tokens import token_counts

if TYPE_CHECKING:
    import polars as pl


def lengths_frame(examples: Sequence[RactoTrainingExample], *, model: str | None = None) -> pl.DataFrame:
    """A row for each example: its place, its sizes, where it comes from, and a column for each tag.

    A tag with the name of another column is in `tag_<name>`.
    """
    import polars as pl

    columns: dict[str, Sequence[object]] = {
        "example": range(len(examples)),
        "messages": [len(example.messages) for example in examples],
        "characters": [sum(len(_text(turn.content) or "") for turn in example.turns()) for example in examples],
        "tokens": token_counts(examples, model=model),
        "files": [sum(len(turn.attachments) for turn in example.turns()) for example in examples],
        "tools": [len(example.tools) for example in examples],
        "calls": [sum(len(turn.tool_calls) for turn in example.turns()) for example in examples],
        "source": [example.provenance.source if example.provenance else "" for example in examples],
    }
    types: dict[str, pl.DataType] = {name: pl.String() if name == "source" else pl.Int64() for name in columns}
    for tag in sorted({tag for example in examples for tag in example.tags or ()}):
        name = f"tag_{tag}" if tag in columns else tag
        columns[name], types[name] = [_text((example.tags or {}).get(tag)) for example in examples], pl.String()
    return pl.DataFrame({name: list(values) for name, values in columns.items()}, schema=types)


def _text(value: object) -> str | None:
    """What stands in the table for a text. Nothing checks examples when they are made: nan and None are nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str) else str(value)

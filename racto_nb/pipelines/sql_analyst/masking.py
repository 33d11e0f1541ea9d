"""Masked columns of a result: their values are replaced before a model, a chart or a user sees them. Pure."""

from __future__ import annotations

import polars as pl

from racto_nb.pipelines.sql_analyst.guarding.values import Verdict

MASK = "***MASKED***"
"""What stands in the place of every value of a masked column, also of those that are missing: that one is tells something."""


def masked(frame: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    """`frame` with the places that `verdict` says to mask replaced by text. Places are counted from 0.

    A frame with more or fewer columns than the verdict counted is replaced as a whole: nobody knows which of them are masked.

    >>> verdict = Verdict("SELECT name, email FROM people", masked={1: ("people.email",)}, width=2)
    >>> masked(pl.DataFrame({"name": ["Ada"], "email": ["ada@example.org"]}), verdict).rows()
    [('Ada', '***MASKED***')]
    """
    if verdict.width is None and not verdict.masked:
        return frame
    names = [frame.columns[place] for place in verdict.masked] if verdict.width == frame.width else frame.columns
    if not names:
        return frame
    hidden = {name: pl.Series(name, [MASK], dtype=pl.String).new_from_index(0, frame.height) for name in names}
    return frame.with_columns(**hidden)

"""A result as a model reads it: the first rows, and what the others sum up to, within a budget of characters. Pure."""

from __future__ import annotations

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.checking import finite
from racto_nb.pipelines.sql_analyst.charting.columns import is_number, is_time
from racto_nb.pipelines.sql_analyst.charting.tables import cell_text, text_table

MOST_ROWS = 50
MOST_COLUMNS = 40
LONGEST_CELL = 80
CHARACTERS = 12_000
"""What a result may take in a message: about 4,000 tokens."""


def shown(frame: pl.DataFrame, *, characters: int = CHARACTERS, max_rows: int = MOST_ROWS) -> str:
    """The first rows of `frame` as a table; where that is not all, the table of `statistics` as well.

    Cells are cut after 80 characters, and rows are left out from the end until all fits into `characters`; the first row always
    stays. Of more than 40 columns the first are shown. What is left out is said.
    """
    columns = frame.select(frame.columns[:MOST_COLUMNS])
    more = "" if frame.width <= MOST_COLUMNS else f"\n({frame.width - MOST_COLUMNS} more columns are not shown)"
    rows = min(max_rows, frame.height)
    while rows > 1 and len(text_table(columns, max_rows=rows, longest=LONGEST_CELL)) > characters:
        rows = rows * 2 // 3
    table = text_table(columns, max_rows=rows, longest=LONGEST_CELL) + more
    return (
        table
        if rows >= frame.height
        else f"{table}\n\nOver all {frame.height:,} rows:\n{text_table(statistics(columns), max_rows=99)}"
    )


def statistics(frame: pl.DataFrame) -> pl.DataFrame:
    """For each column how many values and different values it has, from where to where it goes, and sum and mean of numbers.

    >>> statistics(pl.DataFrame({"sales": [3, 5]})).row(0, named=True)["mean"]
    '4.0'
    """
    return pl.DataFrame([_described(series) for series in frame.iter_columns()])


def _described(series: pl.Series) -> dict[str, str]:
    known = series.drop_nulls()
    told = {"column": series.name, "type": str(series.dtype), "values": str(known.len())}
    told |= dict.fromkeys(("different", "lowest", "highest", "sum", "mean", "most frequent"), "")
    if is_number(series):
        numbers = finite(series)
        lowest, highest = (known.min(), known.max()) if series.dtype.is_numeric() else (numbers.min(), numbers.max())
        told |= {
            "lowest": cell_text(lowest),
            "highest": cell_text(highest),
            "sum": cell_text(numbers.sum() if known.len() else None),
        }
        told |= {"mean": cell_text(numbers.mean())}
    elif is_time(series):
        told |= {"lowest": cell_text(known.min()), "highest": cell_text(known.max()), "different": str(known.n_unique())}
    elif known.len() and not series.dtype.is_nested() and series.dtype != pl.Object:
        counts = known.value_counts(sort=True)
        often = ", ".join(f"{cell_text(name, 24)} ({count})" for name, count in counts.head(3).iter_rows())
        told |= {"different": str(counts.height), "most frequent": often}
    return told

"""Rows of a result as a grid shows them: windows of them as texts, in an order. Pure."""

from __future__ import annotations

from typing import Any

import polars as pl

from racto_nb.notebook.controllers.sql.state import Shown
from racto_nb.notebook.display.sanitising import printable
from racto_nb.pipelines.sql_analyst.charting.tables import cell_text
from racto_nb.pipelines.sql_analyst.masking import MASK
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

MOST_COLUMNS = 100
"""Columns that a page is sent; the frame has the others."""
MOST_ROWS = 500
"""Rows of one window."""
LONGEST = 300
"""Characters of a cell."""
_LOOKED_AT = 200
"""Rows by which the widths of columns are chosen."""

Cell = str | dict[str, str]


def columns_of(result: SQLAnalystResult) -> list[dict[str, Any]]:
    """The columns: their names, whether they hold numbers, are masked, and how wide they are in pixels."""
    frame = result.frame
    hidden = set[int]() if result.verdict is None else set(result.verdict.masked)
    first = frame.head(_LOOKED_AT)
    return [
        {
            "label": printable(name),
            "type": str(frame.schema[name]),
            "number": frame.schema[name].is_numeric(),
            "masked": place in hidden,
            "width": _width(name, first[name]),
        }
        for place, name in enumerate(frame.columns[:MOST_COLUMNS])
    ]


def _width(name: str, series: pl.Series) -> int:
    longest = max([len(name) + 2, *(len(cell_text(value, LONGEST)) for value in series)])
    return max(64, min(340, 18 + 8 * longest))


def order_of(frame: pl.DataFrame, shown: Shown) -> pl.Series | None:
    """The numbers of the rows in the order that is wished; None: all of them, as they came."""
    order: pl.Series | None = None
    if shown.column >= 0:
        order = frame.to_series(shown.column).arg_sort(descending=shown.descending, nulls_last=True)
    if shown.search.strip():
        found = _holding(frame, shown.search.strip())
        order = found if order is None else order.filter(order.is_in(found.implode()))
    return order


def _holding(frame: pl.DataFrame, text: str) -> pl.Series:
    """The numbers of the rows in which a cell holds `text`, whatever its case."""
    kinds = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object)
    wanted = text.casefold()
    holds = [
        pl.col(name).cast(pl.String, strict=False).str.to_lowercase().str.contains(wanted, literal=True).fill_null(value=False)
        for name, kind in frame.schema.items()
        if not isinstance(kind, kinds)
    ]
    if not holds:
        return pl.Series("row", [], dtype=pl.UInt32)
    return frame.select(pl.any_horizontal(holds).alias("row")).to_series().arg_true()


def window(frame: pl.DataFrame, order: pl.Series | None, start: int, stop: int) -> list[list[Cell]]:
    """The cells of the rows from `start` to before `stop`, at most MOST_ROWS of them.

    >>> window(pl.DataFrame({"n": [1, 2, None]}), None, 1, 9)
    [['2'], [{'text': '', 'mark': 'racto-null'}]]
    """
    length = max(0, min(stop - start, MOST_ROWS))
    names = frame.columns[:MOST_COLUMNS]
    some = frame.select(names)
    part = some.slice(start, length) if order is None else some[order.slice(start, length)]
    return [[_cell(value) for value in row] for row in part.rows()]


def _cell(value: object) -> Cell:
    if value is None:
        return {"text": "", "mark": "racto-null"}
    text = printable(cell_text(value, LONGEST))
    return {"text": text, "mark": "racto-masked"} if text == MASK else text

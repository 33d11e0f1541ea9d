"""The columns of a chart that was asked for by its kind alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from racto_nb.exceptions import ChartError
from racto_nb.pipelines.sql_analyst.charting.columns import Column, columns_of
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

_OF_AMOUNTS = frozenset({"histogram", "box", "violin"})
_ALONG = ("time", "step", "name", "key", "other")
"""What stands below a chart, the best first."""


def filled(spec: ChartSpec, frame: pl.DataFrame) -> ChartSpec:
    """`spec` with the columns that fit its kind, where it names none: dates before names below, the first amounts above.

    Raises ChartError where the result has no such columns.

    >>> filled(ChartSpec(chart_type="bar"), pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [3, 4]})).y
    'sales'
    """
    if spec.x is not None or spec.y is not None or spec.color is not None:
        return spec
    columns = columns_of(frame)
    amounts = [column.name for column in columns if column.role == "measure"]
    others = sorted((column for column in columns if column.role in _ALONG[:-1]), key=lambda each: _ALONG.index(each.role))
    places = _places(spec.chart_type, amounts, others)
    if places is None:
        kinds = ", ".join(f"{column.name} ({column.role})" for column in columns)
        msg = f"No columns fit a {spec.chart_type}: {kinds or 'there are none'}. Say which with x and y."
        raise ChartError(msg)
    return spec.model_copy(update=places)


def _places(kind: str, amounts: Sequence[str], others: Sequence[Column]) -> dict[str, str] | None:
    names = [column.name for column in others]
    if kind in _OF_AMOUNTS:
        below = {"x": names[0]} if names and kind != "histogram" else {}
        return {"y": amounts[0], **below} if amounts else None
    if kind == "scatter":
        return {"x": amounts[0], "y": amounts[1]} if len(amounts) > 1 else None
    if kind == "heatmap":
        return {"x": names[0], "y": names[1], "color": amounts[0]} if len(names) > 1 and amounts else None
    return {"x": names[0], "y": amounts[0]} if names and amounts else None

"""What an analyst's widget draws of rows: a shape for each kind of chart, and few points of many rows."""

from __future__ import annotations

import polars as pl
import pytest

from racto_nb.notebook.controllers.sql.charting import drawn
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec

FRAME = pl.DataFrame({"city": ["Oslo", "Rome", None], "sold": [3, 12, 7]})


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        ({"chart_type": "bar", "x": "city", "y": "sold"}, "bars"), ({"chart_type": "pie", "x": "city", "y": "sold"}, "bars"),
        ({"chart_type": "line", "x": "day", "y": "sold"}, "lines"), ({"chart_type": "scatter", "x": "sold", "y": "sold"}, "lines"),
        ({"chart_type": "area", "x": "city", "y": "sold"}, "lines"), ({"chart_type": "histogram", "x": "sold"}, "histogram"),
        ({"chart_type": "histogram", "x": "day"}, "histogram"), ({"chart_type": "histogram", "x": "city"}, "bars"),
        ({"chart_type": "box", "y": "sold"}, "boxes"), ({"chart_type": "violin", "x": "city", "y": "sold"}, "boxes"),
        ({"chart_type": "heatmap", "x": "city", "y": "day", "color": "sold"}, "cells"), ({"chart_type": "bar", "x": "nothing"}, "none"),
    ],
)  # fmt: skip
def test_every_kind_has_its_points_or_a_reason(spec, shape):
    frame = FRAME.with_columns(day=pl.Series(["2024-01-01", "2024-01-02", "2024-02-01"]).str.to_date())

    data = drawn(frame, ChartSpec(**spec)).data

    assert data["shape"] == shape
    assert ("error" in data) == (shape == "none")


def test_a_million_rows_give_a_few_thousand_points():
    frame = pl.DataFrame({"n": range(1_000_000)}).with_columns(k=pl.col("n") % 7)
    data = drawn(frame, ChartSpec(chart_type="scatter", x="n", y="k")).data

    assert 1000 < sum(len(series["points"]) for series in data["series"]) <= 5000
    assert drawn(frame, ChartSpec(chart_type="bar", x="k", y="n"), "count").data["values"][0]["value"] == 142858

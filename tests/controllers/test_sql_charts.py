"""What an analyst's widget draws of rows: a shape for each kind of chart, and few points of many rows."""

from __future__ import annotations

import polars as pl
import pytest

from racto_nb.exceptions import ChartError
from racto_nb.notebook.controllers.sql.charting import drawn, gathered
from racto_nb.pipelines.sql_analyst.charting import figure_of
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


@pytest.mark.parametrize(
    ("spec", "how", "says"),
    [
        ({"chart_type": "bar", "x": "sold", "y": "sold"}, "sum", "is in y"), ({"chart_type": "line", "x": "city", "y": "sold", "color": "sold"}, "mean", "is in y"),
        ({"chart_type": "heatmap", "x": "city", "y": "city", "color": "sold"}, "", "two columns of names"),
    ],
)  # fmt: skip
def test_one_column_for_two_things_is_refused_with_a_reason(spec, how, says):
    assert says in drawn(FRAME, ChartSpec(**spec), how).data["error"]
    with pytest.raises(ChartError, match=says):
        figure_of(gathered(FRAME, ChartSpec(**spec), how)[1], gathered(FRAME, ChartSpec(**spec), how)[0])


@pytest.mark.parametrize("how", ["", "sum"])
def test_a_column_that_y_names_twice_is_drawn_once(how):
    data = drawn(FRAME, ChartSpec(chart_type="bar", x="city", y=["sold", "sold"]), how).data

    assert [bar["value"] for bar in data["values"]] == [3, 12, 7]
    assert data["y"] == "sold"


@pytest.mark.parametrize("name", ["count", "rows"])
def test_rows_are_counted_by_a_column_of_any_name(name):
    values = drawn(FRAME.rename({"city": name}), ChartSpec(chart_type="bar", x=name), "count").data["values"]

    assert [bar["value"] for bar in values] == [1, 1, 1]


def test_a_million_rows_give_a_few_thousand_points():
    frame = pl.DataFrame({"n": range(1_000_000)}).with_columns(k=pl.col("n") % 7)
    data = drawn(frame, ChartSpec(chart_type="scatter", x="n", y="k")).data

    assert 1000 < sum(len(series["points"]) for series in data["series"]) <= 5000
    assert drawn(frame, ChartSpec(chart_type="bar", x="k", y="n"), "count").data["values"][0]["value"] == 142858

"""What a chart must hold before it is drawn."""

from datetime import date

import polars as pl
import pytest

from racto_nb.exceptions import ChartError
from racto_nb.pipelines.sql_analyst.charting import ChartSpec, checked_chart

SALES = pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [3, 5], "profit": [1.5, -2.0], "tags": [["a"], ["b"]]})
TWICE = pl.DataFrame({"city": ["Oslo", "Oslo"], "sales": [3, 5], "year": [2023, 2024]})


def refused(frame=SALES, **spec):
    with pytest.raises(ChartError) as error:
        checked_chart(spec, frame)
    return str(error.value)


def test_a_column_that_is_not_there_is_named_with_the_nearest():
    assert "no column 'salse' for a bar. Did you mean 'sales'?" in refused(chart_type="bar", x="city", y="salse")


def test_a_chart_that_is_not_there_is_named_with_the_nearest():
    assert "There is no chart 'bars'. Did you mean 'bar'?" in refused(chart_type="bars", x="city", y="sales")


def test_a_misspelt_field_is_named_when_a_spec_does_not_fit():
    told = refused(type="bar", x="city", y="sales")

    assert "chart_type" in told
    assert "There is no field 'type'" in told


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie", "funnel", "scatter"])
def test_what_is_measured_must_be_numbers(kind):
    assert "'city' holds String, not numbers" in refused(chart_type=kind, x="sales", y="city")
    assert f"A {kind} needs y" in refused(chart_type=kind, x="city")
    assert f"A {kind} needs x" in refused(chart_type=kind, y="sales")


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie", "funnel"])
def test_one_value_stands_for_each_name(kind):
    assert "1 rows repeat one. Aggregate in SQL" in refused(TWICE, chart_type=kind, x="city", y="sales")


def test_a_colour_can_make_names_unique():
    assert checked_chart({"chart_type": "bar", "x": "city", "y": "sales", "color": "year"}, TWICE).color == "year"


@pytest.mark.parametrize("kind", ["pie", "funnel"])
def test_parts_of_a_whole_are_not_negative(kind):
    assert "'profit' has negative values (-2)" in refused(chart_type=kind, x="city", y="profit")


def test_a_whole_of_nothing_has_no_parts():
    assert "All of 'n' is 0" in refused(pl.DataFrame({"c": ["a"], "n": [0]}), chart_type="pie", x="c", y="n")


def test_a_pie_has_no_second_colour():
    assert "coloured by its names" in refused(TWICE.head(1), chart_type="pie", x="city", y="sales", color="year")


def test_a_heatmap_needs_numbers_for_each_pair():
    cells = TWICE.with_columns(row=pl.lit("a"))

    assert "color, the numbers" in refused(cells, chart_type="heatmap", x="city", y="row")
    assert "1 rows repeat one" in refused(cells, chart_type="heatmap", x="city", y="row", color="sales")
    assert "'row' holds String" in refused(cells, chart_type="heatmap", x="city", y="year", color="row")
    assert checked_chart({"chart_type": "heatmap", "x": "city", "y": "year", "color": "sales"}, cells)


def test_a_histogram_counts_one_column():
    assert "counts the values of one column" in refused(chart_type="histogram", x="city", y="sales")


def test_lists_have_no_place_on_an_axis():
    assert "no place on an axis" in refused(chart_type="bar", x="tags", y="sales")
    assert "holds nothing that a histogram can count" in refused(chart_type="histogram", x="tags")


def test_empty_columns_and_empty_results_are_not_drawn():
    empty = pl.DataFrame({"c": ["a"], "n": pl.Series([None], dtype=pl.Float64)})

    assert "only empty places" in refused(empty, chart_type="bar", x="c", y="n")
    assert refused(empty.clear(), chart_type="bar", x="c", y="n") == "There are no rows to draw."


def test_not_more_colours_than_can_be_told_apart():
    many = pl.DataFrame({"day": range(30), "value": range(30), "who": [f"w{n}" for n in range(30)]})

    assert "colours cannot tell apart" in refused(many, chart_type="line", x="day", y="value", color="who")
    assert "leave color out" in refused(many, chart_type="line", x="day", y=["value", "day"], color="who")


def test_a_lying_bar_may_have_its_numbers_in_x():
    turned = checked_chart({"chart_type": "bar", "x": "sales", "y": "city", "orientation": "h", "x_label": "Sold"}, SALES)

    assert (turned.x, turned.y, turned.y_label) == ("city", "sales", "Sold")


@pytest.mark.parametrize("kind", ["box", "violin", "histogram"])
def test_the_one_column_of_a_spread_may_be_x_or_y(kind):
    assert checked_chart({"chart_type": kind, "x": "sales"}, SALES) == checked_chart({"chart_type": kind, "y": "sales"}, SALES)


def test_a_spec_that_fits_comes_back_as_it_was():
    spec = ChartSpec(chart_type="scatter", x="sales", y="profit", title="Profit")

    assert checked_chart(spec, SALES) == spec


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("bar", {"x": "city", "y": "sales"}), ("line", {"x": "day", "y": "sales"}), ("pie", {"x": "city", "y": "sales"}),
        ("histogram", {"y": "sales"}), ("scatter", {"x": "sales", "y": "cost"}), ("box", {"x": "city", "y": "sales"}),
        ("heatmap", {"x": "day", "y": "city", "color": "sales"}),
    ],
)  # fmt: skip
def test_a_chart_that_names_no_column_gets_those_that_fit(kind, places):
    columns = {"city": ["Oslo", "Rome"], "sales": [3.5, 4.5], "cost": [1.5, 2.5]}
    if kind in {"line", "heatmap"}:
        columns["day"] = [date(2024, 1, 1), date(2024, 1, 2)]
    spec = checked_chart({"chart_type": kind}, pl.DataFrame(columns))
    assert {name: getattr(spec, name) for name in ("x", "y", "color") if getattr(spec, name) is not None} == places


def test_a_chart_without_columns_that_fit_is_an_error():
    with pytest.raises(ChartError, match=r"No columns fit a scatter: city \(name\), sales \(measure\)"):
        checked_chart({"chart_type": "scatter"}, pl.DataFrame({"city": ["Oslo"], "sales": [3.5]}))

"""What stands in a figure: the columns of the result and nothing else, and what is left out is said."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from racto_nb.exceptions import ChartError
from racto_nb.pipelines.sql_analyst.charting import ChartSpec, figure_of, text_chart

CITIES = pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [4, 2], "cost": [1.5, None]})
EVERY = {
    "bar": {"x": "name", "y": "size"},
    "line": {"x": "day", "y": "size"},
    "scatter": {"x": "size", "y": "cost"},
    "pie": {"x": "name", "y": "size"},
    "histogram": {"x": "size"},
    "box": {"x": "kind", "y": "size"},
    "area": {"x": "day", "y": ["size", "cost"]},
    "heatmap": {"x": "name", "y": "kind", "color": "size"},
    "violin": {"x": "kind", "y": "size"},
    "funnel": {"x": "name", "y": "size"},
}
ROWS = pl.DataFrame(
    {
        "name": [f"n{k}" for k in range(20)],
        "kind": ["a", "b"] * 10,
        "day": [date(2024, 1, 1) + timedelta(days=k) for k in reversed(range(20))],
        "size": range(1, 21),
        "cost": [k / 3 for k in range(20)],
    }
)


def drawn(frame, **spec):
    return json.loads(figure_of(spec, frame).to_json())


def notes(figure):
    return " ".join(each["text"] for each in figure["layout"].get("annotations", []))


@pytest.mark.parametrize("kind", EVERY)
def test_every_type_is_drawn_as_a_figure_and_as_text(kind):
    figure = drawn(ROWS, chart_type=kind, title="T", **EVERY[kind])

    assert figure["data"]
    assert figure["layout"]["title"]["text"] == "T"
    assert text_chart(ChartSpec(chart_type=kind, **EVERY[kind]), ROWS).strip()


@pytest.mark.parametrize("kind", EVERY)
def test_titles_names_and_columns_are_letters_and_no_tags(kind):
    evil = "<img src=x onerror=alert(1)><a href='javascript:1'>"
    frame = ROWS.with_columns(pl.col("name", "kind") + evil).rename({name: name + evil for name in ROWS.columns})
    spec = {field: [n + evil for n in value] if isinstance(value, list) else value + evil for field, value in EVERY[kind].items()}

    told = figure_of({"chart_type": kind, "title": evil, "x_label": evil, "y_label": evil, **spec}, frame).to_json()

    assert "<img" not in told
    assert "<a " not in told


def test_formulas_are_letters():
    figure = drawn(pl.DataFrame({"range": ["$5 to $10$", "x"], "n": [1, 2]}), chart_type="bar", x="range", y="n")

    assert figure["data"][0]["x"] == ["&#36;5 to &#36;10&#36;", "x"]


def test_only_values_of_the_result_are_drawn():
    trace = drawn(CITIES, chart_type="bar", x="city", y="sales")["data"][0]

    assert (trace["x"], trace["y"]) == (["Oslo", "Rome"], [4.0, 2.0])


def test_dates_are_sorted_and_names_are_not():
    line = drawn(ROWS, chart_type="line", x="day", y="size")["data"][0]

    assert line["x"] == sorted(line["x"])
    assert line["y"] == [float(n) for n in range(20, 0, -1)]


def test_years_are_no_thousands():
    axis = drawn(pl.DataFrame({"year": [2023, 2024], "n": [1, 2]}), chart_type="line", x="year", y="n")["layout"]["xaxis"]

    assert axis["tickformat"] == "d"
    assert axis["separatethousands"] is False


def test_names_that_look_like_numbers_stay_names():
    assert (
        drawn(pl.DataFrame({"code": ["1e5", "007"], "n": [1, 2]}), chart_type="bar", x="code", y="n")["layout"]["xaxis"]["type"]
        == "category"
    )


def test_two_long_names_that_begin_alike_stay_two():
    frame = pl.DataFrame({"who": ["x" * 60 + "a", "x" * 60 + "b"], "n": [1, 2]})

    assert len(set(drawn(frame, chart_type="bar", x="who", y="n")["data"][0]["x"])) == 2


def test_many_names_are_cut_to_the_largest_and_a_note_says_so():
    frame = pl.DataFrame({"who": [f"w{k}" for k in range(80)], "n": range(80)})
    figure = drawn(frame, chart_type="bar", x="who", y="n")

    assert figure["data"][0]["x"] == [f"w{k}" for k in range(30, 80)]
    assert "50 of 80 'who' are drawn" in notes(figure)


def test_a_long_line_keeps_its_peaks_and_a_note_says_what_is_drawn():
    frame = pl.DataFrame({"t": range(60_000), "v": [0.0] * 60_000}).with_columns(
        v=pl.when(pl.col("t") == 31_111).then(9.0).otherwise(pl.col("v"))
    )
    figure = drawn(frame, chart_type="line", x="t", y="v")

    assert len(figure["data"][0]["y"]) <= 5000
    assert max(figure["data"][0]["y"]) == 9.0
    assert "the lowest and the highest are drawn" in notes(figure)


def test_small_parts_are_joined_and_a_note_says_so():
    figure = drawn(pl.DataFrame({"p": [f"p{k}" for k in range(30)], "n": range(1, 31)}), chart_type="pie", x="p", y="n")

    assert sum(figure["data"][0]["values"]) == sum(range(1, 31))
    assert figure["data"][0]["labels"][-1] == "19 others"
    assert "The 19 smallest parts are drawn as one." in notes(figure)


def test_empty_values_of_a_histogram_are_not_counted_and_a_note_says_so():
    figure = drawn(pl.DataFrame({"v": [1.0, 2.0, None, float("nan")]}), chart_type="histogram", x="v")

    assert sum(figure["data"][0]["y"]) == 2
    assert "2 rows without a value are not counted." in notes(figure)


def test_averages_are_not_stacked():
    frame = pl.DataFrame({"day": [1, 2], "avg_a": [1.0, 2], "avg_b": [1.0, 2], "a": [1.0, 2], "b": [1.0, 2]})

    assert "stackgroup" not in drawn(frame, chart_type="area", x="day", y=["avg_a", "avg_b"])["data"][0]
    assert "stackgroup" in drawn(frame, chart_type="area", x="day", y=["a", "b"])["data"][0]


def test_the_background_is_the_pages():
    layout = drawn(CITIES, chart_type="bar", x="city", y="sales")["layout"]

    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"


def test_the_text_of_a_bar_has_its_numbers():
    assert text_chart({"chart_type": "bar", "x": "city", "y": "sales"}, CITIES, width=24).splitlines() == [
        "sales by city",
        "Oslo  ███████████████  4",
        "Rome  ███████▌         2",
    ]


def test_the_text_without_a_spec_is_the_table():
    assert text_chart(None, CITIES).splitlines()[2] == "| Oslo |     4 |  1.5 |"
    assert text_chart(None, ROWS, max_rows=2).endswith("… and 18 rows more")


def test_a_chart_that_does_not_fit_is_refused_in_both_ways():
    for draw in (figure_of, text_chart):
        with pytest.raises(ChartError, match="Did you mean 'sales'"):
            draw({"chart_type": "bar", "x": "city", "y": "sale"}, CITIES)

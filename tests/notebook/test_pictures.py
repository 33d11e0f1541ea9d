"""Charts as pictures: what is drawn of a figure, where, and what is written beside it."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from racto_nb.finetune.token_lengths import TokenLengths, drawn_lengths
from racto_nb.notebook.display.pictures.drawing import picture_of
from racto_nb.notebook.display.pictures.svg import INK, PALETTE
from racto_nb.notebook.display.plots import figure_bundle, picture_html
from racto_nb.pipelines.sql_analyst.charting.figures import figure_json

CITIES = ["Oslo", "Rome", "Lyon"]
SALES = pl.DataFrame({"city": CITIES, "sales": [12, 9, 6]})
BY_YEAR = pl.DataFrame({"city": CITIES * 2, "year": ["2023"] * 3 + ["2024"] * 3, "sales": [1, 2, 3, 4, 5, 6]})
SPREAD = pl.DataFrame({"city": ["Oslo"] * 6 + ["Rome"] * 6, "sales": [1, 2, 3, 4, 5, 60, 7, 7, 8, 8, 9, 9]})


class Seen:
    """A picture as its reader finds it."""

    def __init__(self, figure):
        found = picture_of(figure)
        assert found is not None
        self.svg, self.alt = found.svg, found.alt
        self.root = ET.fromstring(found.svg)
        self.texts = [each.text for each in self.root.iter("{http://www.w3.org/2000/svg}text")]

    def paths(self, attribute):
        """The paths that have this attribute, with its value."""
        known = self.root.iter("{http://www.w3.org/2000/svg}path")
        return [(each.get(attribute), each.get("d")) for each in known if each.get(attribute) not in {None, "none"}]

    @property
    def rects(self):
        """Each filled field: colour, left, top, width, height."""
        shape = re.compile(r"M(\S+) (\S+)h(\S+)v(\S+)h\S+?z")
        return [(ink, *map(float, each)) for ink, path in self.paths("fill") for each in shape.findall(path)]

    def of(self, text):
        """Where a text stands: x and y."""
        (found,) = [each for each in self.root.iter("{http://www.w3.org/2000/svg}text") if each.text == text]
        return float(found.get("x")), float(found.get("y"))


def made(frame=SALES, **spec):
    return figure_json(spec, frame)


def test_bars_stand_in_their_order_above_their_names_and_are_as_high_as_their_values():
    seen = Seen(made(chart_type="bar", x="city", y="sales", title="Sales of a day"))
    assert len(seen.rects) == 3
    assert [left for _, left, *_ in seen.rects] == sorted(left for _, left, *_ in seen.rects)
    heights = [tall for *_, tall in seen.rects]
    assert heights == pytest.approx([heights[0], heights[0] * 9 / 12, heights[0] * 6 / 12], abs=0.2)
    for (_, left, _, wide, _), city in zip(seen.rects, CITIES, strict=True):
        assert left < seen.of(city)[0] < left + wide
    assert {"0", "5", "10", "15", "city", "sales"} < set(seen.texts)
    assert (seen.alt, seen.root.get("role")) == ("Sales of a day (bar chart)", "img")
    assert seen.root[0].text == seen.alt


def test_bars_below_nought_hang_from_the_line_on_which_the_others_stand():
    frame = pl.DataFrame({"city": CITIES, "sales": [12, -9, 0]})
    (_, _, top, _, tall), (_, _, hung, _, low) = Seen(made(frame, chart_type="bar", x="city", y="sales")).rects
    assert top + tall == pytest.approx(hung, abs=0.2)
    assert tall > low > 0


def test_grouped_bars_stand_beside_each_other_in_the_colours_of_the_legend():
    figure = made(BY_YEAR, chart_type="bar", x="city", y="sales", color="year")
    seen = Seen(figure)
    inks = [trace["marker"]["color"] for trace in figure["data"]]
    assert [ink for ink, *_ in seen.rects] == [inks[0]] * 3 + [inks[1]] * 3
    assert {"2023", "2024"} < set(seen.texts)
    spans = sorted((left, left + wide) for _, left, _, wide, _ in seen.rects)
    assert all(end <= start + 0.2 for (_, end), (start, _) in pairwise(spans))


def test_stacked_bars_stand_on_each_other():
    figure = made(BY_YEAR, chart_type="bar", x="city", y="sales", color="year")
    seen = Seen({"data": figure["data"], "layout": {**figure["layout"], "barmode": "stack"}})
    (_, left, top, _, _), (_, above, upper, _, tall) = seen.rects[0], seen.rects[3]
    assert left == above
    assert upper + tall == pytest.approx(top, abs=0.2)


def test_lying_bars_have_the_first_name_above():
    seen = Seen(made(chart_type="bar", x="city", y="sales", orientation="h"))
    assert [seen.of(city)[1] for city in CITIES] == sorted(seen.of(city)[1] for city in CITIES)
    widths = [wide for *_, wide, _ in seen.rects]
    assert widths == sorted(widths, reverse=True)
    assert len({left for _, left, *_ in seen.rects}) == 1


def test_the_bars_of_a_histogram_meet_at_the_edges_of_its_bins():
    seen = Seen(made(pl.DataFrame({"v": [n % 10 for n in range(100)]}), chart_type="histogram", y="v"))
    assert len(seen.rects) == 10
    assert all(left + wide + 1 == pytest.approx(after, abs=0.3) for (_, left, _, wide, _), (_, after, *_) in pairwise(seen.rects))
    assert seen.alt.endswith("(histogram)")


def test_a_limit_is_a_dashed_line_with_its_name():
    seen = Seen(drawn_lengths(TokenLengths([10, 20, 30], "o200k_base", exact=True, limit=25)))
    assert "limit 25" in seen.texts
    assert "stroke-dasharray" in seen.svg
    assert "Tokens of 3 examples" in seen.texts


def test_a_line_stops_where_a_value_is_missing_and_dates_are_written_as_dates():
    days = pl.Series(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]).str.to_date()
    seen = Seen(made(pl.DataFrame({"day": days, "v": [1, 2, None, 4, 5]}), chart_type="line", x="day", y="v"))
    lines = [path for _, path in seen.paths("stroke") if "L" in path]
    assert [path.count("L") for path in lines] == [1, 1]
    assert {"2024-01-01", "2024-01-05"} < set(seen.texts)


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        ("2020-01-01", "2024-01-01", {"2020", "2022", "2024"}),
        ("2024-01-01", "2024-05-01", {"2024-02", "2024-05"}),
        ("2024-01-01 08:00:00", "2024-01-01 12:00:00", {"08:00", "12:00"}),
        ("0001-01-01", "9998-01-01", {"2000", "8000"}),
    ],
)
def test_moments_are_written_as_fine_as_they_differ(first: str, last: str, texts: set[str]):
    assert texts <= set(Seen({"data": [{"type": "scatter", "x": [first, last], "y": [1, 2]}]}).texts)


def test_a_long_line_keeps_its_peaks():
    heights = [0.0] * 30_000
    heights[12_345] = 10.0
    figure = {"data": [{"type": "scatter", "mode": "lines", "x": list(range(30_000)), "y": heights}], "layout": {}}
    seen = Seen(figure)
    ((_, path),) = seen.paths("stroke")
    tops = [float(y) for y in re.findall(r"\S+? (\S+?)(?:L|$)", path.removeprefix("M"))]
    assert len(seen.svg) < 60_000
    assert (min(tops) < 30, max(tops) > 200) == (True, True)


def test_points_of_a_scatter_are_dots_and_ten_thousand_of_them_stay_small():
    frame = pl.DataFrame({"a": [(n * 37) % 1009 for n in range(300)], "b": [(n * 91) % 997 for n in range(300)]})
    seen = Seen(made(frame, chart_type="scatter", x="a", y="b"))
    assert sum(path.count("h0") for _, path in seen.paths("stroke")) == 300
    assert seen.alt.endswith("(scatter plot)")
    many = {"type": "scatter", "mode": "markers", "x": [n % 811 for n in range(10_000)], "y": list(range(10_000))}
    assert len(Seen({"data": [many]}).svg) < 120_000


def test_areas_are_filled_and_stacked_ones_lie_above_each_other():
    figure = made(BY_YEAR, chart_type="area", x="city", y="sales", color="year")
    seen = Seen(figure)
    assert len([path for _, path in seen.paths("fill") if "L" in path]) == 2
    assert seen.alt.endswith("(area chart)")
    assert "10" in seen.texts  # 3 + 6 has room


def test_parts_of_a_whole_have_their_names_and_shares():
    seen = Seen(made(pl.DataFrame({"city": CITIES, "sales": [3.0, 0.25, 0.75]}), chart_type="pie", x="city", y="sales"))
    assert len(seen.paths("fill")) == 3
    assert {"75.0%", "18.8%", "6.2%", *CITIES} <= set(seen.texts)
    assert seen.alt == "Oslo, Lyon, Rome (pie chart)"  # the largest first
    assert "<circle" in Seen({"data": [{"type": "pie", "labels": ["all"], "values": [3]}]}).svg


def test_cells_have_their_colours_and_numbers_and_an_empty_one_is_left_free():
    frame = pl.DataFrame({"day": ["Mon", "Mon", "Tue"], "hour": ["a", "b", "a"], "n": [1, 50, 100]})
    seen = Seen(made(frame, chart_type="heatmap", x="hour", y="day", color="n"))
    assert len(seen.rects) == 3
    assert {"1", "50", "100", "Mon", "Tue", "n"} <= set(seen.texts)
    by_ink = {ink: (left, top) for ink, left, top, *_ in seen.rects}
    assert (by_ink["#440154"][0], by_ink["#440154"][1]) < (by_ink["#fde725"][0] + 1, by_ink["#fde725"][1])


def test_boxes_show_the_middle_half_and_what_lies_far_out():
    seen = Seen(made(SPREAD, chart_type="box", x="city", y="sales"))
    assert len(seen.rects) == 2
    assert sum(path.count("h0") for _, path in seen.paths("stroke")) == 1  # the 60
    assert Seen(made(SPREAD, chart_type="violin", x="city", y="sales")).alt.endswith("(violin plot)")


def test_the_bars_of_a_funnel_tell_what_part_of_the_first_they_are():
    frame = pl.DataFrame({"step": ["seen", "bought"], "n": [12_000, 3_000]})
    seen = Seen(made(frame, chart_type="funnel", x="step", y="n"))
    assert {"12,000 · 100%", "3,000 · 25%"} <= set(seen.texts)
    (_, left, _, wide, _), (_, inner, _, narrow, _) = seen.rects
    assert left + wide / 2 == pytest.approx(inner + narrow / 2, abs=0.2)


@pytest.mark.parametrize(
    "figure",
    [
        {},
        {"data": []},
        {"data": [{"type": "sunburst", "labels": ["a"], "values": [1]}]},
        {"data": [{"type": "bar", "x": ["a"], "y": [1]}, {"type": "pie", "labels": ["a"], "values": [1]}]},
        {"data": [{"type": "bar", "x": ["a"], "y": [1], "yaxis": "y2"}]},
        {"data": [{"type": "bar", "x": ["a"], "y": {"dtype": "f8", "bdata": "AAAAAAAA8D8="}}]},
        {"data": [{"type": "bar", "x": ["a"], "y": [None]}]},
        {"data": [{"type": "pie", "labels": ["a"], "values": [-1]}]},
        {"data": [{"type": "heatmap", "z": [[None]]}]},
        {"data": [{"type": "bar", "y": [1] * 6_000}]},
    ],
)
def test_what_is_not_drawn_as_a_picture_stays_letters(figure):
    assert picture_of(figure) is None
    assert picture_html(figure, "12 <b>").startswith("<pre")
    assert picture_html(figure) == ""


def test_names_that_have_no_room_are_slanted_and_where_they_are_many_some_are_left_out():
    def names(count, text):
        return Seen({"data": [{"type": "bar", "x": [text.format(n) for n in range(count)], "y": [1] * count}]})

    assert "rotate(-40" not in names(4, "Nr {}").svg
    assert names(12, "A rather long name {}").svg.count("rotate(-40") == 12
    assert 10 < names(120, "A rather long name {}").svg.count("rotate(-40") < 40
    (cut,) = [text for text in names(1, "x" * 200).texts if text.startswith("xx")]
    assert "x…x" in cut


def test_more_names_than_a_legend_holds_are_counted():
    traces = [{"type": "scatter", "name": f"A series with a long name {n}", "x": [1, 2], "y": [n, n]} for n in range(40)]
    seen = Seen({"data": traces})
    shown = sum(text.startswith("A series") for text in seen.texts)
    assert 6 <= shown < 40
    assert f"and {40 - shown} more" in seen.texts


def test_words_of_others_are_letters():
    seen = Seen(
        made(SALES.with_columns(city=pl.Series(["<b>&", "R&D", "\x07x"])), chart_type="bar", x="city", y="sales", title="<i>")
    )
    assert {"<b>&", "R&D", "x", "<i>"} <= set(seen.texts)
    html = picture_html({"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {"title": {"text": '"><img src=x>'}}}, "<u>")
    assert "<img src=x" not in html
    assert 'alt="&quot;&gt;&lt;img src=x&gt; (bar chart)"' in html
    assert "&lt;u&gt;" in html


def test_a_colour_that_is_none_is_not_written():
    figure = {"data": [{"type": "bar", "x": ["a"], "y": [1], "marker": {"color": '"/><script>'}}]}
    assert Seen(figure).rects[0][0] == PALETTE[0]


def test_the_picture_of_a_figure_is_always_the_same_and_the_figure_stays_as_it_is():
    figure = made(BY_YEAR, chart_type="bar", x="city", y="sales", color="year", title="Sales")
    before = copy.deepcopy(figure)
    bundle = figure_bundle(figure, "letters")
    assert bundle == figure_bundle(figure, "letters")
    assert figure == before
    assert bundle["text/html"].startswith('<figure class="racto-picture"')
    assert 'src="data:image/svg+xml;base64,' in bundle["text/html"]
    assert "<details><summary>As text</summary><pre" in bundle["text/html"]
    assert bundle["text/plain"] == "letters"


def test_colours_and_ink_are_seen_on_white_and_on_black():
    def light(ink: str) -> float:
        parts = [int(ink[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for ink, least in [(INK, 4.2), *((ink, 3.0) for ink in PALETTE)]:
        assert 1.05 / (light(ink) + 0.05) > least, ink
        assert (light(ink) + 0.05) / 0.05 > least, ink


def test_a_picture_needs_no_library():
    code = (
        "import sys; from racto_nb.notebook.display.plots import picture_html;"
        "html = picture_html({'data': [{'type': 'bar', 'x': ['a'], 'y': [1]}]}); assert '<img' in html;"
        "print(*{'plotly', 'numpy', 'polars', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""

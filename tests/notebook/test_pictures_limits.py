"""Charts as pictures: what is too much for one, what would be drawn wrongly, and lines across the field."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import plotly.graph_objects as go
import pytest

from racto_nb.notebook.display.pictures import drawing
from racto_nb.notebook.display.pictures.drawing import picture_of
from racto_nb.notebook.display.pictures.head import TITLE, WIDE, wrapped
from racto_nb.notebook.display.pictures.svg import wide

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03"]
TEXT = "{http://www.w3.org/2000/svg}text"
LINE = "{http://www.w3.org/2000/svg}line"


def texts(found):
    return [each.text for each in ET.fromstring(found.svg).iter(TEXT)]


def dashed(found):
    """The lines across the field: where each begins and ends."""
    known = [each for each in ET.fromstring(found.svg).iter(LINE) if each.get("stroke-dasharray")]
    return [tuple(float(each.get(name)) for name in ("x1", "y1", "x2", "y2")) for each in known]


def across(side, place, **more):
    other = "y" if side == "x" else "x"
    return {"type": "line", f"{side}0": place, f"{side}1": place, f"{other}ref": "paper", f"{other}0": 0, f"{other}1": 1} | more


def line_chart(**layout):
    return {"data": [{"type": "scatter", "x": DAYS, "y": [1, 2, 3]}], "layout": layout}


POINTS = [1] * 60_000


@pytest.mark.parametrize(
    "data",
    [
        [{"type": "heatmap", "z": [[1] * 100] * 51}],
        [{"type": "bar", "x": [1] * 2_600, "y": [1] * 2_600}] * 2,
        [{"type": "funnel", "x": [1] * 2_600, "y": [1] * 2_600}] * 2,
        [{"type": "scatter", "x": POINTS, "y": POINTS}] * 2,
        [{"type": "scatter", "x": [1], "y": [1], "marker": {"color": POINTS}}] * 2,
        [{"type": "box", "y": POINTS}] * 2,
        [{"type": "violin", "x": list(range(300)), "y": list(range(300))}] * 2,
        [{"type": "pie", "values": [1] * 201}],
        [{"type": "scatter", "x": [1], "y": [1]}] * 501,
    ],
)
def test_what_is_too_much_for_a_picture_is_not_drawn_first(data, monkeypatch):
    monkeypatch.setattr(drawing, "_field", None)  # so that whoever draws fails
    monkeypatch.setattr(drawing, "pie_of", None)
    assert picture_of({"data": data}) is None


@pytest.mark.parametrize(
    "layout",
    [
        {"xaxis": {"tickvals": [1] * 501, "ticktext": ["a"] * 501}},
        {"shapes": [across("y", 1)] * 101},
    ],
)
def test_so_are_ticks_and_lines_across(layout):
    assert picture_of(line_chart(**layout)) is None


def test_what_is_just_not_too_much_is_drawn():
    assert picture_of({"data": [{"type": "heatmap", "z": [[1, 2] * 50] * 50}]}) is not None
    many = [{"type": "scatter", "x": list(range(50_000)), "y": [n % 97 for n in range(50_000)]}] * 2
    assert len(picture_of({"data": many}).svg) < 200_000
    assert len(picture_of({"data": [{"type": "pie", "values": [1] * 200}]}).svg) < 100_000


def test_what_would_be_a_large_file_stays_letters_and_a_large_area_is_thinned():
    gaps = {"type": "scatter", "x": list(range(99_000)), "y": [1, 2, None] * 33_000}
    assert picture_of({"data": [gaps]}) is None
    area = {"type": "scatter", "fill": "tozeroy", "x": list(range(40_000)), "y": [n % 7 for n in range(40_000)]}
    assert len(picture_of({"data": [area]}).svg) < 120_000


@pytest.mark.parametrize("words", ["word " * 8_000, "w" * 40_000, "&amp;" * 8_000, "<br>" * 10_000 + "x", "a<br>" * 10_000])
def test_a_title_of_any_length_is_cut_and_so_is_what_is_told_of_it(words):
    axis = {"title": {"text": words}}
    note = {"text": words, "xref": "paper", "yref": "paper"}
    figure = {"data": [{"type": "bar", "x": [words], "y": [1], "name": words}]}
    found = picture_of({**figure, "layout": {"title": {"text": words}, "xaxis": axis, "yaxis": axis, "annotations": [note] * 50}})
    assert len(found.alt) <= 300 + len(" (bar chart)")
    assert len(found.svg) < 10_000
    assert float(ET.fromstring(found.svg).get("height")) < 800
    pie = picture_of({"data": [{"type": "pie", "labels": [words + str(n) for n in range(9)], "values": [1] * 9}]})
    assert len(pie.alt) <= 300 + len(" (pie chart)")


def test_words_are_wrapped_where_the_room_ends_and_the_last_line_is_cut():
    room = WIDE - 24
    first, second = wrapped("word " * 200, room, TITLE, most=2)
    assert wide(first, TITLE) <= room < wide(f"{first} word", TITLE)
    assert second.endswith("…")
    assert wide(second, TITLE) <= room
    assert wrapped("a b", room, TITLE, most=2) == ["a b"]
    assert wrapped(f"{'x' * 400} b", room, TITLE, most=2)[1] == "b"
    assert wrapped("", room, TITLE, most=2) == []


@pytest.mark.parametrize(
    ("trace", "layout"),
    [
        ({}, {"yaxis": {"type": "log"}}),
        ({}, {"xaxis": {"type": "multicategory"}}),
        ({"base": [5, 5]}, {}),
        ({"base": 0}, {}),
        ({"offset": 1}, {}),
        ({}, {"barnorm": "percent"}),
        ({"x0": 5, "dx": 2}, {}),
        ({"type": "scatter", "fill": "tonexty"}, {}),
        ({"type": "scatter", "stackgroup": "a", "groupnorm": "percent"}, {}),
        ({}, {"shapes": [{"type": "rect", "x0": 1, "x1": 2, "yref": "paper", "y0": 0, "y1": 1}]}),
        ({}, {"shapes": [{"type": "line", "x0": 1, "x1": 2, "y0": 0, "y1": 1}]}),
        ({}, {"shapes": [across("x", 1, y1=0.5)]}),
        ({}, {"shapes": [across("x", "soon")]}),
        ({}, {"shapes": [across("x", 1, xref="x2")]}),
    ],
)
def test_what_would_be_drawn_wrongly_is_not_drawn(trace, layout):
    figure = {"data": [{"type": "bar", "x": [1, 2], "y": [3, 4]}]}
    assert picture_of(figure) is not None
    assert picture_of({"data": [figure["data"][0] | trace], "layout": layout}) is None


@pytest.mark.parametrize(("place", "where"), [("2024-01-02", 0.5), (1704153600000, 0.5), ("2024-01-01T12:00", 0.25)])
def test_a_line_on_an_axis_of_dates_stands_at_its_date(place, where):
    said = {"x": place, "yref": "paper", "y": 1, "text": "launch"}
    found = picture_of(line_chart(shapes=[across("x", place)], annotations=[said]))
    ((x1, y1, x2, y2),) = dashed(found)
    path = re.search(r'stroke-width="2"[^>]* d="M(\S+) \S+L\S+ \S+L(\S+) ', found.svg)
    first, last = map(float, path.groups())
    assert x1 == x2 == pytest.approx(first + where * (last - first), abs=0.2)
    assert y1 != y2
    assert "launch" in texts(found)


def test_lines_of_plotlys_own_making_are_drawn():
    figure = go.Figure(go.Bar(x=["a", "b"], y=[1, 2]))
    figure.add_hline(y=1.5, annotation_text="goal")
    figure.add_vline(x=1)
    found = picture_of(figure.to_plotly_json())
    (level, upright) = dashed(found)
    assert level[1] == level[3]
    assert upright[0] == upright[2]
    assert "goal" in texts(found)


def test_a_line_that_is_beyond_the_axis_or_hidden_is_not_drawn():
    layout = {"yaxis": {"range": [0, 5]}, "shapes": [across("y", 9), across("y", 2, visible=False)]}
    assert dashed(picture_of(line_chart(**layout))) == []


def test_what_is_written_at_lines_and_ticks_stays_in_the_picture():
    long = "a rather long text " * 10
    rules = [across("y", 2), across("x", "2024-01-02")]
    notes = [{"y": 2, "xref": "paper", "text": long}, {"x": "2024-01-02", "yref": "paper", "text": long}]
    ticks = {"tickvals": ["2024-01-02"], "ticktext": [long]}
    found = picture_of(line_chart(shapes=rules, annotations=notes, xaxis=ticks))
    for each in ET.fromstring(found.svg).iter(TEXT):
        x, length = float(each.get("x")), wide(each.text)
        left = {"end": x - length, "middle": x - length / 2}.get(each.get("text-anchor"), x)
        assert left >= 0, each.text
        assert left + length <= WIDE, each.text
    assert sum(text.startswith("a rather") for text in texts(found)) == 3

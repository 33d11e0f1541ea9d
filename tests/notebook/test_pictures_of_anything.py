"""Whatever stands in a figure: a picture never fails, and what it gives is XML with finite numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.notebook.display.pictures.drawing import picture_of
from racto_nb.notebook.display.plots import figure_bundle

TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=12),
    st.sampled_from(
        ["<b>", "&lt;", "&#0;", "]]>", "\x00\x1b[31m", "\ud800", "\ufffe", "x" * 200, "漢字", "a\nb", "<br>", '"/>', "'"]
    ),
)
DATES = st.one_of(
    st.sampled_from(
        ["2024", "2024-02", "2024-02-30", "0001-01-01", "9999-12-31", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00.5"]
    ),
    st.dates().map(str),
    st.datetimes().map(str),
)
NUMBERS = st.one_of(
    st.integers(-5, 20),
    st.floats(),
    st.sampled_from([None, 1e300, -1e300, 1e-320, 5e-324, 10**400, 1e16, 1e16 + 2, -0.0, 0.1, True, 1e289, -1e289]),
)
ANY = st.one_of(NUMBERS, TEXTS, DATES, st.just([]), st.just({}), st.just([[1]]))
LISTS = st.one_of(
    st.lists(NUMBERS, max_size=8), st.lists(DATES, max_size=8), st.lists(TEXTS, max_size=8), st.lists(ANY, max_size=8), ANY
)
LOOKS = st.fixed_dictionaries(
    {},
    optional={
        "color": st.one_of(LISTS, st.sampled_from(["red", "#12", "#123456", "rgb(1,2,3)", "url(#x)"])),
        "colors": LISTS,
        "colorscale": st.one_of(
            ANY, st.just([[0, "#000000"], [1, "#ffffff"]]), st.just([[0, "#000000"], [0, "rgb(1,2,3)"], [1, "no"]])
        ),
        "width": NUMBERS,
        "dash": ANY,
        "cmin": NUMBERS,
        "cmid": NUMBERS,
    },
)
KINDS = ["bar", "scatter", "pie", "heatmap", "box", "violin", "funnel"]


def traces(kind):
    return st.fixed_dictionaries(
        {"type": st.just(kind)},
        optional={
            "x": LISTS,
            "y": LISTS,
            "z": st.one_of(st.lists(LISTS, max_size=4), ANY),
            "labels": LISTS,
            "values": LISTS,
            "name": ANY,
            "width": LISTS,
            "orientation": st.sampled_from(["h", "v"]),
            "marker": st.one_of(LOOKS, ANY),
            "line": st.one_of(LOOKS, ANY),
            "mode": st.sampled_from(["lines", "markers", "lines+markers", "none", 3]),
            "fill": st.sampled_from(["tozeroy", "none", 1]),
            "stackgroup": st.sampled_from(["a", "", 2, []]),
            "opacity": NUMBERS,
            "base": st.one_of(st.none(), LISTS),
            "x0": ANY,
            "hole": NUMBERS,
            "zmid": NUMBERS,
            "zmin": NUMBERS,
            "colorbar": st.one_of(ANY, st.just({"title": {"text": "<x>"}})),
            "colorscale": ANY,
        },
    )


AXES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["category", "date", "linear", "log", 3]),
        "title": st.one_of(ANY, st.fixed_dictionaries({"text": ANY})),
        "range": LISTS,
        "autorange": ANY,
        "tickvals": LISTS,
        "ticktext": LISTS,
        "tickformat": st.sampled_from(["d", ".0%", "x", 1, None]),
        "tickprefix": ANY,
    },
)
PLACES = st.one_of(NUMBERS, DATES, TEXTS)
SHAPES = st.one_of(
    st.fixed_dictionaries({"type": st.just("line"), "x0": ANY, "y0": ANY, "xref": ANY, "yref": st.just("paper")}),
    PLACES.map(lambda place: {"type": "line", "x0": place, "x1": place, "yref": "paper", "y0": 0, "y1": 1}),
    PLACES.map(lambda place: {"type": "line", "y0": place, "y1": place, "xref": "x domain", "x0": 0, "x1": 1}),
)
NOTES = st.fixed_dictionaries(
    {"text": ANY, "xref": st.sampled_from(["paper", "x", 3]), "yref": st.just("paper"), "x": ANY, "y": ANY}
)
LAYOUTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.one_of(ANY, st.fixed_dictionaries({"text": ANY})),
        "xaxis": st.one_of(AXES, ANY),
        "yaxis": st.one_of(AXES, ANY),
        "barnorm": st.one_of(ANY, st.sampled_from(["", "percent"])),
        "barmode": st.one_of(st.sampled_from(["group", "stack", "relative", "overlay"]), ANY),
        "shapes": st.one_of(st.lists(SHAPES, max_size=2), ANY),
        "annotations": st.one_of(st.lists(NOTES, max_size=2), ANY),
        "legend": st.one_of(ANY, st.just({"title": {"text": "<x>"}})),
    },
)
FIGURES = st.builds(
    lambda data, layout: {"data": data, "layout": layout},
    st.one_of(*(st.lists(traces(kind), min_size=1, max_size=3) for kind in KINDS), ANY),
    st.one_of(LAYOUTS, LAYOUTS, ANY),
)


def sound(figure):
    found = picture_of(figure)
    if found is None:
        return
    root = ET.fromstring(found.svg.encode())
    assert not re.search(
        r"nan|inf|e[+-]\d", "".join(value for each in root.iter() for name, value in each.items() if name in "xydxyr")
    )
    assert float(root.get("height")) < 1_400


@settings(max_examples=80, deadline=None)
@given(FIGURES)
def test_no_figure_makes_a_picture_fail_or_breaks_its_xml(figure):
    sound(figure)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["bar", "scatter", "box", "violin", "funnel"]),
    st.lists(st.tuples(st.one_of(TEXTS, DATES, NUMBERS), NUMBERS), min_size=1, max_size=40),
    st.booleans(),
)
def test_any_names_and_numbers_are_drawn(kind, points, lying):
    names, heights = [name for name, _ in points], [height for _, height in points]
    trace = {
        "type": kind,
        "x": heights if lying else names,
        "y": names if lying else heights,
        "orientation": "h" if lying else "v",
    }
    sound({"data": [trace, {**trace, "name": "two"}]})


@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS)
def test_any_words_stand_in_a_bundle(title, text):
    bundle = figure_bundle({"data": [{"type": "bar", "x": [title], "y": [1]}], "layout": {"title": {"text": title}}}, text)
    assert bundle["text/html"].encode()
    assert bundle["text/html"].count("<img") == 1

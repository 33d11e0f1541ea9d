"""Which chart a result gets by itself, and where none says more than the table."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.pipelines.sql_analyst.charting import auto_chart, checked_chart, chosen_chart, figure_of, text_chart

DAYS = [date(2024, 1, day) for day in range(1, 9)]


def kind(**columns):
    chosen = auto_chart(pl.DataFrame(columns))
    return None if chosen is None else (chosen.chart_type, chosen.x, chosen.y, chosen.color)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"day": DAYS, "sales": range(8)}, ("line", "day", "sales", None)),
        ({"day": [str(day) for day in DAYS], "sales": range(8)}, ("line", "day", "sales", None)),
        ({"month": ["2024-01", "2024-02"], "sales": [1, 2]}, ("line", "month", "sales", None)),
        ({"year": [2022, 2023], "sales": [1, 2]}, ("line", "year", "sales", None)),
        ({"month": [1, 2, 3], "sales": [1, 2, 9]}, ("bar", "month", "sales", None)),
        ({"region": ["N", "S"], "revenue": [1.0, 2.0]}, ("pie", "region", "revenue", None)),
        ({"region": ["N", "S"], "avg_price": [10.0, 20.0]}, ("bar", "region", "avg_price", None)),
        ({"region": ["N", "S"], "share": [60.0, 40.0]}, ("pie", "region", "share", None)),
        ({"region": ["N", "S"], "profit": [1.0, -2.0]}, ("bar", "region", "profit", None)),
        ({"region": list("ABCDEFG"), "revenue": range(1, 8)}, ("bar", "region", "revenue", None)),
        ({"region": ["N", "S"], "sales": [5, 6], "returns": [1, 2]}, ("bar", "region", ["sales", "returns"], None)),
        ({"region": ["N", "S"], "revenue": [5e6, 6e6], "orders": [12, 13]}, ("bar", "region", "revenue", None)),
        ({"weight": [1.0, 2, 3], "height": [3.0, 1, 2]}, ("scatter", "weight", "height", None)),
        ({"price": [1.0, 2, 3, 4, 5]}, ("histogram", "price", None, None)),
        ({"customer_id": [7, 8, 9], "revenue": [1.0, 2, 3]}, ("bar", "customer_id", "revenue", None)),
        ({"id": range(99), "price": range(99)}, ("histogram", "price", None, None)),
        ({"customer_id": [7, 8], "order_id": [1, 2]}, None),
        ({"city": ["Oslo", "Rome"], "day": DAYS[:2]}, None),
        ({"orders": [12]}, None),
        ({"day": DAYS[:1], "sales": [3]}, None),
        ({"city": ["A", "A", "B", "B"], "kind": ["x", "y", "x", "y"], "n": [1, 2, 3, 4]}, ("bar", "city", "n", "kind")),
        ({"day": DAYS[:2] * 2, "city": ["A", "A", "B", "B"], "n": [1, 2, 3, 4]}, ("line", "day", "n", "city")),
        ({"city": ["A", "B"] * 10, "delay": range(20)}, ("box", "city", "delay", None)),
        ({"name": [f"n{k}" for k in range(80)], "revenue": range(80)}, ("histogram", "revenue", None, None)),
        ({"orders_per_month": [10, 12, 9, 8, 7]}, ("histogram", "orders_per_month", None, None)),
        ({"days": [300, 2, 450, 31, 8]}, ("histogram", "days", None, None)),
        ({"day": DAYS[:2], "currency": ["EUR", "EUR"], "n": [1, 2]}, ("line", "day", "n", None)),
    ],
)
def test_the_rules(columns, expected):
    assert kind(**columns) == expected


def test_many_names_over_time_are_a_heatmap():
    frame = pl.DataFrame({"day": DAYS[:2] * 20, "shop": [f"s{k // 2}" for k in range(40)], "n": range(40)})

    assert auto_chart(frame).model_dump(exclude_none=True) == {
        "chart_type": "heatmap", "x": "day", "y": "shop", "color": "n", "title": "",
    }  # fmt: skip


def test_long_names_lie():
    assert auto_chart(pl.DataFrame({"who": ["A company with a long name", "B"], "avg": [1, 2]})).orientation == "h"


def test_the_choice_says_why():
    assert chosen_chart(pl.DataFrame({"n": [1]})).reason == "One row says more as numbers."
    assert chosen_chart(pl.DataFrame({"n": []})).reason == "There are no rows."
    assert "ids, dates and names" in chosen_chart(pl.DataFrame({"id": [1, 2]})).reason
    assert "'day' is a time" in chosen_chart(pl.DataFrame({"day": DAYS, "n": range(8)})).reason


_COLUMN = st.one_of(
    st.lists(st.integers(-5, 3000), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=6, max_size=6),
    st.lists(st.sampled_from(["a", "b", "<b>c</b>", "$x$", ""]), min_size=6, max_size=6),
    st.lists(st.dates(), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.sampled_from(["2024-01", "2024-02-03", "2024-02-03 04:05:06"])), min_size=6, max_size=6),
)
_NAMES = st.lists(
    st.sampled_from(["id", "year", "month", "price", "share", "city", "day", "x"]), min_size=1, max_size=4, unique=True
)


@given(st.data())
def test_every_chart_that_is_chosen_can_be_drawn_in_both_ways(data):
    names = data.draw(_NAMES)
    frame = pl.DataFrame({name: data.draw(_COLUMN) for name in names}, strict=False)

    chosen = auto_chart(frame)

    assert auto_chart(frame) == chosen
    if chosen is not None:
        assert checked_chart(chosen, frame) == checked_chart(checked_chart(chosen, frame), frame)
        assert figure_of(chosen, frame).data
        assert text_chart(chosen, frame)

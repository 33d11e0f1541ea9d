"""Plans as data, carried out on a result."""

from contextlib import suppress
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from racto_nb.exceptions import AnalysisError
from racto_nb.pipelines.sql_analyst.analysing import AnalysisPlan, carry_out, plan_code

SALES = pl.DataFrame(
    {
        "city": ["Oslo", "Rome", "Oslo", None],
        "day": [date(2024, 1, 5), date(2024, 1, 20), date(2024, 3, 1), date(2024, 3, 9)],
        "text_day": ["2024-01-05", "2024-01-20 10:00", "2024-03", "no day"],
        "price": [1.5, 2.0, 3.0, None],
        "quantity": [1, 2, 3, 0],
    }
)


def table(*steps, frame=SALES, **options):
    return carry_out(AnalysisPlan.model_validate({"steps": list(steps)}), frame, **options)


def refused(*steps, frame=SALES, **options):
    with pytest.raises(AnalysisError) as error:
        table(*steps, frame=frame, **options)
    return str(error.value)


def call(op, *args):
    return {
        "op": op,
        "args": [
            arg if isinstance(arg, dict) else {"column": arg[1:]} if str(arg).startswith("@") else {"value": arg} for arg in args
        ],
    }


def value(op, *args, frame=SALES):
    return table({"step": "derive", "name": "new", "expression": call(op, *args)}, frame=frame)["new"].to_list()


def test_no_steps_leave_the_table_as_it_is():
    assert table().equals(SALES)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (("multiply", "@price", "@quantity"), [1.5, 4.0, 9.0, None]),
        (("divide", "@price", "@quantity"), [1.5, 1.0, 1.0, None]),
        (("add", "@quantity", 1, 2), [4, 5, 6, 3]),
        (("round", "@price", 0), [2.0, 2.0, 3.0, None]),
        (("coalesce", "@price", 0.0), [1.5, 2.0, 3.0, 0.0]),
        (("when", call("greater", "@quantity", 1), "many", "few"), ["few", "many", "many", "few"]),
        (("year", "@day"), [2024] * 4),
        (("month", "@text_day"), [1, 1, 3, None]),
        (("weekday", "@day"), [5, 6, 5, 6]),
        (("greater", "@day", "2024-01-31"), [False, False, True, True]),
        (("between", "@day", "2024-01-06", "2024-03-01"), [False, True, True, False]),
        (("days_between", "@day", "2024-01-10"), [5, -10, -51, -59]),
        (("is_in", "@city", "Rome", "Lyon"), [False, True, False, None]),
        (("contains", "@city", "o"), [True, True, True, None]),
        (("starts_with", "@city", ".*"), [False, False, False, None]),
        (("concat", "@city", "!"), ["Oslo!", "Rome!", "Oslo!", None]),
        (("not", call("is_null", "@price")), [True, True, True, False]),
        (("max", "@price", "@quantity"), [1.5, 2.0, 3.0, 0.0]),
        (("negate", "@quantity"), [-1, -2, -3, 0]),
        (("to_number", "@text_day"), [None] * 4),
    ],
)
def test_formulas(formula, expected):
    got = value(*formula)

    assert [None if each is None else pytest.approx(each) if isinstance(each, float) else each for each in expected] == got


def test_a_divisor_of_nothing_gives_nothing():
    assert value("divide", 1, "@quantity")[3] is None


def test_rows_are_filtered_grouped_and_sorted():
    made = table(
        {"step": "filter", "where": call("not", call("is_null", "@city"))},
        {"step": "group", "by": ["city"], "aggregates": [
            {"name": "sum", "function": "sum", "column": "quantity"}, {"name": "rows", "function": "rows"},
        ]},
        {"step": "sort", "by": ["sum"], "descending": True},
    )  # fmt: skip

    assert made.to_dicts() == [{"city": "Oslo", "sum": 4, "rows": 2}, {"city": "Rome", "sum": 2, "rows": 1}]


def test_a_group_of_everything_is_one_row():
    assert table({"step": "group", "aggregates": [{"name": "n", "function": "distinct", "column": "city"}]}).rows() == [(2,)]


def test_the_top_of_each_group():
    made = table(
        {"step": "top", "count": 1, "by": "quantity", "within": ["city"]}, {"step": "select", "columns": ["city", "quantity"]}
    )

    assert set(made.rows()) == {("Oslo", 3), ("Rome", 2), (None, 0)}


def test_pivot_and_back():
    wide = table({"step": "pivot", "index": ["day"], "columns": "city", "values": "quantity"})
    long = table({"step": "unpivot", "index": ["city"], "columns": ["price", "quantity"]})

    assert wide.columns == ["day", "Oslo", "Rome", "null"]
    assert long.height == 8


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("cumulative", [1, 3, 6, 6]),
        ("rank", [3, 2, 1, 4]),
        ("lag", [None, 1, 2, 3]),
        ("change", [None, 1, 1, -3]),
        ("percent_change", [None, 100.0, 50.0, -100.0]),
        ("share", [pytest.approx(100 / 6), pytest.approx(200 / 6), 50.0, 0.0]),
    ],
)
def test_windows(function, expected):
    assert (
        table({"step": "window", "name": "new", "function": function, "column": "quantity", "order_by": "day"})["new"].to_list()
        == expected
    )


def test_dates_are_resampled_and_gaps_filled():
    wish = {
        "step": "resample",
        "date": "day",
        "every": "month",
        "aggregates": [{"name": "n", "function": "sum", "column": "quantity"}],
    }

    assert table(wish).rows() == [(date(2024, 1, 1), 3), (date(2024, 3, 1), 3)]
    assert table({**wish, "fill_gaps": True}).rows() == [(date(2024, 1, 1), 3), (date(2024, 2, 1), None), (date(2024, 3, 1), 3)]
    assert table({**wish, "date": "text_day"}).height == 2


def test_the_other_steps():
    assert table({"step": "rename", "names": {"city": "town"}}).columns[0] == "town"
    assert table({"step": "fill_missing", "columns": ["city"], "value": "?"})["city"][3] == "?"
    assert table({"step": "fill_missing", "columns": ["price"], "how": "forward"})["price"][3] == 3.0
    assert table({"step": "describe", "columns": ["price"]})["statistic"][0] == "count"
    assert table({"step": "correlate"})["column"].to_list() == ["price", "quantity"]
    assert table({"step": "bin", "column": "quantity", "edges": [1, 3], "name": "b"})["b"].to_list() == [
        "1 to below 3", "1 to below 3", "3 or more", "below 1",
    ]  # fmt: skip
    assert table({"step": "deduplicate", "columns": ["city"]}).height == 3
    assert table({"step": "limit", "count": 2}).height == 2


def test_a_column_that_is_not_there_is_named_with_the_step_and_the_nearest():
    said = refused({"step": "limit", "count": 2}, {"step": "sort", "by": ["citty"]})

    assert said == "Step 2 (sort): There is no column 'citty' at this step. Did you mean 'city'?"


def test_types_that_do_not_fit_are_named():
    assert "Step 1 (derive) does not fit the table" in refused(
        {"step": "derive", "name": "n", "expression": call("abs", "@city")}
    )
    assert "takes 2 arguments" in refused({"step": "filter", "where": call("less", "@price")})
    assert "an odd number of arguments" in refused({"step": "filter", "where": call("when", "@price", 1)})
    assert "'sum' needs a column" in refused({"step": "group", "aggregates": [{"name": "n", "function": "sum"}]})


def test_names_are_no_patterns():
    frame = pl.DataFrame({"^.*$": [1], "*": [2], "secret": [3]})

    assert table({"step": "select", "columns": ["^.*$"]}, frame=frame).columns == ["^.*$"]
    assert table({"step": "select", "columns": ["*"]}, frame=frame).columns == ["*"]


def test_a_table_grows_only_so_far():
    days = pl.DataFrame({"day": [datetime(1900, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)], "n": [1, 2]})
    gaps = {
        "step": "resample",
        "date": "day",
        "every": "hour",
        "aggregates": [{"name": "n", "function": "rows"}],
        "fill_gaps": True,
    }
    many = pl.DataFrame({"a": range(2000), "b": range(2000), "c": ["x"] * 2000})

    assert "100,000 are the most" in refused(gaps, frame=days)
    assert "500 are the most" in refused({"step": "pivot", "index": ["c"], "columns": "a", "values": "b"}, frame=many)
    assert "3,000 are the most" in refused({"step": "unpivot", "index": ["c"], "columns": ["a", "b"]}, frame=many, max_rows=3000)


def test_doubling_texts_fill_no_memory():
    steps = [{"step": "derive", "name": "c", "expression": call("concat", *["@c"] * 20)}] * 20
    frame = pl.DataFrame({"c": ["x" * 100] * 1000})

    assert table(*steps, frame=frame)["c"].str.len_chars().max() == 20_000


@pytest.mark.parametrize(
    "plan",
    [
        {"steps": [{"step": "exec", "code": "import os"}]},
        {"steps": [{"step": "derive", "name": "n", "expression": {"op": "eval", "args": [{"value": "1"}]}}]},
        {"steps": [{"step": "derive", "name": "n", "expression": "price * 2"}]},
        {"steps": [{"step": "limit", "count": 0}]},
        {"steps": [{"step": "limit", "count": 1}] * 21},
        {"steps": [{"step": "limit", "count": 1, "path": "/etc/passwd"}]},
    ],
)
def test_nothing_else_can_be_written(plan):
    with pytest.raises(ValidationError):
        AnalysisPlan.model_validate(plan)


_SOME_STEP = st.sampled_from([
    {"step": "sort", "by": ["price"]}, {"step": "top", "count": 2, "by": "quantity"}, {"step": "limit", "count": 3},
    {"step": "group", "by": ["city"], "aggregates": [{"name": "price", "function": "mean", "column": "price"}]},
    {"step": "window", "name": "w", "function": "share", "column": "quantity", "within": ["city"]},
    {"step": "derive", "name": "price", "expression": call("add", "@price", "@quantity")},
    {"step": "select", "columns": ["city", "price"]}, {"step": "describe"}, {"step": "correlate"}, {"step": "deduplicate"},
    {"step": "filter", "where": call("or", call("greater", "@price", 1), call("equal", "@city", "Rome"))},
    {"step": "bin", "column": "price", "edges": [2], "name": "city"},
    {"step": "resample", "date": "day", "every": "week", "by": ["city"], "aggregates": [{"name": "quantity", "function": "rows"}]},
])  # fmt: skip


@given(st.lists(_SOME_STEP, max_size=5))
def test_any_plan_gives_a_table_or_an_analysis_error_and_can_be_read(steps):
    plan = AnalysisPlan.model_validate({"steps": steps})

    with suppress(AnalysisError):
        assert isinstance(carry_out(plan, SALES), pl.DataFrame)
    assert plan_code(plan).startswith("df")
    assert AnalysisPlan.model_validate_json(plan.model_dump_json()) == plan


def test_the_schema_is_small():
    import json

    assert len(json.dumps(AnalysisPlan.model_json_schema())) < 11_000

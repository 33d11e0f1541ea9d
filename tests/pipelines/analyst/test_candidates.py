"""Drafts agree by what they give, not by what they say."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import QueryError
from racto_nb.pipelines.sql_analyst.writing.candidates import agreed, digest_of
from racto_nb.pipelines.sql_analyst.writing.values import Attempt, Draft, Reading, Rows


def gave(sql: str, **columns: list[object]) -> Draft:
    frame = pl.DataFrame(columns, strict=False)
    return Draft("answered", sql, rows=Rows(frame, tuple(frame.columns)), attempts=(Attempt(sql=sql, outcome="ran"),))


def failed(sql: str) -> Draft:
    return Draft("failed", sql, error=QueryError("no such table", sql=sql))


def test_most_drafts_win_and_all_are_told():
    drafts = [gave("a", n=[1]), gave("b", m=[2]), gave("c", k=[2.0]), failed("d")]

    draft, groups = agreed(drafts, "duckdb")

    assert (draft.sql, [(group.sqls, group.votes, group.chosen) for group in groups]) == (
        "b",
        [(["b", "c"], 2, True), (["a"], 1, False), (["d"], 1, False)],
    )
    assert groups[-1].error == "no such table"
    assert [attempt.sql for attempt in draft.attempts] == ["a", "b", "c"]


def test_of_equal_groups_the_first_draft_counts():
    draft, groups = agreed([gave("a", n=[1]), gave("b", n=[2])], "duckdb")

    assert (draft.sql, groups[0].sqls) == ("a", ["a"])


def test_errors_never_win_while_there_are_rows():
    draft, groups = agreed([failed("a"), failed("b"), gave("c", n=[1])], "duckdb")

    assert (draft.sql, [group.votes for group in groups]) == ("c", [1, 2])


def test_where_all_fail_the_first_failure_is_the_outcome():
    draft, groups = agreed([failed("a"), failed("b")], "duckdb")

    assert (draft.outcome, draft.sql, groups[0].chosen, groups[0].votes) == ("failed", "a", False, 2)


def test_most_may_say_that_it_cannot_be_answered():
    cannot = Draft("cannot_answer", reading=Reading(reason="no weather"))

    draft, groups = agreed([gave("a", n=[1]), cannot, cannot], "duckdb")

    assert (draft.outcome, groups[0].error, groups[0].chosen) == ("cannot_answer", "no weather", True)


def test_the_order_of_rows_counts_only_where_all_ask_for_one():
    one, other = gave("SELECT n FROM t ORDER BY n", n=[1, 2]), gave("SELECT n FROM t ORDER BY n DESC", n=[2, 1])
    loose = gave("SELECT n FROM t", n=[2, 1])

    assert len(agreed([one, other], "duckdb")[1]) == 2
    assert len(agreed([one, loose], "duckdb")[1]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [1.0, 2.0]),
        ([Decimal("0.10")], [0.1]),
        ([0.1 + 0.2], [0.3]),
        ([date(2026, 1, 1)], [datetime(2026, 1, 1)]),  # noqa: DTZ001
        ([True], [1]),
        ([-0.0], [0.0]),
    ],
)
def test_values_that_mean_the_same_agree(one: list[object], other: list[object]):
    left, right = (pl.DataFrame({"x": values}) for values in (one, other))

    assert digest_of(left, ordered=True) == digest_of(right, ordered=True)


@pytest.mark.parametrize(("one", "other"), [(["1"], [1]), ([None], ["None"]), ([1, 1], [1]), ([1.0001], [1.0]), ([[1]], [["1"]])])
def test_values_that_differ_do_not_agree(one: list[object], other: list[object]):
    left, right = (pl.DataFrame({"x": values}) for values in (one, other))

    assert digest_of(left, ordered=False) != digest_of(right, ordered=False)


ROWS = st.lists(st.tuples(st.integers(-5, 5), st.text(max_size=3), st.booleans() | st.none()), max_size=8)


@given(ROWS, st.randoms(use_true_random=False), st.permutations([0, 1, 2]))
def test_neither_names_nor_the_order_of_rows_count(rows, shuffling, places):
    frame = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.String, "c": pl.Boolean}, orient="row")
    shuffled = list(rows)
    shuffling.shuffle(shuffled)
    other = pl.DataFrame(shuffled, schema={"x": pl.Int64, "y": pl.String, "z": pl.Boolean}, orient="row")

    assert digest_of(frame, ordered=False) == digest_of(other, ordered=False)
    distinct = len({tuple(sorted(map(str, series.to_list()))) for series in frame.get_columns()}) == 3
    if distinct:
        assert digest_of(frame, ordered=False) == digest_of(
            frame.select([frame.columns[place] for place in places]), ordered=False
        )

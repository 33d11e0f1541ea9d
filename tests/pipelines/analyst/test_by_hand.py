"""Statements that a person writes: the same guard, locks, limits and masks as for those of a model."""

from __future__ import annotations

import polars as pl
import pytest

from racto_nb.exceptions import MissingFileError, QueryError, ReadOnlyViolationError, UsageError
from racto_nb.pipelines import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.masking import MASK
from racto_nb.testing import FakeKit

ORDERS = pl.DataFrame({"product": ["tea", "cup", "tea"], "quantity": [3, 1, 4], "buyer": ["ada@x.org", "bob@x.org", "ada@x.org"]})
STAFF = pl.DataFrame({"name": ["Eve"], "salary": [1]})


@pytest.fixture(scope="module")
def analyst():
    held = {"mask_columns": ["buyer"], "blocked_columns": ["salary"], "max_rows": 2}
    with SQLAnalystPipeline(FakeKit([]), engine={"orders": ORDERS, "staff": STAFF}, **held) as made:
        yield made


def test_rows_come_without_a_model_and_with_a_chart(analyst):
    result = analyst.run_sql("SELECT product, sum(quantity) AS sold FROM orders GROUP BY product", question="What sells?")

    assert (result.outcome, result.row_count, result.user_query) == ("answered", 2, "What sells?")
    assert result.chart_spec["x"] == "product"
    assert result.answer is None
    assert result.usage.total_tokens == 0


async def test_the_twin_gives_the_same(analyst):
    result = await analyst.arun_sql("SELECT product FROM orders")
    verdict = await analyst.acheck("SELECT product FROM orders")

    assert result.truncated
    assert verdict.tables == ("orders",)
    assert [table.name for table in (await analyst.atables()).tables] == ["orders", "staff"]
    assert await analyst.aopen() == "frames orders, staff"


@pytest.mark.parametrize("sql", ["SELECT buyer FROM orders", "SELECT upper(buyer) AS b FROM orders", "SELECT * FROM orders"])
def test_masked_values_do_not_come_out(analyst, sql):
    result = analyst.run_sql(sql)

    assert MASK in result.frame.rows()[0]
    assert "ada" not in str(result.raw_rows)


def test_what_the_database_says_of_masked_values_is_withheld(analyst):
    with pytest.raises(QueryError) as caught:
        analyst.run_sql("SELECT CAST(buyer AS INTEGER) FROM orders")

    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "rule"), [("DROP TABLE orders", "writes"), ("SELECT salary FROM staff", "column"), ("SELECT 1; SELECT 2", "one_statement")]
)  # fmt: skip
def test_the_guard_refuses_the_same(analyst, sql, rule):
    with pytest.raises(ReadOnlyViolationError) as caught:
        analyst.run_sql(sql)

    assert caught.value.result.outcome == "refused"
    assert caught.value.verdict.violations[0].rule == rule
    assert analyst.check(sql).violations == caught.value.verdict.violations


def test_in_safe_mode_the_error_is_in_the_result(analyst):
    result = analyst.with_options(safe_mode=True).run_sql("SELECT 1 +")

    assert result.outcome == "refused"
    assert result.error


def test_an_empty_statement_is_refused(analyst):
    with pytest.raises(UsageError, match="SELECT 1"):
        analyst.run_sql(" ")


def test_columns_that_no_table_has_are_named_before_anything_runs():
    with SQLAnalystPipeline(FakeKit([]), engine={"orders": ORDERS}) as plain:
        verdict = plain.check("SELECT quantty FROM orders")

    assert verdict.allowed
    assert "quantity" in verdict.notes[0]


def test_tables_come_with_samples_but_none_of_masked_or_blocked_columns(analyst):
    orders, staff = analyst.tables(samples=True).tables

    assert orders.row_count == 3
    assert {column.name: column.samples for column in orders.columns} == {
        "product": ("cup", "tea"), "quantity": ("1", "3", "4"), "buyer": (),
    }  # fmt: skip
    assert [column.name for column in staff.columns] == ["name"]
    assert analyst.masked_columns == {"buyer"}


def test_without_a_guard_it_is_said_and_nothing_is_written():
    with SQLAnalystPipeline(FakeKit([]), engine={"orders": ORDERS}, force_read_only=False) as free:
        assert "turned off" in free.check("DROP TABLE orders").notes[0]
        with pytest.raises(QueryError):
            free.run_sql("DROP TABLE orders")


def test_what_cannot_be_opened_is_said_at_once(tmp_path):
    with SQLAnalystPipeline(FakeKit([]), engine=str(tmp_path / "none.duckdb")) as nowhere, pytest.raises(MissingFileError):
        nowhere.open()

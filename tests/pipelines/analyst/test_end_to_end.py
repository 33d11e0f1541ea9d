"""Real databases behind the pipeline: a DuckDB file, frames, and what a file must look like afterwards."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import shop_database
from pipelines.analyst.small_source import wrote
from pipelines.analyst.test_running import Ask, both

from racto_nb.pipelines import SQLAnalystPipeline
from racto_nb.testing import FakeKit

COUNTED = "SELECT country, count(*) AS customers FROM customers GROUP BY country ORDER BY customers DESC, country"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_database.duckdb_file(tmp_path_factory.mktemp("shop") / "shop.duckdb")


def analyst(*replies: str, **options: object) -> SQLAnalystPipeline:
    given = {"run_pandas": False, "run_answer": False, "safe_mode": True}
    return SQLAnalystPipeline(FakeKit(list(replies)), **(given | options))  # type: ignore[arg-type]


@both
def test_a_file_is_asked_and_stays_as_it_was(ask: Ask, shop: Path):
    before = shop.read_bytes()

    with analyst(
        f"Of course:\n```sql\n{COUNTED}\n```\nDone.", "There are customers in five countries.", run_answer=True
    ) as asked:
        result = ask(asked, connection_string=str(shop))

    assert (result.error, result.columns, result.row_count) == (None, ["country", "customers"], 5)
    assert sum(row["customers"] for row in result.raw_rows) == len(shop_database.shop_rows()["customers"])
    assert result.chart_spec is not None
    assert result.answer == "There are customers in five countries."
    assert shop.read_bytes() == before


@both
def test_frames_are_asked_by_their_names(ask: Ask):
    frame = pl.DataFrame({"city": ["Rome", "Bern", "Rome"], "n": [1, 2, 3]})

    with analyst(wrote("SELECT city, sum(n) AS n FROM cities GROUP BY city ORDER BY city"), engine={"cities": frame}) as asked:
        result = ask(asked)

    assert (result.error, result.raw_rows) == (None, [{"city": "Bern", "n": 2}, {"city": "Rome", "n": 4}])


@both
def test_two_columns_of_one_name_are_both_there(ask: Ask, shop: Path):
    sql = "SELECT p.id, c.id, p.name FROM products p JOIN categories c ON c.id = p.category_id ORDER BY p.id LIMIT 1"

    with analyst(wrote(sql)) as asked:
        result = ask(asked, connection_string=str(shop))

    (row,) = result.raw_rows
    assert len(row) == 3
    assert result.names == ["id", "id", "name"]
    assert result.to_csv().splitlines()[0].count("id") == 2  # type: ignore[union-attr]


@both
@pytest.mark.parametrize(
    "sql",
    ["COPY customers TO 'stolen.csv'", "ATTACH 'other.db'", "SELECT * FROM read_text('/etc/hostname')", "DELETE FROM orders"],
)
def test_what_is_more_than_reading_never_reaches_the_file(ask: Ask, shop: Path, sql: str):
    before = shop.read_bytes()

    with analyst(wrote(sql), max_sql_retries=0) as guarded, analyst(wrote(sql), max_sql_retries=0, force_read_only=False) as bare:
        first, second = ask(guarded, connection_string=str(shop)), ask(bare, connection_string=str(shop))

    assert first.outcome == "refused"
    assert second.outcome == "failed"
    assert shop.read_bytes() == before


@both
def test_three_drafts_over_a_real_file(ask: Ask, shop: Path):
    other = "SELECT c.country AS land, count(c.id) AS n FROM customers c GROUP BY 1 ORDER BY n DESC, land"

    with analyst(wrote(COUNTED), wrote(other), wrote("SELECT 1"), candidates=3) as asked:
        result = ask(asked, connection_string=str(shop))

    assert [group.votes for group in result.candidates] == [2, 1]
    assert result.row_count == 5

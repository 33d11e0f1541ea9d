"""A result never has more than one row above the limit, whatever limit a query writes itself; its first rows are the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.pipelines import GuardPolicy, SQLGuard

ENDS = [
    "", " LIMIT 3", " LIMIT 0", " LIMIT 5", " LIMIT 6", " LIMIT 100", " LIMIT 99999999999", " LIMIT 100 OFFSET 2", " LIMIT 4 OFFSET 95", " LIMIT 50 + 20", " LIMIT (SELECT 90)",
    " LIMIT 100 -- LIMIT 1", " LIMIT 100 /* LIMIT 1 */", " -- LIMIT 1", " /* LIMIT 1 */", ";", " ; -- x",
]  # fmt: skip
OF_DUCKDB = [
    *ENDS,
    " LIMIT ALL",
    " LIMIT 90%",
    " LIMIT 90 PERCENT",
    " OFFSET 3",
    " FETCH FIRST 90 ROWS ONLY",
    " OFFSET 2 LIMIT 90",
    " USING SAMPLE 100%",
]
OF_SQLITE = [*ENDS, " LIMIT -1", " LIMIT 2, 90", " LIMIT -1 OFFSET 3"]

STARTS = [
    "SELECT i FROM numbers ORDER BY i",
    "SELECT i FROM numbers WHERE i IN (SELECT i FROM numbers LIMIT 90) ORDER BY 1 DESC",
    "SELECT i FROM (SELECT i FROM numbers ORDER BY i LIMIT 2) AS few UNION ALL SELECT i FROM numbers",
    "WITH few AS (SELECT i FROM numbers LIMIT 1) SELECT i FROM numbers ORDER BY i",
    "SELECT i, 'LIMIT 1' AS text FROM numbers ORDER BY i",
    "SELECT i, i FROM numbers ORDER BY i",
]  # fmt: skip


def rows_of(dialect: str, sql: str) -> list[tuple]:
    with closing(duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE numbers (i INTEGER)")
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT 1")
        connection.execute(
            "INSERT INTO numbers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT i FROM n"
        )
        return connection.execute(sql).fetchall()


CASES = st.sampled_from(["duckdb", "sqlite"]).flatmap(
    lambda dialect: st.tuples(
        st.just(dialect), st.sampled_from(STARTS), st.sampled_from(OF_DUCKDB if dialect == "duckdb" else OF_SQLITE)
    )
)


@settings(max_examples=40, deadline=None)
@given(case=CASES, most=st.sampled_from([1, 5, 98, 1000]))
def test_no_result_is_longer_than_the_limit_and_one(case: tuple[str, str, str], most: int):
    dialect, start, end = case
    if "USING SAMPLE" in end and ("ORDER BY" in start or "UNION" in start):
        return  # DuckDB takes a sample before it sorts only
    if "UNION" in start and "(SELECT 90)" in end:
        return  # DuckDB takes no subquery there
    bare = rows_of(dialect, f"{start}{end}")
    verdict = SQLGuard(GuardPolicy(dialect, max_rows=most)).check(f"{start}{end}")
    assert verdict.violations == ()
    limited = rows_of(dialect, verdict.sql)
    assert len(limited) == min(len(bare), most + 1)
    assert limited == bare[: most + 1]
    assert verdict.limited or len(limited) <= most


@pytest.mark.parametrize(
    ("dialect", "sql", "run"),
    [
        ("duckdb", "SELECT 1", "SELECT 1\nLIMIT 11"),
        ("duckdb", "SELECT 1 LIMIT 10", "SELECT 1 LIMIT 10"),
        ("duckdb", "SELECT 1 LIMIT 11", "SELECT 1 LIMIT 11"),
        ("duckdb", "SELECT 1 LIMIT 5000 OFFSET 3", "SELECT 1 LIMIT 11 OFFSET 3"),
        ("mysql", "SELECT 1 LIMIT 3, 5000", "SELECT 1 LIMIT 3, 11"),
        ("postgres", "SELECT 1 FETCH FIRST 5000 ROWS ONLY", "SELECT 1 FETCH FIRST 11 ROWS ONLY"),
        ("postgres", "SELECT 1 LIMIT ALL", "SELECT * FROM (\nSELECT 1 LIMIT ALL\n) AS limited\nLIMIT 11"),
        ("postgres", "SELECT 1 FETCH FIRST 5 ROWS WITH TIES", "SELECT * FROM (\nSELECT 1 FETCH FIRST 5 ROWS WITH TIES\n) AS limited\nLIMIT 11"),
        ("sqlite", "VALUES (1), (2)", "SELECT * FROM (\nVALUES (1), (2)\n) AS limited\nLIMIT 11"),
        ("duckdb", "EXPLAIN SELECT 1", "EXPLAIN SELECT 1"),
        ("duckdb", "SUMMARIZE people", "SUMMARIZE people"),
    ],
)  # fmt: skip
def test_the_limit_is_written_where_it_belongs_and_nothing_else_changes(dialect: str, sql: str, run: str):
    verdict = SQLGuard(GuardPolicy(dialect, max_rows=10)).check(sql)
    assert verdict.sql == run

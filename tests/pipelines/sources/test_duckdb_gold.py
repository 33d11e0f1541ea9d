"""Gold queries that people wrote for DuckDB, through lock two alone and through both: what reads returns the rows of bare DuckDB, and
the rest is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from shared_material import MISSING, shared_path

from racto_nb.exceptions import QueryError
from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource

LIMITS = RunLimits(max_rows=None)
GUARD = SQLGuard(GuardPolicy(dialect="duckdb"))
SAMPLES = {21, 69}
"""These draw rows by lot: what they return are rows of their table, other ones each time."""
REFUSED = {
    24: "reads a file of the web",
    25: "COPY to a file",
    26: "CREATE TABLE from a file of the web",
    27: "PRAGMA that sets",
    28: "CREATE TABLE",
    29: "INSERT",
    30: "CALL, also of what only tells the version: SELECT version() does",
    31: "PRAGMA, also of what only reads: DESCRIBE rideshare does",
    32: "PRAGMA, also of what only reads: SHOW TABLES does",
    40: "COPY from a file",
    41: "COPY from a file",
    42: "COPY from files",
    43: "COPY from a file",
    44: "CREATE TABLE from a file",
    45: "reads a file",
    46: "reads a file",
    55: "INSERT",
    56: "ALTER TABLE",
    61: "CREATE TABLE",
    62: "CREATE TABLE",
    64: "UPDATE",
    65: "ALTER TABLE",
    66: "INSERT",
    70: "SET",
    71: "SET",
    74: "ATTACH",
}


@dataclass(frozen=True, slots=True)
class Gold:
    number: int
    database: str
    sql: str


def folder() -> Path | None:
    shared = shared_path()
    return None if shared is None else shared / "data/duckdb_nsql/eval/data"


def gold() -> list[Gold]:
    place = folder()
    if place is None:
        return []
    cases = json.loads((place / "dev.json").read_text(encoding="utf-8"))
    return [Gold(number, case["db_id"], case["query"]) for number, case in enumerate(cases)]


def path(database: str) -> Path:
    return folder() / "databases" / database / f"{database}.duckdb"


def some(*, refused: bool) -> list[object]:
    cases = [case for case in gold() if (case.number in REFUSED) == refused]
    return [pytest.param(case, id=f"{case.number}: {case.sql.split(maxsplit=1)[0]}") for case in cases] or [
        pytest.param(None, marks=pytest.mark.skip(reason=MISSING))
    ]


@pytest.fixture(scope="module")
def sources() -> Iterator[dict[str, DuckDBSource]]:
    sources = {database: DuckDBSource.from_file(path(database)) for database in {case.database for case in gold()}}
    yield sources
    for source in sources.values():
        source.close()


@pytest.mark.skipif(shared_path() is None, reason=MISSING)
def test_49_of_the_75_gold_queries_read():
    assert len(gold()) == 75
    assert len(gold()) - len(REFUSED) == 49


def bare_rows(case: Gold) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows of DuckDB itself. Sums of whole numbers, which it counts in 128 bits, come as Int64 where they fit."""
    with duckdb.connect(str(path(case.database)), read_only=True) as connection:
        relation = connection.sql(case.sql)
        names, bare = tuple(relation.columns), pl.DataFrame(relation)
    sums = [name for name, kind in bare.schema.items() if kind == pl.Decimal(38, 0)]
    return bare.with_columns(pl.col(sums).cast(pl.Int64)), names


def assert_rows_of_bare_duckdb(found: pl.DataFrame, case: Gold) -> None:
    """Rows that tie come in any order, which several threads change from run to run, and LIMIT keeps any of them: DuckDB itself is
    asked up to 20 times whether it gives these rows."""
    for _ in range(20):
        bare, _ = bare_rows(case)
        assert found.schema == bare.schema
        if sorted(map(repr, found.rows())) == sorted(map(repr, bare.rows())):
            return
    assert found.rows() == bare.rows()


@pytest.mark.parametrize("guarded", [False], ids=["lock two alone"])  # both locks: test_gold_queries.py
@pytest.mark.parametrize("case", some(refused=False))
def test_a_gold_query_that_reads_returns_the_rows_of_bare_duckdb(case: Gold, sources: dict[str, DuckDBSource], *, guarded: bool):
    sql = GUARD.refuse(case.sql).sql if guarded else case.sql
    result = sources[case.database].run(sql, LIMITS)
    with duckdb.connect(str(path(case.database)), read_only=True) as connection:
        if case.number in SAMPLES:
            table = pl.DataFrame(connection.sql(f"FROM {case.sql.split()[3]}"))
            assert result.frame.schema == table.schema
            assert set(result.frame.rows()) <= set(table.rows())
            return
    assert result.names == bare_rows(case)[1]
    assert_rows_of_bare_duckdb(result.frame, case)
    assert not result.truncated


@pytest.mark.parametrize("case", some(refused=True))
def test_a_gold_query_that_does_more_is_refused(case: Gold, sources: dict[str, DuckDBSource]):
    before = path(case.database).read_bytes()
    with pytest.raises(QueryError) as caught:
        sources[case.database].run(case.sql, LIMITS)
    assert "Only a statement that reads rows" in caught.value.reason or "disabled by configuration" in caught.value.reason
    assert path(case.database).read_bytes() == before
    assert not GUARD.check(case.sql).allowed

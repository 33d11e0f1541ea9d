"""SQLite as a source: files and connections, lock two, limits, and columns of what is there."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
import shop_database as shop
from colours import run_unblocked
from hypothesis import given, settings
from hypothesis import strategies as st
from lock_two_statements import SQLITE

from racto_nb.exceptions import MissingFileError, QueryError, QueryTimeoutError, ResultTooLargeError, SourceError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.sources.sqlite import SQLiteSource
from racto_nb.pipelines.sql_analyst.sources.sqlite_columns import column

LIMITS = RunLimits(deadline=60)
SOON = RunLimits(deadline=0.5)
ENDLESS = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A name that must be escaped in an address."""
    folder = tmp_path_factory.mktemp("a b%20ü?#")
    with closing(sqlite3.connect(folder / "pets.db")) as connection:
        connection.executescript(
            """
            CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO pets VALUES (1, 'Rex'), (2, NULL), (3, 'Mäuschen 🐁');
            CREATE TABLE kinds (i INT, r REAL, t VARCHAR(5), b BLOB, d DATE, n NUMERIC, x);
            CREATE VIRTUAL TABLE notes USING fts5(body);
            INSERT INTO notes VALUES ('the cat purrs'), ('the dog barks');
            CREATE VIRTUAL TABLE places USING rtree(id, low, high);
            INSERT INTO places VALUES (1, 2, 3);
            CREATE VIEW named AS SELECT name FROM pets WHERE name IS NOT NULL;
            """
        )
    return folder


@pytest.fixture(scope="module")
def pets(folder: Path) -> Iterator[SQLiteSource]:
    with SQLiteSource.from_file(folder / "pets.db") as source:
        yield source


def rows(source: SQLiteSource, sql: str, limits: RunLimits = LIMITS):
    return source.run(sql, limits).frame.rows()


def test_it_is_a_source_with_a_name_and_without_notices(pets: SQLiteSource, folder: Path):
    assert isinstance(pets, Source)
    assert (pets.dialect, pets.name, pets.notices) == ("sqlite", str(folder / "pets.db"), ())


@pytest.mark.parametrize("statement", SQLITE)
def test_what_does_not_read_is_refused_by_sqlite_and_nothing_is_written(pets: SQLiteSource, folder: Path, statement: str):
    before = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}
    with pytest.raises(QueryError) as refused:
        pets.run(statement.format(folder=folder), LIMITS)
    assert refused.value.reason
    assert {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()} == before
    assert rows(pets, "SELECT count(*) FROM pets") == [(3,)]


def test_what_reads_is_run(pets: SQLiteSource):
    assert rows(pets, "SELECT * FROM pets -- all of them") == [(1, "Rex"), (2, None), (3, "Mäuschen 🐁")]
    assert rows(pets, "SELECT body FROM notes WHERE notes MATCH 'cat' ORDER BY bm25(notes)") == [("the cat purrs",)]
    assert rows(pets, "SELECT * FROM places WHERE low < 5") == [(1, 2.0, 3.0)]
    assert rows(pets, "SELECT value FROM json_each('[1, 2]')") == [(1,), (2,)]
    assert rows(pets, "SELECT * FROM named") == [("Rex",), ("Mäuschen 🐁",)]
    assert rows(pets, "SELECT replace('cat', 'c', 'h'), sum(id) OVER () FROM pets LIMIT 1") == [("hat", 6)]
    assert pets.run("EXPLAIN QUERY PLAN SELECT * FROM pets", LIMITS).frame["detail"].to_list() == ["SCAN pets"]


def test_names_are_unique_and_the_given_ones_are_kept(pets: SQLiteSource):
    result = pets.run('SELECT 1 AS id, 2 AS id, 3 AS "id_2", 4 AS "ID"', LIMITS)
    assert result.frame.columns == ["id", "id_3", "id_2", "ID_4"]
    assert result.names == ("id", "id", "id_2", "ID")
    assert result.frame.rows() == [(1, 2, 3, 4)]


def test_an_empty_result_keeps_its_columns_and_their_types(pets: SQLiteSource):
    kinds = pets.run("SELECT * FROM kinds;", LIMITS).frame.schema
    assert dict(kinds) == {
        "i": pl.Int64, "r": pl.Float64, "t": pl.String, "b": pl.Binary, "d": pl.String, "n": pl.Float64, "x": pl.String,
    }  # fmt: skip


def test_rows_are_cut_and_the_result_says_so(pets: SQLiteSource):
    for most, cut in ((2, True), (3, False), (None, False)):
        result = pets.run("SELECT * FROM pets", RunLimits(max_rows=most))
        assert (len(result.frame), result.truncated) == (most or 3, cut)
    endless = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT x FROM a"
    assert pets.run(endless, RunLimits(max_rows=100)).truncated


def test_too_many_bytes_are_refused(pets: SQLiteSource):
    many = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT hex(zeroblob(10000)) FROM a"
    with pytest.raises(ResultTooLargeError):
        pets.run(many, RunLimits(max_rows=None, max_bytes=2_000_000))
    with pytest.raises(ResultTooLargeError):
        pets.run("SELECT zeroblob(1000000000)", LIMITS)
    assert rows(pets, "SELECT 1") == [(1,)]


def test_a_statement_ends_at_its_deadline_and_the_next_one_runs(pets: SQLiteSource):
    with pytest.raises(QueryTimeoutError, match=r"0\.5 s"):
        pets.run(ENDLESS, SOON)
    assert rows(pets, "SELECT 1") == [(1,)]


def test_what_sqlite_says_is_the_reason(pets: SQLiteSource):
    with pytest.raises(QueryError) as failed:
        pets.run("SELECT nmae FROM pets", LIMITS)
    assert (failed.value.sql, failed.value.reason) == ("SELECT nmae FROM pets", "no such column: nmae")


def test_a_missing_file_is_not_made_and_the_nearest_is_named(folder: Path):
    with pytest.raises(MissingFileError, match=r"pets\.db"):
        SQLiteSource.from_file(folder / "pest.db")
    assert not (folder / "pest.db").exists()


def test_a_file_of_another_kind_is_a_source_error(tmp_path: Path):
    (tmp_path / "letter.db").write_text("Dear reader, " * 100)
    with SQLiteSource.from_file(tmp_path / "letter.db") as source, pytest.raises(SourceError, match="not a database"):
        source.run("SELECT * FROM pets", LIMITS)


def test_a_database_in_memory_is_copied_when_it_is_opened():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("CREATE TABLE pets (name)")
        connection.execute("INSERT INTO pets VALUES ('Rex')")  # not committed, and seen by whoever has the connection
        source = SQLiteSource.from_connection(connection)
        connection.executescript("INSERT INTO pets VALUES ('Tom');")
        with source:
            assert rows(source, "SELECT * FROM pets") == [("Rex",)]
        assert "copy" in source.notices[0]


def test_the_copy_is_gone_with_the_source():
    with closing(sqlite3.connect(":memory:")) as connection:
        source = SQLiteSource.from_connection(connection)
    place = source._path
    assert place.exists()
    source.close()
    del source
    assert not place.exists()


def test_a_connection_to_a_file_is_its_file(folder: Path):
    with closing(sqlite3.connect(folder / "pets.db")) as connection, SQLiteSource.from_connection(connection) as source:
        assert rows(source, "SELECT count(*) FROM pets") == [(3,)]
        assert source.notices == ()


def test_a_closed_connection_is_a_source_error():
    connection = sqlite3.connect(":memory:")
    connection.close()
    with pytest.raises(SourceError, match="closed"):
        SQLiteSource.from_connection(connection)


def test_the_schema_is_read_with_keys_counts_and_samples(tmp_path: Path):
    with SQLiteSource.from_file(shop.sqlite_file(tmp_path / "shop.db")) as source:
        schema = source.read_schema(SchemaWish(row_counts=True, samples=True))
    orders = next(table for table in schema.tables if table.name == "orders")
    assert [key.target for key in orders.foreign_keys] == ["customers"]
    assert orders.row_count
    assert next(each for each in orders.columns if each.name == "status").samples == shop.STATUSES


def test_the_async_twins_do_not_block_the_loop(pets: SQLiteSource):
    async def main() -> None:
        assert (await pets.arun("SELECT 1", LIMITS)).frame.rows() == [(1,)]
        assert "pets" in {table.name for table in (await pets.aread_schema(SchemaWish())).tables}
        with pytest.raises(QueryTimeoutError):
            await pets.arun(ENDLESS, SOON)
        await pets.aclose()
        assert (await pets.arun("SELECT 2", LIMITS)).frame.rows() == [(2,)]

    run_unblocked(main())


async def test_a_cancelled_statement_is_ended(pets: SQLiteSource):
    task = asyncio.create_task(pets.arun(ENDLESS, RunLimits(deadline=600)))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    assert (await pets.arun("SELECT 1", RunLimits(deadline=120))).frame.rows() == [(1,)]
    assert time.monotonic() - began < 600


def test_many_rows_are_those_of_the_plain_driver(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "many.db")) as connection:
        connection.execute("CREATE TABLE many (id INTEGER, name TEXT, value REAL)")
        connection.executemany("INSERT INTO many VALUES (?, ?, ?)", ((i, f"name{i}", i / 7) for i in range(100_000)))
        connection.commit()
        expected = connection.execute("SELECT * FROM many").fetchall()
    with SQLiteSource.from_file(tmp_path / "many.db") as source:
        assert rows(source, "SELECT * FROM many", RunLimits(max_rows=None, deadline=120)) == expected


CELLS = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(st.characters(codec="utf-8")), st.binary()
)


@given(st.lists(CELLS, max_size=20))
def test_a_column_of_one_kind_has_the_values_that_the_driver_gives(cells: list[object]):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (v)")
        connection.executemany("INSERT INTO t VALUES (?)", [(cell,) for cell in cells])
        stored = [row[0] for row in connection.execute("SELECT v FROM t")]
    series, mixed = column(stored, "")
    if not mixed:
        assert series.to_list() == stored
    else:
        assert series.dtype == pl.String
        assert [value is None for value in series] == [value is None for value in stored]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8", exclude_characters="\0")))))
def test_results_equal_those_of_the_plain_driver(values: list[tuple[int, str]]):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", values)
        connection.commit()
        for series, stored in zip(
            [column([row[at] for row in values], kind)[0] for at, kind in ((0, "INTEGER"), (1, "TEXT"))],
            [[row[at] for row in connection.execute("SELECT a, b FROM t")] for at in (0, 1)],
            strict=True,
        ):
            assert series.to_list() == stored


def test_a_text_that_is_none_comes_as_its_bytes(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "torn.db")) as connection:
        connection.execute("CREATE TABLE t (v TEXT)")
        connection.execute("INSERT INTO t VALUES (CAST(x'ff61' AS TEXT))")
        connection.commit()
    with SQLiteSource.from_file(tmp_path / "torn.db") as source:
        assert rows(source, "SELECT v FROM t") == [(b"\xffa",)]


def test_mixed_columns_become_text_and_are_named(pets: SQLiteSource):
    result = pets.run("SELECT 1 AS a, 1 AS b UNION ALL SELECT 'x', 2.5 UNION ALL SELECT x'01', 9007199254740993", LIMITS)
    assert result.as_text == ("a", "b")
    assert result.frame.rows() == [("1", "1"), ("x", "2.5"), ("x'01'", "9007199254740993")]

"""Files, frames and open connections as DuckDB sources: copied, and copied anew when they have changed."""

from __future__ import annotations

import gc
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from racto_nb.exceptions import MissingFileError, SourceError, UsageError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource
from racto_nb.pipelines.sql_analyst.sources.source import SchemaWish

LIMITS = RunLimits()


def rows(source: DuckDBSource, sql: str) -> list[tuple[object, ...]]:
    return source.run(sql, LIMITS).frame.rows()


def copies(source: DuckDBSource) -> list[Path]:
    folder = source._database._folder
    return [] if folder is None or not folder.exists() else sorted(folder.rglob("*.duckdb"))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s VARCHAR); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        yield connection


def test_files_are_tables_by_their_names(tmp_path: Path):
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "p.parquet")
    (tmp_path / "c.csv").write_text('a,b\n1,x\n2,"y, z"\n')
    (tmp_path / "t.tsv").write_text("a\tb\n1\tx\n")
    (tmp_path / "j.jsonl").write_text("\n".join(json.dumps({"a": number, "l": [number]}) for number in range(3)))
    with gzip.open(tmp_path / "z.csv.gz", "wt") as file:
        file.write("a\n5\n")
    files = {"from parquet": "p.parquet", "comma": "c.csv", "tab": "t.tsv", "lines": "j.jsonl", "packed": "z.csv.gz"}
    with DuckDBSource.from_files({name: tmp_path / path for name, path in files.items()}) as source:
        assert rows(source, 'SELECT sum(a) FROM "from parquet"') == [(3,)]
        assert rows(source, "SELECT b FROM comma ORDER BY a") == [("x",), ("y, z",)]
        assert rows(source, "FROM tab") == [(1, "x")]
        assert rows(source, "SELECT sum(l[1]) FROM lines") == [(3,)]
        assert rows(source, "FROM packed") == [(5,)]
        assert source.name == "p.parquet, c.csv, t.tsv, j.jsonl, z.csv.gz"
        assert [table.name for table in source.read_schema(SchemaWish()).tables] == [
            "comma",
            "from parquet",
            "lines",
            "packed",
            "tab",
        ]


def test_a_pattern_of_files_is_one_table(tmp_path: Path):
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text(f"a\n{number}\n")
    with DuckDBSource.from_files({"all": tmp_path / "*.csv"}) as source:
        assert rows(source, 'SELECT sum(a), count(*) FROM "all"') == [(3, 3)]
        (tmp_path / "3.csv").write_text("a\n10\n")
        assert rows(source, 'SELECT sum(a), count(*) FROM "all"') == [(13, 4)]


def test_a_file_that_has_changed_is_read_again_and_one_that_has_not_is_not(tmp_path: Path):
    path = tmp_path / "c.csv"
    path.write_text("a\n1\n")
    with DuckDBSource.from_files({"c": path}) as source:
        assert rows(source, "FROM c") == [(1,)]
        first = copies(source)
        assert rows(source, "FROM c") == [(1,)]
        assert copies(source) == first
        path.write_text("a\n1\n2\n")
        assert rows(source, "FROM c") == [(1,), (2,)]
        assert len(copies(source)) == 1
        assert copies(source) != first


def test_the_same_files_are_the_same_source(tmp_path: Path):
    (tmp_path / "c.csv").write_text("a\n1\n")
    one, other = (DuckDBSource.from_files({name: tmp_path / "c.csv"}) for name in ("c", "d"))
    assert one.identity == DuckDBSource.from_files({"c": tmp_path / "c.csv"}).identity != other.identity


def test_files_that_cannot_be_read_are_told(tmp_path: Path):
    (tmp_path / "x.doc").touch()
    (tmp_path / "bad.parquet").write_text("no parquet")
    with pytest.raises(SourceError, match=r"not from .*x\.doc"):
        DuckDBSource.from_files({"x": tmp_path / "x.doc"})
    with pytest.raises(MissingFileError, match="missing"):
        DuckDBSource.from_files({"x": tmp_path / "missing.csv"})
    with DuckDBSource.from_files({"x": tmp_path / "bad.parquet"}) as source, pytest.raises(SourceError, match=r"bad\.parquet"):
        rows(source, "SELECT 1")
    with pytest.raises(UsageError, match="no table"):
        DuckDBSource.from_files({})
    with pytest.raises(UsageError, match="differ"):
        DuckDBSource.from_frames({"a": pl.DataFrame(), "A": pl.DataFrame()})


def test_frames_of_both_libraries_are_tables():
    ours = pl.DataFrame({"a": [1, None], "l": [[1], [2, 3]], "c": pl.Series(["x", "y"], dtype=pl.Categorical), "n": [None, None]})
    theirs = pd.DataFrame({"a": [1, 2], "s": ["x", None], "day": pd.to_datetime(["2026-01-01", None])})
    with DuckDBSource.from_frames({"ours": ours, "theirs": theirs}) as source:
        assert rows(source, "SELECT a, l, c, n FROM ours") == [(1, [1], "x", None), (None, [2, 3], "y", None)]
        assert rows(source, "SELECT s, day::VARCHAR FROM theirs ORDER BY a") == [("x", "2026-01-01 00:00:00"), (None, None)]
        assert rows(source, "SELECT t.a FROM racto.main.theirs t JOIN ours USING (a)") == [(1,)]


def test_an_index_of_pandas_is_columns_where_it_has_names():
    frame = pd.DataFrame({"v": [1, 2, 3]}, index=pd.Index(["x", "y", "z"], name="key"))
    with DuckDBSource.from_frames({"named": frame, "plain": frame.reset_index(drop=True)}) as source:
        assert source.run("FROM named", LIMITS).names == ("key", "v")
        assert source.run("FROM plain", LIMITS).names == ("v",)


def test_wide_numbers_of_polars_are_decimals():
    with DuckDBSource.from_frames({"t": pl.DataFrame({"i": pl.Series([2**100], dtype=pl.Int128)})}) as source:
        assert str(rows(source, "SELECT i FROM t")[0][0]) == str(2**100)


def test_an_arrow_table_is_a_table():
    pyarrow = pytest.importorskip("pyarrow")
    with DuckDBSource.from_frames({"t": pyarrow.table({"a": [1, 2]})}) as source:
        assert rows(source, "SELECT sum(a) FROM t") == [(3,)]


def test_frames_are_copied_once_and_again_when_asked():
    frame = pd.DataFrame({"a": [1]})
    with DuckDBSource.from_frames({"t": frame}) as source:
        assert rows(source, "FROM t") == [(1,)]
        frame.loc[0, "a"] = 2
        assert rows(source, "FROM t") == [(1,)]
        source.refresh()
        assert rows(source, "FROM t") == [(2,)]


def test_what_is_no_frame_is_told():
    with pytest.raises(UsageError, match=r"'t' is a LazyFrame.*collect"):
        DuckDBSource.from_frames({"t": pl.LazyFrame({"a": [1]})})
    with pytest.raises(UsageError, match="'t' is a list"):
        DuckDBSource.from_frames({"t": [1]})


def test_an_open_connection_is_copied_with_keys_views_and_what_is_temporary(connection: duckdb.DuckDBPyConnection):
    connection.execute(
        "CREATE VIEW v AS SELECT count(*) AS n FROM t; CREATE MACRO m(x) AS x * 2; CREATE TEMP TABLE tt AS SELECT 5 AS z"
    )
    connection.execute("CREATE SCHEMA other; CREATE TABLE other.o AS SELECT 9 AS n; COMMENT ON TABLE t IS 'things'")
    connection.register("frame", pd.DataFrame({"x": [7]}))
    with DuckDBSource.from_connection(connection) as source:
        assert rows(source, "SELECT * FROM memory.main.t ORDER BY i") == [(1, "a"), (2, "b")]
        assert rows(source, "SELECT n, m(4), (SELECT z FROM tt), (SELECT x FROM frame), (FROM other.o) FROM v") == [
            (2, 8, 5, 7, 9)
        ]
        table = next(each for each in source.read_schema(SchemaWish()).tables if each.name == "t")
        assert (table.primary_key, table.comment) == (("i",), "things")
        assert source.name == "DuckDB connection to memory"
    # Nothing of ours stays in the connection.
    assert connection.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall() == [("memory",)]
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_a_connection_is_copied_anew_when_its_tables_have_changed_and_only_then(connection: duckdb.DuckDBPyConnection):
    with DuckDBSource.from_connection(connection) as source:
        assert rows(source, "SELECT count(*) FROM t") == [(2,)]
        first = copies(source)
        assert rows(source, "SELECT count(*) FROM t") == [(2,)]
        assert copies(source) == first
        for number, statement in enumerate(
            [
                "INSERT INTO t VALUES (3, 'c')",
                "UPDATE t SET s = 'changed' WHERE i = 1",
                "BEGIN; DELETE FROM t WHERE i = 2; COMMIT",
                "CREATE TABLE new AS SELECT 1 AS a UNION ALL SELECT 1",
                "UPDATE new SET a = 2",  # two equal rows to two equal rows
                "ALTER TABLE new RENAME COLUMN a TO b",
            ]
        ):
            connection.execute(statement)
            expected = connection.execute("SELECT list(t ORDER BY i), (SELECT count(*) FROM duckdb_tables()) FROM t").fetchall()
            found = rows(source, "SELECT list(t ORDER BY i), (SELECT count(*) FROM duckdb_tables()) FROM t")
            assert found == expected, number
        last = copies(source)
        assert len(last) == 1
        rows(source, "FROM t")
        connection.execute("SELECT * FROM t").fetchall()
        rows(source, "FROM t")
        assert copies(source) == last
        connection.execute("COMMENT ON COLUMN t.s IS 'said'")
        assert rows(source, "SELECT comment FROM duckdb_columns() WHERE column_name = 's'") == [("said",)]


def test_changes_by_a_cursor_are_seen_and_what_is_not_committed_is_not(connection: duckdb.DuckDBPyConnection):
    with DuckDBSource.from_connection(connection) as source:
        assert rows(source, "SELECT count(*) FROM t") == [(2,)]
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("INSERT INTO t VALUES (3, 'c')")
            assert rows(source, "SELECT count(*) FROM t") == [(2,)]
            cursor.execute("COMMIT")
            assert rows(source, "SELECT count(*) FROM t") == [(3,)]


def test_a_registered_frame_that_changes_is_seen(connection: duckdb.DuckDBPyConnection):
    frame = pd.DataFrame({"x": [1]})
    connection.register("frame", frame)
    with DuckDBSource.from_connection(connection) as source:
        assert rows(source, "FROM frame") == [(1,)]
        connection.unregister("frame")
        connection.register("frame", pd.DataFrame({"x": [2]}))
        assert rows(source, "FROM frame") == [(2,)]


def test_a_connection_that_is_not_followed_stays_as_it_was(connection: duckdb.DuckDBPyConnection):
    with DuckDBSource.from_connection(connection, follow=False) as source:
        assert rows(source, "SELECT count(*) FROM t") == [(2,)]
        connection.execute("DELETE FROM t")
        assert rows(source, "SELECT count(*) FROM t") == [(2,)]
        source.refresh()
        assert rows(source, "SELECT count(*) FROM t") == [(0,)]


def test_a_connection_that_writes_to_a_file_is_copied_too(tmp_path: Path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS i")
        with DuckDBSource.from_connection(connection) as source:
            assert rows(source, "FROM shop.t") == [(1,)]
            connection.execute("INSERT INTO t VALUES (2)")
            assert rows(source, "FROM shop.t ORDER BY i") == [(1,), (2,)]


def test_of_a_connection_that_only_reads_the_file_is_asked(tmp_path: Path):
    duckdb.connect(str(tmp_path / "shop.duckdb")).execute("CREATE TABLE t AS SELECT 1 AS i").close()
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection, DuckDBSource.from_connection(connection) as source:
        assert rows(source, "FROM t") == [(1,)]
        assert source.identity == DuckDBSource.from_file(path).identity


def test_a_connection_that_was_closed_is_told():
    connection = duckdb.connect()
    source = DuckDBSource.from_connection(connection)
    connection.close()
    with source, pytest.raises(SourceError, match="could not read the connection"):
        rows(source, "SELECT 1")


def test_copies_go_with_close_and_with_the_last_reference():
    source = DuckDBSource.from_frames({"t": pl.DataFrame({"a": [1]})})
    rows(source, "FROM t")
    folder = source._database._folder
    assert len(copies(source)) == 1
    source.close()
    assert not folder.exists()
    assert rows(source, "FROM t") == [(1,)]
    folder = source._database._folder
    assert folder.exists()
    del source
    gc.collect()
    assert not folder.exists()


def test_an_error_does_not_tell_where_the_copy_lies():
    from racto_nb.exceptions import QueryError

    with DuckDBSource.from_frames({"t": pl.DataFrame({"a": [1]})}) as source, pytest.raises(QueryError) as caught:
        rows(source, "FROM read_csv('missing.csv')")
    assert "racto-" not in str(caught.value)

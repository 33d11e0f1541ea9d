"""DuckDBSource: what comes back, in which types, and what is said when it does not."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import psutil
import pytest
from polars.testing import assert_frame_equal

from racto_nb.exceptions import MissingFileError, QueryError, ResultTooLargeError, SourceError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource
from racto_nb.pipelines.sql_analyst.sources.source import SchemaWish, Source

LIMITS = RunLimits()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, city VARCHAR, amount DECIMAL(10, 2), day DATE)")
        connection.execute(
            "INSERT INTO orders SELECT range, 'city ' || range % 7, range / 4, DATE '2026-01-01' + (range % 90)::INTEGER FROM range(20000)"
        )
        connection.execute("CREATE VIEW large AS FROM orders WHERE amount > 4000")
    return path


@pytest.fixture(scope="module")
def source(path: Path) -> Iterator[DuckDBSource]:
    with DuckDBSource.from_file(path) as source:
        yield source


def bare(path: Path, sql: str) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return pl.DataFrame(connection.sql(sql))


def value(source: DuckDBSource, expression: str) -> tuple[object, object, bool]:
    """(the value, its type, whether it came as text)"""
    result = source.run(f"SELECT {expression} AS it", LIMITS)
    return result.frame["it"][0], result.frame["it"].dtype, result.as_text == ("it",)


def test_it_is_a_source(source: DuckDBSource, path: Path):
    assert isinstance(source, Source)
    assert (source.dialect, source.name, tuple(source.notices)) == ("duckdb", "shop.duckdb", ())
    assert repr(source) == "DuckDBSource('shop.duckdb')"
    assert source.identity == DuckDBSource.from_file(path).identity
    assert str(path) not in source.identity


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT city, sum(amount), count(*), max(day) FROM orders GROUP BY ALL ORDER BY ALL",
        "FROM orders ORDER BY id LIMIT 50",
        "SELECT * FROM large ORDER BY id",
        "VALUES (1, 'a'), (2, NULL)",
        "DESCRIBE orders",
        "SUMMARIZE orders",
        "SHOW TABLES",
        "WITH x AS (SELECT 1 AS a) SELECT * FROM x WHERE false",
        "SELECT * FROM shop.main.orders WHERE id < 3 -- with a remark",
        "PIVOT (SELECT city, amount FROM orders) ON city IN ('city 1', 'city 2') USING sum(amount)",
        "SELECT [1, 2] AS l, {'a': 1, 'b': [DATE '2026-01-01']} AS s, [1.5, 2.5]::DOUBLE[2] AS a, 'x'::BLOB AS b",
    ],
)
def test_rows_are_those_of_bare_duckdb(source: DuckDBSource, path: Path, sql: str):
    result = source.run(sql, LIMITS)
    assert result.as_text == ()
    assert not result.truncated
    assert result.seconds > 0
    assert_frame_equal(result.frame, bare(path, sql))


def test_a_large_result_comes_whole_when_all_rows_are_asked_for(source: DuckDBSource, path: Path):
    sql = "SELECT o.*, r.range AS other FROM orders o, range(10) r ORDER BY id, other"
    result = source.run(sql, RunLimits(max_rows=None))
    assert len(result.frame) == 200_000
    assert_frame_equal(result.frame, bare(path, sql))


@pytest.mark.parametrize(("rows", "kept", "truncated"), [(10, 10, True), (20_000, 20_000, False), (19_999, 19_999, True)])
def test_no_more_rows_are_kept_than_asked_for(source: DuckDBSource, rows: int, kept: int, *, truncated: bool):
    result = source.run("FROM orders", RunLimits(max_rows=rows))
    assert (len(result.frame), result.truncated) == (kept, truncated)


def test_names_that_come_twice_are_told_apart(source: DuckDBSource):
    result = source.run('SELECT 1 AS id, 2 AS id, 3 AS "ID", 4 AS id_2, 5 AS "say ""hi"""', LIMITS)
    assert result.names == ("id", "id", "ID", "id_2", 'say "hi"')
    assert result.frame.columns == ["id", "id_3", "ID_4", "id_2", 'say "hi"']
    assert result.frame.row(0) == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("expression", "expected", "kind"),
    [
        ("sum(x) FROM (VALUES (1), (2)) t(x)", 3, pl.Int64),
        ("9223372036854775808::HUGEINT", Decimal(9223372036854775808), pl.Decimal(38, 0)),
        ("NULL::HUGEINT", None, pl.Int64),
        ("1.50::DECIMAL(10, 2)", Decimal("1.50"), pl.Decimal(10, 2)),
        ("uuid '6d3d5f0a-8a7e-4c5b-9d0f-000000000001'", "6d3d5f0a-8a7e-4c5b-9d0f-000000000001", pl.String),
        ("TIMESTAMP '2026-01-02 03:04:05.5'", dt.datetime.fromisoformat("2026-01-02T03:04:05.5"), pl.Datetime("us")),
        ("TIMESTAMP_NS '2026-01-02'", dt.datetime.fromisoformat("2026-01-02"), pl.Datetime("ns")),
        ("TIME '01:02:03.5'", dt.time(1, 2, 3, 500000), pl.Time),
        ("'a'::ENUM('a', 'b')", "a", pl.Categorical),
        ("1::UTINYINT", 1, pl.UInt8),
        ("""'{"a": 1}'::JSON""", '{"a": 1}', pl.String),
        ("NULL", None, pl.Null),
    ],
)
def test_values_come_in_the_types_of_polars(source: DuckDBSource, expression: str, expected: object, kind: object):
    head, _, rest = expression.partition(" FROM ")
    result = source.run(f"SELECT {head} AS it" + (f" FROM {rest}" if rest else ""), LIMITS)
    assert (result.frame["it"][0], result.as_text) == (expected, ())
    assert result.frame["it"].dtype == kind


def test_times_with_a_zone_are_the_same_moment(source: DuckDBSource):
    found, kind, _ = value(source, "TIMESTAMPTZ '2026-01-02 03:04:05+02'")
    assert found == dt.datetime(2026, 1, 2, 1, 4, 5, tzinfo=dt.UTC)
    assert kind.time_zone is not None


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("INTERVAL '1 month 2 days 3 seconds'", "1 month 2 days 00:00:03"),
        ("TIMESTAMP '2026-01-03' - TIMESTAMP '2026-01-01'", "2 days"),
        ("union_value(a := 1)", "1"),
        ("'0101'::BIT", "0101"),
        ("TIMETZ '01:02:03+02'", "01:02:03+02"),
        ("map {'a': 1}", "{a=1}"),
        ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"),
        ("340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455"),
        ("[INTERVAL 1 DAY]", "[1 day]"),
        ("{'a': map {'b': INTERVAL 1 DAY}}", "{'a': {b=1 day}}"),
        ("'infinity'::DATE", "infinity"),
        ("'-infinity'::TIMESTAMP", "-infinity"),
        ("['infinity'::DATE]", "[infinity]"),
        ("TIMESTAMP '290000-01-01'", "290000-01-01 00:00:00"),
        ("{'a': ['infinity'::TIMESTAMPTZ]}", "{'a': [infinity]}"),
    ],
)
def test_what_polars_has_no_type_for_comes_as_text_and_is_told(source: DuckDBSource, expression: str, text: str):
    assert value(source, expression) == (text, pl.String, True)


def test_every_type_that_duckdb_has_comes_over(source: DuckDBSource):
    result = source.run("SELECT * FROM test_all_types()", LIMITS)
    assert result.frame.rows()
    with duckdb.connect() as connection:
        names = connection.sql("SELECT * FROM test_all_types()").columns
        casts = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in names)
        texts = connection.execute(f"SELECT {casts} FROM test_all_types()").fetchall()
    for name in result.as_text:
        place = names.index(name)
        assert result.frame[name].to_list() == [row[place] for row in texts]


def test_an_error_has_the_words_of_duckdb_and_no_place(source: DuckDBSource, path: Path):
    with pytest.raises(QueryError) as caught:
        source.run("SELECT amont FROM orders", LIMITS)
    assert 'column "amont" not found' in caught.value.reason
    assert 'Candidate bindings: "amount"' in caught.value.reason
    assert caught.value.sql == "SELECT amont FROM orders"
    assert "Traceback" not in str(caught.value)
    assert str(path.parent) not in str(caught.value)


def test_an_error_among_the_rows_is_told_in_the_words_of_duckdb(source: DuckDBSource):
    with pytest.raises(QueryError) as caught:
        source.run("SELECT city::INTEGER FROM orders", LIMITS)
    assert caught.value.reason.startswith("Conversion Error: Could not convert string 'city 0' to INT32")


def test_a_result_with_too_many_bytes_is_refused(source: DuckDBSource):
    with pytest.raises(ResultTooLargeError, match=r"larger than the 0\.5 MiB.*max_bytes") as caught:
        source.run("FROM orders", RunLimits(max_rows=None, max_bytes=2**19))
    assert "20000 rows" in caught.value.reason


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(MissingFileError, match="missing"):
        DuckDBSource.from_file(tmp_path / "missing.duckdb")
    (tmp_path / "gone.duckdb").touch()
    source = DuckDBSource.from_file(tmp_path / "gone.duckdb")
    (tmp_path / "gone.duckdb").unlink()
    with source, pytest.raises(SourceError, match="any more"):
        source.run("SELECT 1", LIMITS)


def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "notes.duckdb").write_text("no database " * 1000)
    with (
        DuckDBSource.from_file(tmp_path / "notes.duckdb") as source,
        pytest.raises(SourceError, match=r"notes\.duckdb.*not a valid"),
    ):
        source.run("SELECT 1", LIMITS)


def test_a_file_that_this_process_writes_to_is_told_with_what_to_do(tmp_path: Path):
    path = tmp_path / "busy.duckdb"
    with DuckDBSource.from_file(_made(path)) as source:
        with (
            duckdb.connect(str(path)),
            pytest.raises(SourceError, match=r"This process has .* open for writing.*from_connection"),
        ):
            source.run("FROM t", LIMITS)
        assert source.run("FROM t", LIMITS).frame.rows() == [(1,)]


def test_between_statements_another_may_write_and_the_next_one_sees_it(tmp_path: Path):
    path = tmp_path / "shared.duckdb"
    with DuckDBSource.from_file(_made(path)) as source:
        assert source.run("FROM t", LIMITS).frame.rows() == [(1,)]
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO t VALUES (2)")
        assert source.run("FROM t", LIMITS).frame.rows() == [(1,), (2,)]


def test_nothing_stays_from_one_statement_to_the_next(source: DuckDBSource):
    source.run("SELECT write_log('hello')", LIMITS)
    assert source.run("SELECT * FROM duckdb_logs() WHERE message = 'hello'", LIMITS).frame.is_empty()


def test_the_schema_is_read_with_keys_counts_and_samples(source: DuckDBSource):
    schema = source.read_schema(SchemaWish(row_counts=True, samples=True))
    large, orders = schema.tables
    assert (large.name, large.kind) == ("large", "view")
    assert (orders.name, orders.primary_key, orders.row_count) == ("orders", ("id",), 20_000)
    assert [(column.name, column.type) for column in orders.columns] == [
        ("id", "INTEGER"), ("city", "VARCHAR"), ("amount", "DECIMAL(10,2)"), ("day", "DATE"),
    ]  # fmt: skip
    assert set(orders.columns[1].samples) == {f"city {number}" for number in range(7)}


async def test_the_async_twins_do_the_same(source: DuckDBSource):
    result = await source.arun("SELECT count(*) FROM orders", LIMITS)
    assert result.frame.item() == 20_000
    assert [table.name for table in (await source.aread_schema(SchemaWish())).tables] == ["large", "orders"]
    await source.arefresh()


async def test_an_async_block_closes_it(path: Path):
    async with DuckDBSource.from_file(path) as source:
        await source.arun("SELECT 1", LIMITS)
        pid = source._child.pid
    assert source._child.pid is None
    assert not psutil.pid_exists(pid)


def test_keys_of_the_environment_do_not_reach_the_process_that_runs_statements(source: DuckDBSource, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    source.close()
    source.run("SELECT 1", LIMITS)
    environment = Path(f"/proc/{source._child.pid}/environ").read_bytes()
    assert b"sk-secret" not in environment
    assert b"OPENAI" not in environment
    assert os.environ["HOME"].encode() + b"\0" not in environment


def test_it_works_without_pyarrow(path: Path):
    with DuckDBSource.from_file(path) as source:
        source.run("SELECT * FROM orders LIMIT 1", LIMITS)
        maps = Path(f"/proc/{source._child.pid}/maps").read_text()
    assert "duckdb" in maps
    assert "pyarrow" not in maps


def _made(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS i")
    return path

"""PostgreSQL as a source, on a real server: logins, lock two, limits, types, and both ways of reading rows."""

from __future__ import annotations

import asyncio
import time
import traceback
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
import shop_database as shop
from colours import run_unblocked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lock_two_statements import POSTGRES, POSTGRES_BY_GUARD_ONLY
from postgres_place import LIMITS, PASSWORD, Place, content, one, rows
from rag.stores.postgres_server import PostgresServer

from racto_nb.exceptions import LoginWarning, QueryError, QueryTimeoutError, ResultTooLargeError, SourceError, UnsafeLoginError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish
from racto_nb.pipelines.sql_analyst.sources.postgres import PostgresSource
from racto_nb.pipelines.sql_analyst.sources.postgres_rows import described, text_result
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.sources.stopping import Ending

SOON = RunLimits(deadline=0.5)


def test_it_is_a_source_that_says_who_logs_in_where_and_no_password(reader: PostgresSource, place: Place):
    assert isinstance(reader, Source)
    assert reader.dialect == "postgres"
    assert reader.name == f"postgresql://{reader._address.user}@127.0.0.1:{place.server.port}/{place.database}"
    assert reader.notices == ()
    assert PASSWORD not in repr((reader, reader._address, reader.identity))


@pytest.mark.parametrize("statement", POSTGRES)
def test_a_readers_statement_that_does_not_read_is_refused_by_the_server(
    reader: PostgresSource, place: Place, tmp_path: Path, statement: str
):
    before = content(place)
    with pytest.raises(QueryError) as refused:
        reader.run(statement.replace("{folder}", str(tmp_path)), LIMITS)
    assert refused.value.reason
    assert content(place) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", POSTGRES)
def test_a_writers_statement_that_does_not_read_is_refused_by_its_transaction(
    writer: PostgresSource, place: Place, tmp_path: Path, statement: str
):
    before = content(place)
    with pytest.raises(QueryError):
        writer.run(statement.replace("{folder}", str(tmp_path)), LIMITS)
    assert content(place) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", POSTGRES_BY_GUARD_ONLY)
def test_what_only_the_guard_refuses_leaves_nothing_behind(reader: PostgresSource, place: Place, statement: str):
    before = content(place)
    reader.run(statement, LIMITS)
    assert content(place) == before
    assert place.tell("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    assert rows(reader, "SELECT current_setting('work_mem')") == [("4MB",)]


def test_text_rows_hold_the_same_lock(writer: PostgresSource, place: Place):
    """The way for what ADBC does not give, with a column that it does not."""
    before = content(place)
    for statement in (
        "WITH a AS (DELETE FROM pets RETURNING *) SELECT *, '1 day'::interval FROM a",
        "SELECT nextval('numbers'), '1 day'::interval",
        "SELECT set_config('transaction_read_only', 'off', true), '1 day'::interval",
    ):
        with pytest.raises(QueryError, match=r"read-only|read-write"):
            writer.run(statement, LIMITS)
    assert content(place) == before


def test_a_superuser_is_refused_with_the_lines_that_make_a_reader(place: Place):
    source = place.source("postgres")
    with pytest.raises(UnsafeLoginError, match="superuser") as refused:
        source.run("SELECT 1", LIMITS)
    made = str(refused.value).partition("log in as that:\n")[2]
    place.tell(*made.replace("racto_reader", "made_reader").replace("…", PASSWORD).splitlines())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(place.source("made_reader"), "SELECT count(*) FROM pets") == [(3,)]
    with pytest.raises(UnsafeLoginError):
        source.read_schema(SchemaWish())


@pytest.mark.parametrize(
    ("right", "options", "reason"),
    [
        ("GRANT pg_read_server_files TO {}", "", "pg_read_server_files"),
        ("GRANT pg_write_server_files TO {}", "", "pg_write_server_files"),
        ("GRANT pg_execute_server_program TO {}", "NOINHERIT", "pg_execute_server_program"),
        ("GRANT pg_signal_backend TO {}", "", "pg_signal_backend"),
        ("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {}", "", "pg_read_file"),
        ("GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO {}", "", "lo_export"),
        ("GRANT postgres TO {}", "NOINHERIT", "member of postgres"),
        ("GRANT pg_read_all_data TO {}", "REPLICATION", "replicate"),
    ],
)
def test_rights_that_no_transaction_holds_back_are_refused(place: Place, right: str, options: str, reason: str):
    with pytest.raises(UnsafeLoginError, match=reason):
        place.source(place.login(right, options=options)).run("SELECT 1", LIMITS)


def test_a_login_that_could_write_is_named_once_and_used(place: Place):
    source = place.source(place.login("GRANT INSERT, SELECT ON pets TO {}", options="CREATEDB"))
    with pytest.warns(LoginWarning, match=r"change pets; make databases.*\n.*CREATE ROLE racto_reader") as told:
        assert rows(source, "SELECT count(*) FROM pets") == [(3,)]
    assert len(told) == 1
    assert source.notices == (str(told[0].message),)
    source.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(source, "SELECT 1") == [(1,)]


def test_types_are_what_they_are_in_the_database(reader: PostgresSource):
    from datetime import UTC, date, datetime
    from datetime import time as clock
    from decimal import Decimal

    expected: dict[str, tuple[object, object, bool]] = {
        "true": (True, pl.Boolean, False),
        "7::int2": (7, pl.Int16, False),
        "7::int4": (7, pl.Int32, False),
        "7::int8": (7, pl.Int64, False),
        "5::whole": (5, pl.Int32, False),
        "3000000000::oid": (3_000_000_000, pl.Int64, False),
        "1.5::float4": (1.5, pl.Float32, False),
        "0.1::float8": (0.1, pl.Float64, False),
        "3.10::numeric(10,2)": (Decimal("3.10"), pl.Decimal(38, 2), False),
        "123456789012345678901234567890.12345678": (Decimal("123456789012345678901234567890.12345678"), pl.Decimal(38, 8), False),
        "1e40::numeric": ("1" + "0" * 40, pl.String, True),
        "'NaN'::numeric": ("NaN", pl.String, True),
        "'ab'::char(5)": ("ab   ", pl.String, False),
        "'x'::name": ("x", pl.String, False),
        "'ok'::mood": ("ok", pl.String, False),
        "'\\x00ff'::bytea": (b"\x00\xff", pl.Binary, False),
        "date '2026-01-02'": (date(2026, 1, 2), pl.Date, False),
        "date 'infinity'": ("infinity", pl.String, True),
        "date '0044-03-15 BC'": ("0044-03-15 BC", pl.String, True),
        "timestamp '2026-01-02 03:04:05.123456'": (datetime(2026, 1, 2, 3, 4, 5, 123456), pl.Datetime("us"), False),  # noqa: DTZ001
        "timestamp '-infinity'": ("-infinity", pl.String, True),
        "timestamptz '2026-01-02 03:04:05+02'": (datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC), pl.Datetime("us", "UTC"), False),
        "time '10:00:00.5'": (clock(10, 0, 0, 500_000), pl.Time, False),
        "time '24:00'": ("24:00:00", pl.String, True),
        "timetz '12:00+02'": ("12:00:00+02", pl.String, True),
        "interval '1 month 2 days 3 hours'": ("1 mon 2 days 03:00:00", pl.String, True),
        "'{\"a\": 1}'::json": ('{"a": 1}', pl.String, True),
        "'{\"a\":1}'::jsonb": ('{"a": 1}', pl.String, True),
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", pl.String, True),
        "'[1,5)'::int4range": ("[1,5)", pl.String, True),
        "'10.0.0.1/8'::inet": ("10.0.0.1/8", pl.String, True),
        "12.3::money": ("$12.30", pl.String, True),
        "ARRAY[[1, 2], [3, 4]]": ("{{1,2},{3,4}}", pl.String, True),
        "row(1, 'x')": ("(1,x)", pl.String, True),
    }
    assert {expression: one(reader, expression) for expression in expected} == expected


def test_both_ways_of_reading_rows_agree(reader: PostgresSource):
    sql = (
        "SELECT g::int2 AS a, g::int8 AS b, g / 7.0::float8 AS c, (g / 7.0)::numeric(12, 3) AS d, 'x' || g AS e, g % 2 = 0 AS f, "
        "date '2026-01-01' + g AS h, timestamp '1999-12-31 23:59:59.999999' + g * interval '1 s' AS i, "
        "timestamptz '1969-12-31 23:00:00+00' + g * interval '1 ms' AS j, decode(to_hex(g + 256), 'escape') AS k, "
        "md5(g::text)::uuid AS l, json_build_object('g', g) AS m, NULLIF(g, 3) AS n FROM generate_series(1, 500) AS g"
    )
    connections = reader._connections
    columns = connections.ask(lambda connection: described(connection, sql, Ending()))
    assert all(column.has_arrow for column in columns)
    by_arrow, by_text = reader.run(sql, LIMITS), text_result(connections, sql, columns, LIMITS, Ending())
    assert by_arrow.frame.schema == by_text.frame.schema
    assert by_arrow.frame.equals(by_text.frame)
    assert by_arrow.as_text == by_text.as_text == ("l", "m")


def test_names_are_unique_and_the_given_ones_are_kept(reader: PostgresSource):
    result = reader.run("SELECT 1 AS id, 2 AS id, '%s' AS \"%\"", LIMITS)
    assert (result.frame.columns, result.names) == (["id", "id_2", "%"], ("id", "id", "%"))
    assert result.frame.rows() == [(1, 2, "%s")]


def test_an_empty_result_keeps_its_columns_and_their_types(reader: PostgresSource):
    for more in ("", ", '1 day'::interval AS d"):
        result = reader.run(f"SELECT id, name, 1.50::numeric(10,2) AS n{more} FROM pets WHERE false", LIMITS)
        assert dict(list(result.frame.schema.items())[:3]) == {"id": pl.Int32, "name": pl.String, "n": pl.Decimal(38, 2)}
        assert len(result.frame) == 0


def test_statements_that_are_no_query_of_copys_are_run_too(reader: PostgresSource):
    assert "Result" in rows(reader, "/* why? */ EXPLAIN SELECT 1")[0][0]
    assert rows(reader, "SHOW work_mem") == [("4MB",)]
    assert rows(reader, "TABLE pets")[0] == (1, "Rex")
    assert rows(reader, "VALUES (1, 'a') -- one row") == [(1, "a")]
    assert rows(reader, "SELECT 1 AS a; -- the end") == [(1,)]


@pytest.mark.parametrize("more", ["", ", '1 day'::interval"])
def test_rows_are_cut_and_the_server_is_told_to_stop(reader: PostgresSource, more: str):
    sql = f"SELECT id{more} FROM pets"
    for most, cut in ((2, True), (3, False), (None, False)):
        result = reader.run(sql, RunLimits(max_rows=most))
        assert (len(result.frame), result.truncated) == (most or 3, cut)
    many = reader.run(
        f"SELECT a.g{more} FROM generate_series(1, 100000) AS a(g), generate_series(1, 100) AS b", RunLimits(max_rows=10)
    )
    assert (len(many.frame), many.truncated) == (10, True)


@pytest.mark.parametrize("more", ["", ", '1 day'::interval"])
def test_too_many_bytes_are_refused(reader: PostgresSource, more: str):
    sql = f"SELECT repeat('x', 100000){more} FROM generate_series(1, 10000)"
    with pytest.raises(ResultTooLargeError, match="1 MiB"):
        reader.run(sql, RunLimits(max_bytes=1024 * 1024, deadline=60))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_sleep(600)::text",
        "SELECT pg_sleep(600)",
        "SELECT count(*) FROM generate_series(1, 100000000) AS a, generate_series(1, 1000) AS b",
        "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x FROM a) SELECT count(*) FROM a",
        "SELECT set_config('statement_timeout', '0', false), pg_sleep(600)",
    ],
)
def test_a_statement_ends_at_its_deadline_on_the_server_too(reader: PostgresSource, place: Place, sql: str):
    with pytest.raises(QueryTimeoutError, match=r"0\.5 s") as stopped:
        reader.run(sql, SOON)
    assert "not confirmed" not in str(stopped.value)
    assert _running(place, reader) == 0
    assert rows(reader, "SELECT 1") == [(1,)]


def _running(place: Place, source: PostgresSource) -> int:
    """How many statements of the source's login run after some time."""
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{source._address.user}' AND state <> 'idle'"
    end = time.monotonic() + 20
    while (found := place.tell(sql)[0][0]) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_what_the_server_says_is_the_reason_with_the_place(reader: PostgresSource):
    with pytest.raises(QueryError) as failed:
        reader.run("SELECT nmae FROM pets", LIMITS)
    assert failed.value.reason.startswith("column \"nmae\" does not exist. at character 8, near 'nmae FROM pets'")
    with pytest.raises(QueryError, match="division by zero"):
        reader.run("SELECT 1 / 0", LIMITS)


def test_no_password_is_in_any_error(place: Place, reader: PostgresSource):
    user = reader._address.user
    for source in (
        place.source(user, password="wr0ng-sesame", database="none"),
        place.source(user, password="wr0ng-sesame", port=1),
    ):
        with pytest.raises(SourceError, match="No connection") as failed:
            source.run("SELECT 1", LIMITS)
        assert "wr0ng-sesame" not in "".join(traceback.format_exception(failed.value))


def test_an_option_that_nobody_knows_is_refused(place: Place):
    with pytest.raises(SourceError, match=r"'sslmoed'.*Did you mean 'sslmode'"):
        place.source("ann", options={"sslmoed": "require"})


def test_an_idle_connection_that_was_lost_is_opened_again(reader: PostgresSource, place: Place):
    assert rows(reader, "SELECT 1") == [(1,)]
    place.tell(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{reader._address.user}'")
    assert rows(reader, "SELECT 2") == [(2,)]


def test_closing_gives_the_connections_back_and_the_next_use_opens_them(reader: PostgresSource, place: Place):
    rows(reader, "SELECT 1")
    reader.close()
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{reader._address.user}'"
    end = time.monotonic() + 20
    while place.tell(sql) != [(0,)] and time.monotonic() < end:
        time.sleep(0.05)
    assert place.tell(sql) == [(0,)]
    assert rows(reader, "SELECT 1") == [(1,)]


def test_the_schema_is_read_with_keys_comments_counts_and_samples(postgres: PostgresServer):
    place = Place(postgres)
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        shop.build("postgres", lambda sql: connection.execute(sql.encode()))
    with closing(place.source(place.login("GRANT pg_read_all_data TO {}"))) as source:
        schema = source.read_schema(SchemaWish(row_counts=True, samples=True))
    orders = next(table for table in schema.tables if table.name == "orders")
    assert [key.target for key in orders.foreign_keys] == ["customers"]
    assert orders.row_count is not None
    assert next(each for each in orders.columns if each.name == "status").samples == shop.STATUSES


def test_the_async_twins_do_not_block_the_loop(reader: PostgresSource):
    async def main() -> None:
        assert (await reader.arun("SELECT 1", LIMITS)).frame.rows() == [(1,)]
        assert "pets" in {table.name for table in (await reader.aread_schema(SchemaWish())).tables}
        with pytest.raises(QueryTimeoutError):
            await reader.arun("SELECT pg_sleep(600)", SOON)
        await reader.aclose()

    run_unblocked(main())


async def test_a_cancelled_statement_is_ended_on_the_server(reader: PostgresSource, place: Place):
    task = asyncio.create_task(reader.arun("SELECT pg_sleep(600)::text", RunLimits(deadline=900)))
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{reader._address.user}' AND state = 'active'"
    while place.tell(sql) == [(0,)]:  # noqa: ASYNC110  (the server is asked)
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(_running, place, reader) == 0


def test_closing_while_a_statement_runs_leaves_it_running(reader: PostgresSource, place: Place):
    from concurrent.futures import ThreadPoolExecutor

    sql = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{reader._address.user}' AND query LIKE '%pg_sleep%' AND state = 'active'"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(rows, reader, "SELECT pg_sleep(3)::text, 1::int4 AS v")
        while place.tell(sql) == [(0,)]:
            time.sleep(0.05)
        reader.close()
        assert running.result() == [("", 1)]
    assert rows(reader, "SELECT 2") == [(2,)]


def test_several_threads_ask_at_once(reader: PostgresSource):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda n: rows(reader, f"SELECT {n}"), range(12))) == [[(n,)] for n in range(12)]


def test_many_rows_are_those_of_the_plain_driver(reader: PostgresSource, place: Place):
    sql = "SELECT g, 'name' || g, g / 7.0::float8, (g / 7.0)::numeric(12, 2) FROM generate_series(1, 100000) AS g"
    assert rows(reader, sql, RunLimits(max_rows=None, deadline=120)) == place.tell(sql)


VALUES = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.decimals(-(10**15), 10**15, places=6),
    st.none() | st.booleans(),
    st.none() | st.binary(),
    st.none() | st.dates(),
    st.none() | st.datetimes(),
    st.none() | st.uuids().map(str),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(VALUES, max_size=8))
def test_results_equal_those_of_the_plain_driver(reader: PostgresSource, place: Place, values: list[tuple[Any, ...]]):
    kinds = ("int8", "text", "float8", "numeric(30,6)", "bool", "bytea", "date", "timestamp", "uuid")
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        columns = ", ".join(f"c{at} {kind}" for at, kind in enumerate(kinds))
        connection.execute(f"DROP TABLE IF EXISTS given; CREATE TABLE given (n serial, {columns})".encode())
        with connection.cursor() as cursor:
            names = ", ".join(f"c{at}" for at in range(len(kinds)))
            marks = ", ".join(f"%s::{kind}" for kind in kinds)
            cursor.executemany(f"INSERT INTO given ({names}) VALUES ({marks})".encode(), values)
        expected = connection.execute(f"SELECT {names.replace('c8', 'c8::text')} FROM given ORDER BY n".encode()).fetchall()
    for sql in (f"SELECT {names} FROM given ORDER BY n", f"SELECT {names}, NULL::interval FROM given ORDER BY n"):
        assert [row[: len(kinds)] for row in rows(reader, sql)] == expected

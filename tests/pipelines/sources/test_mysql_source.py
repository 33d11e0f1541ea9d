"""MySQL's language as a source, on a real MariaDB: logins, lock two, limits and types. Skipped where there is no MariaDB."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
import warnings
from datetime import date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shop_database as shop
from colours import run_unblocked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lock_two_statements import MYSQL
from pipelines.mariadb_server import MariaDBServer

from racto_nb.exceptions import LoginWarning, QueryError, QueryTimeoutError, ResultTooLargeError, SourceError, UnsafeLoginError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish
from racto_nb.pipelines.sql_analyst.sources.addresses import Address
from racto_nb.pipelines.sql_analyst.sources.mysql import MySQLSource
from racto_nb.pipelines.sql_analyst.sources.mysql_login import grants_of, notice_of, refuse_unsafe
from racto_nb.pipelines.sql_analyst.sources.mysql_words import refusal
from racto_nb.pipelines.sql_analyst.sources.source import Source

PASSWORD = "p@ss/wörd 100%"
LIMITS = RunLimits(deadline=60)
SOON = RunLimits(deadline=0.5)


class Place:
    """A database of the module's own, and logins to it."""

    def __init__(self, server: MariaDBServer) -> None:
        self.server, self.database = server, f"d{secrets.token_hex(6)}"
        server.created(self.database)

    def tell(self, *statements: str) -> list[Any]:
        return self.server.tell(*statements, database=self.database)

    def login(self, *rights: str) -> str:
        name = f"r_{secrets.token_hex(6)}"
        self.tell(f"CREATE USER {name} IDENTIFIED BY '{PASSWORD}'", *(f"GRANT {right} TO {name}" for right in rights))
        return name

    def source(self, user: str, **parts: Any) -> MySQLSource:
        given = {"database": self.database, "password": PASSWORD, "port": self.server.port, **parts}
        return MySQLSource(Address("mysql", "127.0.0.1", user=user, **given))


@pytest.fixture(scope="module")
def place(mariadb: MariaDBServer) -> Place:
    place = Place(mariadb)
    place.tell(
        "CREATE TABLE pets (id int PRIMARY KEY, name varchar(50))",
        "INSERT INTO pets VALUES (1, 'Rex'), (2, NULL), (3, 'Mäuschen 🐁')",
        "CREATE SEQUENCE numbers",
        "CREATE PROCEDURE nothing() DELETE FROM pets",
    )
    return place


@pytest.fixture(scope="module")
def reader(place: Place) -> MySQLSource:
    return place.source(place.login(f"SELECT, SHOW VIEW ON {place.database}.*"))


@pytest.fixture(scope="module")
def writer(place: Place) -> MySQLSource:
    source = place.source(place.login(f"ALL PRIVILEGES ON {place.database}.*"))
    with pytest.warns(LoginWarning):
        source.run("SELECT 1", LIMITS)
    return source


def rows(source: MySQLSource, sql: str, limits: RunLimits = LIMITS) -> list[Any]:
    return source.run(sql, limits).frame.rows()


def content(place: Place) -> list[Any]:
    """What statements could have written."""
    return [
        place.tell("SELECT * FROM pets ORDER BY id"),
        place.tell("SHOW TABLES"),
        place.tell("SELECT next_not_cached_value FROM numbers"),
        place.tell("SELECT count(*) FROM mysql.table_stats"),
        place.tell("SELECT @@global.max_connections"),
    ]


def test_it_is_a_source_that_says_who_logs_in_where_and_no_password(reader: MySQLSource, place: Place):
    assert isinstance(reader, Source)
    assert reader.dialect == "mysql"
    assert reader.name == f"mysql://{reader._address.user}@127.0.0.1:{place.server.port}/{place.database}"
    assert PASSWORD not in repr((reader, reader._address, reader.identity))


@pytest.mark.parametrize("login", ["reader", "writer"])
@pytest.mark.parametrize("statement", MYSQL)
def test_what_does_not_read_is_refused_and_nothing_is_written(
    request: pytest.FixtureRequest, place: Place, tmp_path: Path, login: str, statement: str
):
    source: MySQLSource = request.getfixturevalue(login)
    before = content(place)
    with pytest.raises(QueryError) as refused:
        source.run(statement.replace("{folder}", str(tmp_path)), LIMITS)
    assert refused.value.reason
    assert content(place) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", [each for each in MYSQL if refusal(each) is None])
def test_what_begins_as_a_query_is_refused_by_the_server(writer: MySQLSource, statement: str, tmp_path: Path):
    with pytest.raises(QueryError, match=r"READ ONLY|denied|syntax|gives no rows"):
        writer.run(statement.replace("{folder}", str(tmp_path)), LIMITS)


@pytest.mark.parametrize(
    "right", ["ALL PRIVILEGES ON *.*", "FILE ON *.*", "SELECT, SUPER ON *.*", "RELOAD ON *.*", "CREATE USER ON *.*"]
)
def test_rights_over_the_server_are_refused_with_the_lines_that_make_a_reader(place: Place, right: str):
    source = place.source(place.login(right, f"SELECT ON {place.database}.*"))
    with pytest.raises(UnsafeLoginError, match="GRANT SELECT, SHOW VIEW ON"):
        source.run("SELECT 1", LIMITS)
    with pytest.raises(UnsafeLoginError):
        source.read_schema(SchemaWish())


def test_the_lines_that_make_a_reader_make_one(place: Place):
    with pytest.raises(UnsafeLoginError) as refused:
        place.source("admin", password="p4ss-word").run("SELECT 1", LIMITS)
    made = str(refused.value).partition("use that:\n")[2]
    place.tell(*made.replace("…", PASSWORD).rstrip(";").split(";\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(place.source("racto_reader"), "SELECT count(*) FROM pets") == [(3,)]


def test_a_login_that_could_write_is_named_once_and_used(place: Place):
    source = place.source(place.login(f"SELECT, INSERT ON {place.database}.*"))
    with pytest.warns(LoginWarning, match="may INSERT on") as told:
        assert rows(source, "SELECT count(*) FROM pets") == [(3,)]
    assert source.notices == (str(told[0].message),)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(source, "SELECT 1") == [(1,)]


def test_grants_of_mysql_are_read_too():
    lines = [
        "GRANT USAGE ON *.* TO `ann`@`%`",
        "GRANT `reader`@`%` TO `ann`@`%`",
        "GRANT SELECT (`id`, `name`), UPDATE (`name`) ON `shop`.`pets` TO `ann`@`%` WITH GRANT OPTION",
    ]
    grants = grants_of(lines)
    assert [(sorted(grant.rights), grant.place) for grant in grants] == [
        (["USAGE"], "*.*"),
        (["SELECT", "UPDATE"], "`shop`.`pets`"),
    ]
    refuse_unsafe("shop", "shop", grants)
    assert "GRANT OPTION, UPDATE on `shop`.`pets`" in (notice_of("shop", "shop", grants) or "")
    with pytest.raises(UnsafeLoginError, match="SYSTEM_VARIABLES_ADMIN"):
        refuse_unsafe("shop", "shop", grants_of(["GRANT SYSTEM_VARIABLES_ADMIN,FIREWALL_ADMIN ON *.* TO `ann`@`%`"]))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1", "  (select 1)", "/* all */ SELECT 1", "-- all\nSELECT 1", "# all\nWITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT '/*! no */'", 'SELECT "a /*! b"', "SELECT `/*!`", "SELECT 1 -- /*! no */", "SHOW TABLES", "EXPLAIN SELECT 1", "VALUES (1)",
    ],
)  # fmt: skip
def test_what_begins_as_a_reading_statement_goes_on(sql: str):
    assert refusal(sql) is None


def test_types_are_what_they_are_in_the_database(reader: MySQLSource, place: Place):
    place.tell(
        "CREATE OR REPLACE TABLE kinds (a tinyint unsigned, b bigint unsigned, c decimal(30,18), d double, e float, f date, "
        "g datetime(6), h timestamp NULL, i time, j year, k bit(3), l binary(2), m blob, n enum('x','y'), o json, p char(3), q time)",
        "INSERT INTO kinds VALUES (255, 18446744073709551615, 1.123456789012345678, 1.5, 0.5, '2026-01-02', "
        "'2026-01-02 03:04:05.123456', '2026-01-02 03:04:05', '10:00:01', 2026, b'101', x'00ff', x'ff00', 'x', '{\"a\": 1}', 'abc', '25:00:00')",
    )
    result = reader.run("SELECT * FROM kinds", LIMITS)
    assert result.frame.rows() == [
        (
            255, 2**64 - 1, Decimal("1.123456789012345678"), 1.5, 0.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 123456),  # noqa: DTZ001
            datetime(2026, 1, 2, 3, 4, 5), clock(10, 0, 1), 2026, b"\x05", b"\x00\xff", b"\xff\x00", "x", '{"a": 1}', "abc", "25:00:00",  # noqa: DTZ001
        )
    ]  # fmt: skip
    assert result.as_text == ("q",)
    empty = reader.run("SELECT * FROM kinds WHERE false", LIMITS)
    assert dict(list(empty.frame.schema.items())[:7]) == dict(list(result.frame.schema.items())[:7])
    zero = reader.run("SELECT CAST('0000-00-00' AS datetime) AS v UNION SELECT now()", LIMITS)
    assert (zero.frame["v"][0], zero.as_text) == ("0000-00-00 00:00:00", ("v",))


def test_names_are_unique_and_the_given_ones_are_kept(reader: MySQLSource):
    result = reader.run("SELECT 1 AS id, 2 AS id, '%s' AS `%`", LIMITS)
    assert (result.frame.columns, result.names) == (["id", "id_2", "%"], ("id", "id", "%"))
    assert result.frame.rows() == [(1, 2, "%s")]


def test_rows_are_cut_and_the_server_is_told_to_stop(reader: MySQLSource):
    for most, cut in ((2, True), (3, False), (None, False)):
        result = reader.run("SELECT id FROM pets", RunLimits(max_rows=most))
        assert (len(result.frame), result.truncated) == (most or 3, cut)
    many = reader.run("SELECT a.seq FROM seq_1_to_100000 AS a JOIN seq_1_to_100 AS b", RunLimits(max_rows=10))
    assert (len(many.frame), many.truncated) == (10, True)


def test_too_many_bytes_are_refused(reader: MySQLSource):
    with pytest.raises(ResultTooLargeError, match="1 MiB"):
        reader.run("SELECT repeat('x', 100000) FROM seq_1_to_10000", RunLimits(max_bytes=1024 * 1024))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sleep(600)",
        "SELECT count(*) FROM seq_1_to_10000000 AS a JOIN seq_1_to_1000 AS b",
        "SELECT benchmark(100000000000, md5('a'))",
    ],
)
def test_a_statement_ends_at_its_deadline_on_the_server_too(reader: MySQLSource, place: Place, sql: str):
    with pytest.raises(QueryTimeoutError) as stopped:
        reader.run(sql, SOON)
    assert "not confirmed" not in str(stopped.value)
    assert _running(place, reader) == 0
    assert rows(reader, "SELECT 1") == [(1,)]


def _running(place: Place, source: MySQLSource) -> int:
    sql = f"SELECT count(*) FROM information_schema.processlist WHERE user = '{source._address.user}' AND command = 'Query'"
    end = time.monotonic() + 20
    while (found := place.tell(sql)[0][0]) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_what_the_server_says_is_the_reason(reader: MySQLSource):
    with pytest.raises(QueryError) as failed:
        reader.run("SELECT nmae FROM pets", LIMITS)
    assert failed.value.reason.startswith("Unknown column 'nmae'")


def test_no_password_is_in_any_error(place: Place):
    for source in (place.source("nobody", password="wr0ng-sesame"), place.source("nobody", password="wr0ng-sesame", port=1)):
        with pytest.raises(SourceError, match="No connection") as failed:
            source.run("SELECT 1", LIMITS)
        assert "wr0ng-sesame" not in "".join(traceback.format_exception(failed.value))


def test_the_schema_is_read_with_keys_and_samples(mariadb: MariaDBServer):
    place = Place(mariadb)
    connection = mariadb.connect(place.database)
    with connection.cursor() as cursor:
        shop.build("mysql", cursor.execute)
    connection.close()
    source = place.source(place.login(f"SELECT, SHOW VIEW ON {place.database}.*"))
    schema = source.read_schema(SchemaWish(row_counts=True, samples=True))
    orders = next(table for table in schema.tables if table.name == "orders")
    assert [key.target for key in orders.foreign_keys] == ["customers"]
    assert next(each for each in orders.columns if each.name == "status").samples == shop.STATUSES


def test_the_async_twins_do_not_block_the_loop(reader: MySQLSource):
    async def main() -> None:
        assert (await reader.arun("SELECT 1", LIMITS)).frame.rows() == [(1,)]
        assert "pets" in {table.name for table in (await reader.aread_schema(SchemaWish())).tables}
        with pytest.raises(QueryTimeoutError):
            await reader.arun("SELECT sleep(600)", SOON)
        await reader.aclose()

    run_unblocked(main())


async def test_a_cancelled_statement_is_ended_on_the_server(reader: MySQLSource, place: Place):
    task = asyncio.create_task(reader.arun("SELECT sleep(600)", RunLimits(deadline=900)))
    sql = f"SELECT count(*) FROM information_schema.processlist WHERE user = '{reader._address.user}' AND info LIKE '%sleep%'"
    while place.tell(sql) == [(0,)]:  # noqa: ASYNC110  (the server is asked)
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(_running, place, reader) == 0


def test_many_rows_are_those_of_the_plain_driver(reader: MySQLSource, place: Place):
    sql = "SELECT CAST(seq AS signed), concat('name', seq), seq / 8, CAST(seq AS double) / 7 FROM seq_1_to_100000"
    assert rows(reader, sql, RunLimits(max_rows=None, deadline=200)) == place.tell(sql)


VALUES = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.text(st.characters(codec="utf-8"), max_size=50),
    st.none() | st.decimals(-(10**15), 10**15, places=6),
    st.none() | st.binary(max_size=50),
    st.none() | st.dates(date(1000, 1, 1)),
    st.none() | st.datetimes(datetime(1000, 1, 1)),  # noqa: DTZ001
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(VALUES, max_size=8))
def test_results_equal_those_of_the_plain_driver(reader: MySQLSource, place: Place, values: list[tuple[Any, ...]]):
    place.tell(
        "CREATE OR REPLACE TABLE given (n int AUTO_INCREMENT PRIMARY KEY, a bigint, b text, c decimal(30,6), d blob, e date, f datetime(6))"
    )
    connection = place.server.connect(place.database)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO given (a, b, c, d, e, f) VALUES (%s, %s, %s, %s, %s, %s)", values)
    connection.close()
    sql = "SELECT a, b, c, d, e, f FROM given ORDER BY n"
    assert rows(reader, sql) == place.tell(sql)
    assert reader.run(sql, LIMITS).frame.schema["c"] == pl.Decimal(38, 6)

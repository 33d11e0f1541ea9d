"""A database on a real PostgreSQL server for one test module, logins to it, and what statements could have written in it."""

from __future__ import annotations

import secrets
from typing import Any

import polars as pl
import psycopg
from rag.stores.postgres_server import PostgresServer

from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.addresses import Address
from racto_nb.pipelines.sql_analyst.sources.postgres import PostgresSource

PASSWORD = "p@ss/wörd 100%"
LIMITS = RunLimits(deadline=60)
PETS = (
    "CREATE TABLE pets (id int PRIMARY KEY, name text)",
    "INSERT INTO pets VALUES (1, 'Rex'), (2, NULL), (3, 'Mäuschen 🐁')",
    "CREATE SEQUENCE numbers",
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN whole AS int CHECK (value > 0)",
    "CREATE PROCEDURE nothing() LANGUAGE sql AS 'DELETE FROM pets'",
)


class Place:
    """A database of the module's own, and logins to it. `tell` is the administrator."""

    def __init__(self, server: PostgresServer) -> None:
        self.server, self.database = server, f"d{secrets.token_hex(6)}"
        self.dsn = server.created(self.database)
        self.sources: list[PostgresSource] = []

    def tell(self, *statements: str) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def login(self, *rights: str, options: str = "") -> str:
        name = f"r_{secrets.token_hex(6)}"
        self.tell(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {options}", *(right.format(name) for right in rights))
        return name

    def source(self, user: str, **parts: Any) -> PostgresSource:
        given = {"database": self.database, "password": PASSWORD, "port": self.server.port, **parts}
        self.sources.append(PostgresSource(Address("postgres", "127.0.0.1", user=user, **given)))
        return self.sources[-1]


def rows(source: PostgresSource, sql: str, limits: RunLimits = LIMITS) -> list[Any]:
    return source.run(sql, limits).frame.rows()


def one(source: PostgresSource, expression: str) -> tuple[Any, pl.DataType, bool]:
    """A value, its type, and whether it came as text."""
    result = source.run(f"SELECT {expression} AS v", LIMITS)
    return result.frame["v"][0], result.frame.dtypes[0], result.as_text == ("v",)


def content(place: Place) -> list[Any]:
    """What statements could have written."""
    return place.tell(
        "SELECT (SELECT array_agg(pets::text ORDER BY id) FROM pets), (SELECT last_value::text || is_called::text FROM numbers), "
        "(SELECT array_agg(relname ORDER BY 1) FROM pg_class WHERE relkind IN ('r', 'S', 'v') AND relnamespace >= 2200 "
        "AND relnamespace <> 'information_schema'::regnamespace), (SELECT count(*) FROM pg_largeobject_metadata), "
        "(SELECT count(*) FROM pg_extension), (SELECT count(*) FROM pg_replication_slots), current_setting('work_mem')"
    )

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import psycopg
import pymysql
import pytest
import shop_database as shop
from pipelines.mariadb_server import MariaDBServer
from pipelines.schema.engines import Engine
from rag.stores.postgres_server import PostgresServer


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of the engine that the test is for."""
    name = f"d{secrets.token_hex(6)}"
    if request.param == "duckdb":
        with duckdb.connect() as connection:
            yield Engine("duckdb", lambda sql: connection.execute(sql).fetchall(), duckdb.Error)
    elif request.param == "sqlite":
        with closing(sqlite3.connect(":memory:")) as connection:
            yield Engine("sqlite", lambda sql: connection.execute(sql).fetchall(), sqlite3.Error)
    elif request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        with psycopg.connect(server.created(name), autocommit=True) as connection:
            yield Engine("postgres", lambda sql: _rows(connection.execute(sql)), psycopg.Error)
    else:
        maria: MariaDBServer = request.getfixturevalue("mariadb")
        maria.created(name)
        with closing(maria.connect(name)) as connection, connection.cursor() as cursor:
            yield Engine("mysql", lambda sql: [cursor.execute(sql), list(cursor.fetchall())][1], pymysql.Error)


def _rows(cursor: Any) -> list[tuple[Any, ...]]:
    return cursor.fetchall() if cursor.description else []


@pytest.fixture
def place(engine: Engine) -> Engine:
    """The shop in it."""
    shop.build(engine.dialect, engine.run)
    return engine

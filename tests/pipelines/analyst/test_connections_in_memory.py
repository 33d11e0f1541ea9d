"""Databases in memory are asked in both colours, though only one thread may read their connections."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from colours import run_unblocked
from pipelines.analyst.small_source import pipeline, wrote
from sqlalchemy.pool import StaticPool

from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

QUESTION = "Which pets are there?"
PETS = ["CREATE TABLE pets (name TEXT)", "INSERT INTO pets VALUES ('Rex'), ('Tom')"]
Ask = Callable[[SQLAnalystPipeline], SQLAnalystResult]


def in_the_loop(asked: SQLAnalystPipeline) -> SQLAnalystResult:
    """The loop runs in the connection's own thread, and has to read it itself: nobody else may."""
    return asyncio.run(asked.arun(QUESTION))


both = pytest.mark.parametrize("ask", [lambda asked: asked.run(QUESTION), in_the_loop], ids=["run", "arun"])


def over(engine: object) -> SQLAnalystPipeline:
    return pipeline([wrote("SELECT name FROM pets ORDER BY name")] * 2, engine)


@both
def test_a_connection_of_sqlite_in_memory_is_asked(ask: Ask):
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in PETS:  # not committed
            connection.execute(statement)
        with over(connection) as asked:
            first, second = ask(asked), ask(asked)

    assert first.frame.rows() == second.frame.rows() == [("Rex",), ("Tom",)]
    assert "copy" in first.notices[0]


@both
def test_a_connection_of_sqlite_to_a_file_is_asked(ask: Ask, tmp_path: Any):
    with closing(sqlite3.connect(tmp_path / "pets.sqlite")) as connection:
        for statement in PETS:
            connection.execute(statement)
        connection.commit()
        with over(connection) as asked:
            assert ask(asked).row_count == 2


@both
@pytest.mark.parametrize(
    "options", [{}, {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}], ids=["one a thread", "one for all"]
)
def test_an_engine_in_memory_is_asked(ask: Ask, options: dict[str, Any]):
    engine = sa.create_engine("sqlite://", **options)
    with engine.begin() as connection:
        for statement in PETS:
            connection.execute(sa.text(statement))

    with over(engine) as asked:
        assert ask(asked).row_count == 2
    engine.dispose()


def test_a_connection_that_any_thread_may_read_does_not_hold_the_loop():
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        for statement in PETS:
            connection.execute(statement)
        with over(connection) as asked:
            assert run_unblocked(asked.arun(QUESTION)).row_count == 2


@both
def test_a_connection_of_duckdb_in_memory_is_asked(ask: Ask):
    with duckdb.connect() as connection:
        for statement in PETS:
            connection.execute(statement)
        with over(connection) as asked:
            assert ask(asked).row_count == 2


@both
def test_a_connection_of_another_thread_is_a_clear_error(ask: Ask):
    with ThreadPoolExecutor(1) as other:  # it lives on: a later thread could have the number of one that has ended
        connection = other.submit(sqlite3.connect, ":memory:").result()
        with over(connection) as asked, pytest.raises(SourceError, match="in the thread that opened it"):
            ask(asked)
        other.submit(connection.close).result()


@both
def test_a_closed_connection_is_a_clear_error(ask: Ask):
    connection = sqlite3.connect(":memory:")
    connection.close()

    with over(connection) as asked, pytest.raises(SourceError, match="closed"):
        ask(asked)

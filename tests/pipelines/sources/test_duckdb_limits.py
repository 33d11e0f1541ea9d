"""A statement that takes too long, too much, or its process with it: it is told, and the next one runs."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import psutil
import pytest

from racto_nb.exceptions import QueryError, QueryTimeoutError, ResultTooLargeError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource

LIMITS = RunLimits()
SHORT = RunLimits(deadline=0.3)
MIB = 1024 * 1024
ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r"
CROSS_JOIN = "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range <> c.range"
ONE_EXPRESSION = "SELECT length(repeat('x', 2000000000))"
NEVER = [ENDLESS, CROSS_JOIN]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("limits") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS i, md5(range::VARCHAR) AS s FROM range(200000)")
    return path


@pytest.fixture(scope="module")
def source(path: Path) -> Iterator[DuckDBSource]:
    with DuckDBSource.from_file(path) as source:
        yield source


def works(source: DuckDBSource) -> bool:
    return source.run("SELECT count(*) FROM t", LIMITS).frame.item() == 200_000


@pytest.mark.parametrize("statement", NEVER)
def test_a_statement_without_end_is_stopped_and_the_process_lives(source: DuckDBSource, statement: str):
    assert works(source)
    pid = source._child.pid
    with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.3 s") as caught:
        source.run(statement, SHORT)
    assert caught.value.sql == statement
    assert works(source)
    assert source._child.pid == pid


def test_one_expression_that_cannot_be_interrupted_is_killed(source: DuckDBSource):
    assert works(source)
    with pytest.raises(QueryTimeoutError):
        source.run(ONE_EXPRESSION, RunLimits(deadline=0.3, memory=8192 * MIB))
    assert works(source)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT repeat('x', 2000000000)",
        "SELECT list(a.range) FROM range(100000000) a",
        "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)",
        "SELECT * FROM t, range(1000000)",
    ],
)
def test_a_statement_that_takes_more_memory_than_it_may_is_stopped(source: DuckDBSource, statement: str):
    with pytest.raises(ResultTooLargeError, match=r"512 MiB of memory.*RunLimits") as caught:
        source.run(statement, RunLimits(max_rows=None, memory=512 * MIB, deadline=120.0))
    assert "SET " not in caught.value.reason
    assert works(source)


def test_a_sort_that_does_not_fit_into_memory_goes_through_the_disk_and_leaves_nothing(source: DuckDBSource):
    sql = "SELECT a.i, a.s, b.range FROM t a, range(15) b ORDER BY md5(a.s || b.range::VARCHAR)"
    result = source.run(sql, RunLimits(max_rows=5, memory=128 * MIB, deadline=200.0))
    assert len(result.frame) == 5
    folder = Path(f"/proc/{source._child.pid}/cwd").resolve()
    assert [each.name for each in folder.iterdir()] == ["stderr"]


def test_the_memory_may_be_another_for_each_statement(source: DuckDBSource):
    # One value of 300 MB: more than the one may take, less than the other.
    with pytest.raises(ResultTooLargeError):
        source.run("SELECT length(repeat('x', 300000000))", RunLimits(memory=64 * MIB))
    assert source.run("SELECT length(repeat('x', 300000000))", RunLimits(memory=2048 * MIB)).frame.item() == 300_000_000


def test_a_process_that_is_killed_in_the_middle_is_told_and_another_takes_over(source: DuckDBSource):
    assert works(source)
    timer = threading.Timer(0.4, os.kill, (source._child.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(QueryError, match=r"ended by signal SIGKILL.*starts another process"):
        source.run(CROSS_JOIN, LIMITS)
    timer.join()
    assert works(source)


def test_the_stop_button_ends_the_statement(source: DuckDBSource):
    assert works(source)
    pid = source._child.pid
    timer = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        source.run(CROSS_JOIN, LIMITS)
    timer.join()
    assert works(source)
    assert source._child.pid == pid


async def test_a_task_that_is_cancelled_ends_its_statement(source: DuckDBSource):
    await source.arun("SELECT 1", LIMITS)
    pid = source._child.pid
    task = asyncio.create_task(source.arun(CROSS_JOIN, LIMITS))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    result = await source.arun("SELECT count(*) FROM t", RunLimits(deadline=20.0))
    assert result.frame.item() == 200_000
    assert source._child.pid == pid


async def test_a_task_that_is_cancelled_while_it_waits_leaves_the_other_alone(source: DuckDBSource):
    first = asyncio.create_task(source.arun("SELECT count(*) FROM t a, range(2000) WHERE a.i % 7 = range % 7", LIMITS))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(source.arun(CROSS_JOIN, LIMITS))
    await asyncio.sleep(0.1)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert (await first).frame.item() > 0


async def test_the_loop_goes_on_while_a_statement_runs(source: DuckDBSource):
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(beat())
    with pytest.raises(QueryTimeoutError):
        await source.arun(ENDLESS, SHORT)
    beating.cancel()
    assert beats >= 5


async def test_statements_of_several_tasks_and_threads_wait_for_each_other(source: DuckDBSource):
    results = await asyncio.gather(*(source.arun(f"SELECT {number}", LIMITS) for number in range(10)))
    assert [result.frame.item() for result in results] == list(range(10))


def test_statements_of_several_threads_wait_for_each_other(source: DuckDBSource):
    with ThreadPoolExecutor(8) as pool:
        results = pool.map(lambda number: source.run(f"SELECT {number}", LIMITS).frame.item(), range(20))
    assert list(results) == list(range(20))


def test_time_spent_waiting_for_others_does_not_count(source: DuckDBSource):
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(source.run, ENDLESS, RunLimits(deadline=1.6)) for _ in range(2)]
        quick = pool.submit(source.run, "SELECT 1", RunLimits(deadline=3.0))  # less than both of them together
        assert quick.result().frame.item() == 1
        assert all(isinstance(each.exception(), QueryTimeoutError) for each in slow)


def test_nothing_is_left_after_close(path: Path):
    source = DuckDBSource.from_file(path)
    assert works(source)
    pid, folder = source._child.pid, Path(f"/proc/{source._child.pid}/cwd").resolve()
    assert folder.name.startswith("racto-sql-")
    source.close()
    assert not psutil.pid_exists(pid)
    assert not folder.exists()
    assert works(source)
    source.close()

"""What it costs to bring a million rows of DuckDB into a frame, in the process that runs statements and from end to end.

In the child process: processor time of our way (bind, names that differ, types, a frame of polars) beside DuckDB's own Arrow
export of the same statement, on a connection locked like ours, in turns; the median of each round's ratio counts. From end to
end, told and without a goal: the wall time until the frame is in this process, beside DuckDB and polars in it without any lock.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from contenders.telling import figure
from contenders.timing import ratio, rounds_of

from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource

ROWS, ROUNDS = 1_000_000, 9
GOAL = 1.15
MIB = 1024 * 1024
TABLE = """CREATE TABLE orders AS
SELECT range AS id, 'customer number ' || range % 50000 AS customer, range * 1.5::DOUBLE AS amount,
TIMESTAMP '2026-01-01' + to_seconds(range) AS at, (range % 100000)::DECIMAL(12, 2) AS price FROM range({rows})"""
SQL = "SELECT * FROM orders"


def in_the_child(path: Path) -> bool:
    """Print the ratio of the frame to the Arrow export, measured where statements run; whether the goal is missed."""
    child = ChildProcess("contenders.exporting:work")
    request = {"path": str(path), "sql": SQL, "memory": 4096 * MIB, "deadline": 600.0, "max_rows": None, "max_bytes": 4096 * MIB}
    try:
        seconds = child.ask(request | {"rounds": rounds_of(ROUNDS)}, memory=8192 * MIB).facts
    finally:
        child.close()
    frame = ratio(seconds["ours"], seconds["arrow"])
    median = {side: 1e3 * statistics.median(times) for side, times in seconds.items()}
    print(f"{ROWS:,} rows of 5 columns in the child: {median['ours']:.0f} ms, DuckDB's Arrow export {median['arrow']:.0f} ms,")
    print(f"  ratio {frame:.3f} (goal {GOAL}); the export beside itself {ratio(seconds['again'], seconds['arrow']):.3f},")
    print(f"  a frame of polars made of the export without ours {ratio(seconds['polars'], seconds['arrow']):.3f}")
    beside = f"{median['ours']:.0f} ms beside {median['arrow']:.0f} ms"
    return figure(f"{ROWS:,} rows as a frame, to DuckDB's Arrow export", frame, at_most=GOAL, told=beside)


def from_end_to_end(path: Path) -> None:
    """How long one waits for the frame."""
    import duckdb
    import polars as pl

    limits = RunLimits(max_rows=None, max_bytes=4096 * MIB, memory=4096 * MIB, deadline=600.0)

    def bare() -> None:
        with duckdb.connect(str(path), read_only=True) as connection:
            pl.DataFrame(connection.sql(SQL))

    with DuckDBSource.from_file(path) as source:
        began = time.perf_counter()
        source.run("SELECT 1", limits)
        start = time.perf_counter() - began
        sides = {"locked": lambda: source.run(SQL, limits), "bare": bare, "one row": lambda: source.run("SELECT 1", limits)}
        waits: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds_of(ROUNDS)):
            for name, work in sides.items():
                began = time.perf_counter()
                work()
                waits[name].append(time.perf_counter() - began)
    locked, plain, small = (1e3 * statistics.median(waits[name]) for name in sides)
    print(f"From end to end: {locked:.0f} ms, in this process without a lock {plain:.0f} ms (wall time)")
    figure("from end to end, wall time", locked, "ms", told=f"{plain:.0f} ms in this process, without a lock")
    figure("one row from end to end, wall time", small, "ms", told=f"{1e3 * start:.0f} ms for the first one")
    print(f"One row: {small:.0f} ms; the first statement, which starts the process: {1e3 * start:.0f} ms")


def main() -> int:
    """Measure, and tell with the exit code whether the goal is missed."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(TABLE.format(rows=ROWS))
        missed = in_the_child(path)
        from_end_to_end(path)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

"""What a row of the ledger costs: processor time beside the smallest thing that would do, a `json.dumps` and an `os.write`.

Both write the same fields to a file each, in turns, in one process; the median over the rounds of each round's ratio counts. The
row has a list price, which is the greater part. Goal: at most 40 times the bare line, which is some hundred microseconds for a
call that takes a second.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.ledger import Ledger
from racto_nb.ledger.entries import Entry, row_of
from racto_nb.models.usage import Spent, usage_of
from racto_nb.providers.catalog.prices import load_prices

ROWS = 500
ROUNDS = 15
GOAL = 40.0
SPENT = (Spent("openai", "gpt-6-luna", "gpt-6-luna", usage_of(1000, 100)),)


def entry() -> Entry:
    return Entry("chat", "openai", "gpt-6-luna", time.time(), 0.0, seconds=1.0, spent=SPENT, requests=1, prompt_hash="0" * 64)


def sides(folder: Path) -> dict[str, list[float]]:
    """The seconds of ROWS rows."""
    load_prices()
    ledger, row = Ledger(folder / "ledger"), row_of(entry())
    bare = os.open(folder / "bare.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    figures = in_turns(
        {
            "ledger": lambda: [ledger.port.send(entry()) for _ in range(ROWS)],
            "bare": lambda: [os.write(bare, json.dumps(row).encode() + b"\n") for _ in range(ROWS)],
        },
        rounds=ROUNDS,
    )
    os.close(bare)
    ledger.close()
    return figures


def main() -> int:
    """Measure, print a line, and return 1 when the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        figures = sides(Path(folder))
    mine, bare = (statistics.median(figures[side]) / ROWS * 1e6 for side in ("ledger", "bare"))
    times = ratio(figures["ledger"], figures["bare"])
    print(f"a row: {mine:.0f} µs, a bare line: {bare:.0f} µs, ratio {times:.1f} (goal {GOAL:g})")
    return int(figure("a row, to a bare line", times, at_most=GOAL, told=f"{mine:.0f} µs beside {bare:.1f} µs"))


if __name__ == "__main__":
    sys.exit(main())

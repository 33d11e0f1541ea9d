"""A limiter that many processes share."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from valkey_server import ValkeyServer

PROCESSES, REQUESTS, BUDGET, WINDOW = 8, 500, 1_000, 0.5


def test_eight_processes_with_500_requests_each_never_take_a_token_too_many(valkey: ValkeyServer, tmp_path: Path):
    """The server decided between the moments that a process noted: what lies within a span for sure is held against the limit."""
    words = [valkey.url(), f"test:{secrets.token_hex(4)}", BUDGET, WINDOW, PROCESSES, REQUESTS, tmp_path]
    program = Path(__file__).with_name("fleet_of_limiters.py")
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, program, *map(str, words)], check=True, timeout=120, env=os.environ | {"PYTHONPATH": str(root)}
    )
    got = sorted(tuple(each) for file in tmp_path.glob("*.json") for each in json.loads(file.read_text()))
    spans = [held_within(got, begin, begin + WINDOW) for begin, _, _ in got]
    total, lasted = sum(tokens for _, _, tokens in got), got[-1][1] - got[0][0]
    print(  # noqa: T201
        f"{PROCESSES} x {REQUESTS} requests in {lasted:.2f} s, {lasted / WINDOW:.1f} windows of {BUDGET:,} tokens: {len(got):,} were "
        f"granted with {total:,} tokens, the fullest span of a window held {max(spans):,}"
    )
    assert len(list(tmp_path.glob("*.json"))) == PROCESSES
    assert lasted > 3 * WINDOW
    assert max(spans) <= BUDGET
    assert total <= BUDGET * (lasted // WINDOW + 1)
    assert total > 2 * BUDGET  # and it lets through what there is


def held_within(got: list[tuple[float, float, int]], begin: float, end: float) -> int:
    return sum(tokens for before, after, tokens in got if before >= begin and after < end)

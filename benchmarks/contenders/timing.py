"""Processor time of two sides in one process, in turns: a busy machine slows both alike."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping


def processor_seconds(work: Callable[[], object]) -> float:
    """What `work` takes of this process's processor time, in all its threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


MOST_ROUNDS = "RACTO_BENCH_ROUNDS"
"""Names the most rounds of a quick look: what the regression gate sets."""


def rounds_of(rounds: int) -> int:
    """So many rounds, or fewer where only a quick look is asked for."""
    return min(rounds, int(os.environ.get(MOST_ROUNDS, rounds)))


def in_turns(sides: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, list[float]]:
    """The seconds of each side in each round. One round before these warms both up and is not counted."""
    for work in sides.values():
        work()
    measured = [{name: processor_seconds(work) for name, work in sides.items()} for _ in range(rounds_of(rounds))]
    return {name: [one[name] for one in measured] for name in sides}


def ratio(left: list[float], right: list[float]) -> float:
    """The median of each round's ratio."""
    return statistics.median(one / other for one, other in zip(left, right, strict=True))

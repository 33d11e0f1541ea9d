"""What files of training data cost: 100,000 conversations of about 1 kB are loaded with validation, and exported.

Processor time of sides that run in turns in one process; the median over the rounds of each round's ratio counts. Beside loading
stands what msgspec takes to decode the file into structs of their types, and plain json, polars and ractogateway
0.2.1 where it can be imported (`pip install --no-deps ractogateway==0.2.1`), else a line says that it was not measured. Beside
exporting stands `encode_lines` of msgspec with records that are dicts already, written to a file. Our export waits for the disk
as well, which is no processor time, and takes the name only when it is whole.

Goals: loading at most 1.5 times the typed decode, exporting at most 1.5 times the line encoding, and less than 1 kB of memory
for each example beside the bytes of its texts. Memory is what Python's allocator counts.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec
from contenders.jsonl import exports, loads, records
from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.finetune import RactoDataset

EXAMPLES, ROUNDS = 100_000, 5
LOAD_GOAL, EXPORT_GOAL, MEMORY_GOAL = 1.5, 1.5, 1000.0
Work = Callable[[], object]


def compared(what: str, sides: dict[str, Work], against: str, goal: float) -> bool:
    """Measure, print a line for each side; whether the goal was missed."""
    figures = in_turns(sides, rounds=ROUNDS)
    missed = False
    for name, seconds in figures.items():
        told = f"{what:7} {name:16} {statistics.median(seconds) / EXAMPLES * 1e6:7.2f} µs an example"
        if name != "ours":
            times = ratio(figures["ours"], seconds)
            own, other = (statistics.median(each) / EXAMPLES * 1e6 for each in (figures["ours"], seconds))
            beside = f"{own:.2f} µs an example beside {other:.2f} µs"
            is_missed = figure(f"{what}, to {name}", times, at_most=goal if name == against else None, told=beside)
            told += f", ours to it {times:.2f}" + (f" (goal {goal:g})" if name == against else "") + "  missed" * is_missed
            missed |= is_missed
        print(told)
    return missed


def memory(path: Path) -> bool:
    """Print what an example takes beside its texts, and what loading takes at most; whether the goal was missed."""
    tracemalloc.start()
    data = RactoDataset.from_jsonl(path)
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    texts = sum(len(turn.content.encode()) for example in data for turn in example.messages)
    beside = (held - texts) / len(data)
    missed = figure("memory of an example beside its texts", beside, "bytes", at_most=MEMORY_GOAL)
    print(
        f"memory  {beside:.0f} bytes an example beside {texts / len(data):.0f} bytes of text (goal {MEMORY_GOAL:g}), "
        f"at most {(most - held) / 1e6:.1f} MB more while it is loaded{'  missed' * missed}"
    )
    return missed


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    written = records(EXAMPLES, random.Random(7))
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "train.jsonl", Path(folder) / "out.jsonl"
        path.write_bytes(msgspec.json.Encoder().encode_lines(written))
        data = RactoDataset.from_jsonl(path)
        print(f"{EXAMPLES:,} examples, {path.stat().st_size / EXAMPLES:.0f} bytes each")
        missed = [memory(path)]
        missed += [compared("load", {"ours": lambda: RactoDataset.from_jsonl(path), **loads(path)}, "msgspec, typed", LOAD_GOAL)]
        ours = {"ours": lambda: data.export_jsonl(out, overwrite=True)}
        missed += [compared("export", {**ours, **exports(written, path, Path(folder))}, "msgspec", EXPORT_GOAL)]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())

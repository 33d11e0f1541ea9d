"""What a cache costs beside the smallest thing that would do: a key, an exact hit in memory and on disk, a look-up by meaning.

Processor time of sides that run in turns in one process; the median over the rounds of each round's ratio counts. cachetools,
diskcache and ractogateway stand beside ours where they can be imported (`pip install --no-deps cachetools diskcache
ractogateway==0.2.1`), else a line says that they were not measured. Every hit of ours is an LLMResponse of the caller's own;
ractogateway and cachetools hand out one that all share. What has no goal is told to show where the time goes.
`--small` asks among 512 questions alone.

Goals stand as they were set, also where they are missed. Those of exact hits were taken from caches that hand out what they
hold. A row of SQLite is bytes, and to make a new LLMResponse of it, with its message, takes longer than to read it.
ractogateway names by five texts, without history, files and tools, and its answer is one for all: our copy alone takes longer
than its whole hit. Among 512 questions most of our look-up by meaning is not the scan but the vector of the question
and the copy.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contenders.caching import (
    FIVE,
    KEY,
    Beside,
    Work,
    answer,
    argmax,
    in_memory,
    json_and_sha256,
    on_disk,
    their_cache_by_meaning,
    vectors,
)
from contenders.telling import figure, short
from contenders.timing import in_turns, ratio

from racto_nb.cache import DiskCache, ExactMatchCache, SemanticCache
from racto_nb.cache.guarding import disagreement
from racto_nb.cache.scanning import Shelf
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Ask
from racto_nb.models import ChatConfig, Message
from racto_nb.prompts import RactoPrompt

ROUNDS, CALLS = 15, 1_000
SIZES = {512: 200, 10_000: 30, 100_000: 4}
"""How many questions a semantic cache keeps, and how often a round asks it."""
SLOW = 10_000
"""The most questions with which ractogateway is asked for one of the same meaning: among these a look-up takes a second."""

KEY_GOAL = 0.30
MEMORY_GOALS = {"ractogateway": 1.2}
DISK_GOALS = {"sqlite": 1.3, "diskcache": 0.9}
MEANING_GOALS = {512: 1.5, 10_000: 0.6, 100_000: 0.6}
FASTER = 500
"""How many times as long ractogateway takes at least to find a question of the same meaning."""
THRESHOLD = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """Our side, what stands beside it, and how often a round does each."""

    what: str
    ours: Work
    beside: list[Beside]
    calls: int
    rounds: int


def key() -> Generator[Line]:
    """The key of a long question: 20 messages, 20 kB."""
    turns = [
        Message(role="user" if place % 2 else "assistant", content=f"{place}: " + "so it goes on. " * 65) for place in range(20)
    ]
    prompt = RactoPrompt(role="A guide", aim="Answer", constraints=["Be brief."], tone="plain", output_format="text")
    ask = Ask("openai", "gpt-6-luna", ChatConfig(user_message=FIVE[0], prompt=prompt, history=turns), streamed=False)
    said = [{"role": turn.role.value, "content": turn.content} for turn in turns]
    request = {"model": ask.model, "messages": said, "prompt": prompt.compile(), "message": FIVE[0], "temperature": 0.0}
    yield Line(
        "key of 20 kB", lambda: fingerprint(ask), [Beside("json and sha256", json_and_sha256(request), KEY_GOAL)], CALLS, ROUNDS
    )


def memory() -> Generator[Line]:
    """A hit with a key at hand, and with all that a kit does for it."""
    cache = ExactMatchCache()
    ask = Ask("openai", FIVE[2], ChatConfig(user_message=FIVE[0], temperature=FIVE[3], max_tokens=FIVE[4]), streamed=False)
    cache.put(KEY, answer())
    cache.put(fingerprint(ask), answer())
    cache.put(*FIVE, answer())
    beside = in_memory(MEMORY_GOALS)
    yield Line("memory, get(key)", lambda: cache.get(KEY), [replace(other, goal=None) for other in beside], CALLS, ROUNDS)
    yield Line("memory, get(five parts)", lambda: cache.get(*FIVE), beside, CALLS, ROUNDS)
    yield Line("memory, key and get", lambda: cache.get(fingerprint(ask)), beside, CALLS, ROUNDS)


def disk() -> Generator[Line]:
    """A hit in a file."""
    with tempfile.TemporaryDirectory() as folder, DiskCache(f"{folder}/answers.sqlite3") as cache:
        cache.put(KEY, answer())
        with on_disk(Path(folder), DISK_GOALS) as beside:
            yield Line("disk, get(key)", lambda: cache.get(KEY), beside, CALLS, ROUNDS)


def meaning(sizes: dict[int, int]) -> Generator[Line]:
    """A scan of vectors of 384 numbers, and a whole look-up that finds: embedder, scan, guard and answer."""
    for count, calls in sizes.items():
        rows = vectors(count)
        asked, kept = rows[-1], rows[:-1].copy()
        shelf = Shelf(kept.shape[1])
        for row in kept:
            shelf.add(row)
        beside = [Beside("numpy", argmax(kept, asked), MEANING_GOALS.get(count))]
        yield Line(f"scan of {count:,}", lambda: shelf.near(asked, THRESHOLD, 8), beside, calls, ROUNDS)  # noqa: B023  (measured before the loop goes on)
        yield from _look_up(count, calls, rows, beside)


def _look_up(count: int, calls: int, rows: object, beside: list[Beside]) -> Generator[Line]:
    questions = [f"What is {name} the capital of?" for name in map(_name, range(count))]
    asked = f"Which is {_name(count - 1)} the capital of?"
    embedded = dict(zip([*questions, asked], rows, strict=True))
    look = _looking(embedded, asked, None)
    yield Line(f"look-up of {count:,}", look, [replace(other, goal=None) for other in beside], calls, ROUNDS)
    if count <= SLOW and (theirs := their_cache_by_meaning({each: row.tolist() for each, row in embedded.items()}, asked)):
        yield Line(f"look-up of {count:,}", look, [Beside("ractogateway", theirs, 1 / FASTER)], max(1, calls // 5), 3)
    guarded = [Beside("without the guard", look)]
    yield Line(f"look-up of {count:,}, guarded", _looking(embedded, asked, disagreement), guarded, calls, ROUNDS)


def _looking(embedded: dict[str, Any], asked: str, guard: Callable[[str, str], str] | None) -> Work:
    cache = SemanticCache(embedded.__getitem__, THRESHOLD, max_size=0, guard=guard)
    for question in embedded:
        if question != asked:
            cache.put(question, answer())

    def look() -> None:
        cache._remembered.clear()  # else the second look would not embed
        if cache.get(asked) is None:
            message = "the question is not found"
            raise RuntimeError(message)

    return look


def _name(number: int) -> str:
    """A name of its own for each number, in letters."""
    return "Town" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def told(line: Line) -> int:
    """Measure and print a line, and return how many of its goals are missed."""
    sides = {"ours": line.ours} | {other.name: other.work for other in line.beside}
    figures = in_turns({name: _many(work, line.calls) for name, work in sides.items()}, rounds=line.rounds)
    missed = 0
    for other in line.beside:
        mine, theirs = (1e6 * statistics.median(figures[side]) / line.calls for side in ("ours", other.name))
        times = ratio(figures["ours"], figures[other.name])
        beside = f"{short(mine)} µs beside {short(theirs)} µs"
        is_missed = figure(f"{line.what}, to {other.name}", times, at_most=other.goal, told=beside)
        goal = "" if other.goal is None else f" (goal {other.goal:.3g})"
        print(
            f"{line.what:<24} {mine:9.1f} µs, {other.name:<20} {theirs:11.1f} µs, ratio {times:.3g}{goal}{'  missed' * is_missed}"
        )
        missed += is_missed
    return missed


def _many(work: Work, calls: int) -> Work:
    def round_of() -> None:
        for _ in range(calls):
            work()

    return round_of


def main(arguments: Sequence[str] = ()) -> int:
    """Measure all lines, and return 1 when a goal is missed."""
    sizes = {count: calls for count, calls in SIZES.items() if count == min(SIZES) or "--small" not in arguments}
    return int(sum(told(line) for lines in (key(), memory(), disk(), meaning(sizes)) for line in lines) > 0)


if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded: numpy with one thread
    sys.exit(main(sys.argv[1:]))

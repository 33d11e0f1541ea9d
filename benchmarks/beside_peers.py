"""What the same work takes other libraries, each in an environment of its own: calls, streams, imports, searches, chunks, caches.

Every library runs in a process of its own, as ours does, with what a user of it writes: a kept client, no retries, nothing sent
home. They are asked in turns, and what counts is the processor time of the process: the median over the rounds of each round's
ratio to ours. Calls go to one server of canned replies on this machine. Each library is looked at whether it did the work: the
text, the number of chunks, the rows that are nearest, the examples of a written file. What cannot be installed, fails or gives no
answer is said to be not measured.

    python benchmarks/beside_peers.py [LIBRARY …]       (all of benchmarks/peers/peers.toml by default)

Ours keeps its ledger in these calls, as it does unless told otherwise. ractogateway's prompt has five parts, which it compiles
at each call and sends; all others send its first alone. FAISS keeps vectors alone, and Chonkie's chunks do not overlap: both do
less than the others beside them. Chroma's answer is that of a graph; all others look at every row. Our cache compares the words
of a question with those of the one that it found, and copies its answer; ractogateway's does neither. An import alone says little
where a library loads the rest when it is used: the way to a first answer stands below it, to an object for Instructor.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contenders.telling import absent, beside, versions
from contenders.timing import ratio, rounds_of
from peers.environments import OURS, NotInstalledError, Peer, installed, peers
from peers.material import EXAMPLES, LETTERS, QUESTIONS, recall, written
from peers.workers import Worker, WorkerError, first_answer, imported, kilobytes, worker
from servers.running import canned

ROUNDS, FRESH = 7, 3
CHUNKS, KEPT, AT_ONCE = 2_000, 20_000, 32
TURN, MOST = 0.25, 400
"""Processor seconds that a turn takes about, and the most repetitions in it."""


@dataclass(frozen=True)
class Measure:
    """A job: what it is called, and how its seconds are told."""

    job: str
    title: str
    unit: str
    scale: float
    note: Callable[[float], str] = lambda _: ""


MEASURES = (
    Measure("chat", "a call, one after the other", "µs", 1e6),
    Measure("achat", f"a call, {AT_ONCE} at once", "µs", 1e6 / AT_ONCE),
    Measure("parse", "a call whose answer is an object", "µs", 1e6),
    Measure("stream", f"a chunk of a stream of {CHUNKS:,}", "µs", 1e6 / CHUNKS),
    Measure("search", "the 10 nearest of 10,000 vectors of 384 numbers, with texts", "ms", 1e3),
    Measure("search_filtered", "the same among the 1 % that a filter leaves", "ms", 1e3),
    Measure("chunk", "200 kB of prose in chunks of 512 characters", "ms", 1e3, lambda took: f"{LETTERS / 1e6 / took:.0f} MB/s"),
    Measure("split", "the same, the texts alone", "ms", 1e3, lambda took: f"{LETTERS / 1e6 / took:.0f} MB/s"),
    Measure("cache", "a look-up by meaning among 10,000 questions", "ms", 1e3),
    Measure("load", "training data loaded, an example of 1 kB", "µs", 1e6 / EXAMPLES),
    Measure("export", "training data written, an example of 1 kB", "µs", 1e6 / EXAMPLES),
)


def in_rounds(title: str, sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each side takes in each round. A library that fails in one of them is said to be not measured; the others go on."""
    left, found = dict(sides), {name: [] for name in sides}
    for _ in range(rounds_of(rounds)):
        for name in list(left):
            try:
                found[name].append(left[name]())
            except WorkerError as error:
                lost(name, title, error)
                del left[name]
    return {name: found[name] for name in left}


def lost(library: str, title: str, error: WorkerError) -> None:
    """Tell that a library is not measured; without ours there is nothing to measure."""
    if library == OURS.title:
        raise error
    absent(f"{library}, {title}," if title else library, str(error))


def told(measure: Measure, figures: dict[str, list[float]], notes: Mapping[str, str]) -> None:
    """Print, and keep, a line for each library."""
    print(f"\n{measure.title}")
    for name, took in sorted(figures.items(), key=lambda each: statistics.median(each[1])):
        middle = statistics.median(took)
        note = ", ".join(filter(None, (measure.note(middle), notes.get(name, ""))))
        times = ratio(took, figures[OURS.title])
        beside(measure.title, name, middle * measure.scale, measure.unit, to_ours=times, told=note)
        print(f"  {name:32}{middle * measure.scale:12.3f} {measure.unit}  {times:10.3f} of ours  {note}", flush=True)


def turn(one: Worker, job: str, about: dict[str, Any]) -> Callable[[], float]:
    """A turn of a worker that takes long enough to be measured: the seconds of one repetition."""
    first = one.seconds(job, about)["seconds"]
    times = max(1, min(MOST, round(TURN / max(first, 1e-6))))
    return lambda: one.seconds(job, about, times)["seconds"] / times


def measured(measure: Measure, workers: Sequence[Worker], about: dict[str, Any], right: dict[str, list[set[int]]]) -> None:
    """One job by all libraries that have it."""
    turns: dict[str, Callable[[], float]] = {}
    notes: dict[str, str] = {}
    for one in workers:
        if measure.job not in one.jobs:
            continue
        try:
            turns[one.peer.title] = turn(one, measure.job, about)
            notes[one.peer.title] = _checked(measure.job, one.facts(measure.job, about), right)
        except WorkerError as error:
            turns.pop(one.peer.title, None)
            lost(one.peer.title, measure.title, error)
    told(measure, in_rounds(measure.title, turns, ROUNDS), notes)


def _checked(job: str, facts: dict[str, Any], right: dict[str, list[set[int]]]) -> str:
    """What a job found is right; what is to be told of it."""
    if job in right:
        return f"recall {recall(facts['found'], right[job]):.3f}"
    if job == "export":
        return f"{facts['bytes'] / 1e6:.1f} MB, equal to what was loaded"
    if job in {"chunk", "split"}:
        if facts["characters"] < 0.95 * LETTERS:
            message = f"chunks of {facts['characters']:,} characters for a text of {LETTERS:,}"
            raise WorkerError(message)
        return f"{facts['chunks']:,} chunks, the longest {facts['longest']}"
    return ""


def fresh(workers: Sequence[Worker], url: str) -> None:
    """What needs processes of its own: imports, the way to a first answer, and memory."""
    in_fresh(Measure("", "the import alone", "ms", 1e3), [one.peer for one in workers], imported)
    jobs = {one.peer: "chat" if "chat" in one.jobs else "parse" for one in workers if {"chat", "parse"} & set(one.jobs)}
    about = {"url": f"{url}/v1"}
    notes = {peer.title: "its answer is an object" if job == "parse" else "" for peer, job in jobs.items()}
    first = Measure("", "a new process until its first answer", "ms", 1e3)
    in_fresh(first, list(jobs), lambda peer: first_answer(peer, jobs[peer], about), notes)
    kept = {"url": f"{url}/s{KEPT}/v1", "chunks": KEPT}
    memory = Measure("", f"memory of {KEPT:,} kept chunks", "MB", 1 / 1024)
    in_fresh(memory, [one.peer for one in workers if "kept" in one.jobs], lambda peer: kilobytes(peer, kept), rounds=2)


def in_fresh(
    measure: Measure,
    known: Sequence[Peer],
    work: Callable[[Peer], float],
    notes: Mapping[str, str] | None = None,
    rounds: int = FRESH,
) -> None:
    """Each library once, uncounted, so that all bytecode is compiled; then in rounds."""
    sides = {peer.title: lambda peer=peer: work(peer) for peer in known}
    warm = in_rounds(measure.title, sides, 1)
    told(measure, in_rounds(measure.title, {name: sides[name] for name in warm}, rounds), notes or {})


def all_of(names: Sequence[str]) -> list[Peer]:
    """Ours, and the libraries that can be installed."""
    found = [OURS]
    for peer in peers():
        if names and peer.name not in names:
            continue
        try:
            installed(peer)
        except NotInstalledError as error:
            absent(peer.title, error)
        else:
            found.append(peer)
    return found


def begun(known: Sequence[Peer], stack: ExitStack) -> list[Worker]:
    """The workers that come to life."""
    found: list[Worker] = []
    for peer in known:
        try:
            found.append(stack.enter_context(worker(peer)))
        except WorkerError as error:
            lost(peer.title, "", error)
    return found


def main(names: Sequence[str] = ()) -> int:
    """Measure, and print a table for each job. There is no goal but that the work is done."""
    with tempfile.TemporaryDirectory() as folder, canned() as url, ExitStack() as stack:
        right = written(Path(folder))
        workers = begun(all_of(names), stack)
        versions({name: version for one in workers for name, version in one.versions.items()})
        data = {"data": folder, "questions": QUESTIONS, "examples": EXAMPLES}
        places = {"stream": {"url": f"{url}/s{CHUNKS}/v1", "chunks": CHUNKS}}
        for measure in MEASURES:
            calls = measure.job in {"chat", "achat", "parse"}
            about = {"url": f"{url}/v1"} if calls else places.get(measure.job, data)
            measured(measure, workers, about, right)
        fresh(workers, url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

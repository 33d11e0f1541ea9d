"""What a search in DuckDBStore costs beside the smallest thing that would do: numpy, with one thread.

Processor time of sides that run in turns in one process; the median over the rounds of each round's ratio counts. Vectors have
384 numbers: in clusters at 10 000 and 100 000, in all directions alike at 1 000 000. `--quick` leaves the million, and the graph
of 100 000, out; `--small` has only the 10 000, and no libraries beside.

A search is `search_ids`, with the mask of the rows given; what the mask and the reading of chunks from DuckDB take is told below
it, and the whole of `search`. Libraries that are not installed are said to be not measured
(`pip install --no-deps ractogateway==0.2.1 lancedb`).

Where the machine is a virtual one, pages of a file that it touches for the first time are fetched from the host, which takes
longer than to write them: before the vectors are taken in, a file of that size is written and deleted,
and up to 100 000 the median of three counts. What the same bytes take bare stands beside it.

Goals are left as they were set, also where they are missed. Filters that leave few of 10 000 rows: numpy gathers and measures
these at once; ours gathers and scans them, and what bounds, picks and measures after it takes as long again. The graph: what it
finds is measured by the whole numbers, which comes on top of usearch's own search and weighs the more the fewer the rows.
`add_arrays`: DuckDB's tables take the most, then columns and JSON, rounding and writing, which varies most.
Fewer than 122 880 rows DuckDB packs only when they are committed, which takes longer.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contenders.searching import TOP, Corpus, Search, clustered, numpy_search, peers, recall, scratch, uniform
from contenders.telling import figure
from contenders.timing import in_turns, processor_seconds, ratio

if TYPE_CHECKING:
    from racto_nb.rag.stores import DuckDBStore

SIZES = {10_000: 40, 100_000: 10, 1_000_000: 4}
"""How many rows, and how many questions a round asks."""
ROUNDS, QUESTIONS = 9, 100
QUICK, LARGE = 100_000, 1_000_000

DEFAULT = 0.5
"""The most that a search may take of numpy's time."""
RECALL, RECALL_OF_A_MILLION = 0.999, 0.99
FILTERED = {"1 %": 1.3, "10 %": 0.5}
"""The most that a filtered search may take of numpy's, which gathers the rows."""
GRAPH, RECALL_OF_GRAPH = 1.2, 0.98
OVER_KERNEL = 1.3
TAKEN_IN = 300_000
"""Vectors that `add_arrays` takes in a second of processor time, at least, from 100 000 on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, and whether its goal is missed; `goal` is empty where it is only told."""

    what: str
    figure: str
    goal: str = ""
    is_missed: bool = False


def paired(
    what: str, ours: Search, theirs: Search, corpus: Corpus, *, calls: int, goal: float | None, least: float | None
) -> Line:
    """Ours beside theirs, which is right: time as a ratio, and how much of the right rows ours finds."""
    asked = corpus.asked[:calls]
    figures = in_turns({"ours": _all(ours, asked), "theirs": _all(theirs, asked)}, rounds=ROUNDS)
    mine, other = (1e3 * statistics.median(figures[side]) / calls for side in ("ours", "theirs"))
    times = ratio(figures["ours"], figures["theirs"])
    some = corpus.asked[: QUESTIONS if calls > SIZES[LARGE] else 20]
    found = recall(ours, [set(map(int, theirs(each))) for each in some], some) if least is not None else None
    told = f"{mine:9.3f} ms, beside {other:9.3f} ms, ratio {times:.3g}" + ("" if found is None else f", recall {found:.4f}")
    wanted = [] if goal is None else [f"{goal:g}"]
    wanted += [] if least is None else [f"recall {least:g}"]
    name = f"{len(corpus.rows):,} vectors, {what}"
    missed = figure(name, times, at_most=goal, told=f"{mine:.3f} ms beside {other:.3f} ms")
    missed |= found is not None and figure(f"{name}: recall", found, "share", at_least=least)
    return Line(what, told, ", ".join(wanted), missed)


def _all(search: Search, asked: Any) -> Callable[[], object]:
    def work() -> None:
        for each in asked:
            search(each)

    return work


def lines(count: int, *, with_graph: bool, with_peers: bool) -> Generator[Line]:
    """All figures of a store with `count` rows."""
    from racto_nb.rag.stores import DuckDBStore

    corpus = (uniform if count == LARGE else clustered)(count, QUESTIONS)
    with scratch() as folder, closing(DuckDBStore(folder / "store")) as store:
        yield from _taken_in(store, corpus, folder)
        yield from _searched(store, corpus)
        yield from _around(store, corpus)
        yield from _reopened(store, corpus, folder)
        if with_graph:
            yield from _by_graph(folder, corpus)
    if with_peers:
        calls = SIZES[count]
        with closing(DuckDBStore()) as store:
            _fill(store, corpus)
            mine = _ours(store)
            for name, search, fewer in peers(corpus, slow=count <= min(SIZES)):
                yield paired(f"beside {name}", mine, search, corpus, calls=min(calls, fewer), goal=None, least=None)


def _ours(store: DuckDBStore, mask: Any = None) -> Search:
    return lambda asked: store.search_ids(asked, TOP, mask).rows


def _fill(store: DuckDBStore, corpus: Corpus) -> float:
    """Put all rows in. Returns the seconds of processor time, in all threads."""
    names = [f"chunk-{row}" for row in range(len(corpus.rows))]
    texts = [f"The text of chunk {row} says nothing much, in a line." for row in range(len(corpus.rows))]
    metadata = [{"cat": category} for category in corpus.categories.tolist()]
    return processor_seconds(lambda: store.add_arrays(names, texts, corpus.rows, metadata))


def _filled(store: DuckDBStore, corpus: Corpus) -> float:
    store.clear()
    return _fill(store, corpus)


def _taken_in(store: DuckDBStore, corpus: Corpus, folder: Path) -> Generator[Line]:
    count = len(corpus.rows)
    store.add_arrays(["warm"], ["warm"], corpus.rows[:1], [{"cat": 1}])  # libraries are loaded
    _write_bare(folder, corpus)
    speed = count / statistics.median(_filled(store, corpus) for _ in range(1 if count == LARGE else 3))
    goal = f"{TAKEN_IN:,}" if count >= QUICK else ""
    bare = count / processor_seconds(lambda: _write_bare(folder, corpus))
    least, told = TAKEN_IN if goal else None, f"the same bytes, bare: {bare:,.0f}"
    missed = figure(f"{count:,} vectors, add_arrays", speed, "vectors per second", at_least=least, told=told)
    yield Line("add_arrays", f"{speed:11,.0f} vectors in a second", goal, missed)
    yield Line("the same bytes, bare", f"{bare:11,.0f} vectors in a second")
    if count == min(SIZES):
        yield _added_as_chunks(corpus)


def _write_bare(folder: Path, corpus: Corpus) -> None:
    """The bytes that the vectors take, with their rounded twins, written and deleted."""
    path = folder / "bare"
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(corpus.rows), 2_048):
            block = corpus.rows[start : start + 2_048]
            file.write(block.data)
            file.write(block.data.cast("B")[: block.nbytes // 4])
        os.fsync(file.fileno())
    path.unlink()


def _added_as_chunks(corpus: Corpus) -> Line:
    from racto_nb.rag import Chunk, ChunkMetadata
    from racto_nb.rag.stores import DuckDBStore

    chunks = [
        Chunk(
            doc_id="d",
            content=f"The text of chunk {row}",
            embedding=each.tolist(),
            metadata=ChunkMetadata(source="s", chunk_index=row, total_chunks=1, start_char=row, end_char=row, doc_id="d"),
        )
        for row, each in enumerate(corpus.rows)
    ]
    with scratch() as folder, closing(DuckDBStore(folder / "store")) as store:
        store.count()
        return Line(
            "add(list[Chunk])", f"{len(chunks) / processor_seconds(lambda: store.add(chunks)):11,.0f} vectors in a second"
        )


def _searched(store: DuckDBStore, corpus: Corpus) -> Generator[Line]:
    from racto_nb.rag.vectors.scanning import nearest

    count, calls = len(corpus.rows), SIZES[len(corpus.rows)]
    least = RECALL_OF_A_MILLION if count == LARGE else RECALL
    yield paired("search_ids", _ours(store), numpy_search(corpus.rows), corpus, calls=calls, goal=DEFAULT, least=least)
    masks = {"1 %": store.rows_for({"cat": 7}), "10 %": store.rows_for({"cat": {"lt": 10}})}
    for share, goal in FILTERED.items():
        mask = masks[share]
        theirs = numpy_search(corpus.rows, mask)
        yield paired(f"search_ids of {share}", _ours(store, mask), theirs, corpus, calls=4 * calls, goal=goal, least=RECALL)
    with store._opened() as session:
        held = session.standing().held
    assert held is not None

    def kernel(asked: Any) -> Any:
        return nearest(held, asked, TOP).rows

    yield paired("over its own kernel", _ours(store), kernel, corpus, calls=calls, goal=OVER_KERNEL, least=1.0)


def _around(store: DuckDBStore, corpus: Corpus) -> Generator[Line]:
    """What is around `search_ids`: the mask of a filter, the chunks of the rows, and all of it."""
    calls = SIZES[len(corpus.rows)]
    works: dict[str, Callable[[Any], object]] = {
        "rows_for 1 %": lambda _: store.rows_for({"cat": 7}),
        "rows_for 10 %": lambda _: store.rows_for({"cat": {"lt": 10}}),
        "search, whole": lambda asked: store.search(asked, TOP),
        "search of 1 %, whole": lambda asked: store.search(asked, TOP, {"cat": 7}),
        "search of 10 %, whole": lambda asked: store.search(asked, TOP, {"cat": {"lt": 10}}),
    }
    figures = in_turns({name: _all(work, corpus.asked[:calls]) for name, work in works.items()}, rounds=3)
    for name, seconds in figures.items():
        yield Line(name, f"{1e3 * statistics.median(seconds) / calls:9.3f} ms")


def _reopened(store: DuckDBStore, corpus: Corpus, folder: Path) -> Generator[Line]:
    """What opening takes, and what of the memory is not the file itself."""
    import numpy as np

    store.close()
    before, start = _own_memory(), time.perf_counter()
    store.count()
    opened = time.perf_counter() - start
    grown = _own_memory() - before
    store.search_ids(corpus.asked[0], TOP)
    first = time.perf_counter() - start
    with store._opened() as session:
        held = session.standing().held
    assert held is not None
    size = sum(file.stat().st_size for file in (folder / "store").iterdir()) / 1e6
    mapped = isinstance(held.exact.base, np.memmap) and isinstance(held.rounded.base, np.memmap)
    told = f"{1e3 * opened:9.1f} ms, first answer after {1e3 * first:.1f} ms, {grown:.0f} MB of memory for {size:.0f} MB of files"
    figure(
        f"{len(corpus.rows):,} vectors, opening", 1e3 * opened, "ms, wall time", told=f"first answer after {1e3 * first:.1f} ms"
    )
    yield Line("opening", told, "a memory map", is_missed=not mapped)


def _own_memory() -> float:
    """The megabytes of memory that no file backs."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    return next(int(line.split()[1]) / 1e3 for line in status.read_text().splitlines() if line.startswith("RssAnon"))


def _by_graph(folder: Path, corpus: Corpus) -> Generator[Line]:
    from racto_nb.rag.stores import DuckDBStore

    calls = SIZES[len(corpus.rows)]
    with closing(DuckDBStore(folder / "store", index="hnsw")) as store:
        seconds = processor_seconds(store.build_index)
        yield Line("build_index", f"{len(corpus.rows) / seconds:11,.0f} vectors in a second")
        with store._opened() as session:
            graph = session._searcher._graph
        assert graph is not None

        def raw(asked: Any) -> Any:
            return graph._index.search(asked, TOP, threads=1).keys

        least, right = RECALL_OF_GRAPH, numpy_search(corpus.rows)
        yield paired("search_ids by graph", _ours(store), right, corpus, calls=4 * calls, goal=None, least=least)
        yield paired("beside raw usearch", _ours(store), raw, corpus, calls=4 * calls, goal=GRAPH, least=None)
        found = recall(raw, [set(map(int, right(each))) for each in corpus.asked], corpus.asked)
        yield Line("raw usearch", f"recall {found:.4f}")


def main(arguments: list[str]) -> int:
    """Measure, print the lines, and return 1 when a goal is missed."""
    quick, missed = "--quick" in arguments, 0
    most = min(SIZES) if "--small" in arguments else QUICK if quick else LARGE
    for count in [count for count in SIZES if count <= most]:
        print(f"{count:,} vectors")
        graph, peers_too = count < QUICK or (count == QUICK and not quick), count < LARGE and "--small" not in arguments
        for line in lines(count, with_graph=graph, with_peers=peers_too):
            goal = f" (goal {line.goal})" if line.goal else ""
            print(f"  {line.what:<38} {line.figure}{goal}{'  missed' * line.is_missed}", flush=True)
            missed += line.is_missed
    return int(missed > 0)


if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded: numpy with one thread
    sys.exit(main(sys.argv[1:]))

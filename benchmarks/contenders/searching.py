"""Vectors to search, what is right, and what stands beside our store: numpy with one thread, and installed libraries."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contenders.caching import library

Search = Callable[[Any], Any]
"""A vector in, the numbers of the nearest rows out."""

DIMENSION, TOP = 384, 10
_BLOCK = 50_000
KEPT = 100
"""How many categories the rows have: `cat == 7` is 1 % of them, `cat < 10` is 10 %."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows of length one, a category of each that has nothing to do with where it lies, and questions, which are none of them."""

    rows: Any
    categories: Any
    asked: Any


def clustered(count: int, questions: int) -> Corpus:
    """Rows around max(50, count / 200) centres, with noise of rank 64 within a cluster, and a little of full rank."""
    import numpy as np

    chance = np.random.default_rng(count)
    centres = _units(chance.standard_normal((max(50, count // 200), DIMENSION), dtype=np.float32))
    basis = np.linalg.qr(chance.standard_normal((DIMENSION, 64)).astype(np.float32))[0].T.copy()

    def draw(many: int) -> Any:
        made = np.empty((many, DIMENSION), np.float32)
        for start in range(0, many, _BLOCK):
            here = made[start : start + _BLOCK]
            here[:] = centres[chance.integers(0, len(centres), len(here))]
            here += 0.12 * chance.standard_normal((len(here), 64), dtype=np.float32) @ basis
            here += 0.015 * chance.standard_normal(here.shape, dtype=np.float32)
            here[:] = _units(here)
        return made

    return Corpus(draw(count), chance.permutation(count) % KEPT, draw(questions))


def uniform(count: int, questions: int) -> Corpus:
    """Rows in all directions alike: the worst for a bound, and of no structure that an index could use."""
    import numpy as np

    chance = np.random.default_rng(count)
    rows = np.empty((count, DIMENSION), np.float32)
    for start in range(0, count, _BLOCK):
        here = rows[start : start + _BLOCK]
        here[:] = _units(chance.standard_normal(here.shape, dtype=np.float32))
    asked = _units(chance.standard_normal((questions, DIMENSION), dtype=np.float32))
    return Corpus(rows, chance.permutation(count) % KEPT, asked)


def _units(rows: Any) -> Any:
    import numpy as np

    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def numpy_search(rows: Any, mask: Any = None) -> Search:
    """All numbers, or those of the rows of `mask`, by one thread of BLAS."""
    import numpy as np

    def top(scores: Any) -> Any:
        best = np.argpartition(scores, -TOP)[-TOP:]
        return best[np.argsort(-scores[best])]

    def among(asked: Any) -> Any:
        numbers = np.flatnonzero(mask)
        return numbers[top(rows[numbers] @ asked)]

    return (lambda asked: top(rows @ asked)) if mask is None else among


def recall(search: Search, right: list[set[int]], asked: Any) -> float:
    """The share of the right rows that a search finds."""
    found = [set(map(int, search(each))) for each in asked[: len(right)]]
    return sum(len(one & other) for one, other in zip(found, right, strict=True)) / sum(map(len, right))


@contextmanager
def scratch() -> Generator[Path]:
    """A folder for one engine."""
    folder = tempfile.mkdtemp(prefix="vectors-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def peers(corpus: Corpus, *, slow: bool) -> Generator[tuple[str, Search, int]]:
    """Other engines, each filled with the rows, and how many questions a round asks it. The slow ones where `slow`."""
    yield from _faiss(corpus)
    yield from _duckdb(corpus)
    yield from _lancedb(corpus)
    if slow:
        yield from _chroma(corpus)
        yield from _ractogateway(corpus)


def _faiss(corpus: Corpus) -> Generator[tuple[str, Search, int]]:
    if (faiss := library("faiss")) is None:
        return
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(corpus.rows)
    yield "faiss Flat, 1 thread", lambda asked: index.search(asked[None], TOP)[1][0], 10


def _duckdb(corpus: Corpus) -> Generator[tuple[str, Search, int]]:
    import duckdb
    import numpy as np
    import polars as pl

    frame = pl.DataFrame({"row": np.arange(len(corpus.rows)), "v": pl.Series(corpus.rows, dtype=pl.Array(pl.Float32, DIMENSION))})
    with duckdb.connect() as connection:
        connection.register("given", frame.to_arrow())
        connection.execute(f"CREATE TABLE t AS SELECT row, v::FLOAT[{DIMENSION}] AS v FROM given")
        query = f"SELECT row FROM t ORDER BY array_cosine_distance(v, ?::FLOAT[{DIMENSION}]) LIMIT {TOP}"
        yield (
            "DuckDB array_cosine_distance",
            lambda asked: [row for (row,) in connection.execute(query, [asked.tolist()]).fetchall()],
            3,
        )


def _lancedb(corpus: Corpus) -> Generator[tuple[str, Search, int]]:
    if (lancedb := library("lancedb")) is None:
        return
    import numpy as np
    import polars as pl

    with scratch() as folder:
        rows = pl.DataFrame(
            {"row": np.arange(len(corpus.rows)), "vector": pl.Series(corpus.rows, dtype=pl.Array(pl.Float32, DIMENSION))}
        )
        table = lancedb.connect(str(folder)).create_table("t", rows.to_arrow())

        def search(asked: Any) -> Any:
            return table.search(asked).distance_type("cosine").limit(TOP).select(["row"]).to_arrow()["row"].to_pylist()

        yield "lancedb flat", search, 3


def _chroma(corpus: Corpus) -> Generator[tuple[str, Search, int]]:
    if (chromadb := library("chromadb")) is None:
        return
    with scratch() as folder:
        client = chromadb.PersistentClient(str(folder), settings=chromadb.config.Settings(anonymized_telemetry=False))
        hnsw = {"hnsw:space": "cosine", "hnsw:M": 16, "hnsw:construction_ef": 128, "hnsw:search_ef": 64}
        collection = client.create_collection("vectors", metadata=hnsw, embedding_function=None)
        for start in range(0, len(corpus.rows), 5_000):
            block = corpus.rows[start : start + 5_000]
            collection.add(ids=[str(start + place) for place in range(len(block))], embeddings=block)

        def search(asked: Any) -> Any:
            return collection.query(query_embeddings=asked[None], n_results=TOP, include=[])["ids"][0]

        yield "chroma, in a folder", search, 10


def _ractogateway(corpus: Corpus) -> Generator[tuple[str, Search, int]]:
    if (rag := library("ractogateway.rag")) is None:
        return
    from racto_nb.rag import ChunkMetadata

    place = ChunkMetadata(source="s", chunk_index=0, total_chunks=1, start_char=0, end_char=1, doc_id="d").model_dump()
    store = rag.InMemoryVectorStore()
    chunk = library("ractogateway.rag._models.document").Chunk
    store.add(
        [
            chunk(chunk_id=str(row), doc_id="d", content="", embedding=each.tolist(), metadata=place)
            for row, each in enumerate(corpus.rows)
        ]
    )
    yield "ractogateway in memory", lambda asked: [hit.chunk.chunk_id for hit in store.search(asked.tolist(), TOP)], 1

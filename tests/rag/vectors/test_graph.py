"""The graph finds nearly all, by the vectors' own numbers, and is known again in its file."""

from __future__ import annotations

import numpy as np
import pytest

from racto_nb.rag.stores import DuckDBStore
from racto_nb.rag.stores.duck import searching
from racto_nb.rag.vectors.graph import Graph
from racto_nb.rag.vectors.shelves import MemoryShelf

COUNT = 3_000


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    made = np.random.default_rng(0).standard_normal((COUNT, 32), dtype=np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def held_of(rows: np.ndarray, count: int, dead: tuple[int, ...] = ()):
    shelf = MemoryShelf(rows.shape[1])
    shelf.write(0, [rows])
    return shelf.held(count, np.array(dead, np.int64))


def test_a_graph_grows_with_the_rows_and_is_read_again(rows, tmp_path):
    graph = Graph(32)
    assert graph.catch_up(held_of(rows, 1_000)) == 1_000
    graph.save(tmp_path / "graph")
    again = Graph.read(tmp_path / "graph", held_of(rows, COUNT))
    assert again is not None
    assert again.catch_up(held_of(rows, COUNT)) == 2_000
    assert again.catch_up(held_of(rows, COUNT)) == 0

    found = [again.nearest(held_of(rows, COUNT), row, 1, mask=None, share=1.0).rows[0] for row in rows[::100]]
    assert np.mean(np.array(found) == np.arange(0, COUNT, 100)) >= 0.9  # a graph is built by threads, and may miss a row


def test_a_graph_of_other_rows_is_not_taken(rows, tmp_path):
    graph = Graph(32)
    graph.catch_up(held_of(rows, 1_000))
    graph.save(tmp_path / "graph")

    assert Graph.read(tmp_path / "graph", held_of(rows[::-1].copy(), COUNT)) is None
    assert Graph.read(tmp_path / "graph", held_of(rows, 500)) is None
    assert Graph.read(tmp_path / "none", held_of(rows, 500)) is None


def test_a_store_finds_by_its_graph_what_the_scan_finds(rows, monkeypatch):
    store = DuckDBStore(index="hnsw")
    ids = [str(number) for number in range(COUNT)]
    store.add_arrays(ids, ids, rows, [{"number": number} for number in range(COUNT)])
    store.delete(ids[:100])
    exact = DuckDBStore()
    exact.add_arrays(ids, ids, rows)
    exact.delete(ids[:100])
    scans = []
    monkeypatch.setattr(searching, "nearest", lambda *args, real=searching.nearest: scans.append(1) or real(*args))
    found = [set(store.search_ids(row, 10).rows.tolist()) for row in rows[:100]]
    most = store.rows_for({"number": {"ge": 500}})
    filtered = [store.search_ids(row, 10, most).rows for row in rows[:100]]
    assert scans == []

    right = [set(exact.search_ids(row, 10).rows.tolist()) for row in rows[:100]]
    assert np.mean([len(one & other) / 10 for one, other in zip(found, right, strict=True)]) >= 0.98
    assert all(len(each) == 10 and each.min() >= 500 for each in filtered)


def test_a_filter_that_leaves_little_is_answered_by_a_scan(rows):
    store = DuckDBStore(index="hnsw")
    ids = [str(number) for number in range(COUNT)]
    store.add_arrays(ids, ids, rows)
    mask = np.arange(COUNT) % 50 == 7
    right = [row for row in np.argsort(-(rows @ rows[0])).tolist() if mask[row]]

    assert store.search_ids(rows[0], 60, mask).rows.tolist() == right
    assert store.search_ids(rows[0], 5, np.array(right[:9])).rows.tolist() == right[:5]


def graph_of(store: DuckDBStore) -> Graph | None:
    with store._opened() as session:
        return session._searcher._graph


def test_by_itself_a_store_uses_a_graph_once_it_was_built_and_rows_are_many(rows, monkeypatch, tmp_path):
    monkeypatch.setattr(searching, "GRAPH_FROM", 2_000)
    ids = [str(number) for number in range(COUNT)]
    with DuckDBStore(tmp_path / "store") as store:
        store.add_arrays(ids[:2_500], ids[:2_500], rows[:2_500])
        store.search_ids(rows[0])
        assert graph_of(store) is None
        assert store.build_index() == 2_500
        store.add_arrays(ids[2_500:], ids[2_500:], rows[2_500:])
        assert len(graph_of(store)) == COUNT
    with DuckDBStore(tmp_path / "store") as store:
        found = [store.search_ids(row, 1).rows[0] for row in rows[::100]]
        assert np.mean(np.array(found) == np.arange(0, COUNT, 100)) >= 0.9
        assert len(graph_of(store)) == COUNT
        store.clear()
        assert store.search_ids([1.0]).rows.tolist() == []

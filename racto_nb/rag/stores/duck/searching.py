"""How a store finds what is near: by a scan of all rows, or by a graph where there is one and it is right for what is asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.checking import unit_vector
from racto_nb.rag.stores.duck.standing import Standing
from racto_nb.rag.vectors.graph import Graph
from racto_nb.rag.vectors.held import Array, Found, Held
from racto_nb.rag.vectors.scanning import nearest

IndexKind = Literal["auto", "exact", "hnsw"]

GRAPH_FROM = 200_000
"""With "auto" a graph that was built is used from so many rows on: below, the scan is as quick and misses none."""
_LARGE_SHARE = 0.5
"""A filter that leaves less than this share is answered by a scan of what it leaves: a graph would miss much of it."""
_UNSAVED, _UNSAVED_SHARE = 1_000, 0.1


class Searcher:
    """Searches the rows of the store in `folder` (None: in memory)."""

    def __init__(self, folder: Path | None, kind: IndexKind, *, read_only: bool) -> None:
        self._folder = folder
        self._kind = kind
        self._read_only = read_only
        self._graph: Graph | None = None
        self._generation = -1
        self._turn = threading.Lock()

    def nearest(self, standing: Standing, embedding: Sequence[float] | Array, top_k: int, rows: Array | None) -> Found:
        """The `top_k` rows of `standing` nearest to `embedding`, of those in `rows` (truth values or numbers; None: all)."""
        import numpy as np

        held = standing.held
        asked = unit_vector(embedding, standing.state.dimension)
        if held is None or not standing.count:
            return Found(np.empty(0, np.int64), asked[:0])
        known = None if rows is None else _known(rows, len(held))
        if self._kind != "exact" and (graph := self._graph_for(standing, held)) is not None:
            found = _by_graph(graph, held, asked, top_k, rows=known)
            if found is not None:
                return found
        return nearest(held, asked, top_k, known)

    @property
    def is_by_graph(self) -> bool:
        """Whether a graph is kept, which makes it costly to give rows other numbers."""
        return self._kind == "hnsw" or self._graph is not None

    def build(self, standing: Standing) -> int:
        """Build the graph of all rows, or what is missing in it, and keep it. Returns how many rows were added."""
        if standing.held is None:
            return 0
        with self._turn:
            graph = self._read(standing, standing.held) or Graph(standing.held.exact.shape[1])
            self._graph, self._generation = graph, standing.state.generation
            added = graph.catch_up(standing.held)
        self._save(graph)
        return added

    def follow(self, standing: Standing) -> None:
        """Add what was written to the graph, where there is one."""
        if self._kind == "exact" or standing.held is None or (graph := self._graph_for(standing, standing.held)) is None:
            return
        graph.catch_up(standing.held)
        if len(graph) - graph.saved >= max(_UNSAVED, _UNSAVED_SHARE * len(graph)):
            self._save(graph)

    def close(self) -> None:
        """Save what the graph has more than its file."""
        if self._graph is not None and len(self._graph) > self._graph.saved:
            self._save(self._graph)

    def _graph_for(self, standing: Standing, held: Held) -> Graph | None:
        """The graph of these rows; None where none is to be used."""
        if self._kind == "auto" and len(held) < GRAPH_FROM:
            return None
        if self._generation == standing.state.generation:
            return self._graph
        with self._turn:
            graph = self._read(standing, held)
            if graph is None and self._kind == "hnsw":
                graph = Graph(held.exact.shape[1])
            self._graph, self._generation = graph, standing.state.generation
            return graph

    def _read(self, standing: Standing, held: Held) -> Graph | None:
        if self._generation == standing.state.generation and self._graph is not None:
            return self._graph
        return None if self._folder is None else Graph.read(self._file(standing.state.generation), held)

    def _file(self, generation: int) -> Path:
        assert self._folder is not None  # noqa: S101  (asked before)
        return self._folder / f"graph-{generation}.usearch"

    def _save(self, graph: Graph) -> None:
        if self._folder is not None and not self._read_only:
            graph.save(self._file(self._generation))


def _by_graph(graph: Graph, held: Held, asked: Array, top_k: int, *, rows: Array | None) -> Found | None:
    """What the graph finds; None where it is not right for this, or found too little."""
    import numpy as np

    count = len(held) - len(held.dead)
    mask, wanted = None, count
    if rows is not None:
        if rows.dtype != np.bool_ or len(rows) != len(held):
            return None
        mask, wanted = rows, int(np.count_nonzero(rows))
    share = min(wanted, count) / len(held)
    if share < _LARGE_SHARE:
        return None
    graph.catch_up(held)
    found = graph.nearest(held, asked, top_k, mask=mask, share=share)
    return found if len(found.rows) == top_k else None


def _known(rows: Array, count: int) -> Array:
    """`rows` as truth values or numbers of rows that there are. Raises UsageError for others."""
    import numpy as np

    rows = np.asarray(rows)
    if rows.dtype == np.bool_:
        if rows.ndim == 1 and len(rows) <= count:
            return rows
    elif not rows.size:
        return np.empty(0, np.int64)
    elif rows.dtype.kind in "iu" and rows.ndim == 1 and rows.min() >= 0 and rows.max() < count:
        return rows.astype(np.int64, copy=False)
    msg = f"rows are what rows_for() gives, or numbers of rows below {count}, not {rows!r:.80}. Ask rows_for() again."
    raise UsageError(msg)

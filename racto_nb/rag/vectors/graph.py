"""A graph of near neighbours (usearch's HNSW, two bytes a number): nearly all of the nearest rows in a fraction of a scan.

What it finds is measured by the vectors' own numbers. It is made from the rows and can always be made again.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, cast

from racto_nb.rag.vectors.held import Array, Found, Held
from racto_nb.rag.vectors.rounding import blocks
from racto_nb.rag.vectors.scanning import measured_best

NEIGHBOURS, BREADTH_OF_BUILDING, BREADTH_OF_SEARCH = 16, 128, 64
_BLOCK = 10_000
_CLOSE = 0.02
"""How far the numbers of two bytes may be from those of four."""


class Graph:
    """The first rows of a store as a graph. Several threads may search; one at a time adds."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._index = _new(dimension)
        self._turn = threading.Lock()
        self._viewed: Path | None = None
        self.saved = 0
        """How many rows the file of the graph has."""

    def __len__(self) -> int:
        return len(self._index)

    def catch_up(self, held: Held) -> int:
        """Add the rows of `held` that the graph has not, and return their number. It takes about a millisecond a row."""
        if len(self._index) >= len(held):
            return 0
        with self._turn:
            known = len(self._index)
            if known >= len(held):
                return 0
            if self._viewed is not None:
                self._index.load(self._viewed)
                self._viewed = None
            for here in blocks(len(held) - known, _BLOCK):  # known is what was there before the first block
                rows = slice(known + here.start, known + here.stop)
                self._index.add(_keys(rows), held.exact[rows])
            return len(held) - known

    def nearest(self, held: Held, asked: Array, top_k: int, *, mask: Array | None, share: float) -> Found:
        """About the `top_k` nearest rows to `asked`, of those of `mask` (None: all that count), which are a `share` of all."""
        import numpy as np

        wanted = min(len(self._index), int((2 * top_k + 8) / share) + 1)
        rows = self._index.search(asked, wanted, threads=1).keys.astype(np.int64)
        rows = rows[rows < len(held)]  # others may have been added since
        if len(held.dead):
            rows = np.setdiff1d(rows, held.dead, assume_unique=True)
        if mask is not None:
            rows = rows[mask[rows]]
        return measured_best(held, asked, top_k, rows)

    def save(self, path: Path) -> None:
        """Write the graph to `path`, whole or not at all."""
        with self._turn:
            new = path.with_name(f"{path.name}.new")
            self._index.save(new)
            with new.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(new, path)  # noqa: PTH105  (Path.replace says less of what fails)
            self.saved = len(self._index)

    @classmethod
    def read(cls, path: Path, held: Held) -> Graph | None:
        """The graph in `path`, mapped into memory; None where it is not one of the rows of `held`."""
        from usearch.index import Index

        graph = cls(held.exact.shape[1])
        found: Any = None
        try:
            found = cast("Any", Index).restore(path, view=True) if path.exists() else None
        except (RuntimeError, ValueError, OSError):  # no graph: it is made again
            found = None
        if found is None or not _fits(found, held):
            return None
        found.expansion_search = BREADTH_OF_SEARCH
        graph._index, graph._viewed, graph.saved = found, path, len(found)
        return graph


def _new(dimension: int) -> Any:
    from usearch.index import Index

    return Index(
        ndim=dimension,
        metric="ip",
        dtype="f16",
        connectivity=NEIGHBOURS,
        expansion_add=BREADTH_OF_BUILDING,
        expansion_search=BREADTH_OF_SEARCH,
    )


def _keys(rows: slice) -> Array:
    import numpy as np

    return np.arange(rows.start, rows.stop, dtype=np.uint64)


def _fits(index: Any, held: Held) -> bool:
    """Whether the graph has the first rows of `held`, as far as some of them tell."""
    import numpy as np

    count = len(index)
    if index.ndim != held.exact.shape[1] or not 0 < count <= len(held):
        return False
    some = np.unique(np.linspace(0, count - 1, 64).astype(np.uint64))
    if not index.contains(some).all():
        return False
    return bool(np.abs(np.asarray(index.get(some), np.float32) - held.exact[some]).max() < _CLOSE)

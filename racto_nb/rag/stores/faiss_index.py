"""Vectors under numbers, in one of FAISS' indexes: the one place that imports it. Kind: threaded (who calls holds a lock)."""

from __future__ import annotations

from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.checking import Array

KINDS = {"flat_ip": "flat", "flat": "flat", "flat_l2": "flat", "hnsw": "hnsw", "ivf": "ivf", "ivf_flat": "ivf"}
"""What an index may be called. Between vectors of length one, the nearest by distance are the nearest by cosine."""

FIRST_CELLS = 2000
"""From how many vectors on "ivf" has cells. Before, there are too few to say where cells should lie."""

_GROWN = 4
_POINTS_OF_A_CELL = 39
_NEIGHBOURS = 32
_SCANNED_AT_ONCE = 65_536


class VectorIndex:
    """Rows of length one under whole numbers, each of which is used once."""

    def __init__(self, kind: str, dimension: int) -> None:
        self.kind, self.dimension = kind, dimension
        self._numbers: set[int] = set()
        self._dead: set[int] = set()
        self._trained = 0
        self._index: Any = self._new(0)

    def put(self, numbers: list[int], rows: Array) -> None:
        """Put `rows` in, under new `numbers`."""
        import numpy as np

        self._index.add_with_ids(np.ascontiguousarray(rows, np.float32), np.asarray(numbers, np.int64))
        self._numbers.update(numbers)
        if self.kind == "ivf" and len(self._numbers) >= max(FIRST_CELLS, self._trained * _GROWN):
            self._rebuild()

    def drop(self, numbers: list[int]) -> None:
        """Take the rows of `numbers` out. A graph cannot: there they are passed over, until it is built again without them."""
        import numpy as np

        self._numbers.difference_update(numbers)
        if self.kind != "hnsw":
            self._index.remove_ids(np.asarray(numbers, np.int64))
            return
        self._dead.update(numbers)
        if len(self._dead) > max(64, len(self._numbers) // 4):
            self._rebuild()

    def nearest(self, asked: Array, count: int) -> list[tuple[int, float]]:
        """The numbers and cosines of the `count` rows nearest to `asked`, best first; all rows, where there are fewer."""
        count = min(count, len(self._numbers))
        if not count:
            return []
        scores, numbers = self._index.search(asked[None, :], count + len(self._dead), params=self._effort(count))
        pairs = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        found = [(number, score) for number, score in pairs if number in self._numbers][:count]
        return found if len(found) == count else self.scanned(asked, sorted(self._numbers), count)

    def scanned(self, asked: Array, numbers: list[int], count: int) -> list[tuple[int, float]]:
        """The same among the rows of `numbers`, each of which is compared."""
        best: list[tuple[int, float]] = []
        for start in range(0, len(numbers), _SCANNED_AT_ONCE):
            part = numbers[start : start + _SCANNED_AT_ONCE]
            best += zip(part, (self.rows(part) @ asked).tolist(), strict=True)
            best = sorted(best, key=lambda pair: -pair[1])[:count]
        return best

    def rows(self, numbers: list[int]) -> Array:
        """The rows of `numbers`, in their order."""
        import numpy as np

        if not numbers:
            return np.empty((0, self.dimension), np.float32)
        return self._index.reconstruct_batch(np.asarray(numbers, np.int64))

    def _rebuild(self) -> None:
        alive = sorted(self._numbers)
        rows = self.rows(alive)
        self._dead.clear()
        self._index = self._new(len(alive), rows)
        self.put_again(alive, rows)

    def put_again(self, numbers: list[int], rows: Array) -> None:
        """Fill a new index with what the old one held."""
        import numpy as np

        self._index.add_with_ids(np.ascontiguousarray(rows, np.float32), np.asarray(numbers, np.int64))

    def _new(self, size: int, rows: Array = None) -> Any:
        faiss = _library()
        if self.kind == "ivf" and size >= FIRST_CELLS:
            self._trained = size
            cells = min(int(size**0.5), size // _POINTS_OF_A_CELL)
            index = faiss.index_factory(self.dimension, f"IVF{cells},Flat", faiss.METRIC_INNER_PRODUCT)
            index.train(rows)
            index.set_direct_map_type(faiss.DirectMap.Hashtable)
            return index
        if self.kind == "hnsw":
            return faiss.IndexIDMap2(faiss.IndexHNSWFlat(self.dimension, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT))
        return faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))

    def _effort(self, count: int) -> Any:
        faiss = _library()
        if self.kind == "hnsw":
            return faiss.SearchParametersHNSW(efSearch=max(128, 2 * (count + len(self._dead))))
        if self._trained:
            return faiss.SearchParametersIVF(nprobe=max(16, self._index.nlist // 4))
        return None


def kind_of(index_type: str) -> str:
    """The kind of index that `index_type` names; UsageError for a word that names none."""
    kind = KINDS.get(index_type.lower())
    if kind is None:
        msg = f"index_type is one of {', '.join(map(repr, KINDS))}, not {index_type!r}. All of them give cosines."
        raise UsageError(msg)
    return kind


def _library() -> Any:
    return imported("faiss", extra="rag-faiss")

"""A store in this process: nothing to install, nothing kept. Kind: threaded."""

from __future__ import annotations

import threading
from collections import Counter

from racto_nb.exceptions import UsageError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.matching import matches
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import (
    Array,
    checked_ids,
    checked_top_k,
    embeddings_of,
    last_of_each,
    refuse_length,
    unit_vector,
    unit_vectors,
)
from racto_nb.rag.stores.vector_store import Arrays, BaseVectorStore
from racto_nb.rag.vectors.held import Held
from racto_nb.rag.vectors.scanning import nearest
from racto_nb.rag.vectors.shelves import MemoryShelf

_MANY_DEAD = 1_000


class InMemoryVectorStore(BaseVectorStore):
    """Holds chunks in memory until the process ends. `similarity` is "cosine", the one that there is.

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> place = ChunkMetadata(source="notes.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=5, doc_id="notes")
    >>> store = InMemoryVectorStore()
    >>> store.add([Chunk(doc_id="notes", content="Hello", embedding=[0.6, 0.8], metadata=place)])
    >>> [(hit.chunk.content, round(hit.score, 2)) for hit in store.search([1, 0])]
    [('Hello', 0.6)]
    """

    def __init__(self, similarity: str = "cosine") -> None:
        if similarity != "cosine":
            msg = f"InMemoryVectorStore compares by 'cosine' only, not by {similarity!r}."
            raise UsageError(msg)
        self.writers = "itself"
        self._turn = threading.Lock()
        self._shelf: MemoryShelf | None = None
        self._rows: dict[str, int] = {}
        """The row of each id."""
        self._chunks: list[Chunk | None] = []
        """The chunk of each row; None for those that were deleted."""
        self._changes = 0

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        with self._turn:
            self._add(chunks)

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata), in one step."""
        with self._turn:
            old = [chunk.chunk_id for chunk in self._chunks if chunk is not None and chunk.metadata.source == source]
            self._add(chunks, instead_of=old)

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        top_k, condition = checked_top_k(top_k), as_filter(filters)
        with self._turn:
            asked = unit_vector(embedding, self._dimension)
            held = self._held()
            if held is None:
                return []
            fitting = None
            if condition is not None:
                fitting = _numbers([row for name, row in self._rows.items() if matches(condition, self._chunk(name))])
            found = nearest(held, asked, top_k, fitting)
            return [
                RetrievalResult(chunk=self._copied(row), score=score, rank=rank)
                for rank, (row, score) in enumerate(zip(found.rows.tolist(), found.scores.tolist(), strict=True), start=1)
            ]

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        chunk_ids = checked_ids(chunk_ids)
        with self._turn:
            self._changes += 1
            self._drop(chunk_ids)
            self._reclaim()

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        with self._turn:
            self._changes += 1
            self._shelf, self._rows, self._chunks = None, {}, []

    def count(self) -> int:
        """The number of chunks."""
        return len(self._rows)

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        condition = as_filter(filters)
        with self._turn:
            return [name for name in self._rows if matches(condition, self._chunk(name))]

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        chunk_ids = checked_ids(chunk_ids)
        with self._turn:
            return [self._copied(self._rows[name]) for name in chunk_ids if name in self._rows]

    def sources(self) -> dict[str, int]:
        """The sources of the chunks, by name, with how many chunks each has."""
        with self._turn:
            return dict(sorted(Counter(chunk.metadata.source for chunk in self._chunks if chunk is not None).items()))

    def arrays(self) -> Arrays:
        """All chunks as columns: ids, sources, and vectors of length one as the rows of a matrix, in no order."""
        import numpy as np

        with self._turn:
            held = self._held()
            if held is None:
                return Arrays([], [], np.zeros((0, 0), np.float32))
            alive = [(row, chunk) for row, chunk in enumerate(self._chunks) if chunk is not None]
            ids = [chunk.chunk_id for _, chunk in alive]
            return Arrays(ids, [chunk.metadata.source for _, chunk in alive], held.exact[_numbers([row for row, _ in alive])])

    def revision(self) -> int:
        """How often chunks have come, gone or changed."""
        return self._changes

    @property
    def _dimension(self) -> int | None:
        return None if self._shelf is None or not self._rows else self._shelf.dimension

    def _held(self) -> Held | None:
        if self._shelf is None or not self._rows:
            return None
        dead = [row for row, chunk in enumerate(self._chunks) if chunk is None] if len(self._rows) < len(self._chunks) else []
        return self._shelf.held(len(self._chunks), _numbers(dead))

    def _add(self, chunks: list[Chunk], *, instead_of: list[str] | None = None) -> None:
        new = last_of_each(chunks)
        vectors = unit_vectors(embeddings_of(new)) if new else None
        copies = [_copy(chunk) for chunk in new]
        if vectors is not None:
            refuse_length(vectors.shape[1], self._dimension)
        self._changes += 1
        self._drop([*(instead_of or ()), *(chunk.chunk_id for chunk in new)])
        if vectors is not None:
            if self._shelf is None or self._shelf.dimension != vectors.shape[1]:
                self._shelf, self._chunks = MemoryShelf(vectors.shape[1]), []
            self._shelf.write(len(self._chunks), [vectors])
        for chunk in copies:
            self._rows[chunk.chunk_id] = len(self._chunks)
            self._chunks.append(chunk)
        self._reclaim()

    def _drop(self, names: list[str]) -> None:
        for name in names:
            row = self._rows.pop(name, None)
            if row is not None:
                self._chunks[row] = None

    def _reclaim(self) -> None:
        """Give back the room of deleted rows when they are many."""
        held = self._held() if len(self._chunks) - len(self._rows) >= max(_MANY_DEAD, len(self._rows)) else None
        if held is None:
            return
        shelf = MemoryShelf(held.exact.shape[1])
        shelf.write(0, [held.exact[held.alive]])
        self._chunks = [chunk for chunk in self._chunks if chunk is not None]
        self._shelf, self._rows = shelf, {chunk.chunk_id: row for row, chunk in enumerate(self._chunks) if chunk is not None}

    def _chunk(self, name: str) -> Chunk:
        chunk = self._chunks[self._rows[name]]
        assert chunk is not None  # noqa: S101  (ids name what is there)
        return chunk

    def _copied(self, row: int) -> Chunk:
        chunk = self._chunks[row]
        assert chunk is not None  # noqa: S101  (found rows are there)
        return _copy(chunk)


def _copy(chunk: Chunk) -> Chunk:
    """A chunk that shares nothing that can be changed. The numbers of its vector need no deep copy."""
    vector = None if chunk.embedding is None else list(chunk.embedding)
    return chunk.model_copy(update={"embedding": vector, "metadata": chunk.metadata.model_copy(deep=True)})


def _numbers(rows: list[int]) -> Array:
    import numpy as np

    return np.array(rows, dtype=np.int64)

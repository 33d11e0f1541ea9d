"""A store in this process: nothing to install, nothing kept. Kind: threaded."""

from __future__ import annotations

import threading

from racto_nb.exceptions import UsageError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.matching import matches
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import Array, checked_top_k, embeddings_of, last_of_each, unit_vectors
from racto_nb.rag.stores.vector_store import BaseVectorStore


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
        self._turn = threading.Lock()
        self._chunks: dict[str, Chunk] = {}
        self._vectors: dict[str, Array] = {}
        self._changes = 0

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        new = last_of_each(chunks)
        if not new:
            return
        with self._turn:
            known = next(iter(self._vectors.values()), None)
            rows = unit_vectors(embeddings_of(new), None if known is None else len(known))
            self._changes += 1
            for chunk, row in zip(new, rows, strict=True):
                self._chunks[chunk.chunk_id] = chunk.model_copy(deep=True)
                self._vectors[chunk.chunk_id] = row

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        import numpy as np

        top_k, condition = checked_top_k(top_k), as_filter(filters)
        with self._turn:
            known = next(iter(self._vectors.values()), None)
            asked = unit_vectors([embedding], None if known is None else len(known))[0]
            among = [name for name, chunk in self._chunks.items() if matches(condition, chunk)]
            if not among:
                return []
            scores = np.stack([self._vectors[name] for name in among]) @ asked
            best = np.argsort(-scores, kind="stable")[:top_k]
            return [
                RetrievalResult(chunk=self._chunks[among[row]].model_copy(deep=True), score=float(scores[row]), rank=rank)
                for rank, row in enumerate(best.tolist(), start=1)
            ]

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        with self._turn:
            self._changes += 1
            for name in chunk_ids:
                self._chunks.pop(name, None)
                self._vectors.pop(name, None)

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        with self._turn:
            self._changes += 1
            self._chunks.clear()
            self._vectors.clear()

    def count(self) -> int:
        """The number of chunks."""
        return len(self._chunks)

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        condition = as_filter(filters)
        with self._turn:
            return [name for name, chunk in self._chunks.items() if matches(condition, chunk)]

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        with self._turn:
            return [self._chunks[name].model_copy(deep=True) for name in chunk_ids if name in self._chunks]

    def revision(self) -> int:
        """How often chunks have come, gone or changed."""
        return self._changes

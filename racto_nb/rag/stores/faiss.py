"""A store on FAISS, in this process, with its chunks in one file when asked. Kind: threaded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filter, Filters, as_filter
from racto_nb.rag.matching import matches
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import (
    Array,
    checked_ids,
    checked_top_k,
    embeddings_of,
    last_of_each,
    refuse_length,
    unit_vectors,
)
from racto_nb.rag.stores.failing import told
from racto_nb.rag.stores.faiss_index import VectorIndex, kind_of
from racto_nb.rag.stores.journal import Entry, Journal, read_from_file, written_to
from racto_nb.rag.stores.payload import read_from, written
from racto_nb.rag.stores.vector_store import BaseVectorStore

_AT_ONCE = 10_000


class FAISSStore(BaseVectorStore):
    """Holds chunks in memory, with their vectors in an index of FAISS: "flat_ip" compares all, "hnsw" is a graph, "ivf" has
    cells. The last two are approximate and pay off from some 100 000 vectors on; a search with filters compares all that fit.

    Vectors may have one number of dimensions; it is that of the first ones unless `dimension` says it. All are kept with length
    one, so scores are cosines with every `index_type`.

    With `index_path`, each change is in that file before a method returns, and the store is there again the next time. A graph
    and cells are not in the file: they are built again when it is opened. Only one store may have the file open
    (StoreLockedError).

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> place = ChunkMetadata(source="notes.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=5, doc_id="notes")
    >>> store = FAISSStore()
    >>> store.add([Chunk(doc_id="notes", content="Hello", embedding=[0.6, 0.8], metadata=place)])
    >>> [(hit.chunk.content, round(hit.score, 2)) for hit in store.search([1, 0])]
    [('Hello', 0.6)]
    """

    def __init__(self, dimension: int | None = None, index_type: str = "flat_ip", *, index_path: str | None = None) -> None:
        self._kind, self._wanted = kind_of(index_type), dimension
        self._path = None if index_path is None else Path(index_path)
        self.writers = "itself" if index_path is None else "one"
        self._turn = threading.RLock()
        self._journal: Journal | None = None
        self._changes = 0
        self._forget()

    @property
    def place(self) -> str:
        """Where the chunks lie, as a later session can find them; "" where that is in memory."""
        return "" if self._path is None else self._path.absolute().as_posix()

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        new = last_of_each(chunks)
        if not new:
            return
        with self._turn:
            self._open()
            rows = unit_vectors(embeddings_of(new), self._dimension)
            entry = Entry("put ", [written(chunk) for chunk in new], rows)
            self._note(entry)
            self._apply(entry)

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        top_k, condition = checked_top_k(top_k), as_filter(filters)
        with self._turn:
            self._open()
            asked = unit_vectors([embedding], self._dimension)[0]
            if self._index is None:
                return []
            if condition is None:
                found = self._index.nearest(asked, top_k)
            else:
                found = self._index.scanned(asked, self._fitting(condition), top_k)
            return [
                RetrievalResult(chunk=self._chunks[number].model_copy(deep=True), score=score, rank=rank)
                for rank, (number, score) in enumerate(found, start=1)
            ]

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        chunk_ids = checked_ids(chunk_ids)
        with self._turn:
            self._open()
            known = [name for name in dict.fromkeys(chunk_ids) if name in self._numbers]
            if known:
                self._note(Entry("drop", known))
                self._apply(Entry("drop", known))

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        with self._turn:
            self._open()
            self._note(Entry("wipe", []))
            self._apply(Entry("wipe", []))

    def count(self) -> int:
        """The number of chunks."""
        with self._turn:
            self._open()
            return len(self._chunks)

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        condition = as_filter(filters)
        with self._turn:
            self._open()
            return [self._chunks[number].chunk_id for number in self._fitting(condition)]

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        chunk_ids = checked_ids(chunk_ids)
        with self._turn:
            self._open()
            numbers = [self._numbers[name] for name in chunk_ids if name in self._numbers]
            found = [self._chunks[number].model_copy(deep=True) for number in numbers]
            for chunk, row in zip(found, self._rows(numbers), strict=True):
                chunk.embedding = row.tolist()
            return found

    def revision(self) -> int:
        """How often chunks have come, gone or changed."""
        with self._turn:
            self._open()
            return self._changes

    def save(self, path: str) -> None:
        """Write all chunks and vectors to the file `path`, as a whole. StoreError where that cannot be done."""
        with self._turn:
            self._open()
            if self._journal is not None and Path(path).absolute() == self._journal.path.absolute():
                told(path, lambda: self._rewrite(self._entries()))
                return
            told(path, lambda: written_to(Path(path), self._entries()))

    def load(self, path: str) -> None:
        """Let the store hold what `save` wrote to `path`, and nothing else. StoreError for a file that is damaged or absent.

        Raises DimensionError when its vectors have not the `dimension` that the store was made for.
        """
        with self._turn:
            self._open()
            same = self._journal is not None and Path(path).absolute() == self._journal.path.absolute()
            if same:
                return
            other = FAISSStore(self._wanted, self._kind)
            for entry in told(path, lambda: read_from_file(Path(path))):
                other._apply(entry)
            told(path, lambda: self._rewrite(other._entries()))
            self._index, self._chunks, self._numbers, self._next = other._index, other._chunks, other._numbers, other._next
            self._changes += 1

    def close(self) -> None:
        """Give the file back; the next use opens it again. A store without one keeps its chunks."""
        with self._turn:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
                self._forget()

    @property
    def _dimension(self) -> int | None:
        return self._wanted if self._index is None else self._index.dimension

    def _forget(self) -> None:
        self._index: VectorIndex | None = None
        self._chunks: dict[int, Chunk] = {}
        self._numbers: dict[str, int] = {}
        self._next = 0

    def _open(self) -> None:
        """Read the file, where there is one to read."""
        if self._path is None or self._journal is not None:
            return
        path = self._path
        journal = told(str(path), lambda: Journal(path))
        try:
            told(str(path), lambda: [self._apply(entry) for entry in journal.read()])
            if self._next > 2 * len(self._chunks) + 1000:  # most of the file is about chunks that are gone
                journal.rewrite(self._entries())
        except BaseException:
            journal.close()
            self._forget()
            raise
        self._journal = journal

    def _note(self, entry: Entry) -> None:
        if (journal := self._journal) is not None:
            told(str(journal.path), lambda: journal.add(entry))

    def _rewrite(self, entries: Iterator[Entry]) -> None:
        if self._journal is not None:
            self._journal.rewrite(entries)

    def _apply(self, entry: Entry) -> None:
        self._changes += 1
        if entry.kind == "wipe":
            self._forget()
            return
        chunks = [read_from(text, str(self._path)) for text in entry.texts] if entry.kind == "put " else []
        names = [chunk.chunk_id for chunk in chunks] or entry.texts
        old = [self._numbers.pop(name) for name in names if name in self._numbers]
        if old and self._index is not None:
            self._index.drop(old)
        for number in old:
            del self._chunks[number]
        if chunks:
            self._put(chunks, entry.vectors)

    def _put(self, chunks: list[Chunk], rows: Array) -> None:
        refuse_length(len(rows[0]), self._dimension)
        if self._index is None:
            self._index = VectorIndex(self._kind, len(rows[0]))
        numbers = list(range(self._next, self._next + len(chunks)))
        self._next += len(chunks)
        self._index.put(numbers, rows)
        self._chunks.update(zip(numbers, chunks, strict=True))
        self._numbers.update((chunk.chunk_id, number) for number, chunk in zip(numbers, chunks, strict=True))

    def _fitting(self, condition: Filter | None) -> list[int]:
        return [number for number, chunk in self._chunks.items() if matches(condition, chunk)]

    def _rows(self, numbers: list[int]) -> Array:
        return [] if self._index is None else self._index.rows(numbers)

    def _entries(self) -> Iterator[Entry]:
        numbers = list(self._chunks)
        for start in range(0, len(numbers), _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            yield Entry("put ", [written(self._chunks[number]) for number in part], self._rows(part))

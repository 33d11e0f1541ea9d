"""The default store: rows and filters in DuckDB, vectors in files beside it, one folder on the disk. Kind: threaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, cast

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import Array, checked_ids, checked_top_k, embeddings_of, last_of_each, unit_vectors
from racto_nb.rag.stores.duck.batches import batch_of, batch_of_arrays, ids_of
from racto_nb.rag.stores.duck.database import Cursor, rows_of_ids, rows_where
from racto_nb.rag.stores.duck.lending import Sessions
from racto_nb.rag.stores.duck.picking import mask_of
from racto_nb.rag.stores.duck.searching import IndexKind
from racto_nb.rag.stores.duck.session import Incoming, Session
from racto_nb.rag.stores.duck.showing import Running, chunks_in
from racto_nb.rag.stores.duck.standing import Standing
from racto_nb.rag.stores.vector_store import Arrays, BaseVectorStore
from racto_nb.rag.vectors.held import Found
from racto_nb.rag.vectors.rounding import blocks


class DuckDBStore(BaseVectorStore):
    """Chunks in the folder `path` (None: in memory until the process ends), each change whole or not at all.

    `dimension` is how many numbers a vector has; None takes that of the first one, which the store remembers until it is cleared.
    `index` is how a search goes: "auto" looks at every row and misses none, and from 200 000 rows on uses the graph that
    `build_index` made; "hnsw" keeps a graph from the beginning; "exact" never uses one. With `read_only` any number of processes
    read at once, and nothing can be changed. The folder is opened by the first use: a StoreError tells what is wrong with it, a
    StoreLockedError which process writes to it.

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> place = ChunkMetadata(source="notes.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=5, doc_id="notes")
    >>> store = DuckDBStore()
    >>> store.add([Chunk(doc_id="notes", content="Hello", embedding=[0.6, 0.8], metadata=place)])
    >>> [(hit.chunk.content, round(hit.score, 2)) for hit in store.search([1, 0], filters={"source": "notes.txt"})]
    [('Hello', 0.6)]
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        dimension: int | None = None,
        index: IndexKind = "auto",
        read_only: bool = False,
    ) -> None:
        if index not in {"auto", "exact", "hnsw"}:
            raise UsageError(f"index is 'auto', 'exact' or 'hnsw', not {index!r}.")
        self._path, self._dimension = None if path is None else expanded(path).absolute(), dimension
        self.writers = "itself" if path is None else "one"
        self._sessions = Sessions(self._path, lambda: Session(self._path, index, read_only=read_only))

    def _opened(self) -> AbstractContextManager[Session]:
        return self._sessions.lent()

    @property
    def place(self) -> str:
        """Where the chunks lie, as a later session can find them; "" where that is in memory."""
        return "" if self._path is None else self._path.as_posix()

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        if incoming := self._incoming(chunks):
            with self._opened() as session:
                session.add(incoming, dimension=self._dimension)

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source`, in one step: after a kill it is all of before, or all of this."""
        if incoming := self._incoming(chunks):
            with self._opened() as session:
                session.add(incoming, source=source, dimension=self._dimension)
        else:
            with self._opened() as session:
                session.delete(lambda cursor: rows_where(cursor, "SELECT row FROM chunks WHERE source = ?", [source]))

    def add_arrays(
        self,
        ids: Sequence[str],
        texts: Sequence[str],
        matrix: Array,
        metadata: Sequence[Mapping[str, object]] | None = None,
        *,
        source: str = "arrays",
    ) -> None:
        """Put `texts` with the rows of `matrix` as their vectors into the store: all or, after an error, none.

        `metadata` has a mapping for each text; keys that chunks have themselves (`source`, `page`, `doc_id`, …)
        are those. Without a `doc_id` all are of one document, named as the `source` is.
        """
        import numpy as np

        vectors = np.asarray(matrix)
        if vectors.ndim != 2 or len(vectors) != len(ids):  # noqa: PLR2004  (rows and columns)
            msg = f"matrix has a row for each of the {len(ids)} ids, not the shape {vectors.shape}."
            raise UsageError(msg)
        if len(set(ids)) != len(ids):
            kept = list({name: place for place, name in enumerate(ids)}.values())
            ids, texts = [ids[place] for place in kept], [texts[place] for place in kept]
            vectors, metadata = vectors[kept], None if metadata is None else [metadata[place] for place in kept]
        if len(ids) > 0:
            batch = batch_of_arrays(ids, texts, metadata, source)
            with self._opened() as session:
                session.add(Incoming(batch, vectors.shape[1], _units(vectors)), dimension=self._dimension)

    async def aadd_arrays(
        self,
        ids: Sequence[str],
        texts: Sequence[str],
        matrix: Array,
        metadata: Sequence[Mapping[str, object]] | None = None,
        *,
        source: str = "arrays",
    ) -> None:
        """Put `texts` with the rows of `matrix` as their vectors into the store: all or, after an error, none."""
        await in_thread(self.add_arrays, ids, texts, matrix, metadata, source=source)

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        top_k, condition = checked_top_k(top_k), as_filter(filters)

        def work(standing: Standing, cursor: Cursor) -> list[RetrievalResult]:
            found = session.nearest(standing, embedding, top_k, mask_of(condition, standing, cursor))
            chunks = chunks_in(cursor, standing, found.rows)
            hits = [(chunks[row], score) for row, score in zip(*map(_listed, found), strict=True) if row in chunks]
            return [RetrievalResult(chunk=chunk, score=score, rank=rank) for rank, (chunk, score) in enumerate(hits, start=1)]

        with self._opened() as session:
            return session.reading(work)

    def search_ids(self, embedding: Sequence[float] | Array, top_k: int = 5, rows: Array | None = None) -> Found:
        """The numbers of the rows nearest to `embedding`, with their scores, and nothing read from the database.

        `rows` are those to look at: truth values as `rows_for` gives them, or row numbers; None for all. Numbers of rows hold
        until the store is cleared or compacted.
        """
        with self._opened() as session:
            return session.nearest(session.standing(), embedding, checked_top_k(top_k), rows)

    async def asearch_ids(self, embedding: Sequence[float] | Array, top_k: int = 5, rows: Array | None = None) -> Found:
        """The numbers of the rows nearest to `embedding`, with their scores, and nothing read from the database."""
        return await in_thread(self.search_ids, embedding, top_k, rows)

    def rows_for(self, filters: Filters = None) -> Array:
        """Which rows fit `filters`, as truth values by their numbers."""
        condition = as_filter(filters)

        def work(standing: Standing, cursor: Cursor) -> Array:
            import numpy as np

            if standing.held is None:
                return np.zeros(0, np.bool_)
            alive, mask = standing.held.alive, mask_of(condition, standing, cursor)
            return alive if mask is None else alive & mask

        with self._opened() as session:
            return session.reading(work)

    async def arows_for(self, filters: Filters = None) -> Array:
        """Which rows fit `filters`, as truth values by their numbers."""
        return await in_thread(self.rows_for, filters)

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        if known := ids_of(checked_ids(chunk_ids)):
            with self._opened() as session:
                session.delete(lambda cursor: rows_of_ids(cursor, known))

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then, unless the store was made for one."""
        with self._opened() as session:
            session.clear()

    def count(self) -> int:
        """The number of chunks."""
        with self._opened() as session:
            return session.standing().count

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        condition = as_filter(filters)

        def work(standing: Standing, cursor: Cursor) -> list[str]:
            mask = mask_of(condition, standing, cursor)
            every, some = "SELECT chunk_id FROM chunks", " WHERE row IN (SELECT unnest(?))"
            found = cursor.execute(every) if mask is None else cursor.execute(every + some, [mask.nonzero()[0].tolist()])
            return [name for (name,) in cast("list[tuple[str]]", found.fetchall())]

        with self._opened() as session:
            return session.reading(work)

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors (of length one), in their order. Unknown ids are passed over."""
        known = ids_of(checked_ids(chunk_ids))

        def work(standing: Standing, cursor: Cursor) -> list[Chunk]:
            chunks = chunks_in(cursor, standing, rows_of_ids(cursor, known))
            by_id = {chunk.chunk_id: chunk for chunk in chunks.values()}
            return [by_id[name] for name in known if name in by_id]

        with self._opened() as session:
            return session.reading(work)

    def sources(self) -> dict[str, int]:
        """The sources of the chunks, by name, with how many chunks each has."""
        return dict(self.sql("SELECT source, count(*) FROM chunks GROUP BY source ORDER BY source").rows())

    def arrays(self) -> Arrays:
        """All chunks as columns: ids, sources, and vectors of length one as the rows of a matrix, in no order."""

        def work(standing: Standing, cursor: Cursor) -> Arrays:
            import numpy as np

            if standing.held is None:
                return Arrays([], [], np.zeros((0, 0), np.float32))
            found = cursor.execute("SELECT row, chunk_id, source FROM chunks ORDER BY row").fetchnumpy()
            rows = np.asarray(found["row"])
            here = rows < len(standing.held.exact)  # what came while it was read is read again
            ids, sources = (_listed(found[name][here]) for name in ("chunk_id", "source"))
            return Arrays(ids, sources, standing.held.exact[rows[here]])

        with self._opened() as session:
            return session.reading(work)

    def revision(self) -> object:
        """A value that is another one whenever chunks have come, gone or changed, or the folder was opened again."""
        with self._opened() as session:
            return session.revision

    def sql(self, query: str, values: Sequence[object] = (), *, library: Literal["polars", "pandas"] = "polars") -> Any:
        """What a SELECT over the table `chunks` gives, as a frame of polars or pandas. Nothing can be changed by it."""
        return Running(query, list(values), library).answered(self._opened)

    async def asql(self, query: str, values: Sequence[object] = (), *, library: Literal["polars", "pandas"] = "polars") -> Any:
        """What a SELECT over the table `chunks` gives, as a frame of polars or pandas. Nothing can be changed by it."""
        return await Running(query, list(values), library).aanswered(self._opened)

    def compact(self) -> None:
        """Give back the room of deleted chunks. It happens by itself when they are more than half."""
        with self._opened() as session:
            session.compact()

    async def acompact(self) -> None:
        """Give back the room of deleted chunks. It happens by itself when they are more than half."""
        await in_thread(self.compact)

    def snapshot(self, folder: str | os.PathLike[str]) -> None:
        """Make a copy in `folder`, new or empty, which others can read while this process goes on writing here."""
        with self._opened() as session:
            session.snapshot(expanded(folder).absolute())

    async def asnapshot(self, folder: str | os.PathLike[str]) -> None:
        """Make a copy in `folder`, new or empty, which others can read while this process goes on writing here."""
        await in_thread(self.snapshot, folder)

    def build_index(self) -> int:
        """Build the graph of near neighbours of all rows, about a millisecond each, and return how many were added.

        From 200 000 rows on searches use it then, unless the store was made with index="exact". It is kept in the folder, and
        later chunks are added to it.
        """
        with self._opened() as session:
            return session.build_index()

    async def abuild_index(self) -> int:
        """Build the graph of near neighbours of all rows, about a millisecond each, and return how many were added."""
        return await in_thread(self.build_index)

    def close(self) -> None:
        """Give the folder back, so that others may write. The next use opens it again. What is in memory only stays."""
        self._sessions.close()

    def _incoming(self, chunks: list[Chunk]) -> Incoming | None:
        new = last_of_each(chunks)
        if not new:
            return None
        vectors = unit_vectors(embeddings_of(new), self._dimension)
        return Incoming(batch_of(new), vectors.shape[1], [vectors])


def _listed(column: Array) -> list[Any]:
    return column.tolist()


def _units(matrix: Array) -> Iterator[Array]:
    """The rows of `matrix` of length one, block by block, so that no copy of all is made."""
    import numpy as np

    for here in blocks(len(matrix), 2_048):
        block = np.asarray(matrix[here], dtype=np.float32)
        squares = np.einsum("ij,ij->i", block, block)
        near = np.abs(squares - 1) < 1e-6  # noqa: PLR2004  (as good as float32 tells)
        yield block if near.all() else unit_vectors(block)

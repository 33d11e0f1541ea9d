"""A store over a database: what is common to all of them, written once as flows over a port. Kind: flow."""

from __future__ import annotations

from typing import cast

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import checked_ids, checked_top_k, embeddings_of, last_of_each, unit_vectors
from racto_nb.rag.stores.payload import fields_of, read_from, written
from racto_nb.rag.stores.pushing import Words, pushed
from racto_nb.rag.stores.rows import Clear, Close, Dimension, Read, Remove, Row, Size, Write
from racto_nb.rag.stores.vector_store import BaseVectorStore
from racto_nb.rag.stores.widening import RowPort, Wish, listed, widened

NO_LIMIT = 2**31


class RowStore(BaseVectorStore):
    """What stores over databases share. A store of one gives its constructor a port for the requests of `rows.py`, the `words`
    of its filters, its `place` for errors, and how many neighbours it gives at `most`.
    """

    def __init__(self, port: RowPort, *, words: Words, place: str, most: int = NO_LIMIT) -> None:
        self._port, self._words, self._place, self._most = port, words, place, most

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        SyncDriver().run(self._added(chunks))

    async def aadd(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        await AsyncDriver().run(self._added(chunks))

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        return SyncDriver().run(self._searched(embedding, top_k, filters))

    async def asearch(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        return await AsyncDriver().run(self._searched(embedding, top_k, filters))

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        SyncDriver().run(self._deleted(chunk_ids))

    async def adelete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        await AsyncDriver().run(self._deleted(chunk_ids))

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        SyncDriver().run(send(self._port, Clear()))

    async def aclear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        await AsyncDriver().run(send(self._port, Clear()))

    def count(self) -> int:
        """The number of chunks."""
        return cast("int", SyncDriver().run(send(self._port, Size())))

    async def acount(self) -> int:
        """The number of chunks."""
        return cast("int", await AsyncDriver().run(send(self._port, Size())))

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        return SyncDriver().run(self._listed(filters))

    async def achunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        return await AsyncDriver().run(self._listed(filters))

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        return SyncDriver().run(self._got(chunk_ids))

    async def aget(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        return await AsyncDriver().run(self._got(chunk_ids))

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata): the new ones come before the old ones go."""
        SyncDriver().run(self._replaced(source, chunks))

    async def areplace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata): the new ones come before the old ones go."""
        await AsyncDriver().run(self._replaced(source, chunks))

    def close(self) -> None:
        """Give back files and connections. The next use opens them again."""
        SyncDriver().run(send(self._port, Close()))

    async def aclose(self) -> None:
        """Give back files and connections. The next use opens them again."""
        await AsyncDriver().run(send(self._port, Close()))

    def _added(self, chunks: list[Chunk]) -> Flow[None]:
        new = last_of_each(chunks)
        if not new:
            return
        expected = yield from self._dimension()
        vectors = unit_vectors(embeddings_of(new), expected)
        rows = [Row(chunk.chunk_id, written(chunk), fields_of(chunk), row) for chunk, row in zip(new, vectors, strict=True)]
        yield from send(self._port, Write(rows))

    def _searched(self, embedding: list[float], top_k: int, filters: Filters) -> Flow[list[RetrievalResult]]:
        top_k, condition = checked_top_k(top_k), as_filter(filters)
        expected = yield from self._dimension()
        asked = unit_vectors([embedding], expected)[0]
        if expected is None:
            return []
        wish = Wish(self._place, asked, top_k, condition, pushed(condition, self._words))
        hits = yield from widened(self._port, wish, most=self._most)
        return [RetrievalResult(chunk=chunk, score=score, rank=rank) for rank, (chunk, score) in enumerate(hits, start=1)]

    def _deleted(self, chunk_ids: list[str]) -> Flow[None]:
        if names := checked_ids(chunk_ids):
            yield from send(self._port, Remove(list(dict.fromkeys(names))))

    def _listed(self, filters: Filters) -> Flow[list[str]]:
        condition = as_filter(filters)
        return (yield from listed(self._port, self._place, condition, pushed(condition, self._words)))

    def _got(self, chunk_ids: list[str]) -> Flow[list[Chunk]]:
        if not (names := checked_ids(chunk_ids)):
            return []
        rows = cast("list[Row]", (yield from send(self._port, Read(list(dict.fromkeys(names))))))
        known = {row.chunk_id: row for row in rows}
        return [read_from(row.body, self._place, row.vector) for name in names if (row := known.get(name)) is not None]

    def _replaced(self, source: str, chunks: list[Chunk]) -> Flow[None]:
        kept = {chunk.chunk_id for chunk in chunks}
        old = [name for name in (yield from self._listed({"source": source})) if name not in kept]
        yield from self._added(chunks)
        yield from self._deleted(old)

    def _dimension(self) -> Flow[int | None]:
        return cast("int | None", (yield from send(self._port, Dimension())))

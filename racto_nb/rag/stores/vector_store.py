"""What every vector store is. Kind: threaded, unless the library of a store has an async client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Literal, NamedTuple, Self, TypeAlias

from racto_nb.exceptions import UnsupportedError
from racto_nb.flow.threads import in_thread
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import Array, embeddings_of, unit_vectors

_PAGE = 1_000
Writers: TypeAlias = Literal["many", "one", "itself"]
"""Which processes may write: many, as to a server; one at a time, as to a file; or only the one that has it in memory."""


class Arrays(NamedTuple):
    """All of a store as columns: the `ids` of its chunks, their `sources`, and the rows of `vectors` (float32, of length one)."""

    ids: list[str]
    sources: list[str]
    vectors: Array


class BaseVectorStore(ABC):
    """Holds chunks by their vectors. Derive from it for a database of your own: the five abstract methods are enough to search.

    The vectors of one store have the same number of dimensions. Scores are cosine similarities, higher is nearer. A store may be
    used from several threads. The async twins here do the work in a thread.

    `writers` says which processes may write to it: "many" (a server), "one" at a time (a file), or "itself" alone, in memory.
    """

    writers: Writers = "many"

    @property
    def place(self) -> str:
        """Where the chunks lie, as a later session can find them; "" where that is in memory, or where the store cannot say."""
        return ""

    @abstractmethod
    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced.

        Raises UsageError for a chunk without a vector, and DimensionError for a vector of another length.
        """
        ...

    async def aadd(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store: all or, after an error, none. A known `chunk_id` is replaced."""
        await in_thread(self.add, chunks)

    @abstractmethod
    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more.

        Raises DimensionError for a vector of another length, UsageError for a vector without a direction or a `top_k` below 1.
        """
        ...

    async def asearch(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        return await in_thread(self.search, embedding, top_k, filters)

    @abstractmethod
    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        ...

    async def adelete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        await in_thread(self.delete, chunk_ids)

    @abstractmethod
    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        ...

    async def aclear(self) -> None:
        """Remove all chunks. Vectors of another length may come then."""
        await in_thread(self.clear)

    @abstractmethod
    def count(self) -> int:
        """The number of chunks."""
        ...

    async def acount(self) -> int:
        """The number of chunks."""
        return await in_thread(self.count)

    def chunk_ids(self, filters: Filters = None) -> list[str]:  # noqa: ARG002  (those that can list them use it)
        """The ids of all chunks that fit `filters`, in no order. UnsupportedError where a store cannot list them."""
        raise self._cannot("list its chunks")

    async def achunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order. UnsupportedError where a store cannot list them."""
        return await in_thread(self.chunk_ids, filters)

    def get(self, chunk_ids: list[str]) -> list[Chunk]:  # noqa: ARG002  (those that can give them use it)
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        raise self._cannot("give a chunk by its id")

    async def aget(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors, in their order. Unknown ids are passed over."""
        return await in_thread(self.get, chunk_ids)

    def sources(self) -> dict[str, int]:
        """The sources of the chunks, by name, with how many chunks each has. UnsupportedError where a store cannot list them."""
        return dict(sorted(Counter(chunk.metadata.source for page in self._pages() for chunk in page).items()))

    async def asources(self) -> dict[str, int]:
        """The sources of the chunks, by name, with how many chunks each has. UnsupportedError where a store cannot list them."""
        return await in_thread(self.sources)

    def arrays(self) -> Arrays:
        """All chunks as columns: ids, sources, and vectors of length one as the rows of a matrix, in no order.

        UnsupportedError where a store cannot list its chunks.
        """
        import numpy as np

        ids: list[str] = []
        sources: list[str] = []
        blocks: list[Array] = []
        for page in self._pages():
            ids += [chunk.chunk_id for chunk in page]
            sources += [chunk.metadata.source for chunk in page]
            if page:
                blocks.append(unit_vectors(embeddings_of(page)))
        return Arrays(ids, sources, np.concatenate(blocks) if blocks else np.zeros((0, 0), np.float32))

    async def aarrays(self) -> Arrays:
        """All chunks as columns: ids, sources, and vectors of length one as the rows of a matrix, in no order."""
        return await in_thread(self.arrays)

    def _pages(self) -> Iterator[list[Chunk]]:
        names = self.chunk_ids()
        return (self.get(names[first : first + _PAGE]) for first in range(0, len(names), _PAGE))

    def revision(self) -> object | None:
        """Another value whenever chunks have come, gone or changed. None where that cannot be told at little cost.

        What is derived from all chunks, such as an index of their words, is made again when it changes; without one, when the ids
        of the chunks do.
        """
        return None

    async def arevision(self) -> object | None:
        """Another value whenever chunks have come, gone or changed. None where that cannot be told at little cost."""
        return await in_thread(self.revision)

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata), in one step where the store can.

        Elsewhere the new ones come before the old ones go: an interruption leaves too many and not too few, and doing it again
        mends that.
        """
        kept = {chunk.chunk_id for chunk in chunks}
        old = [chunk_id for chunk_id in self.chunk_ids({"source": source}) if chunk_id not in kept]
        if chunks:
            self.add(chunks)
        if old:
            self.delete(old)

    async def areplace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata), in one step where the store can."""
        await in_thread(self.replace, source, chunks)

    def close(self) -> None:  # noqa: B027  (many stores hold nothing)
        """Give back files and connections. The next use opens them again, where there is anything to open."""

    async def aclose(self) -> None:
        """Give back files and connections. The next use opens them again, where there is anything to open."""
        await in_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def _cannot(self, wish: str) -> UnsupportedError:
        name = type(self).__name__
        msg = f"{name} cannot {wish}: the class does not define it. Every store that comes with racto_nb can."
        return UnsupportedError(msg, provider=name, wish=wish)

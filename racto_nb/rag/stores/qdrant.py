"""A store in Qdrant: a server, a folder, or memory. Kind: flow; over a server both colours have a client of their own."""

from __future__ import annotations

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.failing import one_of
from racto_nb.rag.stores.qdrant_exchange import Place
from racto_nb.rag.stores.qdrant_port import LocalPort, ServerPort
from racto_nb.rag.stores.qdrant_words import QdrantWords
from racto_nb.rag.stores.row_store import RowStore


class QdrantStore(RowStore):
    """Holds chunks in the `collection` of a Qdrant server at `url`, in the folder `path`, or, with neither, in this process.

    `api_key` is the server's. Vectors may have one number of dimensions; it is that of the first ones unless `dimension` says it.
    `batch_size` chunks are written at a time. `client` is a `qdrant_client.QdrantClient` of yours instead; you close it.

    Of each chunk, Qdrant gets the text "chunk" and the object "fields" for filters. A folder is made for small collections: each
    chunk is brought to the disk on its own, some milliseconds each, and a search looks at all of them. Only one process may have
    it open (StoreLockedError).

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> place = ChunkMetadata(source="notes.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=5, doc_id="notes")
    >>> with QdrantStore() as store:
    ...     store.add([Chunk(doc_id="notes", content="Hello", embedding=[0.6, 0.8], metadata=place)])
    ...     [(hit.chunk.content, round(hit.score, 2)) for hit in store.search([1, 0])]
    [('Hello', 0.6)]
    """

    def __init__(
        self,
        collection: str = "ractogateway",
        *,
        url: str | None = None,
        path: str | None = None,
        api_key: str | None = None,
        distance: str = "cosine",
        dimension: int | None = None,
        batch_size: int = 100,
        client: object | None = None,
    ) -> None:
        refuse_distance(distance)
        one_of({"url": url, "path": path, "client": None if client is None else "…"})
        place = Place(collection, url, path, api_key, dimension, batch_size, client)
        super().__init__(ServerPort(place) if url else LocalPort(place), words=QdrantWords(), place=place.name)
        self.writers = "one" if path else "many" if url or client is not None else "itself"


def refuse_distance(distance: str) -> None:
    """UsageError for another measure than the cosine, in which all stores give their scores."""
    if distance.lower() != "cosine":
        msg = f"QdrantStore compares by distance='cosine' only, as all stores do, not by {distance!r}."
        raise UsageError(msg)

"""A store in Chroma: a folder, a server, or memory. Kind: threaded."""

from __future__ import annotations

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.chroma_port import ChromaPort, Place
from racto_nb.rag.stores.chroma_words import ChromaWords
from racto_nb.rag.stores.failing import one_of
from racto_nb.rag.stores.row_store import RowStore


class ChromaStore(RowStore):
    """Holds chunks in a Chroma `collection`: in the folder `path` (also called `persist_directory`), on the server at `host` and
    `port`, or, with neither, in this process until it ends.

    `client` is a client of chromadb of yours instead; you close it. Chroma's telemetry is off, and its own embedder is not
    used. The store makes the collection; it needs one of its own, which compares by cosine.

    Of each chunk, Chroma gets the field "racto_chunk", which is all of it, and its plain fields for filters.
    """

    def __init__(
        self,
        collection: str = "ractogateway",
        *,
        path: str | None = None,
        persist_directory: str | None = None,
        host: str | None = None,
        port: int = 8000,
        distance_function: str = "cosine",
        client: object | None = None,
    ) -> None:
        if distance_function.lower() != "cosine":
            msg = f"ChromaStore compares by distance_function='cosine' only, as all stores do, not by {distance_function!r}."
            raise UsageError(msg)
        folder = one_of({"path": path, "persist_directory": persist_directory})
        one_of({"path": folder, "host": host, "client": None if client is None else "…"})
        place = Place(collection, folder, host, port, client)
        super().__init__(ChromaPort(place), words=ChromaWords(), place=place.name)
        self.writers = "many" if folder or host or client is not None else "itself"

"""The requests of a store, performed by chromadb: the one place that imports it. Kind: threaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import StoreError
from racto_nb.flow.threads import ThreadedPort
from racto_nb.rag.stores.batching import in_batches, performed
from racto_nb.rag.stores.failing import told
from racto_nb.rag.stores.rows import (
    Clear,
    Close,
    Dimension,
    Found,
    Nearest,
    Page,
    Read,
    Remove,
    Request,
    Row,
    Rows,
    Size,
    Write,
    reply_of_nothing,
)

BODY = "racto_chunk"
"""The field that holds the chunk. In Chroma's own "document" it would be indexed letter by letter, at twice the cost."""

PAGE = 1000
_PROBE = {"limit": 1, "include": ["embeddings"]}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is: a folder, a server, a client of the user's, or with none of them this process."""

    collection: str
    path: str | None
    host: str | None
    port: int
    client: Any

    @property
    def name(self) -> str:
        where = self.path or (f"{self.host}:{self.port}" if self.host else "this process")
        return f"Chroma collection {self.collection!r} at {where}"


class ChromaPort(ThreadedPort[Request, Any]):
    """One thread at a time. The collection is made by the first rows, which say how many dimensions there are."""

    def __init__(self, place: Place) -> None:
        super().__init__("chroma")
        self._place, self._client = place, place.client
        self._found: Any = None
        self._dimension: int | None = None

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        try:
            return told(self._place.name, lambda: self._reply(request))
        except StoreError:
            self._found = self._dimension = None  # perhaps another one took the collection away: look again
            raise

    def _reply(self, request: Request) -> Any:
        match request:
            case Close():
                return self._close()
            case Clear():
                return self._clear()
            case Write(rows):
                return performed(in_batches(rows, self._opened().get_max_batch_size()), self._small)
            case Dimension():
                return self._known_dimension()
            case _:
                return self._small(request)

    def _small(self, request: Request) -> Any:
        collection = self._collection(make=isinstance(request, Write))
        if collection is None:
            return reply_of_nothing(request)
        match request:
            case Size():
                return collection.count()
            case Nearest():
                return _nearest(collection, request)
            case Page():
                return _page(collection, request)
            case Read(chunk_ids):
                return _rows(collection.get(ids=chunk_ids, include=["metadatas", "embeddings"]))
            case Remove(chunk_ids):
                return _removed(collection, chunk_ids)
            case Write(rows):
                return _upsert(collection, rows)
            case _:
                return None

    def _opened(self) -> Any:
        if self._client is None:
            self._client = _client(self._place)
        return self._client

    def _collection(self, *, make: bool = False) -> Any:
        """The collection, None where there is none. Chroma's own embedder, which fetches a model, is left out."""
        if self._found is None:
            client, name = self._opened(), self._place.collection
            try:
                self._found = client.get_collection(name, embedding_function=None)
            except _library().errors.NotFoundError:
                if not make:
                    return None
                settings = {"hnsw": {"space": "cosine"}}
                self._found = client.get_or_create_collection(name, embedding_function=None, configuration=settings)
            _refuse_other_space(self._found, self._place.name)
        return self._found

    def _known_dimension(self) -> int | None:
        if self._dimension is None and (collection := self._collection()) is not None:
            first = collection.get(**_PROBE)["embeddings"]
            self._dimension = len(first[0]) if len(first) else None
        return self._dimension

    def _clear(self) -> None:
        if self._collection() is not None:
            self._opened().delete_collection(self._place.collection)
        self._found = self._dimension = None

    def _close(self) -> None:
        self._found = None
        if self._client is not None and self._place.path is not None and self._place.client is None:
            self._client.close()
            self._client = None


def _client(place: Place) -> Any:
    library = _library()
    settings = imported("chromadb.config", extra="rag-chroma").Settings(anonymized_telemetry=False)
    if place.path is not None:
        return library.PersistentClient(place.path, settings=settings)
    if place.host is not None:
        return library.HttpClient(host=place.host, port=place.port, settings=settings)
    return library.EphemeralClient(settings=settings)


def _library() -> Any:
    return imported("chromadb", extra="rag-chroma")


def _refuse_other_space(collection: Any, place: str) -> None:
    known: dict[str, Any] = collection.configuration_json  # `configuration` warns where there is no embedder
    index: dict[str, Any] = known.get("hnsw") or known.get("spann") or {}
    if (space := index.get("space")) != "cosine":
        msg = f"{place} compares by {space!r}. racto_nb's stores compare by cosine: give it a collection of its own."
        raise StoreError(msg, place=place)


def _upsert(collection: Any, rows: list[Row]) -> None:
    import numpy as np

    collection.upsert(
        ids=[row.chunk_id for row in rows],
        embeddings=np.stack([row.vector for row in rows]),
        metadatas=[{**row.fields, BODY: row.body} for row in rows],
    )


def _removed(collection: Any, chunk_ids: list[str]) -> None:
    known = collection.get(ids=chunk_ids, include=[])["ids"]
    if known:
        collection.delete(ids=known)


def _nearest(collection: Any, request: Nearest) -> list[Found]:
    if not (count := min(request.count, collection.count())):
        return []
    asked = {"query_embeddings": [request.vector], "n_results": count, "where": request.where}
    found = collection.query(**asked, include=["metadatas", "distances"])
    rows = zip(found["ids"][0], found["metadatas"][0], found["distances"][0], strict=True)
    return [Found(Row(name, _body(fields)), 1.0 - distance) for name, fields, distance in rows]


def _page(collection: Any, request: Page) -> Rows:
    start = request.after or 0
    include = (["metadatas"] if request.bodies else []) + (["embeddings"] if request.vectors else [])
    found = _rows(collection.get(where=request.where, limit=PAGE, offset=start, include=include))
    return Rows(found, start + PAGE if len(found) == PAGE else None)


def _rows(found: Any) -> list[Row]:
    names: list[str] = found["ids"]
    metadatas, vectors = found["metadatas"], found["embeddings"]
    return [
        Row(
            name,
            "" if metadatas is None else _body(metadatas[row]),
            vector=None if vectors is None else vectors[row],
        )
        for row, name in enumerate(names)
    ]


def _body(fields: dict[str, Any] | None) -> str:
    return (fields or {}).get(BODY, "")

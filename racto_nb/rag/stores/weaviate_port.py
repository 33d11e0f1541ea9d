"""The requests of a store, performed by weaviate-client: the one place that imports it. Kind: threaded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from racto_nb._extras import imported
from racto_nb.exceptions import StoreError, UsageError
from racto_nb.rag.stores.batching import in_batches, performed
from racto_nb.rag.stores.failing import password_in, told, without_password
from racto_nb.rag.stores.payload import key_of
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
    SideBySidePort,
    Size,
    Write,
    reply_of_nothing,
)
from racto_nb.rag.stores.weaviate_words import Asked, HasOne, word_of

BODY, FIELDS = "racto_chunk", "racto_fields"
"""The text that is the chunk, and the list of words that are its fields."""
MOST_HITS = 10_000
"""What a server gives at once, unless it is told otherwise (QUERY_MAXIMUM_RESULTS)."""
_PAGE = 500
_GRPC_PORT, _SECURE_PORT, _PLAIN_PORT = 50051, 443, 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is. What may be secret is not in its repr."""

    class_name: str
    url: str | None = field(repr=False)
    api_key: str | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    batch_size: int
    grpc_host: str | None
    grpc_port: int | None

    @property
    def name(self) -> str:
        where = without_password(self.url) if self.url else "a client of yours"
        return f"Weaviate collection {self.class_name!r} at {where}"

    @property
    def secrets(self) -> list[str | None]:
        return [self.api_key, *self.headers.values(), password_in(self.url) if self.url else None]


class WeaviatePort(SideBySidePort):
    """Any number of threads at once: the client is made for it."""

    def __init__(self, place: Place, client: Any) -> None:
        self._place, self._client, self._own = place, client, client is None
        self._turn = threading.Lock()

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        if isinstance(request, Close):
            return self._close()
        return told(self._place.name, lambda: self._reply(request), secrets=self._place.secrets)

    def _reply(self, request: Request) -> Any:
        client, name = self._opened(), self._place.class_name
        there = client.collections.exists(name)
        match request:
            case Clear():
                return client.collections.delete(name) if there else None
            case Write(rows):
                collection = client.collections.use(name) if there else _made(client, name)
                return performed(in_batches(rows, self._place.batch_size), lambda step: self._small(collection, step))
            case _:
                return self._small(client.collections.use(name), request) if there else reply_of_nothing(request)

    def _small(self, collection: Any, request: Request) -> Any:
        match request:
            case Dimension():
                first = _objects(collection.query.fetch_objects(limit=1, include_vector=True))
                return len(first[0].vector) if first else None
            case Size():
                return collection.aggregate.over_all(total_count=True).total_count
            case Nearest():
                return _nearest(collection, request)
            case Page():
                return _page(collection, request)
            case Read(chunk_ids):
                return _read(collection, [key_of(name) for name in chunk_ids])
            case Write(rows):
                return _written(collection, rows, self._place.name)
            case Remove(chunk_ids):
                return _removed(collection, [key_of(name) for name in chunk_ids])
            case _:
                return None

    def _opened(self) -> Any:
        with self._turn:
            if self._client is None:
                self._client = _connected(self._place)
            return self._client

    def _close(self) -> None:
        with self._turn:
            if self._own and self._client is not None:
                self._client.close()
                self._client = None


def _library(part: str = "") -> Any:
    return imported(f"weaviate{part}", extra="rag-weaviate")


def _connected(place: Place) -> Any:
    address = urlsplit(place.url or "")
    if not address.hostname or address.scheme not in {"http", "https"}:
        given = without_password(place.url or "")
        msg = f"url is the address of a Weaviate server, such as 'http://localhost:8080', not {given!r}."
        raise UsageError(msg)
    secure = address.scheme == "https"
    return _library().connect_to_custom(
        http_host=address.hostname,
        http_port=address.port or (_SECURE_PORT if secure else _PLAIN_PORT),
        http_secure=secure,
        grpc_host=place.grpc_host or address.hostname,
        grpc_port=place.grpc_port or (_SECURE_PORT if secure else _GRPC_PORT),
        grpc_secure=secure,
        headers=place.headers or None,
        auth_credentials=_library(".auth").AuthApiKey(place.api_key) if place.api_key else None,
        skip_init_checks=True,  # they ask pypi.org whether there is a newer client; the first request finds out the rest
    )


def _made(client: Any, name: str) -> Any:
    """The collection, made now. Its texts are in no index of words, and its fields are compared letter for letter."""
    words = _library(".classes.config")
    text, letters = words.DataType, words.Tokenization.FIELD
    plain = {"index_searchable": False, "tokenization": letters}
    cosine = words.Configure.VectorIndex.hnsw(distance_metric=words.VectorDistances.COSINE)
    return client.collections.create(
        name,
        vector_config=words.Configure.Vectors.self_provided(vector_index_config=cosine),
        properties=[
            words.Property(name=BODY, data_type=text.TEXT, index_filterable=False, **plain),
            words.Property(name=FIELDS, data_type=text.TEXT_ARRAY, index_filterable=True, **plain),
        ],
    )


def _condition(asked: Asked | None) -> Any:
    filters = _library(".classes.query").Filter
    if asked is None:
        return None
    if isinstance(asked, HasOne):
        return filters.by_property(FIELDS).contains_any(list(asked.words))
    parts = [_condition(part) for part in asked.parts]
    return filters.all_of(parts) if asked.how == "all" else filters.any_of(parts)


def _written(collection: Any, rows: list[Row], place: str) -> None:
    """Put the rows in. What has the same id is replaced, as Weaviate does with what comes in batches."""
    made = _library(".classes.data").DataObject
    done = collection.data.insert_many(
        [
            made(
                uuid=key_of(row.chunk_id),
                properties={BODY: row.body, FIELDS: [word_of(name, value) for name, value in row.fields.items()]},
                vector=row.vector.tolist(),
            )
            for row in rows
        ]
    )
    if done.has_errors:
        first = next(iter(done.errors.values())).message
        msg = f"{place} refused {len(done.errors)} of {len(rows)} chunks: {first:.200}"
        raise StoreError(msg, place=place)


def _nearest(collection: Any, request: Nearest) -> list[Found]:
    known = _library(".classes.query").MetadataQuery(distance=True)
    found = collection.query.near_vector(
        request.vector.tolist(), limit=request.count, filters=_condition(request.where), return_metadata=known
    )
    return [Found(_row(each), 1.0 - each.metadata.distance) for each in found.objects]


def _page(collection: Any, request: Page) -> Rows:
    """The next rows, whatever their fields: Weaviate reads on behind an id without a filter alone."""
    found = collection.query.fetch_objects(limit=_PAGE, after=request.after, include_vector=request.vectors)
    rows = _objects(found)
    return Rows(rows, str(found.objects[-1].uuid) if len(rows) == _PAGE else None)


def _read(collection: Any, keys: list[str]) -> list[Row]:
    rows: list[Row] = []
    for start in range(0, len(keys), _PAGE):
        some = keys[start : start + _PAGE]
        rows += _objects(collection.query.fetch_objects_by_ids(some, limit=len(some), include_vector=True))
    return rows


def _removed(collection: Any, keys: list[str]) -> None:
    for start in range(0, len(keys), _PAGE):
        by_id = _library(".classes.query").Filter.by_id()
        collection.data.delete_many(where=by_id.contains_any(keys[start : start + _PAGE]))


def _objects(found: Any) -> list[Row]:
    return [_row(each) for each in found.objects]


def _row(found: Any) -> Row:
    import json

    import numpy as np

    body = found.properties.get(BODY) or ""
    vectors: dict[str, list[float]] = found.vector or {}
    vector = vectors.get("default")
    name = json.loads(body)["chunk_id"] if body else str(found.uuid)
    return Row(name, body, vector=np.asarray(vector, np.float32) if vector else None)

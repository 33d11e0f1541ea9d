"""The requests of a store, performed by Pinecone's client: the one place that imports it. Kind: threaded."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import RactoGatewayAuthError, UsageError
from racto_nb.rag.stores.batching import in_batches, performed
from racto_nb.rag.stores.failing import told
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

BODY = "racto_chunk"
"""The field that holds the chunk."""
KEY_VARIABLE = "PINECONE_API_KEY"
MOST_HITS = 1000
"""So many neighbours are asked for at once: with metadata, Pinecone gives no more."""
MOST_METADATA = 40_960
"""Bytes of metadata that a vector may have."""
_MOST_BYTES = 1_800_000
"""A request to write may have 2 MB."""
_PAGE = 100
_BYTES_OF_A_NUMBER = 13


@dataclass(frozen=True, slots=True)
class Place:
    """Which index: its `index_name` and `namespace`, its `host` where that is known, and where one is made."""

    index_name: str
    namespace: str
    batch_size: int
    host: str | None
    cloud: str
    region: str

    @property
    def name(self) -> str:
        within = f", namespace {self.namespace!r}" if self.namespace else ""
        return f"Pinecone index {self.index_name!r}{within}"


class PineconePort(SideBySidePort):
    """Any number of threads at once: the client is made for it."""

    def __init__(self, place: Place, api_key: str | None, client: Any) -> None:
        self._place, self._api_key, self._client, self._own = place, api_key, client, client is None
        self._turn = threading.Lock()
        self._index: Any = None
        self._dimension: int | None = None  # an index has it for good: not asked again with each search

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        if isinstance(request, Close):
            return self._close()
        secrets = (self._api_key or os.environ.get(KEY_VARIABLE),)
        return told(self._place.name, lambda: self._reply(request), secrets=secrets)

    def _reply(self, request: Request) -> Any:
        if isinstance(request, Write):
            _refuse_large(request.rows)
            self._made(len(request.rows[0].vector))
            return performed(in_batches(request.rows, self._place.batch_size), self._small)
        return self._small(request)

    def _small(self, request: Request) -> Any:
        index = self._found()
        if index is None:
            return reply_of_nothing(request)
        if isinstance(request, Dimension):
            self._dimension = self._dimension or int(index.describe_index_stats().dimension or 0) or None
            return self._dimension
        if isinstance(request, Write | Remove | Clear):
            return _changed(index, request, self._place.namespace)
        return _told(index, request, self._place.namespace)

    def _found(self) -> Any:
        """The index, None while there is none."""
        with self._turn:
            if self._index is None:
                client, place = self._opened(), self._place
                if place.host is None and not client.has_index(place.index_name):
                    return None
                self._index = client.index(host=place.host) if place.host else client.index(place.index_name)
            return self._index

    def _made(self, dimension: int) -> None:
        if self._found() is not None:
            return
        place = self._place
        spec = _library().ServerlessSpec(cloud=place.cloud, region=place.region)
        self._opened().create_index(name=place.index_name, dimension=dimension, metric="cosine", spec=spec)

    def _opened(self) -> Any:
        if self._client is None:
            key = self._api_key or os.environ.get(KEY_VARIABLE)
            if not key:
                msg = f"{self._place.name} needs a key. Set {KEY_VARIABLE}, or give the store api_key=…."
                raise RactoGatewayAuthError(msg)
            self._client = _library().Pinecone(api_key=key)
        return self._client

    def _close(self) -> None:
        with self._turn:
            index, self._index, self._dimension = self._index, None, None
            if index is not None:
                index.close()
            if self._own and self._client is not None:
                self._client.close()
                self._client = None


def _library() -> Any:
    return imported("pinecone", extra="rag-pinecone")


def _told(index: Any, request: Request, namespace: str) -> Any:
    match request:
        case Size():
            known = index.describe_index_stats().namespaces.get(namespace)
            return known.vector_count if known else 0
        case Nearest():
            return _nearest(index, request, namespace)
        case Page(_, after):
            return _page(index, after, namespace)
        case Read(chunk_ids):
            return _read(index, [key_of(name) for name in chunk_ids], namespace)
        case _:
            return None


def _changed(index: Any, request: Write | Remove | Clear, namespace: str) -> None:
    match request:
        case Write(rows):
            for part in _in_requests(rows):
                index.upsert(vectors=part, namespace=namespace)
        case Remove(chunk_ids):
            _without_missing(lambda: index.delete(ids=[key_of(name) for name in chunk_ids], namespace=namespace))
        case Clear():
            _without_missing(lambda: index.delete(delete_all=True, namespace=namespace))


def _refuse_large(rows: list[Row]) -> None:
    for row in rows:
        size = len(json.dumps(_metadata(row), ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if size > MOST_METADATA:
            msg = (
                f"Chunk {row.chunk_id!r:.80} has {size:,} bytes with its metadata; Pinecone holds {MOST_METADATA:,} a vector. "
                "Cut the text into smaller chunks. Nothing was stored."
            )
            raise UsageError(msg)


def _metadata(row: Row) -> dict[str, Any]:
    return {**row.fields, BODY: row.body}


def _in_requests(rows: list[Row]) -> Iterator[list[dict[str, Any]]]:
    """The rows as vectors, as many together as one request may hold."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        more = _BYTES_OF_A_NUMBER * len(row.vector) + len(row.body.encode("utf-8", "surrogatepass")) * 2
        if part and size + more > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append({"id": key_of(row.chunk_id), "values": row.vector.tolist(), "metadata": _metadata(row)})
        size += more
    if part:
        yield part


def _nearest(index: Any, request: Nearest, namespace: str) -> list[Found]:
    asked = {"vector": request.vector.tolist(), "top_k": request.count, "namespace": namespace, "include_metadata": True}
    found = index.query(**asked, **({} if request.where is None else {"filter": request.where}))
    return [Found(_row(match), match.score) for match in found.matches]


def _page(index: Any, after: str | None, namespace: str) -> Rows:
    """The next rows, whatever their fields: Pinecone lists ids alone."""
    listed = index.list_paginated(limit=_PAGE, pagination_token=after, namespace=namespace)
    rows = _read(index, [vector.id for vector in listed.vectors], namespace)
    return Rows(rows, listed.pagination.next if listed.pagination else None)


def _read(index: Any, keys: list[str], namespace: str) -> list[Row]:
    rows: list[Row] = []
    for start in range(0, len(keys), _PAGE):
        found = index.fetch(ids=keys[start : start + _PAGE], namespace=namespace).vectors
        rows += [_row(vector) for vector in found.values()]
    return rows


def _row(vector: Any) -> Row:
    import numpy as np

    known: dict[str, str] = vector.metadata or {}
    body = known.get(BODY, "")
    name = json.loads(body)["chunk_id"] if body else vector.id
    values = getattr(vector, "values", None)
    return Row(name, body, vector=np.asarray(values, np.float32) if values else None)


def _without_missing(work: Callable[[], object]) -> None:
    """Do `work`; a namespace that is not there holds nothing to remove."""
    try:
        work()
    except _library().NotFoundError:
        return

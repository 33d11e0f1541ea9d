"""The requests of a store, performed by pymilvus: the one place that imports it. Kind: threaded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import StoreError, StoreLockedError
from racto_nb.flow.threads import ThreadedPort
from racto_nb.rag.stores.batching import in_batches, performed
from racto_nb.rag.stores.checking import refuse_length
from racto_nb.rag.stores.failing import password_in, told, without_password
from racto_nb.rag.stores.milvus_words import FIELDS
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

MOST = 16_384
"""How many neighbours Milvus gives at once."""

KEY, ID, BODY, VECTOR = "key", "chunk_id", "chunk", "vector"
PIECE = 16_000
"""A text in Milvus has at most 65535 bytes, which may be that many characters, so a chunk is a list of such pieces."""

PAGE = 200
_STRONG = {"consistency_level": "Strong"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is. `address` is that of a server or a file; the token is in no repr."""

    collection: str
    address: str = field(repr=False)
    token: str | None = field(repr=False)
    dimension: int | None
    metric: str
    batch_size: int

    @property
    def name(self) -> str:
        return f"Milvus collection {self.collection!r} at {without_password(self.address)}"

    @property
    def secrets(self) -> list[str | None]:
        """What no error may show."""
        return [self.token, password_in(self.address)]

    @property
    def is_file(self) -> bool:
        return "://" not in self.address


_LOST = "Fail connecting to server"
"""Milvus Lite hangs up on a client that was idle for some minutes and still there; the next request opens the connection again.
All requests do the same when they are done again.
"""


class Collection:
    """A collection, which the first rows make: they say how many dimensions there are."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._turn = threading.Lock()
        self._client: Any = None
        self._known: int | None = None

    def reply(self, request: Request) -> Any:
        """The reply to `request`."""
        try:
            return self._told(request)
        except StoreError as error:
            self._known = None  # perhaps another one took the collection away: look again
            if not (self.place.is_file and _LOST in str(error)):
                raise
        return self._told(request)

    def _told(self, request: Request) -> Any:
        return told(self.place.name, lambda: self._reply(request), secrets=self.place.secrets)

    def _reply(self, request: Request) -> Any:
        match request:
            case Close():
                return self._close()
            case Clear():
                return self._clear()
            case Dimension():
                return self._dimension()
            case Write(rows):
                return performed(in_batches(rows, self.place.batch_size), self._small)
            case _:
                return self._small(request)

    def _small(self, request: Request) -> Any:
        if isinstance(request, Write):
            self._make(len(request.rows[0].vector))
        elif self._size_of_vectors() is None:
            return reply_of_nothing(request)
        match request:
            case Nearest():
                return self._nearest(request)
            case Page():
                return self._page(request)
            case _:
                return self._plain(request, self._opened(), self.place.collection)

    def _plain(self, request: Request, client: Any, name: str) -> Any:
        match request:
            case Size():
                return client.query(name, filter="", output_fields=["count(*)"], **_STRONG)[0]["count(*)"]
            case Read(chunk_ids):
                keys = [key_of(chunk_id) for chunk_id in chunk_ids]
                return [_row(each) for each in client.get(name, ids=keys, output_fields=[ID, BODY, VECTOR], **_STRONG)]
            case Remove(chunk_ids):
                return client.delete(name, ids=[key_of(chunk_id) for chunk_id in chunk_ids])
            case Write(rows):
                return client.upsert(name, [_data(row) for row in rows])
            case _:
                return None

    def _opened(self) -> Any:
        with self._turn:
            if self._client is None:
                self._client = _client(self.place)
            return self._client

    def _dimension(self) -> int | None:
        known, wanted = self._size_of_vectors(), self.place.dimension
        if wanted is not None and known is not None:
            refuse_length(wanted, known)
        return known or wanted

    def _size_of_vectors(self) -> int | None:
        """How many dimensions the collection has, None where there is none."""
        if self._known is None and self._opened().has_collection(self.place.collection):
            fields = {each["name"]: each for each in self._opened().describe_collection(self.place.collection)["fields"]}
            if not {KEY, ID, BODY, FIELDS, VECTOR} <= fields.keys():
                msg = f"{self.place.name} was not made by racto_nb. Give the store a collection of its own."
                raise StoreError(msg, place=self.place.name)
            self._opened().load_collection(self.place.collection)  # one that another process made is not in memory yet
            self._known = int(fields[VECTOR]["params"]["dim"])
        return self._known

    def _make(self, dimension: int) -> None:
        if self._size_of_vectors() is not None:
            return
        client = self._opened()
        with self._turn:
            if not client.has_collection(self.place.collection):
                _create(client, self.place, dimension)
        self._known = dimension

    def _nearest(self, request: Nearest) -> list[Found]:
        found = self._opened().search(
            self.place.collection,
            data=[request.vector.tolist()],
            limit=request.count,
            filter=request.where or "",
            output_fields=[ID, BODY],
            anns_field=VECTOR,
            **_STRONG,
        )
        return [Found(_row(hit["entity"]), float(hit["distance"])) for hit in found[0]]

    def _page(self, request: Page) -> Rows:
        reading = request.after
        if reading is None:
            fields = [ID, *([BODY] if request.bodies else []), *([VECTOR] if request.vectors else [])]
            reading = self._opened().query_iterator(
                self.place.collection, batch_size=PAGE, filter=request.where or "", output_fields=fields, **_STRONG
            )
        rows = [_row(each) for each in reading.next()]
        if not rows:
            reading.close()
        return Rows(rows, reading if rows else None)

    def _clear(self) -> None:
        self._known = None
        if self._opened().has_collection(self.place.collection):
            self._opened().drop_collection(self.place.collection)

    def _close(self) -> None:
        client, self._client, self._known = self._client, None, None
        if client is not None:
            client.close()


class FilePort(ThreadedPort[Request, Any]):
    """Milvus Lite, in this process: one thread at a time."""

    def __init__(self, place: Place) -> None:
        super().__init__("milvus")
        self._collection = Collection(place)

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        return self._collection.reply(request)


class ServerPort(SideBySidePort):
    """A server: any number of threads."""

    def __init__(self, place: Place) -> None:
        self._collection = Collection(place)

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        return self._collection.reply(request)


def _client(place: Place) -> Any:
    library = _library()
    try:
        return library.MilvusClient(uri=place.address, **({"token": place.token} if place.token else {}))
    except library.exceptions.ConnectionConfigException as error:
        if not place.is_file or "Open local milvus failed" not in str(error):
            raise
        msg = f"{place.name} is open in another process, or cannot be opened. Close it there, or run a Milvus server for both."
        raise StoreLockedError(msg, place=place.address) from error


def _library() -> Any:
    return imported("pymilvus", extra="rag-milvus")


def _create(client: Any, place: Place, dimension: int) -> None:
    library = _library()
    kind = library.DataType
    schema = library.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(KEY, kind.VARCHAR, is_primary=True, max_length=64)
    schema.add_field(ID, kind.VARCHAR, max_length=65_535)
    schema.add_field(BODY, kind.ARRAY, element_type=kind.VARCHAR, max_capacity=4096, max_length=65_535)
    schema.add_field(FIELDS, kind.JSON)
    schema.add_field(VECTOR, kind.FLOAT_VECTOR, dim=dimension)
    index = library.MilvusClient.prepare_index_params()
    index.add_index(VECTOR, index_type="AUTOINDEX", metric_type=place.metric)
    client.create_collection(place.collection, schema=schema, **_STRONG)
    client.create_index(place.collection, index, sync=not place.is_file)  # a file is ready at once, the wait half a second
    client.load_collection(place.collection)


def _data(row: Row) -> dict[str, Any]:
    pieces = [row.body[start : start + PIECE] for start in range(0, len(row.body), PIECE)]
    return {KEY: key_of(row.chunk_id), ID: row.chunk_id, BODY: pieces, FIELDS: row.fields, VECTOR: row.vector.tolist()}


def _row(found: Any) -> Row:
    import numpy as np

    vector = found.get(VECTOR)
    return Row(found[ID], "".join(found.get(BODY) or ()), vector=None if vector is None else np.asarray(vector, np.float32))

"""What the requests of a store are in Qdrant: calls of a client, as data, for clients of both colours."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import StoreError
from racto_nb.rag.stores.batching import in_batches
from racto_nb.rag.stores.checking import refuse_length
from racto_nb.rag.stores.payload import key_of
from racto_nb.rag.stores.qdrant_words import FIELDS
from racto_nb.rag.stores.rows import (
    Clear,
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
)

ID, BODY = "id", "chunk"
PAGE = 256


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is. The key is in no repr."""

    collection: str
    url: str | None
    path: str | None
    api_key: str | None = field(repr=False)
    dimension: int | None
    batch_size: int
    client: Any

    @property
    def name(self) -> str:
        return f"Qdrant collection {self.collection!r} at {self.url or self.path or 'this process'}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A method of a client and its arguments."""

    method: str
    arguments: dict[str, Any]


Exchange = Generator[Ask, Any, Any]


class Collection:
    """What to ask of a client for each request: generators of Asks, which serve clients of both colours."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._known: int | None = None

    def forget(self) -> None:
        """Look again, next time, whether the collection is there."""
        self._known = None

    def exchange(self, request: Request) -> Exchange:
        """The reply to `request`, from what a client answers."""
        match request:
            case Dimension():
                return self._dimension()
            case Write(rows):
                return self._write(rows)
            case Clear():
                return self._clear()
            case _:
                return self._of_what_is_there(request)

    def _dimension(self) -> Exchange:
        if self._known is None and (yield self._ask("collection_exists")):
            vectors = (yield self._ask("get_collection")).config.params.vectors
            if not hasattr(vectors, "size") or str(vectors.distance) != "Cosine":
                msg = f"{self.place.name} was not made by racto_nb: it needs one unnamed vector, compared by cosine."
                raise StoreError(msg, place=self.place.name)
            self._known = int(vectors.size)
        wanted = self.place.dimension
        if wanted is not None and self._known not in {None, wanted}:
            refuse_length(wanted, self._known)
        return self._known or wanted

    def _clear(self) -> Exchange:
        self._known = None
        if (yield self._ask("collection_exists")):
            yield self._ask("delete_collection")

    def _of_what_is_there(self, request: Request) -> Exchange:
        if self._known is None:
            yield from self._dimension()
        there = self._known is not None
        match request:
            case Size():
                return (yield self._ask("count", exact=True)).count if there else 0
            case Nearest():
                return (yield from self._nearest(request)) if there else []
            case Page():
                return (yield from self._page(request)) if there else Rows([])
            case Read(chunk_ids):
                return (yield from self._read(chunk_ids)) if there else []
            case Remove(chunk_ids) if there:
                points = [key_of(name) for name in chunk_ids]
                yield self._ask("delete", points_selector=library().models.PointIdsList(points=points), wait=True)
            case _:
                return None
        return None

    def _nearest(self, request: Nearest) -> Exchange:
        found = yield self._ask(
            "query_points",
            query=request.vector.tolist(),
            limit=request.count,
            query_filter=filter_of(request.where),
            with_payload=[ID, BODY],
        )
        return [Found(_row(point), float(point.score)) for point in found.points]

    def _page(self, request: Page) -> Exchange:
        points, after = yield self._ask(
            "scroll",
            limit=PAGE,
            offset=request.after,
            scroll_filter=filter_of(request.where),
            with_payload=[ID, BODY] if request.bodies else [ID],
            with_vectors=request.vectors,
        )
        return Rows([_row(point) for point in points], after)

    def _read(self, chunk_ids: list[str]) -> Exchange:
        points = yield self._ask("retrieve", ids=[key_of(name) for name in chunk_ids], with_payload=[ID, BODY], with_vectors=True)
        return [_row(point) for point in points]

    def _write(self, rows: list[Row]) -> Exchange:
        yield from self._dimension()
        if self._known is None:
            yield from self._create(len(rows[0].vector))
        steps = in_batches(rows, self.place.batch_size)
        try:
            step = next(steps)
            while True:
                try:
                    reply = yield from self._small(step)
                except Exception as error:  # noqa: BLE001  (the steps undo what was done, and raise it again)
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration:
            return

    def _small(self, step: Read | Write | Remove) -> Exchange:
        if not isinstance(step, Write):
            return (yield from self._of_what_is_there(step))
        return (yield self._ask("upsert", points=[_point(row) for row in step.rows], wait=True))

    def _create(self, dimension: int) -> Exchange:
        vectors = library().models.VectorParams(size=dimension, distance=library().models.Distance.COSINE)
        try:
            yield self._ask("create_collection", vectors_config=vectors)
        except Exception:
            yield from self._dimension()  # another caller may have been first
            if self._known != dimension:
                raise
        self._known = dimension

    def _ask(self, method: str, **arguments: Any) -> Ask:
        return Ask(method, {"collection_name": self.place.collection} | arguments)


def filter_of(native: Any) -> Any:
    """The condition as an object of the library, from its JSON."""
    if native is None:
        return None
    whole = native if "key" not in native else {"must": [native]}
    return library().models.Filter.model_validate(whole)


def library() -> Any:
    """qdrant-client, loaded when it is needed first."""
    return imported("qdrant_client", extra="rag-qdrant")


def _point(row: Row) -> Any:
    payload = {ID: row.chunk_id, BODY: row.body, FIELDS: row.fields}
    return library().models.PointStruct(id=key_of(row.chunk_id), vector=row.vector.tolist(), payload=payload)


def _row(point: Any) -> Row:
    import numpy as np

    payload: dict[str, Any] = point.payload or {}
    vector = getattr(point, "vector", None)
    return Row(payload.get(ID, ""), payload.get(BODY, ""), vector=None if vector is None else np.asarray(vector, np.float32))

"""The requests of a store, performed by qdrant-client: in a folder or memory, or on a server."""

from __future__ import annotations

from typing import Any

from racto_nb.exceptions import StoreError, StoreLockedError
from racto_nb.flow.pooling import ClientPool
from racto_nb.flow.threads import ThreadedPort
from racto_nb.rag.stores.failing import atold, told
from racto_nb.rag.stores.qdrant_exchange import Ask, Collection, Place, library
from racto_nb.rag.stores.rows import Close, Request, SideBySidePort

_MADE_ONCE = "create_collection"
"""What fails when it is done again; all other requests do the same when they are."""


class LocalPort(ThreadedPort[Request, Any]):
    """A folder, memory, or a client of the user's: one thread at a time."""

    def __init__(self, place: Place) -> None:
        super().__init__("qdrant")
        self._collection, self._client = Collection(place), place.client

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        place = self._collection.place
        if isinstance(request, Close):
            self._close()
            return None
        return told(place.name, lambda: run(self._collection, request, self._opened()), secrets=place.secrets)

    def _opened(self) -> Any:
        if self._client is None:
            self._client = opened_locally(self._collection.place)
        return self._client

    def _close(self) -> None:
        if self._client is not None and self._collection.place.path is not None:  # what is in memory only would be lost
            self._client.close()
            self._client = None
            self._collection.forget()


class ServerPort(SideBySidePort):
    """A server, with a client for threads and one for each event loop."""

    def __init__(self, place: Place) -> None:
        self._collection = Collection(place)
        self._clients = ClientPool(_Opening(place))

    def perform(self, request: Request) -> Any:
        """The reply to `request`."""
        if isinstance(request, Close):
            return self._clients.close()
        held = self._clients.take()
        place = self._collection.place
        try:
            return told(place.name, lambda: run(self._collection, request, held.client), secrets=place.secrets)
        except StoreError:
            self._collection.forget()
            raise
        finally:
            self._clients.give_back(held)

    async def asend(self, request: Request) -> Any:
        """The reply to `request`, on the running loop."""
        if isinstance(request, Close):
            return await self._clients.aclose()
        held = await self._clients.atake()
        place = self._collection.place
        try:
            return await atold(place.name, arun(self._collection, request, held.client), secrets=place.secrets)
        except StoreError:
            self._collection.forget()
            raise
        finally:
            await self._clients.agive_back(held)


def run(collection: Collection, request: Request, client: Any) -> Any:
    """The reply to `request` by a client that blocks."""
    steps = collection.exchange(request)
    try:
        ask = next(steps)
        while True:
            try:
                answer = asked(client, ask)
            except BaseException as error:  # noqa: BLE001  (the exchange may know better)
                ask = steps.throw(error)
            else:
                ask = steps.send(answer)
    except StopIteration as done:
        return done.value


async def arun(collection: Collection, request: Request, client: Any) -> Any:
    """The reply to `request` by a client of the running loop. One that is cancelled undoes what it wrote in part."""
    steps = collection.exchange(request)
    try:
        ask = next(steps)
        while True:
            try:
                answer = await aasked(client, ask)
            except BaseException as error:  # noqa: BLE001  (the exchange may know better)
                ask = steps.throw(error)
            else:
                ask = steps.send(answer)
    except StopIteration as done:
        return done.value


def asked(client: Any, ask: Ask) -> Any:
    """One answer of a client. A connection that was lost, as an idle one often is, is opened again once."""
    try:
        return getattr(client, ask.method)(**ask.arguments)
    except library().http.exceptions.ResponseHandlingException:
        if ask.method == _MADE_ONCE:
            raise
    return getattr(client, ask.method)(**ask.arguments)


async def aasked(client: Any, ask: Ask) -> Any:
    """One answer of a client of the running loop. A connection that was lost is opened again once."""
    try:
        return await getattr(client, ask.method)(**ask.arguments)
    except library().http.exceptions.ResponseHandlingException:
        if ask.method == _MADE_ONCE:
            raise
    return await getattr(client, ask.method)(**ask.arguments)


class _Opening:
    def __init__(self, place: Place) -> None:
        self._place = place

    def opened(self) -> Any:
        return told(self._place.name, lambda: self._made("QdrantClient"), secrets=self._place.secrets)

    def opened_async(self) -> Any:
        return told(self._place.name, lambda: self._made("AsyncQdrantClient"), secrets=self._place.secrets)

    def closed(self, client: Any) -> None:
        client.close()

    async def aclosed(self, client: Any) -> None:
        await client.close()

    def _made(self, kind: str) -> Any:
        # The check of versions would ask the server before anything is wanted of it, and warn where there is none.
        made = getattr(library(), kind)
        return made(url=self._place.url, api_key=self._place.api_key, check_compatibility=False)


def opened_locally(place: Place) -> Any:
    """A client of a folder or of memory. StoreLockedError for a folder that another one has open."""
    made = library().QdrantClient
    if place.path is None:
        return made(":memory:")
    try:
        return made(path=place.path, force_disable_check_same_thread=True)  # LocalPort lets one thread in at a time
    except RuntimeError as error:
        if "already accessed" not in str(error):
            raise
        msg = (
            f"{place.name} is open in another process or store. Close it there, or run a Qdrant server for both: url='http://…'."
        )
        raise StoreLockedError(msg, place=place.path) from error

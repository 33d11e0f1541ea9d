"""A store in Milvus: a server, or Milvus Lite in a file. Kind: threaded."""

from __future__ import annotations

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.milvus_port import MOST, FilePort, Place, ServerPort
from racto_nb.rag.stores.milvus_words import MilvusWords
from racto_nb.rag.stores.row_store import RowStore


class MilvusStore(RowStore):
    """Holds chunks in a Milvus `collection`: at `uri`, the address of a server or the path of a file that ends in ".db" (Milvus
    Lite), or else at `host` and `port`. `token` is the server's ("user:password", or an API key).

    Vectors may have one number of dimensions; it is that of the first ones unless `dimension` says it. All vectors are kept with
    length one, so `metric_type` "IP" and "COSINE" are the same. `batch_size` chunks are written at a time. Only one process may
    have a file open (StoreLockedError).

    Of each chunk, Milvus gets the array "chunk", which is all of it in pieces, and the JSON "fields" for filters.
    """

    def __init__(
        self,
        collection: str = "ractogateway",
        *,
        host: str = "localhost",
        port: int = 19530,
        uri: str | None = None,
        token: str | None = None,
        dimension: int | None = None,
        metric_type: str = "IP",
        batch_size: int = 100,
    ) -> None:
        if metric_type.upper() not in {"IP", "COSINE"}:
            msg = f"MilvusStore compares by metric_type='IP' or 'COSINE', which are the same here, not by {metric_type!r}."
            raise UsageError(msg)
        place = Place(collection, uri or f"http://{host}:{port}", token, dimension, metric_type.upper(), batch_size)
        port_of_place = FilePort(place) if place.is_file else ServerPort(place)
        super().__init__(port_of_place, words=MilvusWords(), place=place.name, most=MOST)
        self.writers = "one" if place.is_file else "many"

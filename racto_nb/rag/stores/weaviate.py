"""A store in Weaviate, a server. Kind: threaded."""

from __future__ import annotations

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.failing import one_of
from racto_nb.rag.stores.row_store import RowStore
from racto_nb.rag.stores.weaviate_port import MOST_HITS, Place, WeaviatePort
from racto_nb.rag.stores.weaviate_words import WeaviateWords


class WeaviateStore(RowStore):
    """Holds chunks in the collection `class_name` of the Weaviate server at `url`, such as "http://localhost:8080".

    `api_key` is the server's, `additional_headers` go along with each request. Weaviate speaks gRPC beside HTTP: on `grpc_port`
    (by default 50051, or 443 where the address is https) of `grpc_host` (by default the host of `url`). `client` is a connected
    `weaviate.WeaviateClient` of yours instead; you close it. `batch_size` chunks are written at a time.

    The collection is made with the first chunks and removed by `clear`. Of each chunk Weaviate gets the text "racto_chunk" and
    the list "racto_fields" for filters; it compares by cosine.

    Its library holds protobuf and grpcio back for the whole environment; so "rag-weaviate" is in no other extra but "rag-all".
    The server that Weaviate can download and start itself (connect_to_embedded) is not started here: start it and give `url`, or
    give the `client`.
    """

    def __init__(
        self,
        class_name: str = "RactoChunk",
        *,
        url: str | None = None,
        api_key: str | None = None,
        additional_headers: dict[str, str] | None = None,
        distance_metric: str = "cosine",
        batch_size: int = 100,
        grpc_host: str | None = None,
        grpc_port: int | None = None,
        client: object | None = None,
    ) -> None:
        _refuse(class_name, distance_metric, batch_size)
        if one_of({"url": url, "client": None if client is None else "…"}) is None:
            msg = "WeaviateStore needs the address of a server: url='http://localhost:8080', or a connected client=…."
            raise UsageError(msg)
        place = Place(class_name, url, api_key, dict(additional_headers or {}), batch_size, grpc_host, grpc_port)
        super().__init__(WeaviatePort(place, client), words=WeaviateWords(), place=place.name, most=MOST_HITS)


def _refuse(class_name: str, distance_metric: str, batch_size: int) -> None:
    if not class_name[:1].isupper() or not class_name.isidentifier():
        msg = f"class_name is a word that begins with a capital letter, such as 'RactoChunk', not {class_name!r}."
        raise UsageError(msg)
    if distance_metric != "cosine":
        msg = f"WeaviateStore compares by distance_metric='cosine' only, as all stores do, not by {distance_metric!r}."
        raise UsageError(msg)
    if batch_size < 1:
        msg = f"batch_size is the number of chunks written at a time, 1 or more, not {batch_size!r}."
        raise UsageError(msg)

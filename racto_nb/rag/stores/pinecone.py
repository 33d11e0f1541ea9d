"""A store in Pinecone, a service. Kind: threaded."""

from __future__ import annotations

from racto_nb.exceptions import UsageError
from racto_nb.rag.stores.pinecone_port import MOST_HITS, PineconePort, Place
from racto_nb.rag.stores.pinecone_words import PineconeWords
from racto_nb.rag.stores.row_store import RowStore


class PineconeStore(RowStore):
    """Holds chunks in the `namespace` of the Pinecone index `index_name`, each whole in the metadata of its vector.

    `api_key` is yours (else PINECONE_API_KEY); it is needed when the store is first used. An index that is missing is made with
    the first chunks: serverless, in `cloud` and `region`, for vectors of their length. `host` is the address of the index, which
    spares a question for it. `client` is a `pinecone.Pinecone` of yours instead of a key. `batch_size` chunks are written at a
    time.

    Pinecone holds 40 kB of metadata a vector: a longer chunk is refused (UsageError) before anything is sent, never cut. What was
    written is found a moment later, not at once: the service is eventually consistent. An index has its number of dimensions for
    good: `clear` empties the namespace, and vectors of another length need another index.
    """

    def __init__(
        self,
        index_name: str,
        *,
        api_key: str | None = None,
        namespace: str = "",
        batch_size: int = 100,
        host: str | None = None,
        cloud: str = "aws",
        region: str = "us-east-1",
        client: object | None = None,
    ) -> None:
        if batch_size < 1:
            msg = f"batch_size is the number of chunks written at a time, 1 or more, not {batch_size!r}."
            raise UsageError(msg)
        place = Place(index_name, namespace, batch_size, host, cloud, region)
        super().__init__(PineconePort(place, api_key, client), words=PineconeWords(), place=place.name, most=MOST_HITS)

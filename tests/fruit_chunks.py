"""A few chunks with vectors that are easy to reason about, and a store of them."""

from __future__ import annotations

from racto_nb.rag import Chunk, ChunkMetadata
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.rag.stores import InMemoryVectorStore


def chunk(name, content, vector=(1.0, 0.0), **known):
    """A chunk called `name` of a document of its own."""
    own = {key: known.pop(key) for key in ("source", "page", "heading", "start_char") if key in known}
    start = own.pop("start_char", 0)
    place = {"source": f"{name}.txt", "chunk_index": 0, "total_chunks": 1, "doc_id": name, **own}
    metadata = ChunkMetadata(start_char=start, end_char=start + len(content), extra=known, **place)
    return Chunk(chunk_id=name, doc_id=name, content=content, embedding=list(vector), metadata=metadata)


def filled(*chunks):
    """A store with `chunks`."""
    store = InMemoryVectorStore()
    store.add(list(chunks))
    return store


class TableEmbedder(BaseEmbedder):
    """Knows the vectors of the texts in a table; of others nothing is near anything."""

    dimension = 2  # type: ignore[assignment]

    def __init__(self, table):
        self.table = table
        self.asked = []

    def embed(self, texts):
        self.asked += texts
        return [list(self.table[text]) for text in texts]

    async def aembed(self, texts):
        return self.embed(texts)

"""The chunks nearest to a question, by the meaning of both. Kind: flow."""

from __future__ import annotations

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.parts import Parts
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import checked_top_k


def searching(parts: Parts, query: str, top_k: int, filters: Filters) -> Flow[list[RetrievalResult]]:
    """The `top_k` chunks nearest to `query` that fit `filters`. What is wrong with these is told before anything is embedded."""
    top_k, condition = checked_top_k(top_k), as_filter(filters)
    embedding = yield from either(parts.embedder.embed_query, parts.embedder.aembed_query, query)
    return (yield from either(parts.store.search, parts.store.asearch, embedding, top_k, condition))

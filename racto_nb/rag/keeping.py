"""Prepared documents into a store: what is known stays, what is new is embedded, what is gone goes. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from racto_nb.exceptions import UnsupportedError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.rag.documents import Chunk
from racto_nb.rag.embedding import vectors_of
from racto_nb.rag.parts import Parts
from racto_nb.rag.preparing import Prepared, ingested_id
from racto_nb.rag.reports import Outcome
from racto_nb.rag.stores.vector_store import BaseVectorStore


@dataclass(frozen=True, slots=True)
class Known:
    """What a store holds in the place of a document: its `ids` (None: it cannot say), and their vectors by the embedded text."""

    ids: frozenset[str] | None
    vectors: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def holds(self, document: Prepared) -> bool:
        """Whether that is the document, in everything."""
        return self.ids is not None and self.ids == document.ids


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a document; `embedded` of its texts were new."""

    document: Prepared
    outcome: Outcome
    embedded: int = 0


def keeping(parts: Parts, documents: Sequence[Prepared], told: Callable[[int, int], None]) -> Flow[list[Kept]]:
    """Put `documents` into the store, each whole or not at all; texts of all of them are embedded together.

    `told` hears how many texts of how many have been embedded.
    """
    known: list[Known] = []
    for document in documents:
        there = yield from known_of(parts, document)
        known.append(there)
    vectors = {text: vector for each in known for text, vector in each.vectors.items()}
    wanted = [
        chunk.embedded_text
        for document, there in zip(documents, known, strict=True)
        if not there.holds(document)
        for chunk in document.chunks
        if chunk.embedded_text not in vectors
    ]
    total = len(set(wanted))
    new = yield from vectors_of(parts.embedder, wanted, lambda count: told(count, total))
    vectors |= new
    kept: list[Kept] = []
    for document, there in zip(documents, known, strict=True):
        done = yield from _kept(parts.store, document, there, vectors, frozenset(new))
        kept.append(done)
    return kept


def known_of(parts: Parts, document: Prepared) -> Flow[Known]:
    """What the store holds in the place of `document`. Vectors of another embedder, or of unknown origin, are left out."""
    try:
        ids = yield from either(parts.store.chunk_ids, parts.store.achunk_ids, document.scope)
        if not ids or document.ids == frozenset(ids):
            return Known(frozenset(ids))
        chunks = yield from either(parts.store.get, parts.store.aget, ids)
    except UnsupportedError:
        return Known(None)
    identity = parts.embedder.identity
    vectors = {
        chunk.embedded_text: chunk.embedding
        for chunk in chunks
        if chunk.embedding is not None and ingested_id(chunk, identity, whole=document.replaces_source) == chunk.chunk_id
    }
    return Known(frozenset(ids), vectors)


def _kept(
    store: BaseVectorStore, document: Prepared, known: Known, vectors: dict[str, list[float]], new: frozenset[str]
) -> Flow[Kept]:
    if known.holds(document):
        return Kept(document, "unchanged" if document.chunks else "empty")
    for chunk in document.chunks:
        chunk.embedding = vectors[chunk.embedded_text]
    if known.ids is None:
        yield from either(store.add, store.aadd, document.chunks)
    elif document.replaces_source:
        yield from either(store.replace, store.areplace, document.source, document.chunks)
    else:
        yield from _replaced(store, document.chunks, known.ids - document.ids)
    embedded = len(new.intersection(chunk.embedded_text for chunk in document.chunks))
    outcome: Outcome = "empty" if not document.chunks else "replaced" if known.ids else "added"
    return Kept(document, outcome, embedded)


def _replaced(store: BaseVectorStore, chunks: list[Chunk], stale: frozenset[str]) -> Flow[None]:
    """The new come before the old go: who is interrupted between has too many, and the next time mends it."""
    if chunks:
        yield from either(store.add, store.aadd, chunks)
    if stale:
        yield from either(store.delete, store.adelete, sorted(stale))

"""What pages are not sent: secrets of the environment that stand in documents, and letters that cannot be sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb._secrecy import Secrets
from racto_nb.notebook.controllers.explorer.state import Opened, Results
from racto_nb.notebook.display.sanitising import sendable
from racto_nb.rag.documents import Chunk
from racto_nb.rag.results import RetrievalResult


def sent_name(name: str, secrets: Secrets) -> str:
    """The name of a source as a page is sent it, and says it."""
    return secrets.cleaned(sendable(name))


def veiled_chunk(chunk: Chunk, secrets: Secrets) -> Chunk:
    """The chunk with the secrets in its text covered, also one that its borders cut: places in it stay what they are."""
    text = secrets.covered_ends(chunk.content)
    return chunk if text == chunk.content else chunk.model_copy(update={"content": text})


def veiled_hits(hits: Sequence[RetrievalResult], secrets: Secrets) -> tuple[RetrievalResult, ...]:
    """Hits with the secrets in their texts covered."""
    return tuple(hit.model_copy(update={"chunk": veiled_chunk(hit.chunk, secrets)}) for hit in hits)


def veiled_results(results: Results, secrets: Secrets) -> Results:
    """All sides with the secrets in their texts covered."""
    return replace(results, sides=tuple(replace(side, hits=veiled_hits(side.hits, secrets)) for side in results.sides))


def veiled_document(opened: Opened, secrets: Secrets) -> Opened:
    """A document with the secrets in its texts covered."""
    return replace(opened, chunks=tuple(veiled_chunk(chunk, secrets) for chunk in opened.chunks))

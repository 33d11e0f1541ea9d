"""Ways to cut a document into chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.chunkers.chunker import BaseChunker as BaseChunker
    from racto_nb.rag.chunkers.chunker import SpanChunker as SpanChunker
    from racto_nb.rag.chunkers.fixed import FixedChunker as FixedChunker
    from racto_nb.rag.chunkers.recursive import RecursiveChunker as RecursiveChunker

__all__ = [
    "BaseChunker",
    "FixedChunker",
    "RecursiveChunker",
    "SpanChunker",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseChunker": "racto_nb.rag.chunkers.chunker",
        "FixedChunker": "racto_nb.rag.chunkers.fixed",
        "RecursiveChunker": "racto_nb.rag.chunkers.recursive",
        "SpanChunker": "racto_nb.rag.chunkers.chunker",
    },
)

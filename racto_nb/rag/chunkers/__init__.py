"""Ways to cut a document into chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.chunkers.chunker import BaseChunker as BaseChunker
    from racto_nb.rag.chunkers.chunker import SpanChunker as SpanChunker
    from racto_nb.rag.chunkers.fixed import FixedChunker as FixedChunker
    from racto_nb.rag.chunkers.markdown import MarkdownChunker as MarkdownChunker
    from racto_nb.rag.chunkers.recursive import RecursiveChunker as RecursiveChunker
    from racto_nb.rag.chunkers.semantic import SemanticChunker as SemanticChunker
    from racto_nb.rag.chunkers.sentence import SentenceChunker as SentenceChunker
    from racto_nb.rag.chunkers.tokens import TokenChunker as TokenChunker

__all__ = [
    "BaseChunker",
    "FixedChunker",
    "MarkdownChunker",
    "RecursiveChunker",
    "SemanticChunker",
    "SentenceChunker",
    "SpanChunker",
    "TokenChunker",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseChunker": "racto_nb.rag.chunkers.chunker",
            "FixedChunker": "racto_nb.rag.chunkers.fixed",
            "MarkdownChunker": "racto_nb.rag.chunkers.markdown",
            "RecursiveChunker": "racto_nb.rag.chunkers.recursive",
            "SemanticChunker": "racto_nb.rag.chunkers.semantic",
            "SentenceChunker": "racto_nb.rag.chunkers.sentence",
            "SpanChunker": "racto_nb.rag.chunkers.chunker",
            "TokenChunker": "racto_nb.rag.chunkers.tokens",
        },
    )

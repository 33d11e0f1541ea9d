"""Ways to cut a document into chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.chunkers.chunker import BaseChunker as BaseChunker

__all__ = ["BaseChunker"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseChunker": "racto_nb.rag.chunkers.chunker",
    },
)

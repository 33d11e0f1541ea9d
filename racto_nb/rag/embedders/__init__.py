"""Texts in, vectors out: the models of all providers, and your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.embedders.embedder import BaseEmbedder as BaseEmbedder

__all__ = ["BaseEmbedder"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseEmbedder": "racto_nb.rag.embedders.embedder",
    },
)

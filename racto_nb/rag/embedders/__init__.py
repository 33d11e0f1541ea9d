"""Texts in, vectors out: the models of all providers, and your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.embedders.cache import EmbeddingCache as EmbeddingCache
    from racto_nb.rag.embedders.cached import CachedEmbedder as CachedEmbedder
    from racto_nb.rag.embedders.embedder import BaseEmbedder as BaseEmbedder
    from racto_nb.rag.embedders.named import EmbeddedEmbedder as EmbeddedEmbedder
    from racto_nb.rag.embedders.named import GoogleEmbedder as GoogleEmbedder
    from racto_nb.rag.embedders.named import HuggingFaceEmbedder as HuggingFaceEmbedder
    from racto_nb.rag.embedders.named import OllamaEmbedder as OllamaEmbedder
    from racto_nb.rag.embedders.named import OpenAIEmbedder as OpenAIEmbedder
    from racto_nb.rag.embedders.over_kits import KitEmbedder as KitEmbedder
    from racto_nb.rag.embedders.voyage import VoyageEmbedder as VoyageEmbedder

_PUBLIC = {
    "BaseEmbedder": "racto_nb.rag.embedders.embedder",
    "CachedEmbedder": "racto_nb.rag.embedders.cached",
    "EmbeddedEmbedder": "racto_nb.rag.embedders.named",
    "EmbeddingCache": "racto_nb.rag.embedders.cache",
    "GoogleEmbedder": "racto_nb.rag.embedders.named",
    "HuggingFaceEmbedder": "racto_nb.rag.embedders.named",
    "KitEmbedder": "racto_nb.rag.embedders.over_kits",
    "OllamaEmbedder": "racto_nb.rag.embedders.named",
    "OpenAIEmbedder": "racto_nb.rag.embedders.named",
    "VoyageEmbedder": "racto_nb.rag.embedders.voyage",
}

__all__ = [
    "BaseEmbedder",
    "CachedEmbedder",
    "EmbeddedEmbedder",
    "EmbeddingCache",
    "GoogleEmbedder",
    "HuggingFaceEmbedder",
    "KitEmbedder",
    "OllamaEmbedder",
    "OpenAIEmbedder",
    "VoyageEmbedder",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

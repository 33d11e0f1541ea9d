"""Texts in, vectors out: the models of all providers, and your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.embedders.embedder import BaseEmbedder as BaseEmbedder
    from racto_nb.rag.embedders.named import EmbeddedEmbedder as EmbeddedEmbedder
    from racto_nb.rag.embedders.named import GoogleEmbedder as GoogleEmbedder
    from racto_nb.rag.embedders.named import HuggingFaceEmbedder as HuggingFaceEmbedder
    from racto_nb.rag.embedders.named import OllamaEmbedder as OllamaEmbedder
    from racto_nb.rag.embedders.named import OpenAIEmbedder as OpenAIEmbedder
    from racto_nb.rag.embedders.over_kits import KitEmbedder as KitEmbedder

_PUBLIC = {
    "BaseEmbedder": "racto_nb.rag.embedders.embedder",
    "EmbeddedEmbedder": "racto_nb.rag.embedders.named",
    "GoogleEmbedder": "racto_nb.rag.embedders.named",
    "HuggingFaceEmbedder": "racto_nb.rag.embedders.named",
    "KitEmbedder": "racto_nb.rag.embedders.over_kits",
    "OllamaEmbedder": "racto_nb.rag.embedders.named",
    "OpenAIEmbedder": "racto_nb.rag.embedders.named",
}

__all__ = [
    "BaseEmbedder",
    "EmbeddedEmbedder",
    "GoogleEmbedder",
    "HuggingFaceEmbedder",
    "KitEmbedder",
    "OllamaEmbedder",
    "OpenAIEmbedder",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

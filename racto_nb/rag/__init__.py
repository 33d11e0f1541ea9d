"""Retrieval you can look into: read files, cut them, embed them, find what answers a question, and see why.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag import chunkers as chunkers
    from racto_nb.rag import embedders as embedders
    from racto_nb.rag import evaluation as evaluation
    from racto_nb.rag import processors as processors
    from racto_nb.rag import readers as readers
    from racto_nb.rag import stores as stores
    from racto_nb.rag.documents import Chunk as Chunk
    from racto_nb.rag.documents import ChunkMetadata as ChunkMetadata
    from racto_nb.rag.documents import Document as Document
    from racto_nb.rag.documents import Mark as Mark
    from racto_nb.rag.filters import Filter as Filter
    from racto_nb.rag.filters import field as field
    from racto_nb.rag.ingestion_files import Ingestion as Ingestion
    from racto_nb.rag.ingestions import Ingestions as Ingestions
    from racto_nb.rag.pipeline import RactoRAG as RactoRAG
    from racto_nb.rag.reranking import CrossEncoderReranker as CrossEncoderReranker
    from racto_nb.rag.reranking import KitReranker as KitReranker
    from racto_nb.rag.results import Citation as Citation
    from racto_nb.rag.results import RAGChunk as RAGChunk
    from racto_nb.rag.results import RAGResponse as RAGResponse
    from racto_nb.rag.results import RetrievalConfig as RetrievalConfig
    from racto_nb.rag.results import RetrievalResult as RetrievalResult
    from racto_nb.rag.retrieval import RetrievalOptions as RetrievalOptions

_PUBLIC = {
    "Chunk": "racto_nb.rag.documents",
    "ChunkMetadata": "racto_nb.rag.documents",
    "Citation": "racto_nb.rag.results",
    "CrossEncoderReranker": "racto_nb.rag.reranking",
    "Document": "racto_nb.rag.documents",
    "Filter": "racto_nb.rag.filters",
    "Ingestion": "racto_nb.rag.ingestion_files",
    "Ingestions": "racto_nb.rag.ingestions",
    "KitReranker": "racto_nb.rag.reranking",
    "Mark": "racto_nb.rag.documents",
    "RAGChunk": "racto_nb.rag.results",
    "RAGResponse": "racto_nb.rag.results",
    "RactoRAG": "racto_nb.rag.pipeline",
    "RetrievalConfig": "racto_nb.rag.results",
    "RetrievalOptions": "racto_nb.rag.retrieval",
    "RetrievalResult": "racto_nb.rag.results",
    "chunkers": "racto_nb.rag.chunkers",
    "embedders": "racto_nb.rag.embedders",
    "evaluation": "racto_nb.rag.evaluation",
    "field": "racto_nb.rag.filters",
    "processors": "racto_nb.rag.processors",
    "readers": "racto_nb.rag.readers",
    "stores": "racto_nb.rag.stores",
}

__all__ = [
    "Chunk",
    "ChunkMetadata",
    "Citation",
    "CrossEncoderReranker",
    "Document",
    "Filter",
    "Ingestion",
    "Ingestions",
    "KitReranker",
    "Mark",
    "RAGChunk",
    "RAGResponse",
    "RactoRAG",
    "RetrievalConfig",
    "RetrievalOptions",
    "RetrievalResult",
    "chunkers",
    "embedders",
    "evaluation",
    "field",
    "processors",
    "readers",
    "stores",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

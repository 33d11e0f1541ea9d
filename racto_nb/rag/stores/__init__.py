"""Where chunks are kept and searched by their vectors. Each store needs its own extra, named in its error when it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.stores.chroma import ChromaStore as ChromaStore
    from racto_nb.rag.stores.duckdb_store import DuckDBStore as DuckDBStore
    from racto_nb.rag.stores.faiss import FAISSStore as FAISSStore
    from racto_nb.rag.stores.in_memory import InMemoryVectorStore as InMemoryVectorStore
    from racto_nb.rag.stores.milvus import MilvusStore as MilvusStore
    from racto_nb.rag.stores.pgvector import PGVectorStore as PGVectorStore
    from racto_nb.rag.stores.pinecone import PineconeStore as PineconeStore
    from racto_nb.rag.stores.qdrant import QdrantStore as QdrantStore
    from racto_nb.rag.stores.vector_store import BaseVectorStore as BaseVectorStore
    from racto_nb.rag.stores.weaviate import WeaviateStore as WeaviateStore

__all__ = [
    "BaseVectorStore",
    "ChromaStore",
    "DuckDBStore",
    "FAISSStore",
    "InMemoryVectorStore",
    "MilvusStore",
    "PGVectorStore",
    "PineconeStore",
    "QdrantStore",
    "WeaviateStore",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseVectorStore": "racto_nb.rag.stores.vector_store",
            "ChromaStore": "racto_nb.rag.stores.chroma",
            "DuckDBStore": "racto_nb.rag.stores.duckdb_store",
            "FAISSStore": "racto_nb.rag.stores.faiss",
            "InMemoryVectorStore": "racto_nb.rag.stores.in_memory",
            "MilvusStore": "racto_nb.rag.stores.milvus",
            "PGVectorStore": "racto_nb.rag.stores.pgvector",
            "PineconeStore": "racto_nb.rag.stores.pinecone",
            "QdrantStore": "racto_nb.rag.stores.qdrant",
            "WeaviateStore": "racto_nb.rag.stores.weaviate",
        },
    )

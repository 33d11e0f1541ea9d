"""Chunks for the tests of DuckDBStore."""

from __future__ import annotations

from typing import Any

import numpy as np

from racto_nb.rag import Chunk, ChunkMetadata


def vectors(count: int, dimension: int = 8, seed: int = 0) -> np.ndarray:
    """Vectors of length one."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chunk(number: int, embedding: list[float] | None = None, source: str = "a.txt", **extra: Any) -> Chunk:
    """Chunk `number` of a document; its vector tells it from others."""
    place = ChunkMetadata(
        source=source, page=number, chunk_index=number, total_chunks=9, start_char=0, end_char=5, doc_id=source, extra=extra
    )
    vector = vectors(1, seed=number)[0].tolist() if embedding is None else embedding
    return Chunk(chunk_id=f"{source}-{number}", doc_id=source, content=f"text {number}", embedding=vector, metadata=place)

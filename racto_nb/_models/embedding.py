"""Texts in, vectors out, under a known import path; see `racto_nb.models.embedding`."""

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector

__all__ = ["EmbeddingConfig", "EmbeddingResponse", "EmbeddingVector"]

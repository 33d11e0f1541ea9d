"""What a search gives. Pure values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.models.response import LLMResponse
from racto_nb.rag.documents import Chunk


class RetrievalConfig(BaseModel):
    """A question to a store: at most `top_k` chunks that fit `filters`."""

    query: str
    top_k: int = Field(default=5, ge=1)
    filters: dict[str, Any] = Field(default_factory=dict)


class RetrievalResult(BaseModel):
    """A chunk that was found. `score` is higher for what fits better, `rank` is 1 for the best.

    In a search by meaning the score is the cosine of the two vectors, from -1 to 1, whatever store it comes from.
    """

    chunk: Chunk
    score: float
    rank: int


class RAGResponse(BaseModel):
    """An answer with the chunks it was made from."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: LLMResponse
    sources: list[RetrievalResult]
    query: str
    context_used: str

"""What a search gives. Pure values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.models.response import LLMResponse
from racto_nb.rag.documents import Chunk
from racto_nb.rag.explaining import Explanation, Stage, StageScore, WordMatch


class RetrievalConfig(BaseModel):
    """A question to a store: at most `top_k` chunks that fit `filters`."""

    query: str
    top_k: int = Field(default=5, ge=1)
    filters: dict[str, Any] = Field(default_factory=dict)


class RetrievalResult(BaseModel):
    """A chunk that was found. `score` is higher for what fits better, `rank` is 1 for the best.

    What the score is follows from the search: by meaning the cosine of the two vectors, from -1 to 1, whatever store it comes
    from; by words the BM25 score, 0 or more; of both how near it comes to being first in both, from 0 to 1 (the sum of
    weight / (k + rank), divided by the largest that there can be); after a reranker its own score. Where unlike hits were chosen
    (MMR), the ranks follow the choice and not the scores.

    `parts` has the rank and the score of each stage that saw the hit, `matches` the words of the question that a search by words
    found in it; `explain()` puts both into words.
    """

    chunk: Chunk
    score: float
    rank: int
    parts: dict[Stage, StageScore] = Field(default_factory=dict[Stage, StageScore], repr=False)
    matches: list[WordMatch] = Field(default_factory=list[WordMatch], repr=False)

    def explain(self) -> Explanation:
        """Why it stands at its rank. Print it, or let it be the last line of a cell."""
        parts = self.parts or {"vector": StageScore(self.rank, self.score)}
        return Explanation(self.chunk, self.rank, parts, self.matches)


class RAGResponse(BaseModel):
    """An answer with the chunks it was made from."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: LLMResponse
    sources: list[RetrievalResult]
    query: str
    context_used: str

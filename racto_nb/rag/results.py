"""What a search gives. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
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


Outcome = Literal["answered", "not_in_context", "uncited"]
"""How a question ended: with an answer that names its passages, without one in them, or with one that names none."""


class Citation(BaseModel):
    """A place where an answer names a passage: `answer[start:end]` is the "[n]", `source` the passage of that `number`.

    `claim` is the sentence that it stands behind. `text` is the sentence of the passage that has most of its words, which the
    document has from `start_char` to `end_char`; where they share no word, `found` is False and `text` is the whole passage.
    That a citation stands there is not a proof: read `text`.
    """

    number: int
    start: int
    end: int
    source: RetrievalResult = Field(repr=False)
    claim: str
    found: bool
    text: str
    start_char: int
    end_char: int

    @property
    def page(self) -> int | None:
        """The page on which the passage begins, None where its document has none."""
        return self.source.chunk.metadata.page


class RAGResponse(BaseModel):
    """An answer with the chunks it was made from: `sources[n - 1]` is the passage that the answer calls [n].

    `outcome` is "answered"; "not_in_context" where the passages do not hold the answer (or none was found: then no model was
    asked: `answer.origin` is "unasked"); or "uncited" where the answer names none of them, so that nothing shows that it comes
    from them, or names them and says nothing else. `citations` are the places where it names them, `unknown_citations` the
    numbers that it names though there is no such passage. `left_out` are hits that did not fit into the model's window,
    `context_used` is what it read of the passages.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: LLMResponse
    sources: list[RetrievalResult]
    query: str
    context_used: str
    outcome: Outcome = "uncited"
    citations: list[Citation] = Field(default_factory=list[Citation])
    unknown_citations: list[int] = Field(default_factory=list[int])
    left_out: list[RetrievalResult] = Field(default_factory=list[RetrievalResult])

    @property
    def answered(self) -> bool:
        """Whether there is an answer, cited or not."""
        return self.outcome != "not_in_context"

    @property
    def cited(self) -> list[RetrievalResult]:
        """The sources that the answer names, best first."""
        numbers = sorted({citation.number for citation in self.citations})
        return [self.sources[number - 1] for number in numbers]


@dataclass(slots=True)
class RAGChunk:
    """A piece of a streamed answer. `text` is what is new, `chunk` the kit's own piece, None for what no model said.

    `sources` are the passages that the model reads, known before its first word. The last piece has the `response`.
    """

    text: str = ""
    sources: list[RetrievalResult] = field(default_factory=list[RetrievalResult], repr=False)
    chunk: StreamChunk | None = field(default=None, repr=False)
    response: RAGResponse | None = None

    @property
    def is_final(self) -> bool:
        """Whether it is the last piece."""
        return self.response is not None

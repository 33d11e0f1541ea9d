"""From a question to the chunks that fit it: by meaning, by words, or both. Kind: flow."""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from racto_nb.exceptions import HybridSearchWarning, MissingExtraError, UsageError, WrongTypeError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.rag.documents import Chunk
from racto_nb.rag.embedders.embedder import BaseEmbedder
from racto_nb.rag.explaining import Stage, StageScore, WordMatch
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.fusion import RRF_K, diversified, fused, scaled
from racto_nb.rag.keywords import KeywordIndex, stop_words
from racto_nb.rag.reranking import Reranker, reranked_scores
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import Array, checked_top_k, embeddings_of, unit_vectors
from racto_nb.rag.stores.vector_store import BaseVectorStore
from racto_nb.rag.words import words_in

Mode = Literal["auto", "hybrid", "vector", "keyword"]
"""How is searched: by meaning and words ("hybrid"), by meaning ("vector"), by words ("keyword"), or as it can be ("auto")."""
_FETCHED = 20
"""So many hits of each search are looked at, at least: more of them change next to nothing (docs/guides/hybrid_search.md)."""


_SEARCHES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalOptions:
    """How chunks are found. Raises UsageError for values that cannot be meant.

    `mode`: "vector" searches by meaning, "keyword" by words (BM25), "hybrid" by both, and joins the two rankings by reciprocal
    rank fusion with `weights` (meaning, words) and the constant `rrf_k`. "auto", the default, is "hybrid" where the store tells
    cheaply when it changed and the extra "rag-bm25" is installed, else "vector" (a missing extra warns: HybridSearchWarning).

    `fetch_k` hits of each search are looked at (None: twice `top_k`, at least 20). With a `reranker` they are put in its order.
    With `mmr` between 0 and 1 those are chosen that are relevant and unlike each other: 1 looks at relevance alone, 0.5 is usual.
    `stop_words` names a language whose words that say little ("the", "of") do not count in the search by words.
    """

    mode: Mode = "auto"
    fetch_k: int | None = None
    rrf_k: int = RRF_K
    weights: tuple[float, float] = (1.0, 1.0)
    mmr: float | None = None
    reranker: Reranker | None = None
    stop_words: str | None = None

    def __post_init__(self) -> None:
        checked_top_k(1 if self.fetch_k is None else self.fetch_k)
        if self.mode not in get_args(Mode):
            raise _meant("mode", f"one of {', '.join(map(repr, get_args(Mode)))}", self.mode)
        if self.rrf_k < 0:
            raise _meant("rrf_k", "0 or more", self.rrf_k)
        if len(self.weights) != _SEARCHES or not all(0 <= each < math.inf for each in self.weights) or not any(self.weights):
            raise _meant("weights", "two numbers of 0 or more, for meaning and for words, and not both 0", self.weights)
        if self.reranker is not None and not isinstance(self.reranker, Reranker):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"reranker is an object with rerank and arerank, such as KitReranker(kit), not {self.reranker!r:.80}."
            raise WrongTypeError(msg)
        if self.mmr is not None and not 0 <= self.mmr <= 1:
            raise _meant("mmr", "between 0 (differences alone) and 1 (relevance alone)", self.mmr)

    @property
    def reranks(self) -> bool:
        """Whether what was found is put into another order."""
        return self.reranker is not None or self.mmr is not None


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched: a `store`, the `embedder` of questions, and the `keywords` of the store."""

    store: BaseVectorStore
    embedder: BaseEmbedder
    keywords: KeywordIndex


def retrieving(
    searched: Searched, query: str, top_k: int, filters: Filters, options: RetrievalOptions
) -> Flow[list[RetrievalResult]]:
    """The `top_k` chunks that fit `query` best among those that fit `filters`, best first.

    What is wrong with the question, `top_k` or `filters` is told before anything is embedded.
    """
    if not isinstance(query, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"A question is a text, not {query!r:.80}."
        raise WrongTypeError(msg)
    if not query.strip():
        msg = "The question is blank: there is nothing to search for."
        raise UsageError(msg)
    top_k, condition = checked_top_k(top_k), as_filter(filters)
    mode = yield from choosing_mode(options, searched.store)
    final = mode != "hybrid" and not options.reranks
    depth = top_k if final else max(top_k, options.fetch_k or max(_FETCHED, 2 * top_k))
    nearest = (yield from _by_meaning(searched, query, depth, condition)) if mode != "keyword" else []
    worded = (yield from _by_words(searched, query, depth, condition, options)) if mode != "vector" else []
    found = _joined(nearest, worded, options) if mode == "hybrid" else [*nearest, *worded]
    hits = yield from _with_chunks(searched.store, found if options.reranks else found[:top_k])
    if options.reranker is not None:
        hits = yield from _reranked(options.reranker, query, hits)
    if options.mmr is not None:
        hits = yield from _unlike(searched.store, hits, top_k, options.mmr)
    return [hit.model_copy(update={"rank": rank}) for rank, hit in enumerate(hits[:top_k], start=1)]


def choosing_mode(options: RetrievalOptions, store: BaseVectorStore) -> Flow[Literal["hybrid", "vector", "keyword"]]:
    """How `store` is searched. "auto" warns where only the extra is missing for the better search."""
    if options.mode != "auto":
        return options.mode
    revision = yield from either(store.revision, store.arevision)
    if revision is None:
        return "vector"
    if importlib.util.find_spec("bm25s") is None:
        missing = MissingExtraError("rag-bm25", missing="bm25s")
        message = f'{missing} Until then, searches are by meaning only; RetrievalOptions(mode="vector") says that this is meant.'
        warnings.warn(message, HybridSearchWarning, stacklevel=2)
        return "vector"
    return "hybrid"


@dataclass(frozen=True, slots=True)
class _Found:
    """A chunk that a search named, with what is known of it so far."""

    chunk_id: str
    score: float
    parts: dict[Stage, StageScore]
    chunk: Chunk | None = None
    points: Mapping[str, float] = field(default_factory=dict[str, float])


def _by_meaning(searched: Searched, query: str, depth: int, filters: Filters) -> Flow[list[_Found]]:
    embedder, store = searched.embedder, searched.store
    asked = yield from either(embedder.embed_query, embedder.aembed_query, query)
    hits = yield from either(store.search, store.asearch, asked, depth, filters)
    return [_Found(hit.chunk.chunk_id, hit.score, {"vector": StageScore(hit.rank, hit.score)}, hit.chunk) for hit in hits]


def _by_words(searched: Searched, query: str, depth: int, filters: Filters, options: RetrievalOptions) -> Flow[list[_Found]]:
    index, left_out = searched.keywords, stop_words(options.stop_words) if options.stop_words else frozenset[str]()
    hits = yield from either(index.search, index.asearch, query, depth, filters, stop_words=left_out)
    return [
        _Found(hit.chunk_id, hit.score, {"bm25": StageScore(rank, hit.score)}, points=hit.points)
        for rank, hit in enumerate(hits, start=1)
    ]


def _joined(nearest: Sequence[_Found], worded: Sequence[_Found], options: RetrievalOptions) -> list[_Found]:
    """Both rankings as one. A score of 1 is first in both, whatever the weights."""
    near, word = ({each.chunk_id: each for each in ranking} for ranking in (nearest, worded))
    order = fused([list(near), list(word)], k=options.rrf_k, weights=options.weights)
    most = sum(options.weights) / (options.rrf_k + 1)
    scored = ((name, StageScore(rank, total / most)) for rank, (name, total) in enumerate(order, start=1))
    return [_both(near.get(name), word.get(name), together) for name, together in scored]


def _both(near: _Found | None, word: _Found | None, together: StageScore) -> _Found:
    known = [each for each in (near, word) if each is not None]
    parts: dict[Stage, StageScore] = {stage: part for each in known for stage, part in each.parts.items()}
    return replace(known[0], score=together.score, parts={**parts, "fused": together}, points=known[-1].points)


def _with_chunks(store: BaseVectorStore, found: Sequence[_Found]) -> Flow[list[RetrievalResult]]:
    """The hits with their chunks. One that was removed while it was searched for is left out."""
    unread = [each.chunk_id for each in found if each.chunk is None]
    read = (yield from either(store.get, store.aget, unread)) if unread else []
    by_id = {chunk.chunk_id: chunk for chunk in read}
    pairs = ((each, each.chunk or by_id.get(each.chunk_id)) for each in found)
    return [
        RetrievalResult(chunk=chunk, score=each.score, rank=rank, parts=each.parts, matches=_matches(chunk, each.points))
        for rank, (each, chunk) in enumerate(pairs, start=1)
        if chunk is not None
    ]


def _matches(chunk: Chunk, points: Mapping[str, float]) -> list[WordMatch]:
    if not points:
        return []
    found = (word for word in words_in(chunk.content) if word.word in points)
    return [WordMatch(word.word, word.start, word.end, points[word.word]) for word in found]


def _reranked(reranker: Reranker, query: str, hits: list[RetrievalResult]) -> Flow[list[RetrievalResult]]:
    if not hits:
        return hits
    scores = yield from reranked_scores(reranker, query, [hit.chunk.content for hit in hits])
    order = sorted(zip(scores, hits, strict=True), key=lambda pair: -pair[0])
    return [
        _staged(hit, "rerank", rank, score).model_copy(update={"score": score})
        for rank, (score, hit) in enumerate(order, start=1)
    ]


def _unlike(store: BaseVectorStore, hits: list[RetrievalResult], top_k: int, balance: float) -> Flow[list[RetrievalResult]]:
    vectors = yield from _vectors(store, hits)
    scores = [hit.score for hit in hits]
    cosines = all(hit.parts.keys() == {"vector"} for hit in hits)
    chosen = diversified(scores if cosines else scaled(scores), vectors, top_k, balance=balance)
    return [_staged(hits[place], "mmr", rank, value) for rank, (place, value) in enumerate(chosen, start=1)]


def _vectors(store: BaseVectorStore, hits: Sequence[RetrievalResult]) -> Flow[Array]:
    """The vectors of the hits as rows. A store may leave them out of what it finds, not out of what is asked for by its id."""
    unread = [hit.chunk.chunk_id for hit in hits if hit.chunk.embedding is None]
    read = (yield from either(store.get, store.aget, unread)) if unread else []
    by_id = {chunk.chunk_id: chunk for chunk in read}
    rows = embeddings_of(hit.chunk if hit.chunk.embedding else by_id.get(hit.chunk.chunk_id, hit.chunk) for hit in hits)
    return unit_vectors(rows) if rows else rows


def _staged(hit: RetrievalResult, stage: Stage, rank: int, score: float) -> RetrievalResult:
    return hit.model_copy(update={"parts": {**hit.parts, stage: StageScore(rank, score)}})


def _meant(name: str, meaning: str, given: object) -> UsageError:
    return UsageError(f"{name} is {meaning}, not {given!r:.80}.")

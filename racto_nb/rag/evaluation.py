"""How well passages are found, measured against questions whose answers are known. Kind: flow.

    result = evaluate(rag, gold, k=5)
    compare(result, evaluate(other, gold, k=5))
    why_not(rag, "What is the notice period?", "The notice period is three months.")

`gold` is a frame of pandas or polars, or a list of dicts: a question in each row, with the place of what answers it (`source`,
`start`, `end`), or its `text`, or a `chunk_id`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, together
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.sources import Retriever
from racto_nb.rag.absence import Absence, asked, looking_for
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters
from racto_nb.rag.gold import GoldFrame, GoldItem, GoldQuestion, gold_questions, is_from
from racto_nb.rag.metrics import (
    Place,
    coverage,
    density,
    ndcg_at_k,
    overlap_of_places,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)
from racto_nb.rag.scores import Comparison, Difference, Evaluation, QuestionScore, compare
from racto_nb.rag.stores.checking import checked_top_k
from racto_nb.rag.stores.vector_store import BaseVectorStore

__all__ = [
    "Absence",
    "Comparison",
    "Difference",
    "Evaluation",
    "GoldItem",
    "GoldQuestion",
    "QuestionScore",
    "aevaluate",
    "awhy_not",
    "compare",
    "coverage",
    "density",
    "evaluate",
    "gold_questions",
    "ndcg_at_k",
    "overlap_of_places",
    "precision_at_k",
    "recall_at_k",
    "reciprocal_rank",
    "why_not",
]


def evaluate(
    retriever: Retriever,
    gold: GoldFrame,
    k: int = 5,
    *,
    filters: Filters = None,
    concurrency: int = 1,
) -> Evaluation:
    """Ask `retriever` each question of `gold` for `k` passages, and measure what it finds.

    `retriever` is a RactoRAG or anything with `retrieve` and `aretrieve`. Of the figures, recall, precision, MRR and nDCG count
    the items of the gold frame that hits reach (`GoldItem.is_reached_by`); coverage, density and IoU compare characters, and need
    the places of the answers. `concurrency` questions are asked at once; more than 1 needs a retriever that threads may share.

    Raises WrongTypeError and UsageError for a gold frame, a retriever or a `k` that is none, and what the retriever raises.
    """
    return SyncDriver().run(_evaluating(retriever, gold, k, filters, concurrency))


async def aevaluate(
    retriever: Retriever,
    gold: GoldFrame,
    k: int = 5,
    *,
    filters: Filters = None,
    concurrency: int = 4,
) -> Evaluation:
    """Ask `retriever` each question of `gold` for `k` passages, `concurrency` at once, and measure what it finds."""
    return await AsyncDriver().run(_evaluating(retriever, gold, k, filters, concurrency))


def why_not(
    retriever: Retriever,
    query: str,
    passage: str,
    *,
    k: int = 5,
    filters: Filters = None,
    store: BaseVectorStore | None = None,
) -> Absence:
    """Why `passage`, a text as it stands in a document, is not among the first `k` hits for `query`. Print the result.

    It says one of: the passage is found after all, and where; its chunk stands further down, at which rank and by which distance
    of scores; a filter removes it, and which condition; the border of two chunks parts it; it is not in the store. White space
    may differ. `store` is where the chunks are, by default `retriever.store`.

    Raises UsageError for a blank passage or a retriever without a store, UnsupportedError if the store cannot list its chunks.
    """
    return SyncDriver().run(looking_for(retriever, query, passage, k=k, filters=filters, store=_store_of(retriever, store)))


async def awhy_not(
    retriever: Retriever,
    query: str,
    passage: str,
    *,
    k: int = 5,
    filters: Filters = None,
    store: BaseVectorStore | None = None,
) -> Absence:
    """Why `passage`, a text as it stands in a document, is not among the first `k` hits for `query`. Print the result."""
    return await AsyncDriver().run(
        looking_for(retriever, query, passage, k=k, filters=filters, store=_store_of(retriever, store))
    )


def _evaluating(retriever: Retriever, gold: GoldFrame, k: int, filters: Filters, concurrency: int) -> Flow[Evaluation]:
    questions, k = gold_questions(gold), checked_top_k(k)
    if not isinstance(retriever, Retriever):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"A retriever has the methods retrieve and aretrieve, as a RactoRAG has; {retriever!r:.80} has not."
        raise WrongTypeError(msg)
    scores = yield from together([_scored(retriever, one, k, filters) for one in questions], limit=concurrency)
    return Evaluation(k, scores)


def _scored(retriever: Retriever, one: GoldQuestion, k: int, filters: Filters) -> Flow[QuestionScore]:
    hits = yield from asked(retriever, one.question, k, filters)
    return score_of(one, [hit.chunk for hit in hits], k)


def score_of(one: GoldQuestion, chunks: Sequence[Chunk], k: int) -> QuestionScore:
    """The figures of a question for which `chunks` were found, best first."""
    items = len(one.items)
    reached = [{number for number, item in enumerate(one.items) if item.is_reached_by(chunk)} for chunk in chunks]
    found = set[int]().union(*reached)
    wanted = one.places
    places = None if wanted is None else [_place_in(chunk, one) for chunk in chunks]
    return QuestionScore(
        one.question,
        items,
        len(found),
        len(chunks),
        recall_at_k(reached, items, k),
        precision_at_k(reached, k),
        reciprocal_rank(reached, k),
        ndcg_at_k(reached, items, k),
        *(_compared(places, wanted) if places is not None and wanted is not None else (math.nan,) * 3),
    )


def _compared(places: Sequence[Place], wanted: Sequence[Place]) -> tuple[float, float, float]:
    return coverage(places, wanted), density(places, wanted), overlap_of_places(places, wanted)


def _place_in(chunk: Chunk, one: GoldQuestion) -> Place:
    """Where `chunk` stands, by the name that the question's answers give to its source; "" is any source."""
    names = {item.source for item in one.items}
    known = next((name for name in names if name is None or is_from(chunk, name)), chunk.metadata.source)
    return known or "", chunk.metadata.start_char, chunk.metadata.end_char


def _store_of(retriever: Retriever, store: BaseVectorStore | None) -> BaseVectorStore:
    known = store if store is not None else cast("object", getattr(retriever, "store", None))
    if not isinstance(known, BaseVectorStore):
        msg = f"{type(retriever).__name__} does not say where its chunks are. Give the vector store: why_not(..., store=…)."
        raise UsageError(msg)
    return known

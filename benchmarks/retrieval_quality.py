"""How well passages are found, for each chunker, by meaning, by words and by both: on questions whose answers are known.

The texts and the questions are those of Chroma's report on chunking ("Evaluating Chunking Strategies for Retrieval", 2024), as
far as they are in the shared material: two texts, and the places that answer each question. The embedder is the embedded one; a
text is embedded once in a run, whatever chunker it comes from.

Of 5 hits: recall (the share of the answers that are reached), coverage and IoU (in characters). Chunks differ in size, and five
large ones cover more than five small ones: so the coverage of the first 2,560 characters of hits stands beside them, what five
chunks of 512 hold. The goal: no other line is better than the default one, RecursiveChunker(512, 50) by both, in that coverage,
or with chunks that are no larger in recall, by more than chance (95 % of a paired bootstrap, Bonferroni's correction for all).
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contenders.chunking import langchain_chunks
from contenders.shared import MISSING, shared_folder
from contenders.telling import absent, figure

from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.rag import Chunk, Document, RetrievalResult
from racto_nb.rag.chunkers import (
    BaseChunker,
    FixedChunker,
    MarkdownChunker,
    RecursiveChunker,
    SemanticChunker,
    SentenceChunker,
    TokenChunker,
)
from racto_nb.rag.embedders import BaseEmbedder, EmbeddedEmbedder
from racto_nb.rag.evaluation import Evaluation, compare, gold_questions
from racto_nb.rag.evaluation import score_of as scored
from racto_nb.rag.keywords import KeywordIndex
from racto_nb.rag.retrieval import RetrievalOptions, Searched, retrieving
from racto_nb.rag.stores import InMemoryVectorStore

SHARED = shared_folder("data", "chunking")
K, BUDGET, DEEP = 5, 2_560, 40
MODES = ("vector", "keyword", "hybrid")
DEFAULT = ("Recursive 512/50", "hybrid")


class Remembering(BaseEmbedder):
    """The embedder of the run, which embeds no text twice."""

    def __init__(self, embedder: BaseEmbedder) -> None:
        self._embedder = embedder
        self._known: dict[str, list[float]] = {}

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed(self, texts: list[str]) -> list[list[float]]:
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(new, self._embedder.embed(new), strict=True) if new else ())
        return [self._known[text] for text in texts]

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts)


class BesideOurs(BaseChunker):
    """langchain's splitter, with the places of its chunks."""

    def chunk(self, document: Document) -> list[Chunk]:
        return langchain_chunks(document)


@dataclass(frozen=True, slots=True)
class Line:
    """What one chunker and one way of searching found."""

    chunker: str
    mode: str
    size: float
    at_k: Evaluation
    in_budget: Evaluation


def documents() -> list[Document]:
    return [Document(content=path.read_text(encoding="utf-8"), source=path.stem) for path in sorted(SHARED.glob("*.md"))]


def gold() -> Iterator[dict[str, Any]]:
    """One row for each place that answers a question."""
    with (SHARED / "questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for place in json.loads(row["references"]):
                yield {
                    "question": row["question"],
                    "source": row["corpus_id"],
                    "start": place["start_index"],
                    "end": place["end_index"],
                }


def chunkers(embedder: BaseEmbedder) -> dict[str, BaseChunker]:
    known: dict[str, BaseChunker] = {
        "Recursive 512/50": RecursiveChunker(512, 50),
        "Recursive 256/32": RecursiveChunker(256, 32),
        "Recursive 800/80": RecursiveChunker(800, 80),
        "Fixed 256/32": FixedChunker(),
        "Sentence 5/1": SentenceChunker(),
        "Token 128/16": TokenChunker(128, 16),
        "Markdown 512/50": MarkdownChunker(),
        "Semantic 0.8": SemanticChunker(embedder),
        "Semantic 0.3": SemanticChunker(embedder, 0.3, max_characters=800),
    }
    try:
        import langchain_text_splitters  # noqa: F401  (only whether it is there)
    except ImportError as error:
        absent("langchain", error)
    else:
        known["langchain 512/50"] = BesideOurs()
    return known


def measured(name: str, chunker: BaseChunker, texts: Iterable[Document], embedder: BaseEmbedder) -> Iterator[Line]:
    chunks = [chunk for document in texts for chunk in chunker.chunk(document)]
    for chunk, vector in zip(chunks, embedder.embed([chunk.content for chunk in chunks]), strict=True):
        chunk.embedding = vector
    store = InMemoryVectorStore()
    store.add(chunks)
    searched = Searched(store, embedder, KeywordIndex(store))
    questions = gold_questions(gold())
    for mode in MODES:
        options = RetrievalOptions(mode=mode)
        ten = [SyncDriver().run(retrieving(searched, one.question, K, None, options)) for one in questions]
        deep = [SyncDriver().run(retrieving(searched, one.question, DEEP, None, options)) for one in questions]
        at_k = Evaluation(K, [scored(one, [hit.chunk for hit in hits], K) for one, hits in zip(questions, ten, strict=True)])
        budget = [scored(one, within_budget(hits), DEEP) for one, hits in zip(questions, deep, strict=True)]
        yield Line(name, mode, sum(len(chunk.content) for chunk in chunks) / len(chunks), at_k, Evaluation(DEEP, budget))


def within_budget(hits: Sequence[RetrievalResult]) -> list[Chunk]:
    """The first BUDGET characters of the hits: the last chunk is cut."""
    left, kept = BUDGET, []
    for hit in hits:
        place = hit.chunk.metadata
        end = min(place.end_char, place.start_char + left)
        if end > place.start_char:
            kept.append(hit.chunk.model_copy(update={"metadata": place.model_copy(update={"end_char": end})}))
            left -= end - place.start_char
    return kept


def told(lines: Sequence[Line]) -> bool:
    """Print a table; whether another line is better than the default one."""
    default = next(line for line in lines if (line.chunker, line.mode) == DEFAULT)
    confidence = 1 - 0.05 / (2 * len(lines))
    better = False
    print(f"{'':18}{'by':>9}{'size':>6}{'recall@5':>10}{'MRR':>7}{'coverage':>10}{'IoU':>7}{'coverage of 2,560':>19}")
    for line in lines:
        means, fair = line.at_k.means, line.in_budget.means["coverage"]
        recall = compare(default.at_k, line.at_k, confidence=confidence)["recall"]
        budget = compare(default.in_budget, line.in_budget, confidence=confidence)["coverage"]
        is_better = budget.low > 0 or (recall.low > 0 and line.size <= default.size)
        better |= is_better
        mean = f"MRR {means['reciprocal_rank']:.3f}, IoU {means['iou']:.3f}, coverage of 2,560 characters {fair:.3f}"
        figure(f"{line.chunker}, {line.mode}: recall of 5", means["recall"], "share", told=mean)
        mark = "  default" if line is default else "  better" if is_better else ""
        print(
            f"{line.chunker:18}{line.mode:>9}{line.size:6.0f}{means['recall']:10.3f}{means['reciprocal_rank']:7.3f}"
            f"{means['coverage']:10.3f}{means['iou']:7.3f}{fair:19.3f}{mark}"
        )
    return better


def main() -> int:
    """Measure, print a table, and return 1 when another configuration should be the default."""
    if not SHARED:
        absent("what is found", MISSING)
        return 1
    began, embedder, texts = time.perf_counter(), Remembering(EmbeddedEmbedder()), documents()
    lines = [line for name, chunker in chunkers(embedder).items() for line in measured(name, chunker, texts, embedder)]
    better = told(lines)
    figure("a line that is better than the default one", int(better), "lines", at_most=0)
    print(f"{len(lines[0].at_k.questions)} questions; {time.perf_counter() - began:.0f} s")
    return int(better)


if __name__ == "__main__":
    sys.exit(main())

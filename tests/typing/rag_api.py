"""Typical user code of retrieval, checked by pyright and mypy, both strict, and never run."""

from typing import assert_type

import racto_nb
from racto_nb import embedded_developer_kit as embedded
from racto_nb.models.sources import Retriever
from racto_nb.rag import Chunk, RactoRAG, RetrievalResult, field
from racto_nb.rag.embedders import BaseEmbedder, CachedEmbedder, EmbeddingCache, GoogleEmbedder, KitEmbedder, OpenAIEmbedder
from racto_nb.rag.reports import FileReport, IngestedChunks, IngestReport, Progress
from racto_nb.rag.stores import BaseVectorStore, InMemoryVectorStore


def heard(progress: Progress) -> None:
    assert_type(progress.done, int)


def pipeline() -> Retriever:
    kit = embedded.Chat()
    rag = racto_nb.RactoRAG(InMemoryVectorStore(), kit, embedding_cache="vectors.sqlite3", llm_kit=kit)
    assert_type(rag, RactoRAG)
    assert_type(rag.ingest("a.txt", team="support", year=2026), list[Chunk])
    assert_type(rag.ingest_text("text", source="here", tags=["a"]), list[Chunk])
    chunks = rag.ingest_dir("docs", "**/*.md", on_progress=heard, on_error="raise", remove_missing=True, team="support")
    assert_type(chunks, IngestedChunks)
    assert_type(chunks.report, IngestReport)
    assert_type(chunks.report.failed, list[FileReport])
    assert_type(chunks[0], Chunk)
    assert_type(chunks[1:], list[Chunk])
    assert_type(rag.retrieve("question", filters={"team": "support"}), list[RetrievalResult])
    assert_type(rag.retrieve("question", filters=field("year") >= 2020)[0].score, float)
    assert_type(rag.remove("docs/a.md"), int)
    assert_type(rag.store, BaseVectorStore)
    assert_type(rag.embedder, BaseEmbedder)
    return rag


async def awaited() -> None:
    async with RactoRAG(embedder=OpenAIEmbedder(dimensions=256)) as rag:
        assert_type(await rag.aingest("a.txt"), list[Chunk])
        async for chunk in await rag.aingest_dir("docs"):
            assert_type(chunk, Chunk)
        assert_type(await rag.aretrieve("question", top_k=3), list[RetrievalResult])
        assert_type(await rag.acount(), int)


def embedders() -> None:
    with EmbeddingCache() as cache:
        embedder = CachedEmbedder(KitEmbedder(embedded.Chat(), batch_size=8), cache)
        assert_type(embedder.embed(["a"]), list[list[float]])
        assert_type(embedder.embed_query("a"), list[float])
        assert_type(len(cache), int)
    assert_type(GoogleEmbedder(task_type="CLUSTERING").dimension, int)

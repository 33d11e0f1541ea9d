"""Typical user code of pipelines, chunks and stores, checked by pyright and mypy, both strict, and never run."""

from __future__ import annotations

from typing import Any, assert_type

import pandas as pd
import polars as pl

from racto_nb import (
    AsyncListClassifierPipeline,
    AsyncSQLAnalystPipeline,
    AuditEntry,
    ChartSpec,
    ChromaStore,
    ClassifierRateLimitExceededError,
    ClassifierResult,
    ClassifierUsage,
    DuckDBStore,
    FAISSStore,
    FileReaderRegistry,
    FixedChunker,
    Lemmatizer,
    ListClassifierPipeline,
    MilvusStore,
    PGVectorStore,
    PineconeStore,
    PipelineUsage,
    ProcessingPipeline,
    QdrantStore,
    RactoRAG,
    RateLimitExceededError,
    ReadOnlyViolationError,
    RecursiveChunker,
    SemanticChunker,
    SentenceChunker,
    SQLAnalystPipeline,
    TextCleaner,
    VoyageEmbedder,
    WeaviateStore,
)
from racto_nb.openai_developer_kit import Chat
from racto_nb.pipelines import SQLAnalystResult
from racto_nb.rag import Chunk, Document
from racto_nb.rag.stores import BaseVectorStore


def questions_to_a_database(frame: pl.DataFrame) -> list[dict[str, Any]]:
    with SQLAnalystPipeline(Chat(), engine={"orders": frame}, mask_columns=["buyer"], run_pandas=False) as analyst:
        analyst.run("Show it.", chart=ChartSpec(chart_type="bar", x="product", y="sold"))
        result = analyst.run("What sells best?", chart=None)
    assert_type(result, SQLAnalystResult)
    assert_type(result.sql_query, str)
    assert_type(result.frame, pl.DataFrame)
    assert_type(result.usage, PipelineUsage)
    assert_type(result.chart_spec, dict[str, Any] | None)
    return result.raw_rows


async def awaited_questions() -> str | None:
    pipeline = AsyncSQLAnalystPipeline(Chat())
    try:
        assert_type(await pipeline.run("How many orders?", connection_string="shop.sqlite"), SQLAnalystResult)
        return (await pipeline.arun("How many orders?")).answer
    except (ReadOnlyViolationError, RateLimitExceededError) as error:
        return str(error)
    finally:
        await pipeline.aclose()


def labels(frame: pd.DataFrame, kept: list[AuditEntry]) -> pd.DataFrame:
    classifier = ListClassifierPipeline(
        Chat(), options=["Billing", "Sales"], option_descriptions={"Billing": "charges"}, audit_logger=kept.append
    )
    try:
        result = classifier.run("I was charged twice")
        assert_type(result.first, str | None)
        assert_type(result.usage, ClassifierUsage)
    except ClassifierRateLimitExceededError as error:
        assert_type(error.retry_after, float | None)
    return classifier.classify_frame(frame, "text")


async def awaited_labels(texts: list[str]) -> None:
    classifier = AsyncListClassifierPipeline(Chat(), options=["Billing", "Sales"])
    for result in await classifier.abatch_run(texts):
        assert_type(result, ClassifierResult)


def parts(document: Document) -> list[Chunk]:
    embedder = VoyageEmbedder(dimensions=256)
    for chunker in (FixedChunker(256, 32), RecursiveChunker(chunk_size=512), SentenceChunker(5), SemanticChunker(embedder)):
        assert_type(chunker.chunk(document), list[Chunk])
    words = ProcessingPipeline([TextCleaner(), Lemmatizer()])
    assert_type(words.process("Two  words"), str)
    assert_type(FileReaderRegistry().read("report.pdf"), Document)
    return RecursiveChunker().chunk(document)


def stores() -> list[RactoRAG]:
    wanted: list[BaseVectorStore] = [
        DuckDBStore("vectors", index="hnsw"),
        ChromaStore("papers", path="chroma"),
        FAISSStore(384, index_path="faiss"),
        PGVectorStore("postgresql://localhost/papers", dimension=384),
        PineconeStore("papers"),
        QdrantStore("papers", path="qdrant"),
        WeaviateStore(url="http://localhost:8080"),
        MilvusStore(uri="papers.db"),
    ]
    return [RactoRAG(store, VoyageEmbedder()) for store in wanted]

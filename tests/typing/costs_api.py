"""What users write about costs, caches, recordings and batches. pyright and mypy read it, strictly; it is never run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_type

import polars as pl

from racto_nb import Budget, ledger
from racto_nb import anthropic_developer_kit as claude
from racto_nb import google_developer_kit as gemini
from racto_nb import openai_developer_kit as gpt
from racto_nb.batch import BatchItem, BatchJobInfo, BatchResults, BatchStatus, OpenAIBatchProcessor
from racto_nb.budgets import Estimate
from racto_nb.cache import CacheStats, DiskCache, ExactMatchCache, SemanticCache
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.replay import record, replay
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.truncation import TokenTruncator, TruncationConfig


def vector_of(text: str) -> Sequence[float]:
    return [float(len(text)), 1.0]


def with_all_slots(prompt: RactoPrompt, config: ChatConfig) -> None:
    kit = gpt.Chat(
        model="auto",
        default_prompt=prompt,
        exact_cache=ExactMatchCache(max_size=2048, ttl_seconds=3600),
        semantic_cache=SemanticCache(embedder=vector_of, threshold=0.95),
        router=CostAwareRouter(tiers=[RoutingTier(model="gpt-6-luna", max_score=30), RoutingTier(model="gpt-6-astra")]),
        truncator=TokenTruncator(TruncationConfig(token_counter=len, keep_first_n=2)),
        budget=Budget(max_usd=Decimal("0.50")),
    )
    response = kit.asking_anew().chat(config)
    assert_type(response.origin, str)
    assert_type(kit.with_exact_cache(DiskCache("answers.sqlite3")).estimate(config), Estimate)
    assert_type(ExactMatchCache().stats, CacheStats)
    assert_type(ExactMatchCache().get("key"), LLMResponse | None)


def accounts(config: ChatConfig) -> None:
    with Budget(max_tokens=1000) as budget, ledger.ledger_at(":memory:"):
        assert_type(claude.Chat().count_tokens(config), int)
        assert_type(budget.spent_usd, Decimal)
    assert_type(ledger.total().price, Decimal)
    frame: pl.DataFrame = ledger.by("model")
    assert_type(frame.height, int)


def recordings(config: ChatConfig) -> None:
    with record("answers.replay.jsonl") as tape:
        gemini.Chat().chat(config)
    assert_type(tape.recorded, int)
    with replay("answers.replay.jsonl", speed=1.0) as tape:
        assert_type(tape.replayed, int)


def batches(items: list[BatchItem], prompt: RactoPrompt) -> None:
    with OpenAIBatchProcessor(default_prompt=prompt, jobs="jobs") as processor:
        results = processor.submit_and_wait(
            items, prompt=prompt, completion_window="24h", on_progress=lambda info: info.status.value
        )
        assert_type(results, BatchResults)
        assert_type([result.response for result in results if result.ok], list[LLMResponse | None])
        assert_type(results.cost, Decimal | None)
        assert_type(processor.submit_batch(items).job_id, str)
        assert_type(processor.resume(), list[BatchJobInfo])
        assert_type(processor.resume("batch_1"), BatchResults)
        assert_type(processor.list(), list[BatchJobInfo])
    assert_type(claude.AnthropicBatchProcessor().poll_status("batch_1").status, BatchStatus)
    assert_type(gemini.GeminiBatchProcessor(model="gemini-3.8-flash").get_results("batches/1"), BatchResults)


async def awaited_batches(processor: gpt.OpenAIBatchProcessor, items: list[gpt.BatchItem]) -> None:
    assert_type(await processor.asubmit_and_wait(items, poll_interval_s=30.0), BatchResults)
    assert_type(await processor.aresume(), list[BatchJobInfo])
    assert_type(await processor.aresume("batch_1", items=items), BatchResults)

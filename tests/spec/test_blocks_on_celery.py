"""The documents' own code blocks on Celery: a real broker, and a worker that has the same module as the block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from rag.minimal_pdf import pdf
from spec.originals import Runner
from valkey_server import ValkeyServer
from worker_beside import worker_beside

from racto_nb import openai_developer_kit as gpt
from racto_nb.celery import RactoCeleryWorker
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.rag import RactoRAG
from racto_nb.rag.embedders import OpenAIEmbedder
from racto_nb.rag.stores import ChromaStore

WRITTEN = "redis://localhost:6379/0"


@pytest.fixture
def replaced(valkey: ValkeyServer) -> dict[str, str]:
    return {WRITTEN: valkey.url(9)}


@pytest.fixture
def started(run: Runner, replaced: dict[str, str]) -> Iterator[Callable[..., None]]:
    """Starts a worker with a kit on this model, as `celery -A tasks worker` does with the block's module."""
    with ExitStack() as closing:

        def start(model: str, **more: Any) -> None:
            with pytest.warns(RetiredModelWarning):
                kit = run.keeps(gpt.Chat(model=model))
            app = Celery("ractogateway", broker=replaced[WRITTEN], backend=replaced[WRITTEN])
            closing.callback(app.close)
            RactoCeleryWorker(app, kit=kit, **more)
            closing.enter_context(worker_beside(app, pool="solo"))

        yield start


def test_block_81_a_question_is_answered_by_a_worker(run: Runner, started: Callable[..., None], replaced: dict[str, str]):
    started("gpt-4o")
    ran = run(81, ["The meeting reviewed Q1 metrics."], replaced=replaced)
    assert ran.printed == ["TaskStatus.SUCCESS", "True", "The meeting reviewed Q1 metrics."]
    assert ran["worker"].name == "openai-gpt-4o"


def test_block_82_a_document_is_ingested_by_a_worker(
    run: Runner, started: Callable[..., None], replaced: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "policy.pdf").write_bytes(pdf([["Refunds are paid within 14 days."], ["Downloads are not refunded."]]))
    store = ChromaStore(collection="docs", persist_directory="./db")
    rag = run.keeps(RactoRAG(vector_store=store, embedder=OpenAIEmbedder(model="text-embedding-3-large")))
    started("gpt-4o", rag=rag)
    ran = run(82, replaced=replaced)
    status, count = ran.printed
    assert status == "TaskStatus.SUCCESS"
    assert int(count) == rag.count() > 0
    assert {chunk["metadata"]["extra"]["source"] for chunk in ran["status"].result} <= {"policy_v1"}


def test_block_83_a_batch_is_answered_side_by_side(run: Runner, started: Callable[..., None], replaced: dict[str, str]):
    started("gpt-4o-mini")
    ran = run(83, ["A language.", "A store."], replaced=replaced)
    assert [line.partition(" ")[2] for line in ran.printed] == ["TaskStatus.SUCCESS True"] * 2
    assert [result.custom_id for result in ran["results"]] == ["q1", "q2"]
    assert sorted(result.response.content for result in ran["results"]) == ["A language.", "A store."]

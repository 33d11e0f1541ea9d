"""Budgets together with what else stands around a call: recordings, lost connections, batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from paid_kit import PaidKit

from racto_nb import Budget
from racto_nb.exceptions import BudgetExceededError, ReplayFileError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.ledger import ledger_at
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.replay import record, replay
from racto_nb.testing import FakeKit

ASK = ChatConfig(user_message="What is 2 + 2?", max_tokens=1000)


def recorded(file: Path) -> Path:
    kit = FakeKit(["4"], repeat_last=True)
    with record(file):
        kit.chat(ASK)
        list(kit.stream(ASK))
        kit.embed(EmbeddingConfig(texts=["four"]))
    return file


def test_what_auto_finds_in_a_recording_goes_through_an_empty_budget_and_the_rest_does_not(tmp_path: Path):
    kit = FakeKit(["5"], repeat_last=True)
    with replay(recorded(tmp_path / "t.jsonl"), mode="auto") as tape, Budget(max_tokens=0) as budget:
        assert kit.chat(ASK).content == "4"
        assert list(kit.stream(ASK))[-1].accumulated_text == "4"
        assert kit.embed(EmbeddingConfig(texts=["four"])).vectors
        with pytest.raises(BudgetExceededError):
            kit.chat(ASK)
    assert (tape.replayed, tape.recorded, kit.calls, budget.spent_tokens) == (3, 0, [], 0)


def test_of_many_equal_questions_at_once_only_the_recorded_one_is_free(tmp_path: Path):
    kit = FakeKit(["5"], repeat_last=True)

    async def main() -> list[Any]:
        with replay(file, mode="auto"), Budget(max_tokens=0):
            return await asyncio.gather(*(kit.achat(ASK) for _ in range(4)), return_exceptions=True)

    file = recorded(tmp_path / "t.jsonl")
    answers = run_unblocked(main())
    assert sorted(type(answer).__name__ for answer in answers) == [*["BudgetExceededError"] * 3, "LLMResponse"]
    assert kit.calls == []


def test_an_answer_that_could_not_be_recorded_is_charged_and_its_price_is_unknown(tmp_path: Path):
    (tmp_path / "t.jsonl").symlink_to(tmp_path / "missing" / "t.jsonl")
    with ledger_at(":memory:") as ledger, record(tmp_path / "t.jsonl"), Budget(max_tokens=9000) as budget:
        with pytest.raises(ReplayFileError, match="cannot be written"):
            PaidKit(["4"]).chat(ASK)
        assert ledger is not None
        assert ledger.total().unpriced == 1
    assert budget.spent_tokens > 1000


def test_a_recording_that_cannot_be_read_sends_and_costs_nothing(tmp_path: Path):
    (tmp_path / "t.jsonl").write_text("no recording")
    with ledger_at(":memory:") as ledger, record(tmp_path / "t.jsonl"), Budget(max_tokens=9000) as budget:
        with pytest.raises(ReplayFileError, match="is no recording"):
            (kit := PaidKit(["4"])).chat(ASK)
        assert ledger is not None
        assert (ledger.total().unpriced, budget.spent_tokens, kit.calls) == (0, 0, [])


@pytest.mark.parametrize(
    "ask", [lambda kit: kit.chat(ASK), lambda kit: list(kit.stream(ASK)), lambda kit: run_unblocked(kit.achat(ASK))]
)
def test_a_request_whose_connection_was_lost_has_an_unknown_price(ask: Callable[[Any], object]):
    kit = PaidKit([ConnectionError("reset"), "4"], retry=RetryPolicy(1, first_delay=0))
    with ledger_at(":memory:") as ledger:
        ask(kit)
        assert ledger is not None
        total = ledger.total()
    assert (total.requests, total.unpriced) == (2, 1)
    assert total.price > 0


def test_a_block_is_not_around_threads_of_ones_own_and_the_budget_of_a_kit_is():
    kit = FakeKit(["4"], repeat_last=True)
    with Budget(max_tokens=0) as budget, ThreadPoolExecutor(1) as pool:
        assert pool.submit(kit.chat, ASK).result().content == "4"  # as the guide says
        with pytest.raises(BudgetExceededError):
            pool.submit(kit.with_budget(budget).chat, ASK).result()

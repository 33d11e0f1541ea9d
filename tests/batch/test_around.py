"""What stands around a batch: the ledger, which has one row for a job, and recordings, from which its polls come again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from batch.counters import ANTHROPIC, RESPONSES, Counter, called, each_colour, each_counter, items

from racto_nb import Budget, RactoPrompt
from racto_nb.exceptions import BudgetExceededError, RactoGatewayError
from racto_nb.ledger import ledger_at
from racto_nb.replay import record, replay
from racto_nb.testing import FakeBatch, FakeProvider, forbid_network

PROMPT = RactoPrompt(role="You know cities.", aim="Answer.", constraints=[], tone="Calm", output_format="text")
ASKED = items("One?", "Two?")
COLUMNS = "kind, provider, model, requests, input_tokens, output_tokens, finish_reason, price"


@each_counter
@each_colour
def test_a_batch_is_recorded_and_comes_again_with_the_server_gone(counter: Counter, colour: str, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider(["First.", "Second."]) as server, record(tape), counter.opened(server, tmp_path / "one") as processor:
        live = called(colour, processor, "submit_and_wait", ASKED, poll_interval_s=0.01)
    with replay(tape), forbid_network(allow_loopback=False), counter.opened(server, tmp_path / "two") as processor:
        again = called(colour, processor, "submit_and_wait", ASKED, poll_interval_s=0.01)
    assert [result.response.content for result in again] == [result.response.content for result in live] == ["First.", "Second."]
    assert again.job is not None
    assert live.job is not None
    assert again.job.status == live.job.status


@each_colour
def test_polls_come_again_in_their_order(colour: str, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with (
        FakeProvider(["First.", "Second."], batches=[FakeBatch(polls=2)]) as server,
        record(tape),
        RESPONSES.opened(server, tmp_path / "one") as processor,
    ):
        job = called(colour, processor, "submit_batch", ASKED)
        live = [called(colour, processor, "poll_status", job.job_id).status for _ in range(3)]
    assert len(set(live)) > 1
    with replay(tape), RESPONSES.opened(server, tmp_path / "two") as processor:
        assert called(colour, processor, "submit_batch", ASKED).job_id == job.job_id
        assert [called(colour, processor, "poll_status", job.job_id).status for _ in range(3)] == live


@each_counter
@each_colour
def test_a_job_is_one_row_of_the_ledger_however_often_its_results_are_read(counter: Counter, colour: str, tmp_path: Path):
    with ledger_at(tmp_path / "ledger") as book, FakeProvider(["First.", "Second."]) as server:
        assert book is not None
        with counter.opened(server, tmp_path / "jobs") as processor:
            results = called(colour, processor, "submit_and_wait", ASKED, poll_interval_s=0.01)
            called(colour, processor, "get_results", results.job.job_id)
        rows = book.sql(f"SELECT {COLUMNS} FROM calls").rows()
    read, written = results.usage["prompt_tokens"], results.usage["completion_tokens"]
    assert rows == [("batch", results.job.provider, counter.model, 2, read, written, "completed", None)]


def test_the_row_of_a_job_has_the_price_of_batches(tmp_path: Path):
    from racto_nb.models.usage import Spent
    from racto_nb.providers.pricing import price_of

    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    standard, batch = (price_of(Spent("openai", "gpt-6-luna", "gpt-6-luna", usage, tier)) for tier in ("", "batch"))
    assert (standard, batch) == (Decimal("0.00015"), Decimal("0.000075"))


@each_counter
@each_colour
def test_a_batch_that_may_exceed_a_budget_is_not_handed_in_and_for_one_that_fits_its_bound_is_set_aside(
    counter: Counter, colour: str, tmp_path: Path
):
    asked = items("One?", "Two?", max_tokens=1000)
    with FakeProvider(["First.", "Second."]) as server, counter.opened(server, tmp_path) as processor:
        with Budget(max_tokens=1500) as small, pytest.raises(BudgetExceededError, match="Nothing was sent"):
            called(colour, processor, "submit_batch", asked)
        assert (small.spent_tokens, server.requests, list(tmp_path.glob("*.jsonl"))) == (0, [], [])
        with Budget(max_tokens=100_000) as enough:
            called(colour, processor, "submit_batch", asked)
        assert enough.spent_tokens == 0
        assert enough.remaining_tokens < 100_000 - 2_000  # all that may be written is set aside until the results are read


def test_a_batch_that_was_refused_costs_nothing(tmp_path: Path):
    with (
        FakeProvider(keys=["another-key"]) as server,
        RESPONSES.opened(server, tmp_path) as processor,
        Budget(max_tokens=100_000) as budget,
        pytest.raises(RactoGatewayError),
    ):
        processor.submit_batch(ASKED)
    assert (budget.spent_tokens, budget.remaining_tokens) == (0, 100_000)


def test_a_batch_that_is_replayed_needs_no_budget_and_is_a_row_without_a_price(tmp_path: Path):
    tape, rows = tmp_path / "t.jsonl", "SELECT origin, price, unpriced, saved_tokens > 0 FROM calls ORDER BY time, origin"
    with ledger_at(tmp_path / "ledger") as book, FakeProvider(["First.", "Second."]) as server:
        with record(tape), RESPONSES.opened(server, tmp_path / "one") as processor:
            processor.submit_and_wait(ASKED, poll_interval_s=0.01)
        with replay(tape), Budget(max_tokens=0), RESPONSES.opened(server, tmp_path / "two") as processor:
            processor.submit_and_wait(ASKED, poll_interval_s=0.01)
        assert book is not None
        assert sorted(book.sql(rows).rows()) == [("fresh", None, 2, False), ("replay", 0, 0, True)]


@each_colour
def test_what_is_asked_before_a_batch_is_a_row_of_its_own(colour: str, tmp_path: Path):
    asked = items("One?", "Two?", prompt=PROMPT)
    with ledger_at(":memory:") as book, FakeProvider(["ok", "First.", "Second."]) as server:
        with ANTHROPIC.opened(server, tmp_path) as processor:
            called(colour, processor, "submit_batch", asked, warm_cache=True)
        assert book is not None
        assert book.sql("SELECT kind, requests, input_tokens > 0, unpriced FROM calls").rows() == [("chat", 1, True, 1)]

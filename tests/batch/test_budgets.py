"""Budgets around batches: nothing is handed in that may cost more than is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch.counters import CHAT, Counter, called, each_colour, each_counter, items

from racto_nb import Budget
from racto_nb.batch import OpenAIBatchProcessor
from racto_nb.batch.planning import planned
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import BudgetExceededError, RactoGatewayError
from racto_nb.testing import FakeFault, FakeProvider

ASKED = items("One?", "Two?", max_tokens=50)


@each_counter
@each_colour
def test_a_batch_that_may_not_fit_is_not_handed_in(counter: Counter, colour: str, tmp_path: Path):
    with FakeProvider(["A."]) as server, counter.opened(server, tmp_path) as processor:
        with Budget(max_tokens=100) as budget, pytest.raises(BudgetExceededError):
            called(colour, processor, "submit_batch", ASKED)
        assert server.requests == []
    assert (budget.remaining_tokens, list(tmp_path.iterdir())) == (100, [])


@each_counter
@each_colour
def test_what_is_set_aside_gives_way_to_what_was_used(counter: Counter, colour: str, tmp_path: Path):
    with FakeProvider(["A.", "B."]) as server, counter.opened(server, tmp_path) as processor, Budget(max_tokens=50_000) as budget:
        job = called(colour, processor, "submit_batch", ASKED)
        assert budget.spent_tokens == 0
        assert (budget.remaining_tokens or 0) < 49_900
        results = called(colour, processor, "resume", job.job_id, poll_interval_s=0.01)
        called(colour, processor, "get_results", job.job_id)
        assert budget.spent_tokens == results.usage["total_tokens"] > 0
        assert budget.remaining_tokens == 50_000 - budget.spent_tokens


@each_colour
def test_a_batch_that_the_provider_refuses_costs_nothing(colour: str, tmp_path: Path):
    with FakeProvider() as server, CHAT.opened(server, tmp_path) as processor, Budget(max_tokens=50_000) as budget:
        server.route("POST /v1/batches", FakeFault(status=400, message="No such model for batches."))
        with pytest.raises(RactoGatewayError, match="No such model"):
            called(colour, processor, "submit_batch", ASKED)
    assert server.requests
    assert budget.remaining_tokens == 50_000


def test_the_bound_of_a_batch_is_half_the_price_and_a_warm_cache_has_room_for_its_own():
    from racto_nb.batch import bounding

    with OpenAIBatchProcessor("gpt-6-luna", api_key="any") as processor:
        desk = processor._desk
        plan = planned(ASKED, provider=desk.provider, api=desk.api, settings=desk.settings, prompt=None, host=desk.host)
        cold, warm = (bounding._estimate(desk, plan, warmed=warmed) for warmed in (False, True))
    assert isinstance(cold, Estimate)
    assert cold.price_high
    assert warm.price_high == 4 * cold.price_high

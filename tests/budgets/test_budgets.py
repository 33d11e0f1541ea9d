"""Budgets: what is set aside before each request, what is charged afterwards, and that many at once never overspend."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from calling_replies import calls
from colours import run_unblocked
from hypothesis import given
from hypothesis import strategies as st
from paid_kit import PaidKit
from pydantic import BaseModel

from racto_nb import Budget, budgets
from racto_nb.budgets.budget import budgets_here
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import (
    BudgetExceededError,
    RactoGatewayServerError,
    ResponseModelValidationError,
    UnpricedModelError,
    UsageError,
    WrongTypeError,
)
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.middleware import Answer, Ask, Onward, Steps, known_answer
from racto_nb.models import ChatConfig, EmbeddingConfig, LLMResponse
from racto_nb.models.usage import Spent, usage_of
from racto_nb.replay import record, replay
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

ASK = ChatConfig(user_message="What is 2 + 2?", max_tokens=1000)
USAGE = usage_of(100, 10)
PRICE = Decimal("0.000015")  # of gpt-6-luna, which costs 0.10 and 0.50 dollars a million


def paid(*replies: Any, **settings: Any) -> PaidKit:
    given = replies or (FakeReply(("4",), usage=USAGE),)
    return PaidKit(given, repeat_last=True, **settings)


def test_an_answer_is_charged_with_what_it_used():
    budget = Budget(max_usd=1)
    paid(budget=budget).chat(ASK)
    assert (budget.spent_usd, budget.spent_tokens) == (PRICE, 110)
    assert budget.remaining_usd == 1 - PRICE
    assert repr(budget) == "Budget($0.000015 of $1.00 spent)"


def test_what_may_cost_more_than_is_left_is_not_sent_and_says_what_to_do():
    kit = paid(budget=Budget(max_usd="0.0004"))
    with pytest.raises(
        BudgetExceededError, match=r"openai:gpt-6-luna may cost \$0\.0005\d+, and of the budget of \$0\.0004"
    ) as caught:
        kit.chat(ASK)
    assert kit.calls == []
    assert "All that may be written counts, thinking included: 1,000 tokens. Lower max_tokens" in str(caught.value)
    assert (caught.value.limit, caught.value.spent) == (Decimal("0.0004"), 0)
    assert caught.value.needed > Decimal("0.0005")
    assert kit.with_budget(None).chat(ASK).content == "4"


@pytest.mark.parametrize("way", ["chat", "achat", "stream", "astream", "embed", "aembed"])
def test_every_way_to_ask_is_bounded(way: str):
    kit = paid(budget=Budget(max_tokens=1))
    config: Any = EmbeddingConfig(texts=["an index"]) if "embed" in way else ASK

    async def streamed() -> None:
        async with aclosing(kit.astream(ASK)) as chunks:
            [chunk async for chunk in chunks]

    ways = {
        "stream": lambda: list(kit.stream(ASK)),
        "astream": lambda: run_unblocked(streamed()),
        "achat": lambda: run_unblocked(kit.achat(ASK)),
        "aembed": lambda: run_unblocked(kit.aembed(config)),
    }
    with pytest.raises(BudgetExceededError):
        ways.get(way, lambda: getattr(kit, way)(config))()
    assert kit.calls == kit.embed_calls == []


def test_embeddings_are_charged():
    budget = Budget(max_usd=1)
    paid(budget=budget).embed(EmbeddingConfig(texts=["an index"]))
    assert budget.spent_usd == Decimal("0.02") * budget.spent_tokens / 1_000_000 > 0


def test_blocks_within_blocks_all_hold_beside_the_kits_own_budget():
    outer, inner, own = Budget(max_usd=1), Budget(max_usd=2), Budget(max_tokens=10_000)
    kit = paid(budget=own)
    with outer:
        kit.chat(ASK)
        with inner:
            kit.chat(ASK)
    kit.chat(ASK)
    assert (outer.spent_usd, inner.spent_usd, own.spent_tokens) == (2 * PRICE, PRICE, 330)


def test_a_budget_that_does_not_fit_leaves_nothing_set_aside_in_the_others():
    wide, narrow = Budget(max_usd=1), Budget(max_usd=0)
    with wide, narrow, pytest.raises(BudgetExceededError):
        paid().chat(ASK)
    assert (wide.remaining_usd, wide.spent_usd) == (1, 0)


def test_a_budget_that_stands_twice_is_charged_once():
    budget = Budget(max_usd=1)
    with budget, budget:
        paid(budget=budget).chat(ASK)
    assert budget.spent_usd == PRICE


def test_a_budget_of_the_process_holds_until_it_is_taken_away():
    budget = Budget(max_usd=1)
    budgets.use(budget)
    try:
        paid().chat(ASK)
        done = threading.Thread(target=lambda: paid().chat(ASK))
        done.start()
        done.join()
    finally:
        budgets.use(None)
    paid().chat(ASK)
    assert budget.spent_usd == 2 * PRICE
    assert budgets_here() == ()


def test_each_request_of_a_tool_loop_is_bounded_and_what_was_done_is_charged():
    def add(a: int, b: int) -> int:
        return a + b

    asks = replace(calls("", ("add", {"a": 2, "b": 3})), usage=USAGE)
    kit = PaidKit([asks, "It is 5."], budget=(budget := Budget(max_tokens=2_000)))
    config = ChatConfig(user_message="2 + 3?", tools=ToolRegistry([add]), auto_execute_tools=True, max_tokens=10)
    with pytest.raises(BudgetExceededError):
        kit.with_budget(Budget(max_tokens=1)).chat(config)
    with pytest.raises(BudgetExceededError) as caught:
        kit.with_budget(budget := Budget(max_tokens=2_400)).chat(config)
    assert len(kit.calls) == 1
    assert (budget.spent_tokens, len(caught.value.tool_runs)) == (110, 1)


def test_an_answer_that_did_not_fit_its_class_is_charged_and_asked_again_within_the_budget():
    class Sum(BaseModel):
        total: int

    budget = Budget(max_usd=1)
    kit = paid(FakeReply(("bad",), usage=USAGE), budget=budget)
    with pytest.raises(ResponseModelValidationError):
        kit.chat(ChatConfig(user_message="2 + 3?", response_model=Sum))
    assert budget.spent_usd == 3 * PRICE


def test_what_the_provider_refused_costs_nothing():
    budget = Budget(max_usd=1)
    with pytest.raises(RactoGatewayServerError):
        paid(RactoGatewayServerError("down"), budget=budget).chat(ASK)
    assert (budget.spent_usd, budget.remaining_usd) == (0, 1)


def test_a_request_whose_connection_broke_stays_charged_in_full_and_the_next_try_is_bounded_too():
    budget = Budget(max_usd=1)
    kit = PaidKit([ConnectionError("reset"), FakeReply(("4",), usage=USAGE)], retry=RetryPolicy(2, first_delay=0), budget=budget)
    kit.chat(ASK)
    assert Decimal("0.0005") + PRICE < budget.spent_usd < Decimal("0.0007")


def test_a_stream_that_is_left_stays_charged_in_full():
    budget = Budget(max_usd=1)
    with closing(paid(FakeReply(("one ", "two ")), budget=budget).stream(ASK)) as chunks:
        next(chunks)
        assert budget.remaining_usd < 1
    assert budget.spent_usd > Decimal("0.0005")
    assert budget.remaining_usd == 1 - budget.spent_usd


def test_a_model_without_a_known_price_is_refused_under_dollars_and_not_under_tokens():
    kit = paid(model="gpt-99")
    with Budget(max_usd=1), pytest.raises(UnpricedModelError, match=r"catalog\.toml.*max_tokens="):
        kit.chat(ASK)
    with Budget(max_tokens=10_000) as budget:
        kit.chat(ASK)
    assert budget.spent_tokens == 110


def test_a_model_on_this_machine_costs_nothing_and_its_tokens_count():
    kit = FakeKit([FakeReply(("4",), usage=USAGE)], repeat_last=True)
    specs = kit._provider.specs
    free = type("Free", (), {"chat_spec": lambda _, name: replace(specs.chat_spec(name), free=True)})()
    kit._provider = replace(kit._provider, specs=free)
    with Budget(max_usd=0, max_tokens=5_000) as budget:
        kit.chat(ASK)
    assert (budget.spent_usd, budget.spent_tokens) == (0, 110)


class Known:
    """A step that knows the answer, as a cache does."""

    def around(self, ask: Ask, onward: Onward):
        return (yield from known_answer(ask, Answer(LLMResponse(content="4", usage=dict(USAGE)), "exact")))


def test_an_answer_that_was_known_already_needs_no_budget():
    kit = paid()._with(steps=Steps(exact_cache=Known()))
    with Budget(max_usd=0) as budget:
        assert kit.chat(ASK).content == "4"
    assert budget.spent_usd == 0


def test_threads_at_once_never_spend_more_than_there_is():
    budget = Budget(max_tokens=5_000)
    kit = paid(FakeReply(("4",), usage=usage_of(300, 900)), budget=budget)

    def ask(_: int) -> bool:
        try:
            kit.chat(ASK)
        except BudgetExceededError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        sent = sum(pool.map(ask, range(64)))
    assert budget.spent_tokens == 1200 * sent <= 5_000
    assert sent >= 1


def test_tasks_at_once_never_spend_more_than_there_is():
    budget = Budget(max_tokens=5_000)
    kit = paid(FakeReply(("4",), usage=usage_of(300, 900), delay=0.001), budget=budget)

    async def main() -> list[Any]:
        return await asyncio.gather(*(kit.achat(ASK) for _ in range(32)), return_exceptions=True)

    came = run_unblocked(main())
    sent = [each for each in came if isinstance(each, LLMResponse)]
    assert all(isinstance(each, LLMResponse | BudgetExceededError) for each in came)
    assert budget.spent_tokens == 1200 * len(sent) <= 5_000


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.sampled_from(["settle", "keep", "release"])), max_size=30))
def test_whatever_happens_no_more_is_spent_and_set_aside_than_the_limit(steps: list[tuple[int, int, str]]):
    budget = Budget(max_tokens=1000)
    for most, used, way in steps:
        estimate = Estimate("fake", "m", 1, most, 0, None, None)
        try:
            held = budget.reserve(estimate)
        except BudgetExceededError:
            continue
        match way:
            case "settle":
                held.settle(Spent("fake", "m", "m", usage_of(min(used, most), 0)))
            case "keep":
                held.keep()
            case _:
                held.release()
        held.release()  # a second end changes nothing
        assert budget.spent_tokens + (budget.remaining_tokens or 0) == 1000


@pytest.mark.parametrize(
    ("limits", "error", "says"),
    [
        ({}, UsageError, "needs a limit"),
        ({"max_usd": -1}, UsageError, "at least 0"),
        ({"max_usd": "nan"}, UsageError, "at least 0"),
        ({"max_usd": "much"}, UsageError, "a number of US dollars"),
        ({"max_usd": True}, WrongTypeError, "a number of US dollars"),
        ({"max_tokens": 1.5}, WrongTypeError, "a whole number"),
        ({"max_tokens": -1}, UsageError, "at least 0"),
    ],
)
def test_a_limit_that_is_none_is_refused(limits: dict[str, Any], error: type[Exception], says: str):
    with pytest.raises(error, match=says):
        Budget(**limits)


def test_a_limit_is_read_as_it_is_written():
    assert (Budget(0.1).max_usd, Budget("$0.50").max_usd, Budget(Decimal("0.05")).max_usd) == (
        Decimal("0.1"),
        Decimal("0.50"),
        Decimal("0.05"),
    )


def test_what_is_no_budget_is_refused_by_a_kit():
    with pytest.raises(WrongTypeError, match=r"Budget\(max_usd=0\.50\)"):
        FakeKit(budget=0.5)


def test_what_is_replayed_needs_no_budget(tmp_path: Path):
    with record(tmp_path / "t.jsonl"):
        paid().chat(ASK)
    with replay(tmp_path / "t.jsonl"), Budget(max_usd=0, max_tokens=0) as budget:
        answer = paid(budget=Budget(max_usd=0)).chat(ASK)
    assert (answer.origin, budget.spent_usd, budget.spent_tokens) == ("replay", 0, 0)

"""A kit whose requests take a user's tokens: set aside before, counted after."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import pytest
from colours import COLOURS, Colour, run_unblocked

from racto_nb import Budget
from racto_nb.cache import ExactMatchCache
from racto_nb.exceptions import BudgetExceededError, RactoGatewayServerError, RateLimitExceededError, UsageError, WrongTypeError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits import flows
from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason, ToolCallResult
from racto_nb.replay import record, replay
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

ASK = ChatConfig(user_message="What is 2 + 2?", max_tokens=500)
both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def limiter_of(tokens: int, window_s: float = 3600) -> RateLimiter:
    return RateLimiter(RateLimitConfig(max_tokens_per_minute=tokens, window_s=window_s))


def asked(colour: Colour, kit: Any, config: ChatConfig = ASK, *, streamed: bool = False) -> Any:
    if streamed:
        return colour.collect(flows.stream(kit._provider, kit._settings, config))[-1].response
    return colour.run(flows.chat(kit._provider, kit._settings, config))


@both_colours
@both_ways
def test_what_a_request_used_is_counted_in_the_place_of_its_bound(colour: Colour, streamed: bool):
    limiter = limiter_of(1_000)
    kit = FakeKit(["Four."], repeat_last=True).with_rate_limiter(limiter, user_id="u")
    answer = asked(colour, kit, streamed=streamed)
    assert 0 < answer.usage["total_tokens"] < 100
    assert limiter.get_remaining("u") == 1_000 - answer.usage["total_tokens"]
    assert kit.rate_limiter is limiter


@both_colours
@both_ways
def test_a_request_that_does_not_fit_is_not_sent(colour: Colour, streamed: bool):
    limiter = limiter_of(800)
    kit = FakeKit(["Four."], repeat_last=True).with_rate_limiter(limiter, user_id="u")
    limiter.check_and_consume("u", 600)
    with pytest.raises(
        RateLimitExceededError, match=r"'u' may take 200 tokens more of 800 tokens in 3600 s.* Nothing was sent. Try again"
    ) as caught:
        asked(colour, kit, streamed=streamed)
    assert kit.calls == []
    assert caught.value.user_id == "u"
    assert 0 < caught.value.retry_after <= 3600
    assert limiter.get_remaining("u") == 200


def test_a_request_that_will_never_fit_says_so():
    kit = FakeKit(["Four."]).with_rate_limiter(limiter_of(100))
    with pytest.raises(RateLimitExceededError, match="never fit: ask for less with a smaller max_tokens") as caught:
        kit.chat(ASK)
    assert caught.value.retry_after is None


@both_colours
def test_a_kit_may_wait_until_there_is_room(colour: Colour):
    limiter = limiter_of(800, window_s=0.2)
    kit = FakeKit(["Four."], repeat_last=True).with_rate_limiter(limiter, user_id="u", wait_s=5)
    limiter.check_and_consume("u", 800)
    assert asked(colour, kit).content == "Four."


@both_colours
@both_ways
def test_what_was_refused_by_the_provider_takes_nothing(colour: Colour, streamed: bool):
    limiter = limiter_of(1_000)
    kit = FakeKit([RactoGatewayServerError("down"), "Four."]).with_rate_limiter(limiter)
    with pytest.raises(RactoGatewayServerError):
        asked(colour, kit, streamed=streamed)
    assert limiter.get_remaining("default") == 1_000


def test_each_request_of_a_loop_of_tools_is_counted():
    limiter = limiter_of(10_000)
    call = ToolCallResult(id="1", name="look", arguments={})
    replies = [FakeReply(("",), finish_reason=FinishReason.TOOL_CALL, tool_calls=(call,)), "It is sunny."]
    kit = FakeKit(replies).with_rate_limiter(limiter)
    answer = kit.chat(ChatConfig(user_message="How is it?", tools=ToolRegistry([look]), auto_execute_tools=True))
    assert len(answer.spent) == 2
    assert limiter.get_remaining("default") == 10_000 - sum(each.usage["total_tokens"] for each in answer.spent)


def look() -> str:
    """Look outside."""
    return "sun"


def test_a_stream_that_is_left_keeps_what_was_set_aside():
    """Nobody knows what the provider does now."""
    limiter = limiter_of(1_000)
    kit = FakeKit([FakeReply.of("one two three four")]).with_rate_limiter(limiter)
    with closing(kit.stream(ASK)) as pieces:
        next(pieces)
    assert limiter.get_remaining("default") < 500


def test_a_try_that_failed_gives_back_and_the_next_one_takes_anew():
    limiter = limiter_of(800)  # room for one request
    kit = FakeKit([FakeReply.of("x", cut_after=0), "Four."], retry=RetryPolicy(retries=0)).with_rate_limiter(limiter)
    with pytest.raises(Exception, match="complete"):
        list(kit.stream(ASK))
    left = limiter.get_remaining("default")
    assert left < 800  # it had begun to answer
    limiter.reset("default")
    assert kit.chat(ASK).content == "Four."


def test_what_a_cache_or_a_recording_knows_takes_nothing(tmp_path):
    limiter = limiter_of(1_000)
    kit = FakeKit(["Four."], exact_cache=ExactMatchCache())
    kit.chat(ASK)
    assert kit.with_rate_limiter(limiter).chat(ASK).origin == "exact"
    plain = FakeKit(["Four."])
    with record(tmp_path / "t.jsonl"):
        plain.chat(ASK)
    for mode in ("replay", "auto"):
        with replay(tmp_path / "t.jsonl", mode=mode):
            plain.with_rate_limiter(limiter).chat(ASK)
    assert limiter.get_remaining("default") == 1_000


def test_embeddings_are_counted_too():
    limiter = limiter_of(1_000)
    answer = FakeKit().with_rate_limiter(limiter).embed(EmbeddingConfig(texts=["four words are here"]))
    assert limiter.get_remaining("default") == 1_000 - answer.usage["total_tokens"]


def test_a_budget_gets_back_what_a_limiter_refuses():
    budget = Budget(max_tokens=10_000)
    kit = FakeKit(["Four."], budget=budget).with_rate_limiter(limiter_of(100))
    with pytest.raises(RateLimitExceededError):
        kit.chat(ASK)
    assert budget.remaining_tokens == 10_000
    limiter = limiter_of(10_000)
    with pytest.raises(BudgetExceededError):
        kit.with_budget(Budget(max_tokens=10)).with_rate_limiter(limiter).chat(ASK)
    assert limiter.get_remaining("default") == 10_000


def test_many_at_once_share_the_window():
    limiter = limiter_of(2_000)
    kit = FakeKit(["Four."], repeat_last=True).with_rate_limiter(limiter)

    async def main() -> list[Any]:
        return await asyncio.gather(*(kit.achat(ASK) for _ in range(20)), return_exceptions=True)

    answers = run_unblocked(main())
    used = sum(answer.usage["total_tokens"] for answer in answers if not isinstance(answer, Exception))
    assert all(isinstance(answer, RateLimitExceededError) for answer in answers if isinstance(answer, Exception))
    assert limiter.get_remaining("default") == 2_000 - used


def test_without_a_limiter_a_kit_is_as_it_was():
    kit = FakeKit(["Four."]).with_rate_limiter(limiter_of(1)).with_rate_limiter(None)
    assert kit.rate_limiter is None
    assert kit.chat(ASK).content == "Four."


@pytest.mark.parametrize(
    ("limiter", "options", "error", "words"),
    [
        ("1000 per minute", {}, WrongTypeError, "limiter is a RateLimiter"),
        (limiter_of(1), {"user_id": ""}, UsageError, "user_id is empty"),
        (limiter_of(1), {"wait_s": -1}, UsageError, "wait_s"),
        (limiter_of(1), {"wait_s": "1"}, WrongTypeError, "wait_s"),
    ],
)
def test_what_is_no_limiter_is_refused(limiter: Any, options: dict[str, Any], error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        FakeKit().with_rate_limiter(limiter, **options)

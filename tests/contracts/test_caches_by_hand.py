"""The methods of every exact cache for use by hand, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contracts.cache_table import CacheEntry

from racto_nb.cache.exact import ExactCache
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.models import LLMResponse, Message, ToolCallResult

ANSWER = LLMResponse(content="Hi", usage={"total_tokens": 3}, model="m")
FIVE = ("Hi?", "Be brief.", "gpt-4o", 0.0, 4096)
CALL = ToolCallResult(id="1", name="look", arguments={})


def test_by_hand_a_key_and_five_parts_both_name_an_answer(cache: ExactCache):
    cache.put("a key", ANSWER)
    cache.put(*FIVE, ANSWER)
    assert cache.get("a key") == cache.get(*FIVE) == ANSWER
    assert cache.get("another") is cache.get("Hi?", "Be brief.", "gpt-4o", 0.0, 1) is None
    assert "a key" in cache
    assert "another" not in cache
    assert (len(cache), cache.stats.hits, cache.stats.misses) == (2, 2, 2)
    assert cache.invalidate(*FIVE) is True
    assert cache.invalidate(*FIVE) is False
    assert cache.invalidate("a key") is True
    assert len(cache) == 0


def test_five_parts_that_would_read_the_same_in_one_line_are_different(cache: ExactCache):
    cache.put("a", "b:c", "m", 0.0, 1, ANSWER)
    assert cache.get("a:b", "c", "m", 0.0, 1) is None
    assert cache.get("a", "b:c", "m", 0, 1) == ANSWER


def test_by_hand_a_copy_goes_in_and_a_copy_comes_out(cache: ExactCache):
    given = ANSWER.model_copy(update={"parsed": {"a": [1]}, "usage": {"total_tokens": 3}})
    cache.put("k", given)
    given.parsed["a"].append(2)
    cache.get("k").parsed["a"].append(3)
    assert cache.get("k").parsed == {"a": [1]}


def test_all_of_an_answer_comes_back_that_is_not_the_providers_own_object(cache: ExactCache):
    turn = Message(role="assistant", content="Hi", own={"openai:m": {"id": [1, None]}}, tool_calls=[CALL])
    whole = LLMResponse(
        content="Hi\udc80", thinking="Hm.", parsed=[1, float("inf")], tool_calls=[CALL], finish_reason="tool_call", messages=[turn],
        usage={"total_tokens": 1}, model="m", raw=object(), tool_stop="turn_limit",
    )  # fmt: skip
    whole.content = "Hi"
    cache.put("k", whole)
    assert cache.get("k") == whole.model_copy(update={"raw": None})


def test_what_is_no_answer_is_refused(cache: ExactCache):
    for wrong in ("Hi", None):
        with pytest.raises(WrongTypeError, match="LLMResponses, not"):
            cache.put("k", response=wrong)
    with pytest.raises(WrongTypeError, match="JSON cannot carry"):
        cache.put("k", ANSWER.model_copy(update={"parsed": {"a": object()}}))
    with pytest.raises(WrongTypeError, match="one key, or with user_message"):
        cache.get("Hi?", "Be brief.", "gpt-4o")


def test_the_answer_that_was_not_used_for_longest_goes(make: Callable[..., ExactCache]):
    cache = make(max_size=2)
    cache.put("a", ANSWER)
    cache.put("b", ANSWER)
    cache.get("a")
    cache.put("c", ANSWER)
    assert [key for key in "abc" if key in cache] == ["a", "c"]
    assert len(cache) == 2


def test_without_a_limit_all_are_kept(make: Callable[..., ExactCache]):
    cache = make(max_size=0)
    for number in range(50):
        cache.put(str(number), ANSWER)
    assert len(cache) == 50


def test_an_answer_goes_when_its_time_is_over(make: Callable[..., ExactCache], cache_entry: CacheEntry):
    cache = make(ttl_seconds=600.5)
    cache.put("k", ANSWER)
    cache_entry.pass_time(cache, 300)
    assert cache.get("k") == ANSWER
    cache_entry.pass_time(cache, 301)
    assert cache.get("k") is None
    assert "k" not in cache
    assert len(cache) == cache.stats.size == 0


def test_clear_removes_all_and_counts_anew(cache: ExactCache):
    cache.put("k", ANSWER)
    cache.get("k")
    cache.clear()
    assert (len(cache), cache.stats.total, cache.get("k")) == (0, 0, None)


@pytest.mark.parametrize("wrong", [{"max_size": -1}, {"ttl_seconds": 0}, {"ttl_seconds": float("nan")}])
def test_settings_out_of_their_range_are_refused(make: Callable[..., ExactCache], wrong: dict[str, Any]):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        make(**wrong)


@pytest.mark.parametrize("wrong", [{"max_size": 1.5}, {"max_size": True}, {"ttl_seconds": "60"}])
def test_settings_of_the_wrong_kind_are_refused(make: Callable[..., ExactCache], wrong: dict[str, Any]):
    with pytest.raises(WrongTypeError, match=next(iter(wrong))):
        make(**wrong)


def test_an_empty_cache_is_there(cache: ExactCache):
    assert cache
    assert len(cache) == 0

"""The upper end of an estimate holds also for what a request only points to, and for what costs more than usual."""

from __future__ import annotations

from typing import Any

import pytest

from racto_nb import anthropic_developer_kit as claude
from racto_nb import openai_developer_kit as gpt
from racto_nb.budgets.estimates import Estimate
from racto_nb.models import ChatConfig
from racto_nb.models.usage import Spent, usage_of
from racto_nb.providers.pricing import price_of


def estimated(kit: Any, **extra: object) -> Estimate:
    return kit.estimate(ChatConfig(user_message="What is an index?", max_tokens=100, extra=extra))


@pytest.mark.parametrize("extra", [{"previous_response_id": "resp_1"}, {"extra_body": {"previous_response_id": "resp_1"}}])
def test_turns_that_the_provider_has_kept_may_fill_the_window(extra: dict[str, Any]):
    kit = gpt.Chat("gpt-6-luna", api_key="no-key")
    assert (estimated(kit).input_high or 0) < 1000
    assert (estimated(kit, **extra).input_high or 0) > 100_000


def test_several_answers_may_be_written_in_full():
    kit = gpt.Chat("gpt-6-luna", api_key="no-key", api="chat")
    one, three = estimated(kit), estimated(kit, extra_body={"n": 3})
    assert three.output_most == 3 * (one.output_most or 0)


def test_input_that_is_kept_for_an_hour_costs_more_than_that_for_minutes():
    kit = claude.Chat("claude-sonnet-5-5", api_key="no-key")
    found = estimated(kit, cache_control={"type": "ephemeral", "ttl": "1h"})
    assert found.input_high is not None
    kept = usage_of(found.input_high, 100, cache_write=found.input_high, cache_write_1h=found.input_high)
    most = price_of(Spent("anthropic", found.model, found.model, kept))
    assert most is not None
    assert found.price_high is not None
    assert found.price_high >= most

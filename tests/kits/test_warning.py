"""What a user set and a model does not take: said once, at the user's line, and only for what was set."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import DroppedOptionWarning
from racto_nb.models import ChatConfig
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit, FakeProvider


def said(config: ChatConfig, **options: Any) -> list[str]:
    with FakeProvider(["Hello"], repeat_last=True) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with gpt.Chat(api_key="sk-test", base_url=server.base_url("openai"), api="responses", **options) as kit:
            kit.chat(config)
            list(kit.stream(config))
            run_unblocked(_asked(kit, config))
    dropped = [warning for warning in caught if warning.category is DroppedOptionWarning]
    assert {Path(warning.filename).name for warning in dropped} <= {Path(__file__).name}
    return sorted({str(warning.message) for warning in dropped})


async def _asked(kit: gpt.Chat, config: ChatConfig) -> None:
    async with kit:
        await kit.achat(config)


def test_a_temperature_that_was_set_and_not_sent_is_said():
    told = said(ChatConfig(user_message="Hi", temperature=0.0), model="gpt-6-luna")
    assert told == ["openai:gpt-6-luna takes no temperature: temperature=0 was not sent. Leave it out."]


def test_the_default_temperature_never_warns():
    assert said(ChatConfig(user_message="Hi"), model="gpt-6-luna") == []


def test_a_temperature_that_is_sent_does_not_warn():
    assert said(ChatConfig(user_message="Hi", temperature=0.0), model="gpt-4.1") == []


def test_more_tokens_than_the_model_can_write_are_said_where_they_were_asked_for():
    kit = FakeKit(["a"], abilities=Abilities(output_limit=10), repeat_last=True)
    with pytest.warns(DroppedOptionWarning, match="writes at most 10 tokens: max_tokens=20 was lowered"):
        kit.chat(ChatConfig(user_message="Hi", max_tokens=20))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kit.chat(ChatConfig(user_message="Hi"))

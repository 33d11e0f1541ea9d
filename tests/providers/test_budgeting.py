"""A thinking budget becomes a level, and room beside that of the answer."""

from __future__ import annotations

import pytest

from racto_nb.models import ChatConfig
from racto_nb.providers.budgeting import level_of, room_of
from racto_nb.providers.wire import Abilities, ModelSpec

CONFIG = ChatConfig(user_message="Hi", max_tokens=1_000)


@pytest.mark.parametrize(("budget", "level"), [(0, "a"), (2_000, "a"), (2_001, "b"), (16_000, "b"), (16_001, "c"), (10**9, "c")])
def test_a_budget_has_a_level_in_the_providers_words(budget, level):
    assert level_of(budget, ("a", "b", "c")) == level


@pytest.mark.parametrize(("limit", "room"), [(None, 6_000), (6_000, 6_000), (4_096, 4_096)])
def test_the_budget_is_added_to_the_answer_up_to_the_models_limit(limit, room):
    assert room_of(CONFIG, ModelSpec("acme", "tiny", Abilities(output_limit=limit)), 5_000) == room

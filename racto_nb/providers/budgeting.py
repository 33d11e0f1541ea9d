"""What a thinking budget means to a provider: a level of effort, and room in the answer. Pure."""

from __future__ import annotations

from racto_nb.models.chat import ChatConfig
from racto_nb.providers.wire import ModelSpec

_LITTLE, _SOME = 2_000, 16_000
"""The largest budgets, in tokens, of the lowest and of the middle level."""


def level_of(budget: int, levels: tuple[str, str, str]) -> str:
    """The level for a `budget` in tokens; `levels` are the provider's words, from the lowest to the highest.

    >>> [level_of(budget, ("low", "medium", "high")) for budget in (2_000, 16_000, 16_001)]
    ['low', 'medium', 'high']
    """
    low, medium, high = levels
    return low if budget <= _LITTLE else medium if budget <= _SOME else high


def room_of(config: ChatConfig, spec: ModelSpec, budget: int) -> int:
    """The most tokens the model may write: `max_tokens` and a thinking `budget` (0: it does not think), within its own limit.

    Providers count thinking as output: with `max_tokens` alone a model could spend all of it before the first word.
    """
    wanted = config.max_tokens + budget
    return min(wanted, spec.abilities.output_limit or wanted)

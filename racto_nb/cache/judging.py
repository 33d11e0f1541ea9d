"""Which questions a cache takes, and which answers it keeps. Pure."""

from __future__ import annotations

from racto_nb.kits.middleware import Answer, Ask
from racto_nb.models.response import FRESH, FinishReason


def takes(ask: Ask, *, samples: bool) -> bool:
    """Whether `ask` is one whose answer may be given again. With a temperature, each answer is a sample of its own."""
    return samples or not ask.config.temperature


def is_worth_keeping(answer: Answer) -> bool:
    """Whether `answer` is a whole one that the provider gave just now, and depends on the question alone.

    Not one that was cut, refused or empty, nor one that calls tools, or was made of what tools had told: they tell of their day.
    """
    response = answer.response
    whole = response.finish_reason is FinishReason.STOP and bool((response.content or "").strip())
    return whole and answer.origin == FRESH and not response.tool_calls and not response.tool_runs

"""Which questions a cache takes, and which answers it keeps. Pure."""

from __future__ import annotations

from pydantic import ValidationError

from racto_nb.cache.keeping import Kept
from racto_nb.kits.middleware import Answer, Ask
from racto_nb.kits.validating import judged
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


def fitting(known: object, ask: Ask, origin: str) -> Answer | None:
    """The answer that is `known`, checked against the class that is asked for now; None where it does not fit any more.

    A class may have other rules by now that its schema does not show, and what was kept is never an instance.
    """
    if not isinstance(known, Kept):
        return None
    try:
        return Answer(judged(known.response(), ask.config), origin, known.moment)
    except ValidationError:
        return None

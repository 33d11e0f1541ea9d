"""What a reply of Anthropic's holds, read without trusting its shape. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from racto_nb.models.usage import usage_of
from racto_nb.providers.anthropic.facts import SENTENCES
from racto_nb.providers.shapes import as_object, as_text

COUNTS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "thinking_tokens",
    "ephemeral_1h_input_tokens",
)
"""Anthropic's counts. What was read from the cache or written to it is not among the input tokens."""


def counts_of(usage: object) -> dict[str, int]:
    """The counts that `usage` tells, under Anthropic's names. Null is a count that is not told."""
    told = as_object(usage)
    flat = {**as_object(told.get("output_tokens_details")), **as_object(told.get("cache_creation")), **told}
    return {name: int(flat[name]) for name in COUNTS if isinstance(flat.get(name), int | float)}


def usage_in_our_words(counts: Mapping[str, int]) -> dict[str, int]:
    """The usage of an answer; empty where nothing was told.

    >>> usage_in_our_words({"input_tokens": 8, "cache_read_input_tokens": 12, "output_tokens": 9})
    {'prompt_tokens': 20, 'completion_tokens': 9, 'total_tokens': 29, 'cached_tokens': 12}
    """
    if not counts:
        return {}
    fresh, written, kept, completion = (counts.get(name, 0) for name in COUNTS[:4])
    return usage_of(
        fresh + written + kept,
        completion,
        cached=counts.get("cache_read_input_tokens"),
        reasoning=counts.get("thinking_tokens"),
        cache_write=written,
        cache_write_1h=counts.get("ephemeral_1h_input_tokens"),
    )


def counts_again(usage: Mapping[str, int]) -> dict[str, int]:
    """The counts behind a usage that may be in our words already: the end of a message may be told more than once.

    >>> counts_again({"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29, "cached_tokens": 12})
    {'input_tokens': 8, 'output_tokens': 9, 'cache_read_input_tokens': 12}
    """
    if "prompt_tokens" not in usage:
        return dict(usage)
    fresh = usage["prompt_tokens"] - usage.get("cached_tokens", 0) - usage.get("cache_write_tokens", 0)
    known = {"input_tokens": fresh, "output_tokens": usage["completion_tokens"]}
    more = {
        "cache_read_input_tokens": "cached_tokens",
        "cache_creation_input_tokens": "cache_write_tokens",
        "ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        "thinking_tokens": "reasoning_tokens",
    }
    return known | {name: usage[ours] for name, ours in more.items() if ours in usage}


def error_told(body: object) -> tuple[str, str]:
    """What an error says, and its most exact word for itself; both empty where `body` is no error of Anthropic's."""
    error = as_object(as_object(body).get("error"))
    text, kind = as_text(error.get("message")), as_text(error.get("type"))
    code = as_text(as_object(error.get("details")).get("error_code"))
    said = text.casefold()
    ours = next((word for of, part, word in SENTENCES if of == kind and part in said), "")
    return text, code or ours or kind

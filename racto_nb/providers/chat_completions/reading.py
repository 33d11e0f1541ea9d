"""The counts that a reply holds, read without trusting its shape. Pure."""

from __future__ import annotations

from racto_nb.models.usage import usage_of
from racto_nb.providers.shapes import as_object


def chat_usage(usage: object) -> dict[str, int]:
    """Chat Completions' counts in our words; empty where there are none."""
    return counted(usage, "prompt_tokens", "completion_tokens")


def counted(usage: object, read: str, written: str) -> dict[str, int]:
    """The counts in `usage` in our words; `read` and `written` are the server's names for the two that all have."""
    counts = as_object(usage)
    if not counts:
        return {}
    details = as_object(counts.get(f"{read}_details"))
    cached, kept = _count(details.get("cached_tokens")), _count(details.get("cache_write_tokens"))
    reasoning = _count(as_object(counts.get(f"{written}_details")).get("reasoning_tokens"))
    prompt, completion, total = (_count(counts.get(name)) for name in (read, written, "total_tokens"))
    if prompt is None or completion is None or total is None:
        return usage_of(prompt or 0, completion or 0, cached=cached, reasoning=reasoning, cache_write=kept)
    # Some compatible servers count what was reasoned in the total only.
    if (unsaid := total - prompt - completion) > 0:
        completion, reasoning = completion + unsaid, unsaid if reasoning is None else reasoning
    return usage_of(prompt, completion, cached=cached, reasoning=reasoning, cache_write=kept)


def _count(value: object) -> int | None:
    """`value` if it can be a number of tokens: some servers send -1 for what they did not count."""
    return int(value) if isinstance(value, int | float) and 0 <= value < float("inf") else None

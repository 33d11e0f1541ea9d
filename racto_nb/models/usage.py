"""Token counts, under the same names for every provider. Pure."""

from __future__ import annotations


def usage_of(prompt: int, completion: int, *, cached: int | None = None, reasoning: int | None = None) -> dict[str, int]:
    """The `usage` of a response: tokens read, tokens written, their sum, and what the provider told beyond that.

    >>> usage_of(9, 1)
    {'prompt_tokens': 9, 'completion_tokens': 1, 'total_tokens': 10}
    """
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    if cached is not None:
        usage["cached_tokens"] = cached
    if reasoning is not None:
        usage["reasoning_tokens"] = reasoning
    return usage


def added(*usages: dict[str, int]) -> dict[str, int]:
    """The sum of several usages, key by key: what a call with retries really cost."""
    total: dict[str, int] = {}
    for usage in usages:
        for key, count in usage.items():
            total[key] = total.get(key, 0) + count
    return total


def estimated_tokens(text: str) -> int:
    """A rough count without a tokenizer: one token for four characters of UTF-8, at least one for a text that is not empty.

    The rule of thumb is off by a quarter either way on English, and by more on code and other scripts; say "about".
    """
    return (len(text.encode(errors="surrogatepass")) + 3) // 4

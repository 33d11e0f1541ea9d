"""Token counts, under the same names for every provider. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


def usage_of(
    prompt: int,
    completion: int,
    *,
    cached: int | None = None,
    reasoning: int | None = None,
    cache_write: int | None = None,
    cache_write_1h: int | None = None,
) -> dict[str, int]:
    """The `usage` of a response: tokens read, tokens written, their sum, and what the provider told beyond that.

    `prompt` is all that was read: with what came from the provider's cache (`cached`) and what was written to it (`cache_write`,
    and of that `cache_write_1h` to be kept for an hour, which costs more). `completion` has the `reasoning` in it.

    >>> usage_of(9, 1)
    {'prompt_tokens': 9, 'completion_tokens': 1, 'total_tokens': 10}
    """
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    if cached is not None:
        usage["cached_tokens"] = cached
    if reasoning is not None:
        usage["reasoning_tokens"] = reasoning
    if cache_write:  # nearly always there is none: then nothing is said
        usage["cache_write_tokens"] = cache_write
    if cache_write_1h:
        usage["cache_write_1h_tokens"] = cache_write_1h
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


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request to a provider used, with all that its price depends on.

    `asked` and `answered` are names of models: an alias is answered by a dated version. `tier` is the provider's word for how it
    is charged ("" as usual), `origin` where the reply came from. `free` models run on the user's own machine; `official` ones are
    served by the provider itself.
    """

    provider: str
    asked: str
    answered: str
    usage: Mapping[str, int]
    tier: str = ""
    origin: str = "fresh"
    free: bool = False
    official: bool = True

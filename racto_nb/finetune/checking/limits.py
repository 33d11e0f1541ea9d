"""What providers document about the size of training data, with the page and the day it was read. Pure values.

A figure that no page of a provider states is None, and nothing is said about it. OpenAI takes no new tuning jobs from 2027-01-06
on; nothing that Anthropic made can be tuned since 2026-09-10. The figures of both stay, for who still has a job to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

READ = "2026-11-29"
"""The day on which all pages named here were read."""

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Figures of one target; None where its provider states none.

    `least` and `most` examples of a file, `advised` the number to begin with, `most_with_files` examples that have pictures or
    other files. `images` of one example, each of `image_bytes` at most and one of `image_types`. `text_only`: no files at all.
    """

    source: str
    least: int | None = None
    advised: int | None = None
    most: int | None = None
    most_with_files: int | None = None
    images: int | None = None
    image_bytes: int | None = None
    image_types: frozenset[str] | None = None
    text_only: bool = False


_OPENAI = "https://developers.openai.com/api/docs/guides"
_GOOGLE = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models"

LIMITS: Mapping[str, Limits] = {
    "openai": Limits(
        f"{_OPENAI}/supervised-fine-tuning, {_OPENAI}/vision-fine-tuning",
        least=10,
        advised=50,
        most_with_files=50_000,
        images=10,
        image_bytes=10 * MEGABYTE,
        image_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
    ),
    "openai_dpo": Limits(
        f"{_OPENAI}/direct-preference-optimization, {_OPENAI}/supervised-fine-tuning", least=10, advised=50, text_only=True
    ),
    "openai_rft": Limits(f"{_OPENAI}/reinforcement-fine-tuning"),
    "anthropic": Limits("https://platform.claude.com/cookbook/finetuning-finetuning-on-bedrock"),
    "gemini": Limits(
        f"{_GOOGLE}/gemini-supervised-tuning, {_GOOGLE}/gemini-supervised-tuning-prepare, {_GOOGLE}/tuning/image",
        advised=100,
        most=10_000_000,
        most_with_files=300_000,
        images=30,
        image_bytes=20 * MEGABYTE,
    ),
    "gemini_preference": Limits(f"{_GOOGLE}/tuning/preference-tuning/prepare-data", most=10_000_000, text_only=True),
}
"""The figures of each target that has any."""


@dataclass(frozen=True, slots=True)
class TokenLimit:
    """The most tokens of one example for a model, and the page that says so."""

    tokens: int
    source: str


_TOKENS_OPENAI = "https://platform.openai.com/docs/guides/fine-tuning (token limits)"
_TOKENS_AZURE = "https://github.com/MicrosoftDocs/azure-ai-docs: fine-tune-models.md (training example context length)"
_TOKENS_GOOGLE = f"{_GOOGLE}/gemini-supervised-tuning"

TOKEN_LIMITS: Mapping[str, Mapping[str, TokenLimit]] = {
    "openai": {
        "gpt-4o-2024-08-06": TokenLimit(65_536, _TOKENS_OPENAI),
        "gpt-4o-mini-2024-07-18": TokenLimit(65_536, _TOKENS_OPENAI),
        "gpt-3.5-turbo-0125": TokenLimit(16_385, _TOKENS_OPENAI),
        "gpt-3.5-turbo-1106": TokenLimit(16_385, _TOKENS_OPENAI),
        "gpt-3.5-turbo-0613": TokenLimit(4_096, _TOKENS_OPENAI),
        "gpt-4.1-2025-04-14": TokenLimit(65_536, _TOKENS_AZURE),
        "gpt-4.1-mini-2025-04-14": TokenLimit(65_536, _TOKENS_AZURE),
        "gpt-4.1-nano-2025-04-14": TokenLimit(32_768, _TOKENS_AZURE),
        "o4-mini-2025-04-16": TokenLimit(65_536, _TOKENS_AZURE),
    },
    "gemini": {
        "gemini-3.5-flash": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-3.1-flash-lite": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-2.5-pro": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-2.5-flash": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-2.5-flash-lite": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-2.0-flash": TokenLimit(131_072, _TOKENS_GOOGLE),
        "gemini-2.0-flash-lite": TokenLimit(131_072, _TOKENS_GOOGLE),
    },
}
"""The most tokens of one example, by family and model. A model that is not here has no figure that we know."""


def token_limit(family: str, model: str | None) -> TokenLimit | None:
    """The figure for `model` of `family`; without a model the largest one of the family, since no model takes more.

    `"ft:gpt-4o-mini-2024-07-18:org::id"` and `"models/gemini-2.5-flash-001"` are found by the model in them. None where no figure
    is known.

    >>> token_limit("openai", "gpt-4o-mini").tokens, token_limit("openai", "gpt-9")
    (65536, None)
    """
    known = TOKEN_LIMITS.get(family, {})
    if model is None:
        return max(known.values(), key=lambda limit: limit.tokens, default=None)
    bare = model.removeprefix("ft:").split(":")[0].rpartition("/")[2]
    named = [name for name in known if bare == name or _undated(name) == bare or _undated(bare) == name]
    return known[named[0]] if named else None


def _undated(name: str) -> str:
    """The name without the date or number at its end: "gpt-4o-2024-08-06" is "gpt-4o"."""
    parts = name.split("-")
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return "-".join(parts)

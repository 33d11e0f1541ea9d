"""How many tokens the window of a model has, by its name. The user's catalogue is read when it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from racto_nb.providers.catalog import catalogue

MODEL_CONTEXT_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "gpt-4o": 128_000,
        "gpt-4o-*": 128_000,
        "gpt-4-turbo*": 128_000,
        "gpt-4": 8_192,
        "gpt-3.5-turbo": 16_385,
        "gpt-4.1*": 1_047_576,
        "gpt-5*": 400_000,
        "gpt-6*": 1_050_000,
        "o1*": 200_000,
        "o1-mini*": 128_000,
        "o3*": 200_000,
        "o4*": 200_000,
        "gemini-*": 1_048_576,
        "gemini-2.0-flash*": 1_048_576,
        "gemini-1.5-pro*": 2_097_152,
        "claude-*": 200_000,
    }
)
"""Windows of models and of families of them, where `*` is any ending, for names that the catalogue does not know.

The catalogue goes first. Of several families that fit a name, the longest decides.
"""

DEFAULT_CONTEXT_LIMIT = 8_192
"""The window that is assumed of a model that nobody knows: small, since a prompt that is too long fails or is cut."""


def window_by_name(model: str) -> int | None:
    """The window of `model` by the catalogue, else by its family; None for a name that nobody knows.

    >>> window_by_name("gpt-4o-2024-08-06"), window_by_name("claude-of-next-year"), window_by_name("a-model-of-ours")
    (128000, 200000, None)
    """
    known = catalogue()
    for provider in known.providers():
        facts = known.facts(provider, model)
        if facts is not None and facts.abilities.window is not None:
            return facts.abilities.window
    return window_of_family(model)


def window_of_family(model: str) -> int | None:
    """The window of the family of `model`, None where it belongs to none."""
    name = model.removeprefix("models/").removeprefix("ft:").partition(":")[0]
    families = [family for family in MODEL_CONTEXT_LIMITS if fnmatchcase(name, family)]
    return MODEL_CONTEXT_LIMITS[max(families, key=len)] if families else None

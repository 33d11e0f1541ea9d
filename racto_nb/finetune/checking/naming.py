"""The roles, and other names for them. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

ROLES = ("system", "user", "assistant", "tool")
OTHER_NAMES: Mapping[str, str] = {
    "ai": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "gpt": "assistant",
    "human": "user",
    "model": "assistant",
}
"""Names that other tools and formats have for the same roles."""

_KNOWN = frozenset({*ROLES, "developer"})


@lru_cache(maxsize=256)
def meant(role: str) -> str:
    """The role that is meant: "Human" and "human " are "user". What is no role at all stays as it is.

    >>> meant("Human"), meant("teacher")
    ('user', 'teacher')
    """
    bare = role.strip().lower()
    named = OTHER_NAMES.get(bare, bare)
    return named if named in _KNOWN else role


def is_system(role: str) -> bool:
    """Whether a turn instructs the model, by either of the two names of that."""
    return role in {"system", "developer"}

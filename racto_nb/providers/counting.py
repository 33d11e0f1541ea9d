"""Counts of tokens as providers tell them, and as requests limit them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb.providers.failures import Unreadable


def count_in(value: object) -> int | None:
    """`value` where it is a number of tokens: the limit of a request may have been given in `extra`, in any form."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def told_count(raw: Mapping[str, Any], name: str) -> int:
    """The count under `name` in a reply. Raises Unreadable where there is none."""
    if (count := count_in(raw.get(name))) is None:
        message = f"a JSON object without a count under {name!r}"
        raise Unreadable(message)
    return count

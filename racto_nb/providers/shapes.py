"""JSON of others, read as the shape it should have. Pure.

What has another shape is taken for empty: compatible servers differ, and an error must not hide another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def as_text(value: object) -> str:
    """`value` if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def as_object(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """The objects in the list `value`, none where it is no list."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]

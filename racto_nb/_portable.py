"""Errors that cross processes: what of them can be pickled, and how they are made again. Pure."""

from __future__ import annotations

import pickle
from typing import TypeVar

E = TypeVar("E", bound=Exception)


def rebuilt(kind: type[E], args: tuple[object, ...], data: dict[str, object]) -> E:
    """The error of this kind with these arguments and attributes, as pickle makes it again without calling its constructor."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(data)
    return error


def portable(value: object) -> object:
    """`value`, or a copy without its `raw` when that, an object of a provider's library, cannot be pickled."""
    copied, raw = getattr(value, "model_copy", None), getattr(value, "raw", None)
    if copied is None or raw is None:
        return value
    try:
        pickle.dumps(raw)
    except Exception:  # noqa: BLE001  (whatever a foreign object raises: it stays here)
        return copied(update={"raw": None})
    return value

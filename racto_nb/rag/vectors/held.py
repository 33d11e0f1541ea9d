"""Rows of vectors as a search reads them. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Array = Any
"""A NumPy array: NumPy is loaded when the first vector comes."""


@dataclass(frozen=True, slots=True)
class Held:
    """Vectors of length one, row by row: the numbers themselves (float32), and rounded to one byte each.

    `exact[row]` is about `steps[row] * rounded[row]`, wrong by a vector of the length `errors[row]`. `dead` are the numbers of
    the rows that no longer count, in their order.
    """

    exact: Array
    rounded: Array
    steps: Array
    errors: Array
    dead: Array
    largest_error: float

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def alive(self) -> Array:
        """Which rows count, as truth values."""
        import numpy as np

        marked = np.ones(len(self), np.bool_)
        marked[self.dead] = False
        return marked


class Found(NamedTuple):
    """The numbers of the rows that were found, nearest first, and how near they are (the cosine)."""

    rows: Array
    scores: Array

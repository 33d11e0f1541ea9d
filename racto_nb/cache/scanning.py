"""Which of many vectors lie near another one. All are looked at, so none is missed.

The scan reads one byte a number and bounds what the rounding may have changed; those that may be near enough are measured
exactly. Against numbers of four bytes that is half of the time for ten thousand vectors, a sixth for a hundred thousand, and the
same result. A few vectors are measured exactly at once.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import Any

from racto_nb.exceptions import UsageError, WrongTypeError

_LARGEST = 127
_FIRST_ROOM = 64
_FEW = 1_000
"""So many rows are measured exactly at once, since the way round would take longer."""
_ROUNDING = 1e-6
"""What the likeness of a vector with itself may fall short of 1."""

Vector = Any
"""A NumPy array of float32: NumPy is loaded when the first vector comes."""


def unit_vector(numbers: object) -> Vector:
    """`numbers` as a vector of length one.

    Raises WrongTypeError for what is no list of numbers, and UsageError for one with NaN or infinity, or without a direction.
    """
    import numpy as np

    try:
        vector = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"An embedder gives one list of numbers for one text, not {type(numbers).__name__}: {numbers!r:.80}."
        raise WrongTypeError(msg) from error
    if vector.ndim != 1 or not vector.size:
        msg = f"An embedder gives one list of numbers for one text, not one of the shape {vector.shape}."
        raise WrongTypeError(msg)
    largest = float(np.abs(vector).max())
    if not math.isfinite(largest) or not largest:
        msg = "The embedder's vector has no direction: all its numbers are 0, or one is NaN or infinite."
        raise UsageError(msg)
    vector = vector / largest  # so that the squares below are neither too large nor nothing
    return (vector / math.sqrt(float(vector @ vector))).astype(np.float32)


class Shelf:
    """Vectors of length one in rows, with room that grows."""

    def __init__(self, dimensions: int) -> None:
        import numpy as np

        self._exact: Vector = np.empty((_FIRST_ROOM, dimensions), np.float32)
        self._rounded: Vector = np.empty((_FIRST_ROOM, dimensions), np.int8)
        self._scale = float(_LARGEST)
        self._largest = 0.0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, vector: Vector) -> int:
        """Put `vector` into a new row, the last. Returns its number."""
        import numpy as np

        if self._count == len(self._exact):
            self._exact, self._rounded = (np.concatenate([rows, np.empty_like(rows)]) for rows in (self._exact, self._rounded))
        row = self._count
        self._exact[row] = vector
        self._count += 1
        largest = float(np.abs(vector).max())
        if largest > self._largest:  # leave some room, so that this comes rarely
            self._largest = min(1.0, 1.25 * largest)
            self._scale = _LARGEST / self._largest
            self._rounded[: self._count] = np.rint(self._exact[: self._count] * self._scale)
        else:
            self._rounded[row] = np.rint(vector * self._scale)
        return row

    def remove(self, row: int) -> int:
        """Take a row out. The last one takes its place; returns the number that it had."""
        last = self._count - 1
        self._exact[row], self._rounded[row] = self._exact[last], self._rounded[last]
        self._count = last
        return last

    def near(self, vector: Vector, threshold: float, most: int) -> list[tuple[int, float]]:
        """The rows at least `threshold` like `vector` (the cosine), with their likeness, the most alike first, at most `most`."""
        if not self._count:
            return []
        if self._count <= _FEW:
            measured = self._exact[: self._count] @ vector
            rows = (measured >= threshold - _ROUNDING).nonzero()[0]
            likeness = measured[rows]
        else:
            rows = self._candidates(vector, threshold)
            likeness = self._exact[rows] @ vector
        found = [pair for pair in zip(rows.tolist(), likeness.tolist(), strict=True) if pair[1] >= threshold - _ROUNDING]
        return sorted(found, key=itemgetter(1), reverse=True)[:most]

    def _candidates(self, vector: Vector, threshold: float) -> Vector:
        """The rows whose likeness may reach `threshold`, whatever the rounding has done."""
        import numkong
        import numpy as np

        dimensions = len(vector)
        scale = _LARGEST / float(np.abs(vector).max())
        rounded = np.rint(vector * scale).astype(np.int8)
        mine, theirs = 0.5 / scale, 0.5 / self._scale
        # The sum of the numbers of a row is at most the root of their count.
        slack = math.sqrt(dimensions) * mine + float(np.abs(vector).sum()) * theirs + dimensions * mine * theirs
        products = np.asarray(numkong.cdist(rounded[None], self._rounded[: self._count], "dot")).ravel()
        return np.flatnonzero(products >= (threshold - slack - _ROUNDING) * scale * self._scale)

"""Vectors in one byte a number. Each has a step of its own, so that rows that come later change nothing of earlier ones. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from racto_nb.rag.vectors.held import Array

LARGEST = 127
_BLOCK = 512
"""So many rows at once stay in the processor's cache."""


def round_into(rows: Array, rounded: Array, steps: Array, errors: Array) -> None:
    """Round `rows` (float32, none without a direction) into the other arrays; what they mean stands at `Held`."""
    import numpy as np

    room = np.empty((min(_BLOCK, len(rows)), rows.shape[1]), np.float32)
    for here in blocks(len(rows), _BLOCK):
        block = rows[here]
        near = room[: len(block)]
        np.abs(block, out=near)
        step = near.max(axis=1) / np.float32(LARGEST)
        np.divide(block, step[:, None], out=near)
        np.rint(near, out=near)
        rounded[here], steps[here] = near, step
        near *= step[:, None]
        near -= block
        errors[here] = np.sqrt(np.einsum("ij,ij->i", near, near))


def rounded_one(vector: Array) -> tuple[Array, float, float]:
    """`vector` in one byte a number, its step, and the length of what the rounding changed."""
    import numpy as np

    step = float(max(vector.max(), -vector.min())) / LARGEST
    near = np.rint(vector / np.float32(step))
    off = near * np.float32(step) - vector
    return near.astype(np.int8), step, math.sqrt(float(np.dot(off, off)))


def blocks(count: int, size: int) -> Iterator[slice]:
    """The stretches of at most `size` that cover `count` rows."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))

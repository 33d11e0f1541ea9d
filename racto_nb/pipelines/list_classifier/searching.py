"""Where a curve with one valley is lowest. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable

_NARROWED = (math.sqrt(5) - 1) / 2


def least_at(height: Callable[[float], float], low: float, high: float, *, within: float = 1e-5) -> float:
    """The place between `low` and `high` where `height` is least, by the golden section.

    >>> round(least_at(lambda x: (x - 2) ** 2, 0.0, 5.0), 3)
    2.0
    """
    left, right = high - _NARROWED * (high - low), low + _NARROWED * (high - low)
    at_left, at_right = height(left), height(right)
    while high - low > within:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _NARROWED * (high - low)
            at_left = height(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _NARROWED * (high - low)
            at_right = height(right)
    return (low + high) / 2

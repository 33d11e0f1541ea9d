"""Vectors as the providers behind HTTP send them, checked: no distance could be computed with wrong ones. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from racto_nb.providers.failures import Unreadable


def numbers_in(values: object) -> list[float]:
    """The numbers of one vector in JSON. Raises Unreadable for what is none, for none at all, and for NaN and infinity.

    >>> numbers_in([1, 0.5])
    [1.0, 0.5]
    """
    if not isinstance(values, list):
        message = f"a vector of type {type(values).__name__}"
        raise Unreadable(message)
    try:
        numbers = array("d", values).tolist()  # pyright: ignore[reportUnknownArgumentType]
    except (OverflowError, TypeError, ValueError) as error:
        message = f"a vector that is no list of numbers: {error}"
        raise Unreadable(message) from error
    return finite(numbers)


def finite(numbers: list[float]) -> list[float]:
    """`numbers` as they are. Raises Unreadable for none at all, and for NaN and infinity."""
    if not numbers:
        message = "a vector without numbers"
        raise Unreadable(message)
    # A finite sum has finite terms only; the slower look is for finite terms whose sum is too large.
    if not math.isfinite(sum(numbers)) and not all(map(math.isfinite, numbers)):
        wrong = next(number for number in numbers if not math.isfinite(number))
        message = f"a vector with {wrong} in it, which is no finite number"
        raise Unreadable(message)
    return numbers


def check_lengths(vectors: Sequence[Sequence[float]], dimensions: int | None) -> None:
    """Raise Unreadable when lengths differ from each other, or from the `dimensions` that were asked for."""
    lengths = {len(vector) for vector in vectors}
    told = " and ".join(map(str, sorted(lengths)))
    if dimensions is not None and lengths != {dimensions}:
        message = f"asked for {dimensions} dimensions, got {told}: this server ignores dimensions"
        raise Unreadable(message)
    if len(lengths) > 1:
        message = f"vectors of different lengths: {told}"
        raise Unreadable(message)

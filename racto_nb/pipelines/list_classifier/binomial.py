"""Exact intervals and tests for counts. Pure.

Clopper and Pearson's interval ("The use of confidence or fiducial limits illustrated in the case of the binomial", 1934) covers
the true share at least as often as it says, also of few rows. McNemar's test in its exact form ("Note on the sampling error of
the difference between correlated proportions", 1947) is a fair coin's test of the rows about which two classifiers differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from racto_nb.exceptions import UsageError

_STEPS = 60
"""Halvings of the interval from 0 to 1: more than a float can tell apart."""


def lower_bound(successes: int, rows: int, confidence: float = 0.95) -> float:
    """A share that the true one is not below, with `confidence` (one-sided, Clopper-Pearson).

    >>> round(lower_bound(59, 59), 3), lower_bound(0, 10)
    (0.95, 0.0)
    """
    _check(successes, rows, confidence)
    if successes == 0:
        return 0.0
    # The least share under which as many successes as these are not too rare.
    return _least(lambda share: _at_least(successes, rows, share) > 1 - confidence)


def upper_bound(successes: int, rows: int, confidence: float = 0.95) -> float:
    """A share that the true one is not above, with `confidence` (one-sided, Clopper-Pearson).

    >>> round(upper_bound(0, 59), 3)
    0.05
    """
    return 1.0 - lower_bound(rows - successes, rows, confidence)


def interval(successes: int, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of Clopper and Pearson for a share.

    >>> tuple(round(end, 3) for end in interval(8, 10))
    (0.444, 0.975)
    """
    each = (1 + confidence) / 2
    return lower_bound(successes, rows, each), upper_bound(successes, rows, each)


def mcnemar(only_one: int, only_other: int) -> float:
    """How probable a difference at least as large is by chance alone, where each of two is right alone in so many rows.

    >>> round(mcnemar(2, 10), 6), mcnemar(5, 5)
    (0.038574, 1.0)
    """
    rows = only_one + only_other
    if min(only_one, only_other) < 0:
        msg = f"Counts of rows are at least 0, not {only_one!r} and {only_other!r}."
        raise UsageError(msg)
    if rows == 0:
        return 1.0
    return min(1.0, 2 * _at_least(max(only_one, only_other), rows, 0.5))


def _at_least(successes: int, rows: int, share: float) -> float:
    """How probable `successes` or more of `rows` are, each with probability `share`."""
    if share <= 0.0:
        return float(successes == 0)
    if share >= 1.0:
        return 1.0
    import numpy as np

    counts = np.arange(successes, rows + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, rows + 1)))])
    terms = logs[rows] - logs[counts] - logs[rows - counts] + counts * math.log(share) + (rows - counts) * math.log1p(-share)
    return float(min(1.0, np.exp(terms).sum()))


def _least(is_enough: Callable[[float], bool]) -> float:
    """The least share that is enough, by halving: more of it is enough too."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return low


def _check(successes: int, rows: int, confidence: float) -> None:
    if rows < 1 or not 0 <= successes <= rows or not 0 < confidence < 1:
        msg = f"{successes!r} of {rows!r} rows with a confidence of {confidence!r} is no share. Rows are 1 or more."
        raise UsageError(msg)

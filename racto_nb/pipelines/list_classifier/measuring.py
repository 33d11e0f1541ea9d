"""How well confidences fit what came true. Pure, on NumPy.

`confidences` are numbers from 0 to 1, one a row, and `correct` says of each row whether its label was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racto_nb.exceptions import UsageError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Binning = Literal["mass", "width"]
"""Bins with equally many rows each, or of the same width."""
BINS = 15
TINY = 1e-12
"""What stands for a probability of 0 where its logarithm is taken."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows whose confidence lies from `low` to `high`: how many, their mean confidence, and the share that was right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


def bins_of(
    confidences: Sequence[float] | Floats, correct: Sequence[bool] | Bools, *, bins: int = BINS, binning: Binning = "mass"
) -> list[Bin]:
    """The rows in at most `bins` bins, those without rows left out. Equal confidences are always in one bin.

    So what comes out does not depend on the order of the rows, and bins of "mass" are only about equally full where many rows are
    equally sure.
    """
    sure, right = checked_rows(confidences, correct)
    if bins < 1 or binning not in ("mass", "width"):
        msg = f'bins is 1 or more and binning "mass" or "width", not {bins!r} and {binning!r}.'
        raise UsageError(msg)
    place = _places_by_mass(sure, bins) if binning == "mass" else np.minimum((sure * bins).astype(int), bins - 1)
    order = np.argsort(place, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(place[order])) + 1)
    return [
        Bin(float(sure[part].min()), float(sure[part].max()), len(part), float(sure[part].mean()), float(right[part].mean()))
        for part in parts
    ]


def _places_by_mass(sure: Floats, bins: int) -> NDArray[np.intp]:
    """The bin of each row, so that each has as many: it is told by the middle of the ranks of all rows that are as sure.

    >>> _places_by_mass(np.array([0.1, 0.2, 0.3, 0.4]), 2).tolist(), _places_by_mass(np.array([0.5, 0.9, 0.9, 0.9]), 2).tolist()
    ([0, 0, 1, 1], [0, 1, 1, 1])
    """
    _, which, rows = np.unique(sure, return_inverse=True, return_counts=True)
    middle = np.cumsum(rows) - rows / 2
    return (middle * bins / len(sure)).astype(np.intp)[which]


def expected_calibration_error(
    confidences: Sequence[float] | Floats, correct: Sequence[bool] | Bools, *, bins: int = BINS, binning: Binning = "mass"
) -> float:
    """ECE: the mean over bins, weighted by their rows, of how far the mean confidence is from the share that was right.

    ECE = sum over bins b of |b| / n * |accuracy(b) - confidence(b)|, as in Guo et al., "On Calibration of Modern Neural Networks"
    (2017), with bins of the same width there ("width"), or with as many rows in each as in any other ("mass", Nguyen and
    O'Connor, "Posterior calibration and exploratory analysis for natural language processing models", 2015), which few crowded
    bins cannot mislead; rows that are equally sure stay together. Either is a little above 0 for perfect confidences, since the
    rows of a bin are a sample.

    >>> expected_calibration_error([0.8] * 10, [True] * 8 + [False] * 2, bins=1)
    0.0
    """
    parts = bins_of(confidences, correct, bins=bins, binning=binning)
    rows = sum(part.rows for part in parts)
    return sum(part.rows / rows * abs(part.accuracy - part.confidence) for part in parts)


def brier_score(confidences: Sequence[float] | Floats, correct: Sequence[bool] | Bools) -> float:
    """The mean squared distance of confidences from what came true, 1 or 0 (Brier, 1950). Less is better.

    >>> brier_score([1.0, 0.5], [True, False])
    0.125
    """
    sure, right = checked_rows(confidences, correct)
    return float(((sure - right) ** 2).mean())


def checked_rows(confidences: Sequence[float] | Floats, correct: Sequence[bool] | Bools) -> tuple[Floats, Bools]:
    """Both as arrays of the same length. Raises UsageError for what is no confidence, and for no rows at all."""
    try:
        sure = np.asarray(confidences, dtype=np.float64)
        right = np.asarray(correct)
    except (TypeError, ValueError) as error:
        msg = "Confidences are numbers from 0 to 1. Leave out the rows whose confidence is None."
        raise UsageError(msg) from error
    if sure.ndim != 1 or sure.shape != right.shape or not len(sure):
        msg = f"One confidence and one bool a row, and at least one row; got the shapes {sure.shape} and {right.shape}."
        raise UsageError(msg)
    if not np.isin(right, (0, 1)).all():
        msg = "correct says of each row whether its label was right: True or False."
        raise UsageError(msg)
    if not bool(((sure >= 0) & (sure <= 1)).all()):
        msg = "Confidences are numbers from 0 to 1; there is one outside, or NaN."
        raise UsageError(msg)
    return sure, right.astype(bool)


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """The rows of `logits`, divided by `temperature`, as probabilities.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)

"""How often a classifier is right when it may say nothing about the rows it is least sure of. Pure, on NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.drawing import abstention_figure
from racto_nb.pipelines.list_classifier.measuring import checked_rows

if TYPE_CHECKING:
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

_SHARES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True, slots=True, repr=False)
class AbstentionCurve:
    """For each threshold, the least sure first: the share of rows that are answered, and the share of these that is right.

    Print it for a table, `figure()` draws it. A row is answered when its confidence is at least the threshold; rows that are
    equally sure are answered together.

    >>> abstention_curve([0.9, 0.8, 0.6, 0.5], [True, True, True, False])
    answered  accuracy  threshold
      100.0%     75.0%     0.5000
       75.0%    100.0%     0.6000
       50.0%    100.0%     0.8000
       25.0%    100.0%     0.9000
    """

    thresholds: tuple[float, ...]
    answered: tuple[float, ...]
    accuracy: tuple[float, ...]
    rows: int

    def threshold_for(self, accuracy: float) -> float | None:
        """The threshold that answers most rows with at least this accuracy, on these rows; None where there is none.

        It is chosen by looking at these rows, so that on others the accuracy may be a little lower.
        """
        return next(
            (threshold for threshold, share in zip(self.thresholds, self.accuracy, strict=True) if share >= accuracy), None
        )

    def accuracy_at(self, answered: float) -> float:
        """The accuracy when at least this share of rows is answered, and as few more as can be."""
        place = max((place for place, share in enumerate(self.answered) if share >= answered - 1e-12), default=0)
        return self.accuracy[place]

    def figure(self) -> Figure:
        """The curve, drawn by Plotly."""
        return abstention_figure(self.answered, self.accuracy, self.thresholds, self.rows)

    def __repr__(self) -> str:
        places = sorted({
            max((place for place, share in enumerate(self.answered) if share >= wanted - 1e-12), default=0) for wanted in _SHARES
        })  # fmt: skip
        lines = [
            f"{self.answered[place]:8.1%}{self.accuracy[place]:10.1%}{self.thresholds[place]:11.4f}"
            for place in (range(len(self.thresholds)) if len(self.thresholds) <= len(_SHARES) else places)
        ]
        return "\n".join(["answered  accuracy  threshold", *lines])


def abstention_curve(confidences: Sequence[float], correct: Sequence[bool]) -> AbstentionCurve:
    """The curve of rows whose truth is known."""
    sure, right = checked_rows(confidences, correct)
    order = np.argsort(-sure, kind="stable")
    sorted_sure = sure[order]
    hits = np.cumsum(right[order])
    counts = np.arange(1, len(order) + 1)
    last = np.append(sorted_sure[1:] != sorted_sure[:-1], np.True_)  # where a threshold ends: equally sure rows go together
    steps = [(float(sorted_sure[place]), int(counts[place]), int(hits[place])) for place in np.flatnonzero(last)[::-1]]
    rows = len(order)
    return AbstentionCurve(
        tuple(threshold for threshold, _, _ in steps),
        tuple(count / rows for _, count, _ in steps),
        tuple(hit / count for _, count, hit in steps),
        rows,
    )


def checked_threshold(threshold: float | None) -> float | None:
    """`threshold`, from 0 to 1 or None. UsageError otherwise."""
    if threshold is not None and not 0 <= threshold <= 1:
        msg = f"threshold is a confidence from 0 to 1, or None, not {threshold!r}."
        raise UsageError(msg)
    return threshold

"""How far confidences can be believed, as a picture and as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from racto_nb.pipelines.list_classifier.drawing import reliability_figure
from racto_nb.pipelines.list_classifier.measuring import (
    BINS,
    Bin,
    Binning,
    bins_of,
    brier_score,
    expected_calibration_error,
)

if TYPE_CHECKING:
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]


@dataclass(frozen=True, slots=True, repr=False)
class Reliability:
    """Confidences beside what came true, in bins. Print it for a table, `figure()` draws it.

    >>> reliability([0.9, 0.9, 0.9, 0.5], [True, True, False, True], bins=2)
    confidence     right  rows
        0.5000    100.0%     1
        0.9000     66.7%     3
    ECE 0.3000 (2 bins of equal mass), Brier score 0.2700, 4 rows
    """

    bins: list[Bin]
    ece: float
    brier: float
    binning: Binning

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(each.rows for each in self.bins)

    def figure(self) -> Figure:
        """The reliability diagram, drawn by Plotly: on the diagonal, confidences come true."""
        return reliability_figure([(one.confidence, one.accuracy, one.rows) for one in self.bins], self.ece)

    def __repr__(self) -> str:
        lines = [f"{each.confidence:10.4f}{each.accuracy:10.1%}{each.rows:6,}" for each in self.bins]
        bins = f"{len(self.bins)} bins of equal {self.binning}"
        told = f"ECE {self.ece:.4f} ({bins}), Brier score {self.brier:.4f}, {self.rows:,} rows"
        return "\n".join(["confidence     right  rows", *lines, told])


def reliability(
    confidences: Sequence[float], correct: Sequence[bool], *, bins: int = BINS, binning: Binning = "mass"
) -> Reliability:
    """How far these confidences can be believed, on rows whose truth is known."""
    return Reliability(
        bins_of(confidences, correct, bins=bins, binning=binning),
        expected_calibration_error(confidences, correct, bins=bins, binning=binning),
        brier_score(confidences, correct),
        binning,
    )

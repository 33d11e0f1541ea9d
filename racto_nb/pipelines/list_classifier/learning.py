"""What scikit-learn fits: straight borders between labels, and a rising step line. The one file that imports it. Pure.

What is kept of a fit are its numbers, never an object of the library: another version, or none, can use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racto_nb._extras import requires

Floats = NDArray[np.float64]
_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Linear:
    """A weight for each number of a vector and each label, and what is added."""

    weights: Floats
    offsets: Floats

    def logits(self, vectors: Floats) -> Floats:
        """One row a vector, one column a label."""
        return vectors @ self.weights.T + self.offsets


def logistic(vectors: Floats, truth: NDArray[np.intp], *, strength: float) -> Linear:
    """Multinomial logistic regression (L2, lbfgs): no chance in it. `truth` are columns, each of which has a row at least.

    `strength` is scikit-learn's C: the larger, the closer to the rows. Raises MissingExtraError without scikit-learn.
    """
    with requires("classify"):
        from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs]
    model: Any = LogisticRegression(C=strength, max_iter=_ROUNDS)
    # As texts: of few rows with many numbers for labels the library suspects that numbers are to be predicted, and warns.
    model.fit(vectors, np.char.zfill(truth.astype(str), 8))
    rows, more = np.asarray(model.coef_, dtype=np.float64), np.asarray(model.intercept_, dtype=np.float64)
    if len(rows) == 1:  # of two labels the library keeps one row
        rows, more = np.vstack([-rows[0], rows[0]]) / 2, np.array([-more[0], more[0]]) / 2
    return Linear(rows, more)


def isotonic(given: Floats, right: Floats) -> tuple[Floats, Floats]:
    """The corners of the line from `given` to `right` that never falls and lies nearest to the rows.

    Raises MissingExtraError without scikit-learn.
    """
    with requires("classify"):
        from sklearn.isotonic import IsotonicRegression  # pyright: ignore[reportMissingTypeStubs]
    model: Any = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(given, right)
    return np.asarray(model.X_thresholds_, dtype=np.float64), np.asarray(model.y_thresholds_, dtype=np.float64)

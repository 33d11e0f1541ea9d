"""From a text's vector to a score for each label. Pure, on NumPy.

Which head is the better one, and how strong and how warm, was chosen on rows of Banking77's training part that no head was fitted
on (77 labels, MiniLM's vectors); `benchmarks/classifying.py` prints the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racto_nb.pipelines.list_classifier.learning import Linear, logistic
from racto_nb.pipelines.list_classifier.measuring import Floats, softmax
from racto_nb.pipelines.list_classifier.vectors import Vectors

HeadName = Literal["auto", "centroid", "logistic"]
ENOUGH = 3
"""From so many examples a label on, fitted borders are better than centres."""
WARM_NAMES, WARM_CENTRES = 0.06, 0.05
"""The temperatures under which likenesses to names, and to centres, have the least log loss."""
STRENGTH = 100.0


@dataclass(frozen=True, slots=True)
class Head:
    """A matrix that makes a score for each label of a vector, and the temperature that makes them probabilities."""

    linear: Linear
    temperature: float

    def probabilities(self, vectors: Vectors) -> Floats:
        """One row a vector, one column a label; each row adds up to 1."""
        return softmax(self.linear.logits(vectors.astype(np.float64)), self.temperature)


def names_head(labels: Vectors, temperature: float | None = None) -> Head:
    """Scores by how like a text is to the words of each label."""
    return Head(_bare(labels), temperature or WARM_NAMES)


def centroid_head(labels: Vectors, vectors: Vectors, truth: NDArray[np.intp], temperature: float | None = None) -> Head:
    """Scores by how like a text is to the middle of a label's examples, its own words being one of them."""
    centres = labels.astype(np.float64).copy()
    np.add.at(centres, truth, vectors.astype(np.float64))
    return Head(_bare(centres / np.linalg.norm(centres, axis=1, keepdims=True)), temperature or WARM_CENTRES)


def logistic_head(labels: Vectors, vectors: Vectors, truth: NDArray[np.intp], temperature: float | None = None) -> Head:
    """Scores by borders that are fitted between the labels' examples, the words of each label being one of them."""
    given = np.concatenate([labels, vectors]).astype(np.float64)
    columns = np.concatenate([np.arange(len(labels)), truth])
    return Head(logistic(given, columns, strength=STRENGTH), temperature or 1.0)


def fitted_head(
    head: HeadName, labels: Vectors, vectors: Vectors, truth: NDArray[np.intp], temperature: float | None = None
) -> Head:
    """The head that was asked for. "auto" is centres under 3 examples a label on average, and fitted borders from there on."""
    if not len(truth):
        return names_head(labels, temperature)
    borders = head == "logistic" or (head == "auto" and len(truth) >= ENOUGH * len(labels))
    return (logistic_head if borders else centroid_head)(labels, vectors, truth, temperature)


def scope_limit(likenesses: Floats, false_alarms: float) -> float:
    """The likeness under which a text is taken for none of the labels: of texts like these, at most the share `false_alarms` is.

    It is the floor(share * (n + 1))-th least of the n, as conformal prediction has it; with too few rows none is ever out.

    >>> scope_limit(np.array([0.4, 0.5, 0.6, 0.7]), 0.2)
    0.4
    """
    place = int(np.floor(false_alarms * (len(likenesses) + 1) + 1e-9))
    return float(np.sort(likenesses)[place - 1]) if place else -np.inf


def nearest_likeness(vectors: Vectors, references: Vectors, *, themselves: bool = False) -> Floats:
    """How like each vector is to the one most like it. With `themselves` both are the same rows, and none counts for itself."""
    best: list[Floats] = []
    for start in range(0, len(vectors), 1_000):  # a block at a time: all likenesses at once would take much memory
        likeness = (vectors[start : start + 1_000] @ references.T).astype(np.float64)
        if themselves:
            likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = -1.0
        best.append(likeness.max(axis=1))
    return np.concatenate(best)


def _bare(rows: NDArray[np.floating]) -> Linear:
    return Linear(rows.astype(np.float64), np.zeros(len(rows)))

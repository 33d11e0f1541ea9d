"""Temperature scaling and isotonic regression on arrays: the fits behind calibration. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import numpy as np

from racto_nb.pipelines.list_classifier.learning import isotonic
from racto_nb.pipelines.list_classifier.measuring import TINY, Bools, Floats, brier_score, softmax
from racto_nb.pipelines.list_classifier.searching import least_at

Method: TypeAlias = Literal["temperature", "isotonic"]
MANY = 200
"""From so many rows on it is worth looking whether isotonic regression does better."""
_FOLDS = 5
_HOT, _FAR = 5.0, 12.0
"""The logarithm of a temperature, and a shift, lie between these and minus these."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Confidences, whether their labels were right, and the logarithms of all scores with that of the chosen label first."""

    given: Floats
    right: Bools
    logs: Floats | None = None

    def part(self, mask: Bools) -> Rows:
        """The rows that `mask` is True for."""
        return Rows(self.given[mask], self.right[mask], None if self.logs is None else self.logs[mask])


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted: a temperature for all scores; or one and a shift for log-odds; or the corners of a line."""

    method: Method
    over_scores: bool = False
    temperature: float = 1.0
    shift: float = 0.0
    corners: tuple[tuple[float, float], ...] = ()

    def confidences(self, rows: Rows) -> Floats:
        """The calibrated confidences of `rows`."""
        if self.method == "isotonic":
            xs, ys = np.asarray(self.corners).T
            return cast("Floats", np.interp(rows.given, xs, ys))
        if self.over_scores and rows.logs is not None:
            return softmax(rows.logs, self.temperature)[:, 0]
        return _shifted(_odds(rows.given), self.temperature, self.shift)


def by_temperature(rows: Rows) -> Fit:
    """The temperature under which the confidences of chosen labels have the least log loss."""
    if (logs := rows.logs) is not None:

        def of_scores(hot: float) -> float:
            return _loss(softmax(logs, math.exp(hot))[:, 0], rows.right)

        return Fit("temperature", over_scores=True, temperature=math.exp(least_at(of_scores, -_HOT, _HOT)))
    odds = _odds(rows.given)

    def shift_at(hot: float) -> float:
        return least_at(lambda shift: _loss(_shifted(odds, math.exp(hot), shift), rows.right), -_FAR, _FAR, within=1e-3)

    hot = least_at(lambda hot: _loss(_shifted(odds, math.exp(hot), shift_at(hot)), rows.right), -_HOT, _HOT, within=1e-3)
    return Fit("temperature", temperature=math.exp(hot), shift=shift_at(hot))


def by_isotonic(rows: Rows) -> Fit:
    """The rising step line that lies nearest to the rows."""
    xs, ys = isotonic(rows.given, rows.right.astype(np.float64))
    return Fit("isotonic", corners=tuple(zip(xs.tolist(), ys.tolist(), strict=True)))


def better_of_both(rows: Rows) -> Fit:
    """The method that does better on rows it was not fitted on; under 200 rows the temperature."""
    if len(rows.given) < MANY:
        return by_temperature(rows)
    # Every fifth row in the order of confidence: no chance in it, and each part has sure rows and unsure ones.
    fold = np.argsort(np.argsort(rows.given, kind="stable"), kind="stable") % _FOLDS
    losses: list[float] = []
    for fitted in (by_temperature, by_isotonic):
        sure = np.empty_like(rows.given)
        for number in range(_FOLDS):
            left_out = fold == number
            sure[left_out] = fitted(rows.part(~left_out)).confidences(rows.part(left_out))
        losses.append(brier_score(np.clip(sure, 0, 1), rows.right))
    return by_temperature(rows) if losses[0] <= losses[1] else by_isotonic(rows)


def _odds(given: Floats) -> Floats:
    """The log-odds of confidences; those of 0 and 1 are large, not infinite."""
    near = np.clip(given, TINY, 1 - TINY)
    return np.log(near) - np.log1p(-near)


def _shifted(odds: Floats, temperature: float, shift: float) -> Floats:
    # Through tanh, which cannot overflow.
    return 0.5 * (1 + np.tanh(0.5 * (odds / temperature + shift)))


def _loss(sure: Floats, right: Bools) -> float:
    near = np.clip(sure, TINY, 1 - TINY)
    return float(-np.where(right, np.log(near), np.log1p(-near)).mean())

"""Confidences that come true: fitted on rows whose label is known, kept as JSON. Pure, but for the file.

    calibrator = Calibrator.fit(results, gold)
    sure = calibrator.calibrated(result)          # confidence_kind is "calibrated"

Temperature scaling divides the logarithms of all scores by one number (Guo et al., "On Calibration of Modern Neural Networks",
2017). Where only the confidence of the chosen label is known, its log-odds are divided by one number and another is added
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999). Isotonic regression draws the rising step line that lies
nearest to the rows (Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates", 2002):
it can bend in more ways, and needs more rows.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
import orjson

from racto_nb._warnings import CalibrationWarning
from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.measuring import TINY, Floats, checked_rows
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.tempering import Fit, Rows, better_of_both, by_isotonic, by_temperature

FEW = 50
"""Fewer rows than this do not tell much: a warning says so."""
_FORM = 1
_FITS = {"temperature": by_temperature, "isotonic": by_isotonic, "auto": better_of_both}


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Turns the confidences of one classifier into shares that come true. Make one with `fit`; `rows` it was fitted on."""

    fitted: Fit
    rows: int

    @classmethod
    def fit(
        cls,
        confidences: Sequence[float] | Sequence[ClassifierResult],
        correct: Sequence[bool] | Sequence[str],
        *,
        method: Literal["temperature", "isotonic", "auto"] = "auto",
    ) -> Calibrator:
        """Fit on rows whose truth is known: confidences and whether each was right, or results and their true labels.

        "auto" takes the temperature under 200 rows; from there on the method whose confidences come nearer to the truth (Brier
        score) in five parts of the rows, each judged by a fit on the other four. Results without a confidence, such as those of
        errors, are left out.

        Warns with CalibrationWarning under 50 rows, and where all rows are right, or all wrong. Raises UsageError where no row is
        left, and MissingExtraError where isotonic regression is needed and scikit-learn is missing.
        """
        if method not in _FITS:
            msg = f'method is "temperature", "isotonic" or "auto", not {method!r}.'
            raise UsageError(msg)
        rows = _rows(confidences, correct)
        if len(rows.given) < FEW:
            msg = f"{len(rows.given)} rows are few to calibrate on: take the confidences for rough until there are {FEW} or more."
            warnings.warn(msg, CalibrationWarning, stacklevel=2)
        if len(np.unique(rows.right)) == 1:
            all_are = "right" if rows.right[0] else "wrong"
            msg = f"All {len(rows.given)} rows are {all_are}, and tell nothing of how sure is too sure. Give rows of both kinds."
            warnings.warn(msg, CalibrationWarning, stacklevel=2)
        return cls(_FITS[method](rows), len(rows.given))

    @property
    def method(self) -> Literal["temperature", "isotonic"]:
        """What was fitted."""
        return self.fitted.method

    @property
    def temperature(self) -> float:
        """What scores or log-odds are divided by: above 1 for a classifier that was too sure of itself."""
        return self.fitted.temperature

    def confidences(self, given: Sequence[float]) -> Floats:
        """The calibrated confidences in the places of `given`, for a classifier that tells no scores of other labels.

        Raises UsageError where it was fitted on scores: then `calibrated` takes the whole result.
        """
        if self.fitted.over_scores:
            msg = "This calibrator was fitted on the scores of all labels: give calibrated() the result with its scores."
            raise UsageError(msg)
        sure, _ = checked_rows(given, [True] * len(given))
        return self.fitted.confidences(Rows(sure, np.ones(len(sure), dtype=bool)))

    def calibrated(self, result: ClassifierResult) -> ClassifierResult:
        """A copy of `result` with calibrated confidences; one without confidences, or calibrated already, stays as it is.

        A temperature that was fitted on scores changes `all_scores` with them, so that they still add up to 1; otherwise
        `all_scores` stay what the classifier said. Raises UsageError where scores are needed and missing.
        """
        if result.confidences is None or result.confidence_kind == "calibrated":
            return result
        if not self.fitted.over_scores:
            sure = [float(number) for number in self.confidences(result.confidences)]
            return result.model_copy(update={"confidences": sure, "confidence_kind": "calibrated"})
        scores = self._tempered(result)
        sure = [scores[label] for label in result.selected]
        return result.model_copy(update={"confidences": sure, "all_scores": scores, "confidence_kind": "calibrated"})

    def _tempered(self, result: ClassifierResult) -> dict[str, float]:
        known = result.all_scores or {}
        if not set(result.selected) <= known.keys():
            msg = "This calibrator was fitted on the scores of all labels, and this result has none. Fit on results like it."
            raise UsageError(msg)
        logs = np.log(np.maximum(np.array(list(known.values())), TINY)) / self.temperature
        grown = np.exp(logs - logs.max())
        return dict(zip(known, (grown / grown.sum()).tolist(), strict=True))

    def to_json(self) -> str:
        """All of it as JSON, for `from_json`."""
        fitted = self.fitted
        kept = {
            "form": _FORM,
            "method": fitted.method,
            "rows": self.rows,
            "over_scores": fitted.over_scores,
            "temperature": fitted.temperature,
            "shift": fitted.shift,
            "corners": [list(corner) for corner in fitted.corners],
        }
        return orjson.dumps(kept).decode()

    @classmethod
    def from_json(cls, text: str) -> Calibrator:
        """The calibrator that `to_json` wrote. Raises UsageError for any other text."""
        try:
            return _read(orjson.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            msg = "This is no calibrator that to_json() or save() of this version wrote. Fit it again."
            raise UsageError(msg) from error

    def save(self, path: str | Path) -> None:
        """Write it into a file, as JSON."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Calibrator:
        """The calibrator in a file that `save` wrote. Raises UsageError for any other file."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))


def correct_rows(results: Sequence[ClassifierResult], gold: Sequence[str]) -> tuple[list[float], list[bool]]:
    """The confidences of the results that have one, and whether their first label is the true one."""
    known = _with_confidence(results, _truths(results, gold))
    return [result.top_confidence or 0.0 for result, _ in known], [right for _, right in known]


def _rows(given: Sequence[float] | Sequence[ClassifierResult], correct: Sequence[bool] | Sequence[str]) -> Rows:
    if not isinstance(next(iter(given), None), ClassifierResult):  # arrays and columns of frames have no truth value
        return Rows(*checked_rows(cast("Sequence[float]", given), cast("Sequence[bool]", correct)))
    results = cast("Sequence[ClassifierResult]", given)
    known = _with_confidence(results, _truths(results, correct))
    sure, right = checked_rows([result.top_confidence or 0.0 for result, _ in known], [right for _, right in known])
    return Rows(sure, right, _logs([result for result, _ in known]))


def _with_confidence(results: Sequence[ClassifierResult], right: Sequence[bool]) -> list[tuple[ClassifierResult, bool]]:
    return [pair for pair in zip(results, right, strict=True) if pair[0].top_confidence is not None]


def _truths(results: Sequence[ClassifierResult], correct: Sequence[bool] | Sequence[str]) -> list[bool]:
    if len(results) != len(correct):
        msg = f"{len(results)} results and {len(correct)} truths: one for each."
        raise UsageError(msg)
    return [
        result.first == truth if isinstance(truth, str) else bool(truth) for result, truth in zip(results, correct, strict=True)
    ]


def _logs(results: Sequence[ClassifierResult]) -> Floats | None:
    """The logarithms of all scores, the chosen label's first; None where they are not known, or the chosen one is not the best.

    All options must be there, and equally many in each row.
    """
    table: list[list[float]] = []
    for result in results:
        scores = dict(result.all_scores or {})
        chosen = scores.pop(result.first or "", None)
        if chosen is None or len(scores) + 1 != len(result.options_provided) or chosen < max(scores.values(), default=0.0):
            return None
        table.append([chosen, *scores.values()])
    if len({len(row) for row in table}) != 1 or len(table[0]) == 1:
        return None
    return np.log(np.maximum(np.array(table), TINY))


def _read(kept: Mapping[str, object]) -> Calibrator:
    if kept["form"] != _FORM or kept["method"] not in ("temperature", "isotonic"):
        raise ValueError(kept)
    corners = cast("list[list[float]]", kept["corners"])
    numbers = [float(cast("float", kept[name])) for name in ("temperature", "shift")]
    fitted = Fit(
        kept["method"],
        bool(kept["over_scores"]),
        *numbers,
        corners=tuple((float(x), float(y)) for x, y in corners),
    )
    if not all(map(math.isfinite, numbers)) or numbers[0] <= 0 or (fitted.method == "isotonic" and not fitted.corners):
        raise ValueError(kept)
    return Calibrator(fitted, int(cast("int", kept["rows"])))

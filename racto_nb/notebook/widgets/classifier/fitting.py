"""Fit confidences on the rows whose truth is known, and say how far the fit can be believed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from racto_nb._warnings import CalibrationWarning
from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.pipelines.list_classifier.results import ClassifierResult

Shown = tuple[ClassifierResult | None, ...]
_BEYOND = 0.1
"""Where more than this share of all rows is surer than every row of the fit, that is said."""


def fitted(raw: Shown, truths: Mapping[int, str]) -> tuple[Calibrator, list[str]]:
    """A calibrator, and what is to be said of it. UsageError where no row can be fitted on."""
    known = [(result, truth) for row, truth in sorted(truths.items()) if (result := raw[row]) is not None]
    if any(result.confidence_kind == "calibrated" for result, _ in known):
        raise UsageError("The confidences of this classifier are calibrated already. Open the panel on the classifier below it.")
    if not any(result.top_confidence is not None for result, _ in known):
        raise UsageError("No row whose truth is known has a confidence, so that there is nothing to calibrate.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CalibrationWarning)
        calibrator = Calibrator.fit([result for result, _ in known], [truth for _, truth in known])
    notes = [str(warning.message) for warning in caught if issubclass(warning.category, CalibrationWarning)]
    return calibrator, [*notes, *_beyond([result for result, _ in known], raw), *_SAME]


_SAME = ["The figures of calibration are now those of the rows it was fitted on: on other rows they are a little worse."]


def calibrated(calibrator: Calibrator, results: Sequence[ClassifierResult | None]) -> Shown:
    """The results with calibrated confidences; errors stay as they are."""
    return tuple(one if one is None or one.error is not None else calibrator.calibrated(one) for one in results)


def _beyond(known: Sequence[ClassifierResult], raw: Shown) -> list[str]:
    """Whether many rows are surer than all rows that were fitted on, as happens where only doubtful rows were labelled."""
    top = max(result.top_confidence or 0.0 for result in known)
    sure = [one.top_confidence for one in raw if one is not None and one.top_confidence is not None]
    above = sum(1 for each in sure if each > top)
    if above <= _BEYOND * len(sure):
        return []
    how = f"{above:,} of {len(sure):,} rows are surer than any row of the fit ({top:.2f})"
    return [f"{how}: there it is a guess. Label a sample that is spread over all confidences too."]

"""Texts sorted by a list of labels, with a confidence that means something.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.exceptions import ClassificationError as ClassificationError
    from racto_nb.exceptions import ClassifierRateLimitExceededError as ClassifierRateLimitExceededError
    from racto_nb.pipelines.list_classifier.abstaining import AbstentionCurve as AbstentionCurve
    from racto_nb.pipelines.list_classifier.abstaining import abstention_curve as abstention_curve
    from racto_nb.pipelines.list_classifier.async_pipeline import AsyncListClassifierPipeline as AsyncListClassifierPipeline
    from racto_nb.pipelines.list_classifier.auditing import AuditLogger as AuditLogger
    from racto_nb.pipelines.list_classifier.calibrating import Calibrator as Calibrator
    from racto_nb.pipelines.list_classifier.careful import CarefulClassifier as CarefulClassifier
    from racto_nb.pipelines.list_classifier.cascade import Cascade as Cascade
    from racto_nb.pipelines.list_classifier.cascade import CascadeFit as CascadeFit
    from racto_nb.pipelines.list_classifier.cascade import Savings as Savings
    from racto_nb.pipelines.list_classifier.cascade import savings as savings
    from racto_nb.pipelines.list_classifier.comparing import Comparison as Comparison
    from racto_nb.pipelines.list_classifier.comparing import compare as compare
    from racto_nb.pipelines.list_classifier.conformal import ConformalSets as ConformalSets
    from racto_nb.pipelines.list_classifier.conformal import Coverage as Coverage
    from racto_nb.pipelines.list_classifier.conformal import coverage_of as coverage_of
    from racto_nb.pipelines.list_classifier.diagrams import Reliability as Reliability
    from racto_nb.pipelines.list_classifier.diagrams import reliability as reliability
    from racto_nb.pipelines.list_classifier.embedding import EmbeddingClassifier as EmbeddingClassifier
    from racto_nb.pipelines.list_classifier.evaluating import aevaluate as aevaluate
    from racto_nb.pipelines.list_classifier.evaluating import evaluate as evaluate
    from racto_nb.pipelines.list_classifier.evaluating import evaluation_of as evaluation_of
    from racto_nb.pipelines.list_classifier.frames import FrameInterrupted as FrameInterrupted
    from racto_nb.pipelines.list_classifier.frames import aclassify_frame as aclassify_frame
    from racto_nb.pipelines.list_classifier.frames import classify_frame as classify_frame
    from racto_nb.pipelines.list_classifier.judging import Evaluation as Evaluation
    from racto_nb.pipelines.list_classifier.measuring import brier_score as brier_score
    from racto_nb.pipelines.list_classifier.measuring import expected_calibration_error as expected_calibration_error
    from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline as ListClassifierPipeline
    from racto_nb.pipelines.list_classifier.reporting import RowsProgress as RowsProgress
    from racto_nb.pipelines.list_classifier.results import AuditEntry as AuditEntry
    from racto_nb.pipelines.list_classifier.results import ClassifierResult as ClassifierResult
    from racto_nb.pipelines.list_classifier.results import ClassifierUsage as ClassifierUsage
    from racto_nb.pipelines.list_classifier.results import TextClassifier as TextClassifier

_PUBLIC = {
    "AbstentionCurve": "racto_nb.pipelines.list_classifier.abstaining",
    "AsyncListClassifierPipeline": "racto_nb.pipelines.list_classifier.async_pipeline",
    "AuditEntry": "racto_nb.pipelines.list_classifier.results",
    "AuditLogger": "racto_nb.pipelines.list_classifier.auditing",
    "Calibrator": "racto_nb.pipelines.list_classifier.calibrating",
    "CarefulClassifier": "racto_nb.pipelines.list_classifier.careful",
    "Cascade": "racto_nb.pipelines.list_classifier.cascade",
    "CascadeFit": "racto_nb.pipelines.list_classifier.cascade",
    "ClassificationError": "racto_nb.exceptions",
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "ClassifierResult": "racto_nb.pipelines.list_classifier.results",
    "ClassifierUsage": "racto_nb.pipelines.list_classifier.results",
    "Comparison": "racto_nb.pipelines.list_classifier.comparing",
    "ConformalSets": "racto_nb.pipelines.list_classifier.conformal",
    "Coverage": "racto_nb.pipelines.list_classifier.conformal",
    "EmbeddingClassifier": "racto_nb.pipelines.list_classifier.embedding",
    "Evaluation": "racto_nb.pipelines.list_classifier.judging",
    "FrameInterrupted": "racto_nb.pipelines.list_classifier.frames",
    "ListClassifierPipeline": "racto_nb.pipelines.list_classifier.pipeline",
    "Reliability": "racto_nb.pipelines.list_classifier.diagrams",
    "RowsProgress": "racto_nb.pipelines.list_classifier.reporting",
    "Savings": "racto_nb.pipelines.list_classifier.cascade",
    "TextClassifier": "racto_nb.pipelines.list_classifier.results",
    "abstention_curve": "racto_nb.pipelines.list_classifier.abstaining",
    "aclassify_frame": "racto_nb.pipelines.list_classifier.frames",
    "aevaluate": "racto_nb.pipelines.list_classifier.evaluating",
    "brier_score": "racto_nb.pipelines.list_classifier.measuring",
    "classify_frame": "racto_nb.pipelines.list_classifier.frames",
    "compare": "racto_nb.pipelines.list_classifier.comparing",
    "coverage_of": "racto_nb.pipelines.list_classifier.conformal",
    "evaluate": "racto_nb.pipelines.list_classifier.evaluating",
    "evaluation_of": "racto_nb.pipelines.list_classifier.evaluating",
    "expected_calibration_error": "racto_nb.pipelines.list_classifier.measuring",
    "reliability": "racto_nb.pipelines.list_classifier.diagrams",
    "savings": "racto_nb.pipelines.list_classifier.cascade",
}

__all__ = [
    "AbstentionCurve",
    "AsyncListClassifierPipeline",
    "AuditEntry",
    "AuditLogger",
    "Calibrator",
    "CarefulClassifier",
    "Cascade",
    "CascadeFit",
    "ClassificationError",
    "ClassifierRateLimitExceededError",
    "ClassifierResult",
    "ClassifierUsage",
    "Comparison",
    "ConformalSets",
    "Coverage",
    "EmbeddingClassifier",
    "Evaluation",
    "FrameInterrupted",
    "ListClassifierPipeline",
    "Reliability",
    "RowsProgress",
    "Savings",
    "TextClassifier",
    "abstention_curve",
    "aclassify_frame",
    "aevaluate",
    "brier_score",
    "classify_frame",
    "compare",
    "coverage_of",
    "evaluate",
    "evaluation_of",
    "expected_calibration_error",
    "reliability",
    "savings",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

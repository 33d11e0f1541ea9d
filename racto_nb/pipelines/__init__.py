"""Prebuilt pipelines: questions to a database in plain language, and texts sorted by a list of labels.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.exceptions import ClassifierRateLimitExceededError as ClassifierRateLimitExceededError
    from racto_nb.exceptions import RateLimitExceededError as RateLimitExceededError
    from racto_nb.exceptions import ReadOnlyViolationError as ReadOnlyViolationError
    from racto_nb.pipelines.list_classifier.calibrating import Calibrator as Calibrator
    from racto_nb.pipelines.list_classifier.careful import CarefulClassifier as CarefulClassifier
    from racto_nb.pipelines.list_classifier.cascade import Cascade as Cascade
    from racto_nb.pipelines.list_classifier.conformal import ConformalSets as ConformalSets
    from racto_nb.pipelines.list_classifier.embedding import EmbeddingClassifier as EmbeddingClassifier
    from racto_nb.pipelines.list_classifier.frames import aclassify_frame as aclassify_frame
    from racto_nb.pipelines.list_classifier.frames import classify_frame as classify_frame

_PUBLIC = {
    "Calibrator": "racto_nb.pipelines.list_classifier.calibrating",
    "CarefulClassifier": "racto_nb.pipelines.list_classifier.careful",
    "Cascade": "racto_nb.pipelines.list_classifier.cascade",
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "ConformalSets": "racto_nb.pipelines.list_classifier.conformal",
    "EmbeddingClassifier": "racto_nb.pipelines.list_classifier.embedding",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlyViolationError": "racto_nb.exceptions",
    "aclassify_frame": "racto_nb.pipelines.list_classifier.frames",
    "classify_frame": "racto_nb.pipelines.list_classifier.frames",
}

__all__ = [
    "Calibrator",
    "CarefulClassifier",
    "Cascade",
    "ClassifierRateLimitExceededError",
    "ConformalSets",
    "EmbeddingClassifier",
    "RateLimitExceededError",
    "ReadOnlyViolationError",
    "aclassify_frame",
    "classify_frame",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

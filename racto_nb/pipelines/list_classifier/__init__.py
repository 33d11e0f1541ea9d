"""Texts sorted by a list of labels, with a confidence that means something.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.exceptions import ClassificationError as ClassificationError
    from racto_nb.exceptions import ClassifierRateLimitExceededError as ClassifierRateLimitExceededError
    from racto_nb.pipelines.list_classifier.async_pipeline import AsyncListClassifierPipeline as AsyncListClassifierPipeline
    from racto_nb.pipelines.list_classifier.auditing import AuditLogger as AuditLogger
    from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline as ListClassifierPipeline
    from racto_nb.pipelines.list_classifier.results import AuditEntry as AuditEntry
    from racto_nb.pipelines.list_classifier.results import ClassifierResult as ClassifierResult
    from racto_nb.pipelines.list_classifier.results import ClassifierUsage as ClassifierUsage
    from racto_nb.pipelines.list_classifier.results import TextClassifier as TextClassifier

_PUBLIC = {
    "AsyncListClassifierPipeline": "racto_nb.pipelines.list_classifier.async_pipeline",
    "AuditEntry": "racto_nb.pipelines.list_classifier.results",
    "AuditLogger": "racto_nb.pipelines.list_classifier.auditing",
    "ClassificationError": "racto_nb.exceptions",
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "ClassifierResult": "racto_nb.pipelines.list_classifier.results",
    "ClassifierUsage": "racto_nb.pipelines.list_classifier.results",
    "ListClassifierPipeline": "racto_nb.pipelines.list_classifier.pipeline",
    "TextClassifier": "racto_nb.pipelines.list_classifier.results",
}

__all__ = [
    "AsyncListClassifierPipeline",
    "AuditEntry",
    "AuditLogger",
    "ClassificationError",
    "ClassifierRateLimitExceededError",
    "ClassifierResult",
    "ClassifierUsage",
    "ListClassifierPipeline",
    "TextClassifier",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

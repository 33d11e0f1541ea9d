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
    from racto_nb.pipelines.list_classifier.async_pipeline import AsyncListClassifierPipeline as AsyncListClassifierPipeline
    from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline as ListClassifierPipeline
    from racto_nb.pipelines.list_classifier.results import AuditEntry as AuditEntry
    from racto_nb.pipelines.list_classifier.results import ClassifierResult as ClassifierResult
    from racto_nb.pipelines.list_classifier.results import ClassifierUsage as ClassifierUsage

_PUBLIC = {
    "AsyncListClassifierPipeline": "racto_nb.pipelines.list_classifier.async_pipeline",
    "AuditEntry": "racto_nb.pipelines.list_classifier.results",
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "ClassifierResult": "racto_nb.pipelines.list_classifier.results",
    "ClassifierUsage": "racto_nb.pipelines.list_classifier.results",
    "ListClassifierPipeline": "racto_nb.pipelines.list_classifier.pipeline",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlyViolationError": "racto_nb.exceptions",
}

__all__ = [
    "AsyncListClassifierPipeline",
    "AuditEntry",
    "ClassifierRateLimitExceededError",
    "ClassifierResult",
    "ClassifierUsage",
    "ListClassifierPipeline",
    "RateLimitExceededError",
    "ReadOnlyViolationError",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

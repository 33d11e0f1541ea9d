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
    from racto_nb.pipelines.list_classifier.calibrating import Calibrator as Calibrator
    from racto_nb.pipelines.list_classifier.careful import CarefulClassifier as CarefulClassifier
    from racto_nb.pipelines.list_classifier.cascade import Cascade as Cascade
    from racto_nb.pipelines.list_classifier.conformal import ConformalSets as ConformalSets
    from racto_nb.pipelines.list_classifier.embedding import EmbeddingClassifier as EmbeddingClassifier
    from racto_nb.pipelines.list_classifier.frames import aclassify_frame as aclassify_frame
    from racto_nb.pipelines.list_classifier.frames import classify_frame as classify_frame
    from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline as ListClassifierPipeline
    from racto_nb.pipelines.list_classifier.results import AuditEntry as AuditEntry
    from racto_nb.pipelines.list_classifier.results import ClassifierResult as ClassifierResult
    from racto_nb.pipelines.list_classifier.results import ClassifierUsage as ClassifierUsage
    from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec as ChartSpec
    from racto_nb.pipelines.sql_analyst.guarding.guard import ReadOnlySQLGuard as ReadOnlySQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard as SQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy as GuardPolicy
    from racto_nb.pipelines.sql_analyst.guarding.values import Verdict as Verdict
    from racto_nb.pipelines.sql_analyst.guarding.values import Violation as Violation
    from racto_nb.pipelines.sql_analyst.limits import RunLimits as RunLimits
    from racto_nb.pipelines.sql_analyst.pipeline import AsyncSQLAnalystPipeline as AsyncSQLAnalystPipeline
    from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline as SQLAnalystPipeline
    from racto_nb.pipelines.sql_analyst.results import PipelineUsage as PipelineUsage
    from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult as SQLAnalystResult
    from racto_nb.pipelines.sql_analyst.schema.cache import clear_schema_cache as clear_schema_cache

_PUBLIC = {
    "AsyncListClassifierPipeline": "racto_nb.pipelines.list_classifier.async_pipeline",
    "AsyncSQLAnalystPipeline": "racto_nb.pipelines.sql_analyst.pipeline",
    "AuditEntry": "racto_nb.pipelines.list_classifier.results",
    "Calibrator": "racto_nb.pipelines.list_classifier.calibrating",
    "CarefulClassifier": "racto_nb.pipelines.list_classifier.careful",
    "Cascade": "racto_nb.pipelines.list_classifier.cascade",
    "ChartSpec": "racto_nb.pipelines.sql_analyst.charting.spec",
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "ClassifierResult": "racto_nb.pipelines.list_classifier.results",
    "ClassifierUsage": "racto_nb.pipelines.list_classifier.results",
    "ConformalSets": "racto_nb.pipelines.list_classifier.conformal",
    "EmbeddingClassifier": "racto_nb.pipelines.list_classifier.embedding",
    "GuardPolicy": "racto_nb.pipelines.sql_analyst.guarding.values",
    "ListClassifierPipeline": "racto_nb.pipelines.list_classifier.pipeline",
    "PipelineUsage": "racto_nb.pipelines.sql_analyst.results",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlySQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "ReadOnlyViolationError": "racto_nb.exceptions",
    "RunLimits": "racto_nb.pipelines.sql_analyst.limits",
    "SQLAnalystPipeline": "racto_nb.pipelines.sql_analyst.pipeline",
    "SQLAnalystResult": "racto_nb.pipelines.sql_analyst.results",
    "SQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "Verdict": "racto_nb.pipelines.sql_analyst.guarding.values",
    "Violation": "racto_nb.pipelines.sql_analyst.guarding.values",
    "aclassify_frame": "racto_nb.pipelines.list_classifier.frames",
    "classify_frame": "racto_nb.pipelines.list_classifier.frames",
    "clear_schema_cache": "racto_nb.pipelines.sql_analyst.schema.cache",
}

__all__ = [
    "AsyncListClassifierPipeline",
    "AsyncSQLAnalystPipeline",
    "AuditEntry",
    "Calibrator",
    "CarefulClassifier",
    "Cascade",
    "ChartSpec",
    "ClassifierRateLimitExceededError",
    "ClassifierResult",
    "ClassifierUsage",
    "ConformalSets",
    "EmbeddingClassifier",
    "GuardPolicy",
    "ListClassifierPipeline",
    "PipelineUsage",
    "RateLimitExceededError",
    "ReadOnlySQLGuard",
    "ReadOnlyViolationError",
    "RunLimits",
    "SQLAnalystPipeline",
    "SQLAnalystResult",
    "SQLGuard",
    "Verdict",
    "Violation",
    "aclassify_frame",
    "classify_frame",
    "clear_schema_cache",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

"""Questions in plain language to a database: SQL that is guarded twice, rows, a chart from a spec, a checked answer.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.exceptions import RateLimitExceededError as RateLimitExceededError
    from racto_nb.exceptions import ReadOnlyViolationError as ReadOnlyViolationError
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
    from racto_nb.pipelines.sql_analyst.schema.choosing import table_documents as table_documents
    from racto_nb.pipelines.sql_analyst.schema.examples import example_documents as example_documents
    from racto_nb.pipelines.sql_analyst.schema.knowledge import Example as Example
    from racto_nb.pipelines.sql_analyst.sources.source import QueryResult as QueryResult
    from racto_nb.pipelines.sql_analyst.sources.source import Source as Source
    from racto_nb.pipelines.sql_analyst.writing.values import Attempt as Attempt
    from racto_nb.pipelines.sql_analyst.writing.values import CandidateGroup as CandidateGroup

_PUBLIC = {
    "AsyncSQLAnalystPipeline": "racto_nb.pipelines.sql_analyst.pipeline",
    "Attempt": "racto_nb.pipelines.sql_analyst.writing.values",
    "CandidateGroup": "racto_nb.pipelines.sql_analyst.writing.values",
    "ChartSpec": "racto_nb.pipelines.sql_analyst.charting.spec",
    "Example": "racto_nb.pipelines.sql_analyst.schema.knowledge",
    "GuardPolicy": "racto_nb.pipelines.sql_analyst.guarding.values",
    "PipelineUsage": "racto_nb.pipelines.sql_analyst.results",
    "QueryResult": "racto_nb.pipelines.sql_analyst.sources.source",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlySQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "ReadOnlyViolationError": "racto_nb.exceptions",
    "RunLimits": "racto_nb.pipelines.sql_analyst.limits",
    "SQLAnalystPipeline": "racto_nb.pipelines.sql_analyst.pipeline",
    "SQLAnalystResult": "racto_nb.pipelines.sql_analyst.results",
    "SQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "Source": "racto_nb.pipelines.sql_analyst.sources.source",
    "Verdict": "racto_nb.pipelines.sql_analyst.guarding.values",
    "Violation": "racto_nb.pipelines.sql_analyst.guarding.values",
    "clear_schema_cache": "racto_nb.pipelines.sql_analyst.schema.cache",
    "example_documents": "racto_nb.pipelines.sql_analyst.schema.examples",
    "table_documents": "racto_nb.pipelines.sql_analyst.schema.choosing",
}

__all__ = [
    "AsyncSQLAnalystPipeline",
    "Attempt",
    "CandidateGroup",
    "ChartSpec",
    "Example",
    "GuardPolicy",
    "PipelineUsage",
    "QueryResult",
    "RateLimitExceededError",
    "ReadOnlySQLGuard",
    "ReadOnlyViolationError",
    "RunLimits",
    "SQLAnalystPipeline",
    "SQLAnalystResult",
    "SQLGuard",
    "Source",
    "Verdict",
    "Violation",
    "clear_schema_cache",
    "example_documents",
    "table_documents",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

"""Questions in plain language to a database: SQL that is guarded twice, rows, a chart from a spec, a checked answer.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.guarding.guard import ReadOnlySQLGuard as ReadOnlySQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard as SQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy as GuardPolicy
    from racto_nb.pipelines.sql_analyst.guarding.values import Verdict as Verdict
    from racto_nb.pipelines.sql_analyst.guarding.values import Violation as Violation
    from racto_nb.pipelines.sql_analyst.schema.cache import clear_schema_cache as clear_schema_cache
    from racto_nb.pipelines.sql_analyst.schema.choosing import table_documents as table_documents
    from racto_nb.pipelines.sql_analyst.schema.examples import example_documents as example_documents
    from racto_nb.pipelines.sql_analyst.schema.knowledge import Example as Example

_PUBLIC = {
    "Example": "racto_nb.pipelines.sql_analyst.schema.knowledge",
    "GuardPolicy": "racto_nb.pipelines.sql_analyst.guarding.values",
    "ReadOnlySQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "SQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "Verdict": "racto_nb.pipelines.sql_analyst.guarding.values",
    "Violation": "racto_nb.pipelines.sql_analyst.guarding.values",
    "clear_schema_cache": "racto_nb.pipelines.sql_analyst.schema.cache",
    "example_documents": "racto_nb.pipelines.sql_analyst.schema.examples",
    "table_documents": "racto_nb.pipelines.sql_analyst.schema.choosing",
}

__all__ = [
    "GuardPolicy",
    "ReadOnlySQLGuard",
    "SQLGuard",
    "Verdict",
    "Violation",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

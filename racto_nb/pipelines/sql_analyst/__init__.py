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

_PUBLIC = {
    "GuardPolicy": "racto_nb.pipelines.sql_analyst.guarding.values",
    "ReadOnlySQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "SQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "Verdict": "racto_nb.pipelines.sql_analyst.guarding.values",
    "Violation": "racto_nb.pipelines.sql_analyst.guarding.values",
}

__all__ = [
    "GuardPolicy",
    "ReadOnlySQLGuard",
    "SQLGuard",
    "Verdict",
    "Violation",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

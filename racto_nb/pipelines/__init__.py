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
    from racto_nb.pipelines.sql_analyst.guarding.guard import ReadOnlySQLGuard as ReadOnlySQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard as SQLGuard
    from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy as GuardPolicy
    from racto_nb.pipelines.sql_analyst.guarding.values import Verdict as Verdict
    from racto_nb.pipelines.sql_analyst.guarding.values import Violation as Violation

_PUBLIC = {
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "GuardPolicy": "racto_nb.pipelines.sql_analyst.guarding.values",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlySQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "ReadOnlyViolationError": "racto_nb.exceptions",
    "SQLGuard": "racto_nb.pipelines.sql_analyst.guarding.guard",
    "Verdict": "racto_nb.pipelines.sql_analyst.guarding.values",
    "Violation": "racto_nb.pipelines.sql_analyst.guarding.values",
}

__all__ = [
    "ClassifierRateLimitExceededError",
    "GuardPolicy",
    "RateLimitExceededError",
    "ReadOnlySQLGuard",
    "ReadOnlyViolationError",
    "SQLGuard",
    "Verdict",
    "Violation",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

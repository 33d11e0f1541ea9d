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
    from racto_nb.pipelines.sql_analyst.schema.cache import clear_schema_cache as clear_schema_cache

_PUBLIC = {
    "ClassifierRateLimitExceededError": "racto_nb.exceptions",
    "RateLimitExceededError": "racto_nb.exceptions",
    "ReadOnlyViolationError": "racto_nb.exceptions",
    "clear_schema_cache": "racto_nb.pipelines.sql_analyst.schema.cache",
}

__all__ = [
    "ClassifierRateLimitExceededError",
    "RateLimitExceededError",
    "ReadOnlyViolationError",
    "clear_schema_cache",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

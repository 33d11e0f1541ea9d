"""What fails in pipelines: statements that are refused, databases, labels. Users know them by `racto_nb.exceptions`."""

from __future__ import annotations

from racto_nb._root_error import RactoGatewayError

__all__ = [
    "AnalysisError",
    "ChartError",
    "ClassificationError",
    "ClassifierRateLimitExceededError",
    "QueryError",
    "QueryTimeoutError",
    "RateLimitExceededError",
    "ReadOnlyViolationError",
    "ResultTooLargeError",
    "SourceError",
    "UnsafeLoginError",
]


class ReadOnlyViolationError(RactoGatewayError, ValueError):
    """A statement that the guard refused; it was not run. `verdict` says which rules, where, and what to write instead."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, verdict: object = None) -> None:
        super().__init__(message)
        self.verdict = verdict


class SourceError(RactoGatewayError):
    """A database, file or frame that cannot be opened or read. `source` names it, without a password."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, source: str | None = None) -> None:
        super().__init__(message)
        self.source = source


class UnsafeLoginError(SourceError):
    """A login with rights (superuser, files, programs) that no guard can hold. The message says how to make a reader role."""

    __module__ = "racto_nb.exceptions"


class QueryError(RactoGatewayError):
    """The database did not run a statement. `sql` is the statement, `reason` what the database said."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, sql: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.sql, self.reason = sql, reason


class QueryTimeoutError(QueryError):
    """A statement that ran longer than it may; it was stopped."""

    __module__ = "racto_nb.exceptions"


class ResultTooLargeError(QueryError):
    """A result with more bytes, or a query that took more memory, than it may."""

    __module__ = "racto_nb.exceptions"


class AnalysisError(RactoGatewayError):
    """A plan of analysis that cannot be carried out on the result."""

    __module__ = "racto_nb.exceptions"


class ChartError(RactoGatewayError, ValueError):
    """A chart that cannot be drawn from the result."""

    __module__ = "racto_nb.exceptions"


class RateLimitExceededError(RactoGatewayError, RuntimeError):
    """The user's share of tokens is used up; nothing was sent. Also a RuntimeError.

    `retry_after` is in how many seconds there is room, None where nobody knows, or where there will never be.
    """

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, user_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.user_id, self.retry_after = user_id, retry_after


class ClassifierRateLimitExceededError(RateLimitExceededError):
    """The same, raised by a classifier."""

    __module__ = "racto_nb.exceptions"


class ClassificationError(RactoGatewayError, ValueError):
    """An answer that names none of the options, after all retries. `answer` is what the model wrote last."""

    __module__ = "racto_nb.exceptions"

    def __init__(self, message: str, *, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer

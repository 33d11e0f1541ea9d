"""Which errors may be gone at another try, and when to try. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.exceptions import (
    RactoGatewayAPIError,
    RactoGatewayBadRequestError,
    RactoGatewayTimeoutError,
    StoreError,
)

LONGEST_ADVICE = 3_600.0
"""Seconds: a provider that asks for a longer wait is not asked again. Brokers hand a task out twice that waits longer."""
_MAY_PASS = frozenset({408, 409, 425, 429})
_SERVER_ERRORS = 500


class RetryConfig(BaseModel):
    """How often a task is tried again, and after how long: `min(initial_delay_s * backoff_factor**attempt, max_delay_s)` seconds.

    `max_retries` counts the tries after the first one. A provider's own advice (Retry-After) is kept where it is longer.

    >>> [RetryConfig().delay(attempt) for attempt in range(3)]
    [2.0, 4.0, 8.0]
    """

    model_config = ConfigDict(extra="ignore")

    max_retries: int = Field(default=3, ge=0)
    initial_delay_s: float = Field(default=2.0, gt=0)
    backoff_factor: float = Field(default=2.0, gt=1.0)
    max_delay_s: float = Field(default=300.0, gt=0)

    def delay(self, attempt: int) -> float:
        """The wait after try number `attempt` (the first is 0), in seconds."""
        return min(self.initial_delay_s * self.backoff_factor ** min(attempt, 1_000), self.max_delay_s)


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed later: a provider that was busy, failed, or gave no answer in time.

    A request that was refused for what it says (HTTP 400), a wrong key, an answer that does not fit: not.

    >>> may_pass(RactoGatewayBadRequestError("HTTP 400", status_code=400)), may_pass(RactoGatewayTimeoutError("late"))
    (False, True)
    """
    if isinstance(error, RactoGatewayBadRequestError):
        return False
    if isinstance(error, RactoGatewayAPIError):
        status = error.status_code
        return status is None or status in _MAY_PASS or status >= _SERVER_ERRORS
    return isinstance(error, RactoGatewayTimeoutError | StoreError)


def wait_after(error: BaseException, attempt: int, config: RetryConfig) -> float | None:
    """Seconds to wait before the next try; None where it will not help, or where there have been enough.

    >>> busy = RactoGatewayAPIError("HTTP 503", status_code=503, retry_after=30)
    >>> wait_after(busy, 0, RetryConfig()), wait_after(busy, 3, RetryConfig())
    (30, None)
    """
    if attempt >= config.max_retries or not may_pass(error):
        return None
    advice = (error.retry_after if isinstance(error, RactoGatewayAPIError) else None) or 0.0
    return None if advice > LONGEST_ADVICE else max(advice, config.delay(attempt))

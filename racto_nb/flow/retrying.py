"""Try an operation again when its error says that trying again may help. A flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from racto_nb.flow.effects import Flow, sleep

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently. Waits grow from `first_delay` by `factor` up to `longest_delay` seconds.

    `retries` counts the tries after the first one. A server's own advice (Retry-After) is followed exactly when it is at most
    `longest_advice` seconds; a longer one ends the retrying, since a notebook user would rather know.
    """

    retries: int = 2
    first_delay: float = 0.5
    factor: float = 2.0
    longest_delay: float = 8.0
    longest_advice: float = 60.0
    jitter: float = 0.25

    def delay(self, attempt: int) -> float:
        """The wait after try number `attempt` (the first is 0), in seconds, before jitter."""
        return min(self.first_delay * self.factor**attempt, self.longest_delay)


def retrying(
    operation: Callable[[], Flow[T]],
    *,
    advice: Callable[[Exception], float | None],
    policy: RetryPolicy,
) -> Flow[T]:
    """Perform `operation()`, again after an error for which `advice(error)` is not None.

    `advice` answers None for an error that will not go away, 0 for one that may, and the seconds to wait where the server
    named them. The last error is raised as it is.
    """
    for attempt in range(policy.retries + 1):
        try:
            return (yield from operation())
        except Exception as error:
            wait = advice(error)
            if wait is None or attempt == policy.retries or wait > policy.longest_advice:
                raise
            chosen = (wait, 0.0) if wait > 0 else (policy.delay(attempt), policy.jitter)
        yield from sleep(chosen[0], jitter=chosen[1])
    raise AssertionError  # the loop returns or raises

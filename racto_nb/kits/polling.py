"""Ask again and again until something at a provider has ended: what batches and tuning have in common. Kind: flow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from racto_nb.exceptions import (
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
)
from racto_nb.flow.effects import Flow, call, sleep

T = TypeVar("T")
MOST_MISSES = 5
"""So many looks may fail one after the other, each tried as often as the kit tries, before waiting is given up."""
_MAY_PASS = (
    RactoGatewayConnectionError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
)
_TIMEOUT, _SERVER_ERRORS = 408, 500


def ended_look(
    look: Callable[[], Flow[T]],
    seen: Callable[[T], Flow[bool]],
    *,
    interval: float,
    most: float | None,
    lost: Callable[[RactoGatewayError], RactoGatewayError],
    late: Callable[[], RactoGatewayError],
) -> Flow[T]:
    """What `look` finds when `seen` says of it that this was the end. It is made every `interval` seconds.

    A look that fails is made again; `lost` says how to come back where it goes on failing, `late` what to raise where there is no
    end after `most` seconds (None: there is no limit).
    """
    began: float = yield from call(time.monotonic)
    misses = 0
    while True:
        try:
            found = yield from look()
        except RactoGatewayError as error:
            misses += 1
            if misses >= MOST_MISSES or not isinstance(error, _MAY_PASS):
                raise lost(error)  # noqa: B904  (the same one)
        else:
            misses = 0
            if (yield from seen(found)):
                return found
        left = interval
        if most is not None:
            now: float = yield from call(time.monotonic)
            if (left := most - (now - began)) <= 0:
                raise late()
        yield from sleep(min(interval, left))


def certainly_refused(error: RactoGatewayError) -> bool:
    """Whether the provider certainly made nothing of the request."""
    status = error.status_code
    return isinstance(error, RactoGatewayBadRequestError) or (
        status is not None and status < _SERVER_ERRORS and status != _TIMEOUT
    )

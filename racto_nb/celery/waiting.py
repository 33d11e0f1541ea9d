"""Look at tasks until they have ended or the time is over. Kind: flow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from racto_nb.celery.library import CeleryPort, Look, Seen
from racto_nb.celery.results import TaskResult, TaskStatus
from racto_nb.exceptions import RactoGatewayConnectionError, UsageError
from racto_nb.fleet.progress import FleetProgress, Told
from racto_nb.flow.effects import Flow, call, now, send, sleep

_FIRST, _LONGEST = 0.02, 0.5
"""Seconds between two looks: at first, and at last."""
_PATIENCE = 120.0
"""Seconds for which servers may be away before a wait ends with their error."""
_SHARE = 5
"""A look that takes long is followed by a pause so many times as long, so that many tasks do not keep the server busy."""


def looked(port: CeleryPort, ids: Sequence[str]) -> Flow[list[Seen]]:
    """What is known of these tasks now."""
    return cast("list[Seen]", (yield from send(port, Look(ids))))


def waiting(port: CeleryPort, ids: Sequence[str], timeout_s: float | None, told: Told) -> Flow[list[Seen]]:
    """What is known of each task when all have ended, or after `timeout_s` seconds.

    Servers that cannot be reached are asked again for two minutes; then their RactoGatewayConnectionError is raised.
    """
    checked_timeout(timeout_s)
    seen = {task_id: Seen(task_id, TaskStatus.PENDING) for task_id in ids}
    begun = last_heard = (yield from now()).clock
    pause = _FIRST
    while True:
        before = (yield from now()).clock
        left = [task_id for task_id, each in seen.items() if not each.status.ended]
        try:
            seen |= {each.task_id: each for each in (yield from looked(port, left))}
            last_heard = (yield from now()).clock
        except RactoGatewayConnectionError:
            if (yield from now()).clock - last_heard > _PATIENCE:
                raise
        yield from call(partial(told, progress_of(list(seen.values()))))
        after = (yield from now()).clock
        over = math.inf if timeout_s is None else timeout_s - (after - begun)
        if over <= 0 or all(each.status.ended for each in seen.values()):
            return [seen[task_id] for task_id in ids]
        pause = min(max(pause * 1.5, _SHARE * (after - before)), max(_LONGEST, after - before))
        yield from sleep(min(pause, over))


def checked_timeout(timeout_s: object) -> None:
    """UsageError for a time that is none."""
    if timeout_s is None:
        return
    wrong = isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not timeout_s >= 0
    if wrong:
        msg = f"timeout_s is a number of seconds, at least 0, or None for as long as it takes; got {timeout_s!r}."
        raise UsageError(msg)


def progress_of(seen: Sequence[Seen]) -> FleetProgress:
    """How far these tasks are."""
    counts = Counter(each.status for each in seen)
    lost = counts[TaskStatus.FAILURE] + counts[TaskStatus.REVOKED]
    return FleetProgress(
        rows=len(seen),
        done=counts[TaskStatus.SUCCESS] + lost,
        failed=lost,
        running=counts[TaskStatus.STARTED],
        retrying=counts[TaskStatus.RETRY],
        what="task" if len(seen) == 1 else "tasks",
    )


def result_of(seen: Seen, *, custom_id: str | None = None, waited: float | None = None) -> TaskResult:
    """What a look saw, for the user. With `waited`, a task that has not ended says that the wait is over and the task is not."""
    made: Callable[..., TaskResult] = TaskResult
    given = seen.result if seen.status is TaskStatus.SUCCESS else None
    if isinstance(given, Mapping):
        given = dict(cast("Mapping[str, Any]", given))
        custom_id = given.pop("custom_id", None) or custom_id
    return made(task_id=seen.task_id, status=seen.status, result=given, error=_error(seen, waited), custom_id=custom_id)


def _error(seen: Seen, waited: float | None) -> str | None:
    if seen.status is TaskStatus.SUCCESS:
        return None
    if seen.status.ended:
        error = seen.result
        return f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    if waited is None:
        return None
    return f"The task has not ended after {waited:g} s: {seen.status.value}. It goes on; wait for it again, or cancel it."

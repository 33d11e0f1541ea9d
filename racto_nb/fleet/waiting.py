"""Look at tasks until they have ended or the time is over. Kind: flow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from racto_nb.exceptions import RactoGatewayConnectionError, UsageError
from racto_nb.fleet.progress import FleetProgress, Told
from racto_nb.fleet.sending import FleetPort, Look, Post, Seen, TaskStatus, new_id
from racto_nb.flow.effects import Flow, call, now, send, sleep
from racto_nb.models.stream import joined_halves

Heard = Callable[[Sequence[Seen], Sequence[Seen]], Flow[None]]
"""A flow that takes what is known of all tasks, and those of them that a look has shown to have ended."""
_FIRST, _LONGEST = 0.02, 0.5
"""Seconds between two looks: at first, and at last."""
_PATIENCE = 120.0
"""Seconds for which servers may be away before a wait ends with their error."""
_MOST_SENT, _ONLY_LOST = 6, 3
"""How often a wait sends messages again, at pauses that double; the first few times only if they seem to be lost."""
_SHARE = 5
"""A look that takes long is followed by a pause so many times as long, so that many tasks do not keep the server busy."""


def looked(port: FleetPort, ids: Sequence[str]) -> Flow[list[Seen]]:
    """What is known of these tasks now."""
    return cast("list[Seen]", (yield from send(port, Look(ids))))


@dataclass(frozen=True, slots=True)
class Again:
    """Send `post` again, but for what has begun, when nothing was heard of its tasks for `after` seconds, and each time longer.

    A broker may lose a message that a worker was just taking when the server ended. Of two messages of a task the fleet works on
    one, whatever comes of it.
    """

    post: Post
    after: float


def waiting(
    port: FleetPort, ids: Sequence[str], timeout_s: float | None, heard: Heard, again: Again | None = None
) -> Flow[list[Seen]]:
    """What is known of each task when all have ended, or after `timeout_s` seconds.

    Servers that cannot be reached are asked again for two minutes, but for a single look (0 seconds) once; then their
    RactoGatewayConnectionError is raised.
    """
    checked_timeout(timeout_s)
    seen = {task_id: Seen(task_id, TaskStatus.PENDING) for task_id in ids}
    times = 0
    begun = last_heard = (yield from now()).clock
    pause = _FIRST
    quiet_since, quiet_for = begun, math.inf if again is None else again.after
    while True:
        before = (yield from now()).clock
        new: list[Seen] = []
        try:
            new = yield from looked(port, [task_id for task_id, each in seen.items() if not each.status.ended])
            last_heard = (yield from now()).clock
        except RactoGatewayConnectionError:
            if timeout_s == 0 or (yield from now()).clock - last_heard > _PATIENCE:
                raise
        if any(each.status is not seen[each.task_id].status for each in new):
            quiet_since = before
        seen |= {each.task_id: each for each in new}
        yield from heard(list(seen.values()), [each for each in new if each.status.ended])
        after = (yield from now()).clock
        over = math.inf if timeout_s is None else timeout_s - (after - begun)
        if over <= 0 or all(each.status.ended for each in seen.values()):
            return [seen[task_id] for task_id in ids]
        if again is not None and times < _MOST_SENT and after - quiet_since > quiet_for:
            yield from _sent_again(port, again.post, seen, anyway=times >= _ONLY_LOST)
            quiet_since, quiet_for, times = after, 2 * quiet_for, times + 1
        pause = min(max(pause * 1.5, _SHARE * (after - before)), max(_LONGEST, after - before))
        yield from sleep(min(pause, over))


def _sent_again(port: FleetPort, post: Post, seen: Mapping[str, Seen], *, anyway: bool) -> Flow[None]:
    left = [place for place, task_id in enumerate(post.ids) if seen[task_id].status is TaskStatus.PENDING]
    if left:
        ids, payloads = [post.ids[place] for place in left], [post.payloads[place] for place in left]
        try:
            yield from send(port, replace(post, ids=ids, payloads=payloads, copy=new_id(), anyway=anyway))
        except RactoGatewayConnectionError:
            return  # the next quiet time has another try


def telling(told: Told) -> Heard:
    """Tell how many tasks have ended."""

    def heard(seen: Sequence[Seen], _: Sequence[Seen]) -> Flow[None]:
        yield from call(partial(told, progress_of(seen)))

    return heard


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


def error_text(error: object) -> str:
    """What is told of the error that ended a task."""
    return joined_halves(f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error))

"""How far work on a fleet is, and who is told of it. Pure, but for the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

_progress = logging.getLogger("racto_nb.fleet.progress")


@dataclass(frozen=True, slots=True)
class FleetProgress:
    """How far it is: `done` of `rows` have ended, of which `failed` gave nothing.

    `rows` are tasks, or the rows of a frame, as `what` says; `running` are worked on at this moment, `retrying` wait for another
    try, `known` are from a checkpoint. The others wait for a worker.

    >>> print(FleetProgress(rows=200, done=150, failed=1, running=4, what="tasks"))
    150 of 200 tasks · 4 running · 1 failed
    """

    rows: int
    done: int = 0
    failed: int = 0
    running: int = 0
    retrying: int = 0
    known: int = 0
    what: str = "rows"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.done >= self.rows

    @property
    def waiting(self) -> int:
        """How many no worker has begun yet."""
        return self.rows - self.done - self.running - self.retrying

    def __str__(self) -> str:
        parts = [f"{self.done:,} of {self.rows:,} {self.what}"]
        for count, words in (
            (self.known, "known from the checkpoint"),
            (self.running, "running"),
            (self.retrying, "to be tried again"),
            (self.failed, "failed"),
        ):
            if count:
                parts.append(f"{count:,} {words}")
        return " · ".join(parts)


Told = Callable[[FleetProgress], object]
UNHEARD: Told = bool
"""Tells nobody."""


class Logged:
    """Writes progress to the log `racto_nb.fleet.progress`, where it has changed. One object is one wait."""

    def __init__(self) -> None:
        self._last: FleetProgress | None = None

    def __call__(self, progress: FleetProgress) -> None:
        """Write how far it is. The record has it as `rows_progress`, and this object as `rows_run`."""
        if progress != self._last:
            self._last = progress
            _progress.info("%s", progress, extra={"rows_progress": progress, "rows_run": self})

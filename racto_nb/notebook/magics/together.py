"""Answers that are read on an event loop while the cell waits: several at once, or one whose tools must be awaited.

The cell waits on its own thread, so that the stop button, or Ctrl-C in a terminal, reaches it there and stops all of them. What
had arrived is kept.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from racto_nb.flow.portal import Portal
from racto_nb.notebook.magics.answering import Answered, Asking, answered_async, stopped
from racto_nb.notebook.magics.failing import Interrupted

MOST_AT_ONCE = 4
PATIENCE = 5.0
"""Seconds that a cell that was stopped waits until what had arrived is kept."""

Painting = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Together:
    """Questions that are asked at once, at most four at a time. `ended` is told of each answer as soon as it has ended."""

    askings: Sequence[Asking]
    ended: Callable[[Asking, Answered], None] = lambda _, __: None
    paint: Painting | None = None
    _found: dict[int, Answered] = field(default_factory=dict[int, Answered])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _stopped: threading.Event = field(default_factory=threading.Event)
    _written: threading.Event = field(default_factory=threading.Event)

    def answered(self, portal: Portal) -> list[Answered]:
        """How each answer ended, in the order of the questions. An interrupt ends all, and is their error."""
        try:
            portal.start(self._write).result()  # in here as a whole: a tool may run before `start` returns
        except KeyboardInterrupt:
            self._stop()
        return [self._found.get(place) or stopped(asking) for place, asking in enumerate(self.askings)]

    def _stop(self) -> None:
        self._stopped.set()
        for task in self._tasks:
            with suppress(RuntimeError):  # the loop has ended, and the task with it
                task.get_loop().call_soon_threadsafe(task.cancel)
        self._written.wait(PATIENCE)

    async def _write(self) -> None:
        gate = asyncio.Semaphore(MOST_AT_ONCE)
        painting = None if self.paint is None else asyncio.create_task(self.paint())
        try:
            self._tasks += [asyncio.create_task(self._one(place, gate)) for place in range(len(self.askings))]
            if self._stopped.is_set():
                for task in self._tasks:
                    task.cancel()
            faults = await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            if painting is not None:
                painting.cancel()
            self._written.set()
        for fault in faults:
            if isinstance(fault, Exception):
                raise fault

    async def _one(self, place: int, gate: asyncio.Semaphore) -> None:
        asking = self.askings[place]
        async with gate:
            asking.shown.open()
            outcome = await answered_async(asking)
        if isinstance(outcome.error, asyncio.CancelledError):
            outcome.error = Interrupted(str(outcome.error))
        self._found[place] = outcome
        self.ended(asking, outcome)


def answered_on_a_loop(asking: Asking, portal: Portal) -> Answered:
    """`answered`, on the portal's loop: for tools that must be awaited."""
    return Together([asking]).answered(portal)[0]

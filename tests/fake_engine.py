"""An engine that follows a script, for tests of everything around the real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

END = {"choices": [{"finish_reason": "stop", "index": 0, "delta": {}}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}, "model": "tiny"}


def piece(text: str) -> dict[str, Any]:
    """The event of one piece of text."""
    return {"choices": [{"finish_reason": None, "index": 0, "delta": {"content": text}}]}


def answer(*texts: str) -> list[Any]:
    """The events of a whole answer."""
    return [*map(piece, texts), END, USAGE]


class FakeEngine:
    """Each call takes the next script, the last one again and again.

    A step is an event to hand over, an error to raise, or a threading.Event to wait for (the engine is busy meanwhile).
    """

    def __init__(self, *scripts: list[Any]) -> None:
        self.scripts = list(scripts) or [answer("one ", "two")]
        self.payloads: list[Mapping[str, Any]] = []
        self.threads: set[int] = set()
        self.running = threading.Semaphore(0)
        self.stopped = threading.Event()
        self.closed = threading.Event()

    def generate(self, payload: Mapping[str, Any], on_event: Callable[[dict[str, Any]], bool]) -> None:
        self.payloads.append(payload)
        self.threads.add(threading.get_ident())
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.running.release()
        for step in script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, threading.Event):
                assert step.wait(60)
            elif on_event(step):
                self.stopped.set()
                return

    def close(self) -> None:
        self.closed.set()

    def wait_until_running(self) -> None:
        """Return when one more call has reached the engine."""
        assert self.running.acquire(timeout=60)

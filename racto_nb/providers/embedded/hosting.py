"""One loaded model with one worker thread: calls take turns, callers stay free to leave.

The engine runs in the worker and hands over its events; it looks for a stop request at each event. A caller that leaves
(interrupt, timeout, an early exit) returns at once; the engine ends at its next event, and a call made meanwhile waits.
"""

from __future__ import annotations

import atexit
import queue
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import Engine, EngineEvent


@dataclass(frozen=True, slots=True)
class Ended:
    """The last thing a job delivers: `error` is what went wrong, or None."""

    error: Exception | None = None


Delivery = EngineEvent | Ended


@dataclass(slots=True)
class Job:
    """One call. `deliver` takes each event in the worker thread; it must not block."""

    payload: Mapping[str, Any]
    deliver: Callable[[Delivery], None]
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Ask the engine to end at its next event. Stopping an ended job does nothing."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()


class HostedModel:
    """A model that is loaded when it is first used and freed when nobody refers to it any more.

    `load` runs in the worker thread, so even loading can be walked away from.
    """

    def __init__(self, name: str, load: Callable[[], Engine]) -> None:
        self.name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._state = _WorkerState()
        self._thread = threading.Thread(
            target=_work, args=(self._jobs, self._state, load), name=f"racto-embedded-{name}", daemon=True
        )
        self._thread.start()
        # The worker must not refer to this object, or it would never be freed.
        self._finalizer = weakref.finalize(self, _end, self._jobs, self._state)

    @property
    def busy(self) -> bool:
        """Whether a call is running or waiting."""
        return self._state.open_jobs > 0

    def submit(self, payload: Mapping[str, Any], deliver: Callable[[Delivery], None]) -> Job:
        """Queue one call and return at once."""
        if not self._finalizer.alive:
            message = f"The embedded model {self.name!r} is closed."
            raise EngineError(message)
        job = Job(payload, deliver)
        self._state.opened(job)
        self._jobs.put(job)
        return job

    def close(self, *, wait: float = 2.0) -> None:
        """Stop what runs and free the model, waiting at most `wait` seconds for the worker to end."""
        self._finalizer()
        self._thread.join(wait)


class _WorkerState:
    """What the worker and its callers both look at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, Job] = {}

    @property
    def open_jobs(self) -> int:
        return len(self._open)

    def opened(self, job: Job) -> None:
        with self._lock:
            self._open[id(job)] = job

    def closed(self, job: Job) -> None:
        with self._lock:
            self._open.pop(id(job), None)

    def stop_all(self) -> None:
        with self._lock:
            for job in self._open.values():
                job.stop()


def _end(jobs: queue.SimpleQueue[Job | None], state: _WorkerState) -> None:
    state.stop_all()
    jobs.put(None)


def _work(jobs: queue.SimpleQueue[Job | None], state: _WorkerState, load: Callable[[], Engine]) -> None:
    engine: Engine | None = None
    while (job := jobs.get()) is not None:
        error: Exception | None = None
        try:
            if not job.stopped:
                engine = load() if engine is None else engine
                engine.generate(job.payload, _receiver(job))
        except Exception as caught:  # noqa: BLE001  (delivered to the caller, who raises it)
            error = caught
        state.closed(job)
        job.deliver(Ended(error))
        # Let go of the last job before waiting for the next: its payload and its caller's queue may be large.
        del job
    if engine is not None:
        engine.close()


def _receiver(job: Job) -> Callable[[EngineEvent], bool]:
    def receive(event: EngineEvent) -> bool:
        if not job.stopped:
            job.deliver(event)
        return job.stopped

    return receive


class ModelPool:
    """The loaded models of a process, so that kits on the same file share one copy in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: weakref.WeakValueDictionary[object, HostedModel] = weakref.WeakValueDictionary()
        # A worker inside the engine while the interpreter is torn down would crash the process.
        atexit.register(self.close)

    def shared(self, key: object, name: str, load: Callable[[], Engine]) -> HostedModel:
        """The model under `key`, hosted now if it is not yet."""
        with self._lock:
            model = self._models.get(key)
            if model is None:
                model = HostedModel(name, load)
                self._models[key] = model
            return model

    def __contains__(self, key: object) -> bool:
        return key in self._models

    def names(self) -> list[str]:
        """The names of the models that are hosted now."""
        with self._lock:
            return sorted({model.name for model in self._models.values()})

    def close(self) -> None:
        """Stop and free all models."""
        with self._lock:
            models = list(self._models.values())
            self._models.clear()
        for model in models:
            model.close()


SHARED_POOL = ModelPool()
"""The one exception to "no module state": memory belongs to the process, and two copies of a model would waste it."""

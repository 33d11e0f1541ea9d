"""One loaded model with one worker thread: calls take turns, callers stay free to leave.

The engine runs in the worker and hands over its events; it looks for a stop request at each event. A caller that leaves
(interrupt, timeout, an early exit) returns at once; the engine ends at its next event, and a call made meanwhile waits.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import Engine, EngineEvent

LONGEST_WAIT = 2.0
"""Seconds to wait for a worker to end. The engine looks for a stop at each event, which takes a fraction of that."""


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

    `load` runs in the worker thread, so even loading can be walked away from. It must not refer to what refers to this model.
    """

    def __init__(self, name: str, load: Callable[[], Engine]) -> None:
        self.name = name
        self._jobs = _Jobs()
        self._thread = threading.Thread(target=_work, args=(self._jobs, load), name=f"racto-embedded-{name}", daemon=True)
        self._thread.start()
        # The worker must not refer to this object, or it would never be freed.
        self._finalizer = weakref.finalize(self, self._jobs.end)

    @property
    def worker(self) -> threading.Thread:
        """The thread the engine runs in. It may outlive this object by the time it takes to stop."""
        return self._thread

    @property
    def alive(self) -> bool:
        """Whether calls are still served. In a forked child they are not: the worker stayed with the parent."""
        return self._thread.is_alive()

    @property
    def busy(self) -> bool:
        """Whether a call is running or waiting."""
        return self._jobs.busy

    def submit(self, payload: Mapping[str, Any], deliver: Callable[[Delivery], None]) -> Job:
        """Queue one call and return at once."""
        job = Job(payload, deliver)
        if not self._jobs.put(job):
            message = f"The embedded model {self.name!r} is closed."
            raise EngineError(message)
        return job

    def close(self, *, wait: float = LONGEST_WAIT) -> None:
        """Stop what runs and free the model, waiting at most `wait` seconds for the worker to end."""
        self._finalizer()
        self._thread.join(wait)


class _Jobs:
    """What the worker and its callers share: the queue of jobs, and those that have not ended yet."""

    def __init__(self) -> None:
        # Re-entrant: the garbage collector may run `end` in a thread that holds it.
        self._lock = threading.RLock()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._open: dict[int, Job] = {}
        self._ended = False
        self._pid = os.getpid()

    @property
    def _inherited(self) -> bool:
        """Whether this is a forked child's copy. It has no worker, and a thread of the parent may have held the lock."""
        return os.getpid() != self._pid

    @property
    def busy(self) -> bool:
        return bool(self._open)

    def put(self, job: Job) -> bool:
        """Queue `job`; False when there will be no more turns."""
        if self._inherited:
            return False
        with self._lock:
            if not self._ended:
                self._open[id(job)] = job
                self._queue.put(job)
            return not self._ended

    def next(self) -> Job | None:
        """Wait for the next job; None at the end."""
        return self._queue.get()

    def done(self, job: Job) -> None:
        with self._lock:
            self._open.pop(id(job), None)

    def end(self) -> None:
        if self._inherited:
            return
        with self._lock:
            self._ended = True
            for job in self._open.values():
                job.stop()
            self._queue.put(None)


def _work(jobs: _Jobs, load: Callable[[], Engine]) -> None:
    engine: Engine | None = None
    while (job := jobs.next()) is not None:
        error: Exception | None = None
        try:
            if not job.stopped:
                engine = load() if engine is None else engine
                engine.generate(job.payload, _receiver(job))
        except Exception as caught:  # noqa: BLE001  (delivered to the caller, who raises it)
            error = caught
        jobs.done(job)
        job.deliver(Ended(error))
        # Let go of the last job before waiting for the next: its payload and its caller's queue may be large, and the
        # traceback of an error refers to all the caller's variables, this model among them.
        del job, error
    if engine is not None:
        engine.close()


def _receiver(job: Job) -> Callable[[EngineEvent], bool]:
    def receive(event: EngineEvent) -> bool:
        if not job.stopped:
            job.deliver(event)
        return job.stopped

    return receive


class ModelPool:
    """The loaded models of a process, so that kits on the same file share one copy in memory.

    A forked child begins with an empty pool and loads its own copies: threads are not inherited.
    """

    def __init__(self) -> None:
        self.forget()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Begin anew, without touching what is hosted."""
        self._lock = threading.Lock()
        self._models: weakref.WeakValueDictionary[object, HostedModel] = weakref.WeakValueDictionary()
        # A worker inside the engine while the interpreter is torn down would crash the process. A model that nobody refers to
        # any more has been told to stop, but its worker may still be on the way there.
        self._workers: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def shared(self, key: object, name: str, load: Callable[[], Engine]) -> HostedModel:
        """The model under `key`, hosted now if it is not yet."""
        with self._lock:
            model = self._models.get(key)
            if model is None:
                model = HostedModel(name, load)
                self._models[key] = model
                self._workers.add(model.worker)
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
            workers = list(self._workers)
        for model in models:
            model.close()
        for worker in workers:
            worker.join(LONGEST_WAIT)


SHARED_POOL = ModelPool()
"""The one exception to "no module state": memory belongs to the process, and two copies of a model would waste it."""

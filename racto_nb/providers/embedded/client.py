"""The embedded provider's port: find the weights, share the loaded model, hand over its events. Kind: threaded."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import Engine, EngineEvent, EngineOptions, XllamaEngine
from racto_nb.providers.embedded.hosting import SHARED_POOL, Delivery, Ended, HostedModel, Job, ModelPool
from racto_nb.providers.embedded.memory import free_memory, refuse_too_large
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import Reporter
from racto_nb.providers.wire import Request

_LOOK = 0.05
"""How often a waiting caller looks up, in seconds. A plain wait cannot be interrupted on every system."""


@dataclass(slots=True)
class EmbeddedPort:
    """Performs chat requests on a model in this process.

    `find` gives the verified weights for a model's name, downloading them when needed; `open_engine` loads them.
    """

    find: Callable[[str, Reporter], ReadyModel]
    options: EngineOptions
    reporter: Reporter
    memory_limit: int | None = None
    pool: ModelPool = SHARED_POOL
    open_engine: Callable[..., Engine] = XllamaEngine
    _held: dict[str, HostedModel] = field(default_factory=dict[str, HostedModel])

    def send(self, request: Request) -> list[EngineEvent]:
        """All events of one answer."""
        with self.open(request) as events:
            return list(events)

    async def asend(self, request: Request) -> list[EngineEvent]:
        """All events of one answer."""
        async with self.aopen(request) as events:
            return [event async for event in events]

    @contextmanager
    def open(self, request: Request) -> Iterator[Iterator[EngineEvent]]:
        """The events of one answer as they come. Leaving the context stops the engine at its next event."""
        inbox: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        job = self._submitted(self._hosted(request.model), request, inbox.put)
        try:
            yield _events(inbox, request.timeout)
        finally:
            job.stop()

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[EngineEvent], None]:
        """The events of one answer as they come. Leaving the context stops the engine at its next event."""
        loop = asyncio.get_running_loop()
        inbox: asyncio.Queue[Delivery] = asyncio.Queue()
        hosted = await asyncio.to_thread(self._hosted, request.model)
        jobs: list[Job] = []

        def deliver(item: Delivery) -> None:
            if loop.is_closed():
                jobs[0].stop()
            else:
                loop.call_soon_threadsafe(inbox.put_nowait, item)

        jobs.append(self._submitted(hosted, request, deliver))
        try:
            yield _async_events(inbox, request.timeout)
        finally:
            jobs[0].stop()

    def close(self) -> None:
        """Let go of the loaded models; the last kit that lets go of one frees its memory."""
        self._held.clear()

    def _hosted(self, name: str) -> HostedModel:
        if (held := self._held.get(name)) is not None:
            return held
        ready = self.find(name, self.reporter)
        path, context = ready.paths[0], min(self.options.context, ready.card.window)
        options = EngineOptions(context, self.options.threads)
        key = (str(path), options)
        if key not in self.pool:
            refuse_too_large(ready.card, limit=self.memory_limit, free=free_memory(), loaded=self.pool.names())

        def load() -> Engine:
            return self.open_engine(path, ready.card.name, options)

        hosted = self._held[name] = self.pool.shared(key, ready.card.name, load)
        return hosted

    def _submitted(self, hosted: HostedModel, request: Request, deliver: Callable[[Delivery], None]) -> Job:
        if hosted.busy:
            self.reporter.say(f"{hosted.name} is still busy with an earlier call; this one waits for its turn.")
        return hosted.submit(request.arguments, deliver)


def _events(inbox: queue.SimpleQueue[Delivery], timeout: float | None) -> Iterator[EngineEvent]:
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        try:
            item = inbox.get(timeout=_LOOK)
        except queue.Empty:
            item = None
        if item is None or not isinstance(item, Ended):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
            if item is not None:
                yield item
            continue
        _raise(item)
        return


async def _async_events(inbox: asyncio.Queue[Delivery], seconds: float | None) -> AsyncIterator[EngineEvent]:
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        # Not one `asyncio.timeout` around the loop: it would also cancel the consumer between two events.
        waiting = inbox.get()
        item = await (waiting if deadline is None else asyncio.wait_for(waiting, max(0.0, deadline - time.monotonic())))
        if isinstance(item, Ended):
            break
        yield item
    _raise(item)


def _raise(end: Ended) -> None:
    if end.error is None:
        return
    if isinstance(end.error, EngineError | ImportError):
        raise end.error
    message = f"The embedded engine stopped with {type(end.error).__name__}: {end.error}"
    raise EngineError(message) from end.error

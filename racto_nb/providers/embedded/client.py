"""The embedded provider's port: find the weights, share the loaded model, hand over its events. Kind: threaded."""

from __future__ import annotations

import asyncio
import os
import queue
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.engine import Engine, EngineEvent, EngineOptions, XllamaEngine
from racto_nb.providers.embedded.hosting import SHARED_POOL, Delivery, Ended, HostedModel, Job, ModelPool
from racto_nb.providers.embedded.leaving import while_awaited
from racto_nb.providers.embedded.memory import free_memory, refuse_too_large
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import Reporter
from racto_nb.providers.wire import Request

_LOOK = 0.05
"""How often a waiting caller looks up, in seconds. A plain wait cannot be interrupted on every system."""
_ASYNC_LOOK = 1.0
"""The same for a caller on an event loop, which can be interrupted anyway and only looks whether the worker is still there."""


@dataclass(slots=True)
class EmbeddedPort:
    """Performs chat requests on a model in this process.

    `find` gives the verified weights for a model's name, downloading them when needed; `open_engine` loads them. `context` is
    the window in tokens (None: the card's default), at most the model's own; `threads` as in EngineOptions.
    """

    find: Callable[[str, Reporter], ReadyModel]
    reporter: Reporter
    context: int | None = None
    threads: int | None = None
    memory_limit: int | None = None
    pool: ModelPool = SHARED_POOL
    open_engine: Callable[..., Engine] = XllamaEngine
    # By process too: a forked child must not use what it inherited, whose worker stayed with the parent.
    _held: dict[tuple[int, str], HostedModel] = field(default_factory=dict[tuple[int, str], HostedModel])

    def send(self, request: Request) -> list[EngineEvent]:
        """All events of one answer."""
        with self.open(request) as events:
            return list(events)

    async def asend(self, request: Request) -> list[EngineEvent]:
        """All events of one answer."""
        async with self.aopen(request) as events:
            return [event async for event in events]

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[EngineEvent]]:
        """The events of one answer as they come. Leaving the context stops the engine at its next event."""
        inbox: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        hosted = self._hosted(request.model, self.reporter)
        job = self._submitted(hosted, request, inbox.put)
        deadline = None if request.timeout is None else time.monotonic() + request.timeout
        try:
            with closing(_events(inbox, deadline, hosted)) as events:
                yield events
        finally:
            job.stop()

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[EngineEvent]]:
        """The events of one answer as they come. Leaving the context stops the engine at its next event."""
        loop = asyncio.get_running_loop()
        inbox: asyncio.Queue[Delivery] = asyncio.Queue()
        hosted = await while_awaited(lambda told: self._hosted(request.model, told), self.reporter)

        def deliver(item: Delivery) -> None:
            try:
                loop.call_soon_threadsafe(inbox.put_nowait, item)
            except RuntimeError:  # the loop was closed meanwhile, so nobody listens
                job.stop()

        job = self._submitted(hosted, request, deliver)
        deadline = None if request.timeout is None else loop.time() + request.timeout
        try:
            async with aclosing(_async_events(inbox, deadline, hosted)) as events:
                yield events
        finally:
            job.stop()

    def close(self) -> None:
        """Let go of the loaded models; the last kit that lets go of one frees its memory."""
        self._held.clear()

    def _hosted(self, name: str, reporter: Reporter) -> HostedModel:
        place = os.getpid(), name
        if (held := self._held.get(place)) is not None:
            return held
        ready, open_engine = self.find(name, reporter), self.open_engine
        path, context = ready.paths[0], min(self.context or ready.card.default_context, ready.card.window)
        options = EngineOptions(context, self.threads)
        key = (str(path), options)
        free = None if key in self.pool else free_memory()  # a copy that is there already needs no more, but is as large
        needed = ready.card.memory_at(context)
        refuse_too_large(ready.card, needed=needed, limit=self.memory_limit, free=free, loaded=self.pool.names())

        def load() -> Engine:  # without `self`, which holds the model: it would never be freed
            return open_engine(path, ready.card.name, options)

        hosted = self._held[place] = self.pool.shared(key, ready.card.name, load)
        return hosted

    def _submitted(self, hosted: HostedModel, request: Request, deliver: Callable[[Delivery], None]) -> Job:
        if hosted.busy:
            self.reporter.say(f"{hosted.name} is still busy with an earlier call; this one waits for its turn.")
        return hosted.submit(request.arguments, deliver)


def _events(inbox: queue.SimpleQueue[Delivery], deadline: float | None, hosted: HostedModel) -> Generator[EngineEvent]:
    while not isinstance(item := _received(inbox, deadline, hosted), Ended):
        yield item
    _raise(item)


def _received(inbox: queue.SimpleQueue[Delivery], deadline: float | None, hosted: HostedModel) -> Delivery:
    """The next delivery. What is here is handed over even after the deadline, since only the engine is held to it."""
    while True:
        left = _LOOK if deadline is None else max(0.0, deadline - time.monotonic())
        alive = hosted.alive  # before looking into the inbox: what the worker delivers last comes before its end
        try:
            return inbox.get(timeout=min(left, _LOOK))
        except queue.Empty:
            if not left:
                raise TimeoutError from None
            if not alive:
                raise _worker_gone(hosted) from None


async def _async_events(
    inbox: asyncio.Queue[Delivery], deadline: float | None, hosted: HostedModel
) -> AsyncGenerator[EngineEvent]:
    while not isinstance(item := await _async_received(inbox, deadline, hosted), Ended):
        yield item
    _raise(item)


async def _async_received(inbox: asyncio.Queue[Delivery], deadline: float | None, hosted: HostedModel) -> Delivery:
    """The next delivery. The deadline is not one timeout around the loop: that would also cancel the consumer between events."""
    now = asyncio.get_running_loop().time
    while True:
        alive, look = hosted.alive, now() + _ASYNC_LOOK
        try:
            async with asyncio.timeout_at(look if deadline is None else min(deadline, look)):
                return await inbox.get()
        except TimeoutError:
            if deadline is not None and deadline <= now():
                raise
            if not alive:
                raise _worker_gone(hosted) from None


def _worker_gone(hosted: HostedModel) -> EngineError:
    message = (
        f"The worker of the embedded model {hosted.name!r} is gone, so its answer will never come. A process that was forked "
        "during an answer does not inherit it: ask again."
    )
    return EngineError(message)


def _raise(end: Ended) -> None:
    if end.error is None:
        return
    if isinstance(end.error, EngineError | ImportError):
        raise end.error
    message = f"The embedded engine stopped with {type(end.error).__name__}: {end.error}"
    raise EngineError(message) from end.error

"""Both colours behind one face, so that a behaviour is written once and run twice, and a port that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from blockbuster import blockbuster_ctx

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver


class Colour(Protocol):
    """A driver and the way its callers work."""

    name: str

    def run(self, flow: Any) -> Any:
        """The flow's value."""

    def collect(self, stream: Any, *, most: int | None = None, each: Callable[[Any], None] = ...) -> list[Any]:
        """What the stream emits; after `most` items the loop is left."""


def _nothing(_: object) -> None:
    return None


class Synchronous:
    name = "sync"

    def run(self, flow: Any) -> Any:
        return SyncDriver().run(flow)

    def collect(self, stream: Any, *, most: int | None = None, each: Callable[[Any], None] = _nothing) -> list[Any]:
        items: list[Any] = []
        with closing(SyncDriver().iterate(stream)) as running:
            for item in running:
                items.append(item)
                each(item)
                if len(items) == most:
                    break
        return items


class Asynchronous:
    name = "async"

    def run(self, flow: Any) -> Any:
        async def main() -> Any:
            return await AsyncDriver().run(flow)

        return run_unblocked(main())

    def collect(self, stream: Any, *, most: int | None = None, each: Callable[[Any], None] = _nothing) -> list[Any]:
        async def main() -> list[Any]:
            items: list[Any] = []
            async with aclosing(AsyncDriver().iterate(stream)) as running:
                async for item in running:
                    items.append(item)
                    each(item)
                    if len(items) == most:
                        break
            return items

        return run_unblocked(main())


def run_unblocked(coroutine: Any) -> Any:
    """Run `coroutine` on a new loop; code of ours that blocks the loop raises."""
    with blockbuster_ctx("racto_nb"):
        return asyncio.run(coroutine)


COLOURS: tuple[Colour, ...] = (Synchronous(), Asynchronous())


@dataclass
class ScriptedPort:
    """A request is its own answer: an error is raised, a list is a stream of its items, anything else comes back as it is."""

    log: list[tuple[str, Any]] = field(default_factory=list)
    open_streams: int = 0

    def send(self, request: Any) -> Any:
        self.log.append(("send", repr(request)))
        return _told(request)

    async def asend(self, request: Any) -> Any:
        self.log.append(("send", repr(request)))
        await asyncio.sleep(0)
        return _told(request)

    @contextmanager
    def open(self, request: Any) -> Generator[Iterator[Any]]:
        with self._opened(request):
            yield (_told(item) for item in request)

    @asynccontextmanager
    async def aopen(self, request: Any) -> AsyncGenerator[AsyncIterator[Any]]:
        async def items() -> AsyncGenerator[Any]:
            for item in request:
                await asyncio.sleep(0)
                yield _told(item)

        with self._opened(request):
            async with aclosing(items()) as events:
                yield events

    @contextmanager
    def _opened(self, request: Any) -> Generator[None]:
        _told(request)
        self.log.append(("open", repr(request)))
        self.open_streams += 1
        try:
            yield
        finally:
            self.open_streams -= 1
            self.log.append(("closed", repr(request)))


def _told(value: Any) -> Any:
    if isinstance(value, BaseException):
        raise value
    return value

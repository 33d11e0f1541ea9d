"""Let a flow use an object with methods of both colours: the plain one under the sync driver, its twin under the async one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from racto_nb.flow.effects import Flow, Open, Send, StreamId

P = ParamSpec("P")
T = TypeVar("T")


def either(plain: Callable[P, T], awaited: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """What `plain(*args, **kwargs)` returns, or `await awaited(*args, **kwargs)`, as the driver's colour is.

    hits = yield from either(store.search, store.asearch, embedding, top_k)
    """
    answer: T = yield Send(_TWINS, _Asked(plain, awaited, args, kwargs))
    return answer


def opened(
    plain: Callable[P, Iterator[Any]], awaited: Callable[P, AsyncIterator[Any]], /, *args: P.args, **kwargs: P.kwargs
) -> Flow[StreamId]:
    """The stream of what `plain(*args, **kwargs)` yields, or `awaited(*args, **kwargs)`. It is closed with the flow.

    stream = yield from opened(kit.stream, kit.astream, config)
    """
    stream: StreamId = yield Open(_TWINS, _Asked(plain, awaited, args, kwargs))
    return stream


@dataclass(frozen=True, slots=True)
class _Asked:
    plain: Callable[..., Any]
    awaited: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class _Twins:
    def send(self, request: _Asked) -> Any:
        return request.plain(*request.args, **request.kwargs)

    async def asend(self, request: _Asked) -> Any:
        return await request.awaited(*request.args, **request.kwargs)

    @contextmanager
    def open(self, request: _Asked) -> Generator[Iterator[Any]]:
        items = request.plain(*request.args, **request.kwargs)
        try:
            yield iter(items)
        finally:
            if isinstance(items, Generator):
                items.close()

    @asynccontextmanager
    async def aopen(self, request: _Asked) -> AsyncGenerator[AsyncIterator[Any]]:
        items = request.awaited(*request.args, **request.kwargs)
        try:
            yield aiter(items)
        finally:
            if isinstance(items, AsyncGenerator):
                await items.aclose()


_TWINS = _Twins()

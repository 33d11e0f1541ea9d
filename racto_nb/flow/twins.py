"""Let a flow use an object with methods of both colours: the plain one under the sync driver, its twin under the async one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Never, ParamSpec, TypeVar

from racto_nb.flow.effects import Flow, Send
from racto_nb.flow.threads import no_streams

P = ParamSpec("P")
T = TypeVar("T")


def either(plain: Callable[P, T], awaited: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """What `plain(*args, **kwargs)` returns, or `await awaited(*args, **kwargs)`, as the driver's colour is.

    hits = yield from either(store.search, store.asearch, embedding, top_k)
    """
    answer: T = yield Send(_TWINS, _Asked(plain, awaited, args, kwargs))
    return answer


@dataclass(frozen=True, slots=True)
class _Asked:
    plain: Callable[..., Any]
    awaited: Callable[..., Awaitable[Any]]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class _Twins:
    def send(self, request: _Asked) -> Any:
        return request.plain(*request.args, **request.kwargs)

    async def asend(self, request: _Asked) -> Any:
        return await request.awaited(*request.args, **request.kwargs)

    def open(self, request: _Asked) -> AbstractContextManager[Iterator[Never]]:
        raise no_streams(self, request)

    def aopen(self, request: _Asked) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        raise no_streams(self, request)


_TWINS = _Twins()

"""What a flow may ask for. Pure values and thin typed wrappers.

A *flow* is a generator that yields effects (I/O it wants done) and returns a value; a *stream* is a flow that also yields
`Emit(item)` for its caller. Flows never perform I/O themselves: no client, clock, environment or randomness inside. So one
text serves synchronous and asynchronous callers (`SyncDriver`, `AsyncDriver`), and a test drives it with no I/O at all.

In a flow, never write `answer = yield Effect(...)`: the type of the answer would be lost. Use the wrapper of the effect with
`yield from`. And no `finally` that yields: a driver that is closing a flow performs nothing more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, NewType, Protocol, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")
Request_contra = TypeVar("Request_contra", contravariant=True)
Reply_co = TypeVar("Reply_co", covariant=True)
Event_co = TypeVar("Event_co", covariant=True)
Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Port(Protocol[Request_contra, Reply_co, Event_co]):
    """Something that performs requests, in both colours: a provider's client, a store, a server.

    The contexts of `open` and `aopen` must end the work when they are left.
    """

    def send(self, request: Request_contra) -> Reply_co: ...

    async def asend(self, request: Request_contra) -> Reply_co: ...

    def open(self, request: Request_contra) -> AbstractContextManager[Iterator[Event_co]]: ...

    def aopen(self, request: Request_contra) -> AbstractAsyncContextManager[AsyncIterator[Event_co]]: ...


StreamId = NewType("StreamId", int)
"""The driver's name for a stream that it opened."""


@dataclass(frozen=True, slots=True)
class Send:
    """Perform one request and answer with the reply."""

    port: Port[Any, Any, Any]
    request: Any


@dataclass(frozen=True, slots=True)
class Open:
    """Open a stream of events and answer with its id. The driver closes it when the flow ends, however it ends."""

    port: Port[Any, Any, Any]
    request: Any


@dataclass(slots=True)  # not frozen: a stream makes thousands of them, and a frozen one takes three times as long to make
class Next:
    """Answer with the next event of a stream, or None after the last one."""

    stream: StreamId


@dataclass(frozen=True, slots=True)
class Close:
    """Close a stream now and not only at the end of the flow."""

    stream: StreamId


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait `seconds`, made longer or shorter at random by up to the fraction `jitter`."""

    seconds: float
    jitter: float = 0.0


class Moment(NamedTuple):
    """A point in time: `wall` in seconds since 1970, and `clock`, monotonic seconds that tell how long something took."""

    wall: float
    clock: float


@dataclass(frozen=True, slots=True)
class Now:
    """Answer with the Moment that it is."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of the user's. The sync driver refuses an async one; the async driver runs a sync one in a thread."""

    function: Callable[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Together:
    """Run several flows side by side, at most `limit` at a time, and answer with their results in order.

    The first error ends the others and is raised.
    """

    flows: Sequence[Flow[Any]]
    limit: int


Effect = Send | Open | Next | Close | Sleep | Now | Call | Together


@dataclass(slots=True)
class Emit(Generic[Item]):
    """An item for the caller of a stream."""

    item: Item


Flow = Generator[Effect, Any, T]
"""A flow that only returns a value."""

Stream = Generator[Effect | Emit[Item], Any, T]
"""A flow that also emits items on its way."""


def send(port: Port[Request, Reply, Any], request: Request) -> Flow[Reply]:
    """Perform `request` on `port`."""
    reply: Reply = yield Send(port, request)
    return reply


def open_stream(port: Port[Request, Any, Any], request: Request) -> Flow[StreamId]:
    """Open a stream for `request` on `port`."""
    stream: StreamId = yield Open(port, request)
    return stream


def next_event(stream: StreamId) -> Flow[Any]:
    """The next event of `stream`, or None after the last one."""
    event: Any = yield Next(stream)
    return event


def close_stream(stream: StreamId) -> Flow[None]:
    """Close `stream` before the flow ends."""
    yield Close(stream)


def sleep(seconds: float, *, jitter: float = 0.0) -> Flow[None]:
    """Wait `seconds`, varied at random by up to the fraction `jitter`."""
    yield Sleep(seconds, jitter)


def now() -> Flow[Moment]:
    """The time. Flows have no clock of their own."""
    moment: Moment = yield Now()
    return moment


def call(function: Callable[..., Any], arguments: dict[str, Any] | None = None) -> Flow[Any]:
    """Call the user's `function` with keyword `arguments`."""
    answer: Any = yield Call(function, arguments or {})
    return answer


def together(flows: Sequence[Flow[T]], *, limit: int = 8) -> Flow[list[T]]:
    """Run `flows` side by side: threads under the sync driver, tasks under the async one."""
    results: list[T] = yield Together(flows, limit)
    return results

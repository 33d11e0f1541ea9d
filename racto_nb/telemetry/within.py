"""A flow whose work belongs to a span, also where a driver does it: requests, calls of functions, flows side by side.

A flow's effects are values, so they are rewritten on their way to the driver: nothing of the flow, its driver or its ports knows
that it is traced, and a flow that is not traced pays nothing. The span is entered only while something runs, and never while a
stream waits for its caller: what the caller does between two pieces is no part of it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from racto_nb.flow.effects import Call, Emit, Flow, Next, Open, Port, Send, Stream, Together
from racto_nb.telemetry.spans import Span

T = TypeVar("T")
Item = TypeVar("Item")
_PASSED = frozenset({Emit, Next})
"""What nearly all steps of a stream are. An event was asked for when its stream was opened."""


def within(span: Span, flow: Stream[Item, T]) -> Stream[Item, T]:
    """What comes of `flow`; all that happens on its way happens in `span`. Who has begun the span ends it."""
    try:
        step = _entered(span, flow.send, None)
        while True:
            try:
                answer = yield _placed(span, step)
            except Exception as error:  # noqa: BLE001  (the flow decides what an error means)
                step = _entered(span, flow.throw, error)
            else:
                step = _entered(span, flow.send, answer)
    except StopIteration as done:
        return done.value
    finally:  # also where the caller leaves
        with span.entered():
            flow.close()


def _entered(span: Span, onward: Callable[[Any], Any], said: object) -> Any:
    with span.entered():
        return onward(said)


def _placed(span: Span, step: Any) -> Any:
    """`step` as an effect that is performed in `span`."""
    if type(step) in _PASSED:
        return step
    match step:
        case Send(port, request):
            return Send(_PlacedPort(span, port), request)
        case Open(port, request):
            return Open(_PlacedPort(span, port), request)
        case Call(function, arguments):
            return Call(_placed_function(span, function), arguments)
        case Together(flows, limit):
            return Together([cast("Flow[Any]", within(span, flow)) for flow in flows], limit)
        case _:
            return step


def _placed_function(span: Span, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, called in `span`: async where it is. What a plain function gives to be awaited is awaited outside of it."""
    if inspect.iscoroutinefunction(function):

        async def awaited(**arguments: Any) -> Any:
            with span.entered():
                return await function(**arguments)

        return wraps(function)(awaited)

    def called(**arguments: Any) -> Any:
        with span.entered():
            return function(**arguments)

    return wraps(function)(called)


@dataclass(frozen=True, slots=True)
class _PlacedPort:
    """A port that is used in a span: what the libraries under it trace themselves are its children."""

    span: Span
    port: Port[Any, Any, Any]

    def send(self, request: Any) -> Any:
        with self.span.entered():
            return self.port.send(request)

    async def asend(self, request: Any) -> Any:
        with self.span.entered():
            return await self.port.asend(request)

    @contextmanager
    def open(self, request: Any) -> Generator[Iterator[Any]]:
        with ExitStack() as stack:
            with self.span.entered():
                events = stack.enter_context(self.port.open(request))
            yield events

    @asynccontextmanager
    async def aopen(self, request: Any) -> AsyncGenerator[AsyncIterator[Any]]:
        async with AsyncExitStack() as stack:
            with self.span.entered():
                events = await stack.enter_async_context(self.port.aopen(request))
            yield events

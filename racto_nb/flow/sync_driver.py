"""Perform the effects of a flow in the calling thread.

An interrupt (KeyboardInterrupt) or an error of the caller leaves through the exit stack, which closes the flow and every
stream it opened: the provider is hung up on, not left running.
"""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from typing import Any, TypeVar

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import Call, Close, Effect, Emit, Flow, Next, Open, Send, Sleep, Stream, StreamId, Together

T = TypeVar("T")
Item = TypeVar("Item")


class SyncDriver:
    """Runs flows for synchronous callers. Holds no state; one instance serves any number of threads."""

    def run(self, flow: Flow[T]) -> T:
        """Perform `flow` to its end and return its value."""
        steps: Generator[Any, None, T] = self._drive(flow)
        try:
            while True:
                next(steps)
        except StopIteration as done:
            return done.value

    def iterate(self, stream: Stream[Item, T]) -> Generator[Item, None, T]:
        """Perform `stream`, yielding what it emits, and return its value. Leaving the loop early closes what it opened."""
        return (yield from self._drive(stream))

    def _drive(self, flow: Stream[Item, T]) -> Generator[Item, None, T]:
        with ExitStack() as stack:
            stack.callback(flow.close)
            opened = _OpenStreams(stack)
            try:
                step = next(flow)
                while True:
                    if isinstance(step, Emit):
                        yield step.item
                        step = next(flow)
                        continue
                    try:
                        answer = self._perform(step, opened)
                    except Exception as error:  # noqa: BLE001  (the flow decides what an error means)
                        step = flow.throw(error)
                    else:
                        step = flow.send(answer)
            except StopIteration as done:
                return done.value

    def _perform(self, effect: Effect, opened: _OpenStreams) -> Any:
        match effect:
            case Next(stream):
                return opened.next(stream)
            case Send(port, request):
                return port.send(request)
            case Open(port, request):
                return opened.open(port.open(request))
            case Close(stream):
                return opened.close(stream)
            case Sleep(seconds, jitter):
                return time.sleep(varied(seconds, jitter))
            case Call(function, arguments):
                return call_sync(function, arguments)
            case Together(flows, limit):
                return self._together(flows, limit)

    def _together(self, flows: Any, limit: int) -> list[Any]:
        pool = ThreadPoolExecutor(max(1, limit), thread_name_prefix="racto-together")
        futures: list[Future[Any]] = [pool.submit(self.run, flow) for flow in flows]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done() and (error := future.exception()) is not None:
                    raise error
            return [future.result() for future in futures]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _OpenStreams:
    """The streams one flow has opened, each with its own exit stack inside the flow's."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._streams: dict[StreamId, tuple[ExitStack, Iterator[Any]]] = {}

    def open(self, context: AbstractContextManager[Iterator[Any]]) -> StreamId:
        own = ExitStack()
        events = own.enter_context(context)
        self._stack.push(own)
        key = StreamId(len(self._streams))
        self._streams[key] = (own, events)
        return key

    def next(self, stream: StreamId) -> Any:
        return next(self._streams[stream][1], None)

    def close(self, stream: StreamId) -> None:
        self._streams[stream][0].close()


def varied(seconds: float, jitter: float) -> float:
    """`seconds`, made longer or shorter at random by up to the fraction `jitter`."""
    return seconds * random.uniform(1 - jitter, 1 + jitter) if jitter else seconds  # noqa: S311  (spreads retries, no secret)


def call_sync(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call the user's `function`, refusing an async one with the way out."""
    answer = None if inspect.iscoroutinefunction(function) else function(**arguments)
    if inspect.iscoroutinefunction(function) or inspect.iscoroutine(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        name = getattr(function, "__name__", repr(function))
        msg = f"{name!r} is async. Use the async method (achat, astream, …) to call it, or give a plain function."
        raise UsageError(msg)
    return answer

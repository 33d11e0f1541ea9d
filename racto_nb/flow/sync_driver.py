"""Perform the effects of a flow in the calling thread.

An interrupt (KeyboardInterrupt) or an error of the caller leaves through the exit stack, which closes the flow and every
stream it opened: the provider is hung up on, not left running.
"""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import (
    Call,
    Close,
    Effect,
    Emit,
    Flow,
    Moment,
    Next,
    Now,
    Open,
    Send,
    Sleep,
    Stream,
    StreamId,
    Together,
)

T = TypeVar("T")
Item = TypeVar("Item")


class SyncDriver:
    """Runs flows for synchronous callers. Holds no state; one instance serves any number of threads.

    `before_each` is called before each effect; what it raises ends the flow. (A thread cannot be stopped from outside.)
    """

    def __init__(self, before_each: Callable[[], None] = lambda: None) -> None:
        self._before_each = before_each

    def run(self, flow: Flow[T]) -> T:
        """Perform `flow` to its end and return its value."""
        steps: Generator[Any, None, T] = self._drive(flow)
        try:
            next(steps)
        except StopIteration as done:
            return done.value
        steps.close()
        raise emitted(flow)

    def iterate(self, stream: Stream[Item, T]) -> Generator[Item, None, T]:
        """Perform `stream`, yielding what it emits, and return its value. Leaving the loop early closes what it opened."""
        return (yield from self._drive(stream))

    def _drive(self, flow: Stream[Item, T]) -> Generator[Item, None, T]:
        refuse_used(flow)
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

    def _perform(self, effect: Effect, opened: _OpenStreams) -> Any:  # noqa: C901  (one case an effect)
        self._before_each()
        if isinstance(effect, Next):  # nearly all are, and a class pattern takes several times as long
            return opened.next(effect.stream)
        match effect:
            case Send(port, request):
                return port.send(request)
            case Open(port, request):
                return opened.open(port.open(request))
            case Close(stream):
                return opened.close(stream)
            case Sleep(seconds, jitter):
                return time.sleep(varied(seconds, jitter))
            case Now():
                return moment()
            case Call(function, arguments):
                return call_sync(function, arguments)
            case Together(flows, limit):
                return self._together(flows, limit)
            case _:
                raise not_an_effect(effect)

    def _together(self, flows: Sequence[Flow[Any]], limit: int) -> list[Any]:
        errors: list[BaseException] = []
        left: list[bool] = []

        def check() -> None:
            self._before_each()
            if left:
                raise _EndedError

        def one(flow: Flow[Any]) -> Any:
            try:
                return SyncDriver(check).run(flow)
            except BaseException as error:
                errors.append(error)
                raise

        pool = ThreadPoolExecutor(max(1, limit), thread_name_prefix="racto-together")
        futures = [pool.submit(copy_context().run, one, flow) for flow in flows]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            if errors:
                raise errors[0]
            return [future.result() for future in futures]
        finally:
            left.append(True)
            pool.shutdown(wait=False, cancel_futures=True)


class _EndedError(BaseException):
    """Thrown inside a flow beside which another one failed. Not an Exception: no flow shall mistake it for a failed effect."""


class _OpenStreams:
    """The streams one flow has opened, each with its own exit stack inside the flow's."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._streams: dict[StreamId, tuple[ExitStack, Iterator[Any]]] = {}

    def open(self, context: AbstractContextManager[Iterator[Any]]) -> StreamId:
        own = self._stack.enter_context(ExitStack())
        events = own.enter_context(context)
        key = StreamId(len(self._streams))
        self._streams[key] = (own, events)
        return key

    def next(self, stream: StreamId) -> Any:
        return next(self._streams[stream][1], None)

    def close(self, stream: StreamId) -> None:
        own, _ = self._streams[stream]
        self._streams[stream] = (own, iter(()))
        own.close()


def moment() -> Moment:
    """The time now."""
    return Moment(time.time(), time.perf_counter())


def varied(seconds: float, jitter: float) -> float:
    """`seconds`, made longer or shorter at random by up to the fraction `jitter`."""
    return seconds * random.uniform(1 - jitter, 1 + jitter) if jitter else seconds  # noqa: S311  (spreads retries, no secret)


def emitted(flow: object) -> AssertionError:
    """The error for a stream that was given to `run`."""
    return AssertionError(f"{flow!r} emitted: it is a stream, not a flow. Use iterate().")


def not_an_effect(step: object) -> TypeError:
    """The error for a flow that yields something no driver can perform."""
    return TypeError(f"A flow yielded {step!r:.200}, which is no effect. Write `yield from` before a wrapper or another flow.")


def refuse_used(flow: Stream[Any, Any]) -> None:
    """Raise RuntimeError for a flow that has begun already: a generator runs once, a second run would end at once with None."""
    if inspect.isgenerator(flow) and inspect.getgeneratorstate(flow) != inspect.GEN_CREATED:
        message = f"The flow {flow.__name__!r} was already run. Call its function again for a new one."
        raise RuntimeError(message)


def called(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """`function(**arguments)`. Its StopIteration becomes a RuntimeError: that of a generator or a future means something else."""
    try:
        return function(**arguments)
    except StopIteration as error:
        message = f"{_name(function)!r} raised StopIteration."
        raise RuntimeError(message) from error


def call_sync(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call the user's `function`, refusing an async one with the way out."""
    is_async = inspect.iscoroutinefunction(function)
    answer = None if is_async else called(function, arguments)
    if is_async or inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        msg = f"{_name(function)!r} is async. Use the async method (achat, astream, …) to call it, or give a plain function."
        raise UsageError(msg)
    return answer


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, partial):  # its arguments may be long, or private
        function = function.func
    return getattr(function, "__name__", None) or type(function).__name__

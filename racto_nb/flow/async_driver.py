"""Perform the effects of a flow on the running event loop.

Cancelling the task (as the kernel's Interrupt does) leaves through the exit stack, which closes the flow and every stream it
opened. User functions that are not async run in a thread, so nothing of ours blocks the loop.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import Any, Never, TypeVar

from racto_nb.flow.effects import Call, Close, Effect, Emit, Flow, Next, Now, Open, Send, Sleep, Stream, StreamId, Together
from racto_nb.flow.sync_driver import called, emitted, moment, not_an_effect, refuse_used, varied
from racto_nb.flow.waking import KeptAwake

T = TypeVar("T")
Item = TypeVar("Item")


class AsyncDriver:
    """Runs flows for asynchronous callers. Holds no state and belongs to no loop."""

    async def run(self, flow: Flow[T]) -> T:
        """Perform `flow` to its end and return its value."""
        box: list[T] = []
        driving: AsyncGenerator[Never, None] = self._drive(flow, box)
        async with aclosing(driving):
            async for _ in driving:
                raise emitted(flow)
        return box[0]

    def iterate(self, stream: Stream[Item, Any]) -> AsyncGenerator[Item, None]:
        """Perform `stream`, yielding what it emits. Close it (`aclosing`) or leave it to the loop to end it early."""
        # One generator and no second one around it: a loop that ends closes all at once, also one that another is closing.
        return self._drive(stream, [])

    async def _drive(self, flow: Stream[Item, T], box: list[T]) -> AsyncGenerator[Item, None]:
        refuse_used(flow)
        async with AsyncExitStack() as stack:
            stack.enter_context(KeptAwake())
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
                        answer = await self._perform(step, opened)
                    except Exception as error:  # noqa: BLE001  (the flow decides what an error means)
                        step = flow.throw(error)
                    else:
                        step = flow.send(answer)
            except StopIteration as done:
                box.append(done.value)

    async def _perform(self, effect: Effect, opened: _OpenStreams) -> Any:  # noqa: C901  (one case an effect)
        if isinstance(effect, Next):  # nearly all are, and a class pattern takes several times as long
            return await opened.next(effect.stream)
        match effect:
            case Send(port, request):
                return await port.asend(request)
            case Open(port, request):
                return await opened.open(port.aopen(request))
            case Close(stream):
                return await opened.close(stream)
            case Sleep(seconds, jitter):
                return await asyncio.sleep(varied(seconds, jitter))
            case Now():
                return moment()
            case Call(function, arguments):
                return await _call_async(function, arguments)
            case Together(flows, limit):
                return await self._together(flows, limit)
            case _:
                raise not_an_effect(effect)

    async def _together(self, flows: Sequence[Flow[Any]], limit: int) -> list[Any]:
        gate = asyncio.Semaphore(max(1, limit))

        async def through(flow: Flow[Any]) -> Any:
            async with gate:
                return await self.run(flow)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(through(flow)) for flow in flows]
        except* Exception as errors:  # noqa: BLE001  (unwrapped, so that both drivers raise the same error)
            raise _first(errors) from None
        return [task.result() for task in tasks]


def _first(errors: BaseExceptionGroup[Exception]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


class _OpenStreams:
    """The streams one flow has opened, each with its own exit stack inside the flow's."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._streams: dict[StreamId, tuple[AsyncExitStack, AsyncIterator[Any]]] = {}

    async def open(self, context: AbstractAsyncContextManager[AsyncIterator[Any]]) -> StreamId:
        own = await self._stack.enter_async_context(AsyncExitStack())
        events = await own.enter_async_context(context)
        key = StreamId(len(self._streams))
        self._streams[key] = (own, events)
        return key

    async def next(self, stream: StreamId) -> Any:
        return await anext(self._streams[stream][1], None)

    async def close(self, stream: StreamId) -> None:
        own, _ = self._streams[stream]
        self._streams[stream] = (own, _nothing())
        await own.aclose()


async def _nothing() -> AsyncGenerator[Never, None]:
    return
    yield


async def _call_async(function: Any, arguments: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    answer = await asyncio.to_thread(called, function, arguments)
    return await answer if inspect.isawaitable(answer) else answer

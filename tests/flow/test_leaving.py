"""Leaving a flow in the middle, in the ways that only one colour has."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import aclosing

import pytest
from blockbuster import BlockingError
from colours import ScriptedPort

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Emit, next_event, open_stream, send
from racto_nb.flow.sync_driver import SyncDriver


def reading(port: ScriptedPort, events: list):
    stream = yield from open_stream(port, events)
    try:
        while (event := (yield from next_event(stream))) is not None:
            yield Emit(event)
    finally:
        port.log.append(("finally", ""))
    return "read"


class HangingPort(ScriptedPort):
    """Its events never come; `waiting` is set when somebody waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()

    async def asend(self, request: object) -> object:
        self.waiting.set()
        await asyncio.Event().wait()
        return request


def test_the_value_of_a_stream_is_the_return_value_of_its_generator():
    running = SyncDriver().iterate(reading(ScriptedPort(), ["a"]))
    assert next(running) == "a"
    with pytest.raises(StopIteration) as done:
        next(running)
    assert done.value.value == "read"


def test_closing_the_generator_closes_the_stream():
    port = ScriptedPort()
    running = SyncDriver().iterate(reading(port, ["a", "b"]))
    next(running)
    running.close()
    assert [what for what, _ in port.log] == ["open", "closed", "finally"]


def test_dropping_the_generator_closes_the_stream():
    port = ScriptedPort()
    for _ in SyncDriver().iterate(reading(port, ["a", "b"])):
        break
    gc.collect()
    assert port.open_streams == 0


def test_one_driver_serves_two_streams_that_are_read_in_turns():
    driver, port = SyncDriver(), ScriptedPort()
    left, right = driver.iterate(reading(port, [1, 3])), driver.iterate(reading(port, [2, 4]))
    assert [next(left), next(right), next(left), next(right)] == [1, 2, 3, 4]
    assert port.open_streams == 2
    left.close()
    right.close()
    assert port.open_streams == 0


def test_one_driver_serves_several_threads():
    driver, found = SyncDriver(), {}
    start = threading.Barrier(4)

    def one(number: int) -> None:
        start.wait()
        found[number] = list(driver.iterate(reading(ScriptedPort(), [number] * 200)))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [number] * 200 for number in range(4)}


async def test_one_async_driver_serves_two_streams_that_are_read_in_turns():
    driver, port = AsyncDriver(), ScriptedPort()
    async with aclosing(driver.iterate(reading(port, [1, 3]))) as left, aclosing(driver.iterate(reading(port, [2, 4]))) as right:
        assert [await anext(left), await anext(right), await anext(left), await anext(right)] == [1, 2, 3, 4]
        assert port.open_streams == 2
    assert port.open_streams == 0


def test_one_async_driver_serves_several_loops():
    driver, port = AsyncDriver(), ScriptedPort()

    def flow():
        return (yield from send(port, 1))

    assert [asyncio.run(driver.run(flow())) for _ in range(2)] == [1, 1]


async def test_aclose_closes_the_stream_before_it_returns():
    port = ScriptedPort()
    running = AsyncDriver().iterate(reading(port, ["a", "b"]))
    await anext(running)
    await running.aclose()
    assert [what for what, _ in port.log] == ["open", "closed", "finally"]


async def test_breaking_out_of_an_async_loop_closes_the_stream_soon():
    port = ScriptedPort()
    async for _ in AsyncDriver().iterate(reading(port, ["a", "b"])):
        break
    gc.collect()
    while port.open_streams:  # noqa: ASYNC110  (the loop closes a dropped generator in a task of its own)
        await asyncio.sleep(0)
    assert [what for what, _ in port.log] == ["open", "closed", "finally"]


def test_a_stream_that_is_dropped_is_closed_by_the_end_of_its_loop():
    port, kept = ScriptedPort(), []

    async def main() -> None:
        running = AsyncDriver().iterate(reading(port, ["a", "b"]))
        kept.append(running)
        await anext(running)

    asyncio.run(main())
    assert port.open_streams == 0


async def test_cancelling_the_task_closes_what_is_open_and_runs_the_flows_finally():
    port = HangingPort()

    def flow():
        try:
            yield from open_stream(port, ["a"])
            try:
                yield from send(port, 1)
            except Exception:  # noqa: BLE001
                port.log.append(("mistaken for a failed effect", ""))
        finally:
            port.log.append(("finally", ""))

    task = asyncio.create_task(AsyncDriver().run(flow()))
    await port.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [what for what, _ in port.log] == ["open", "closed", "finally"]


async def test_a_timeout_around_a_flow_closes_what_is_open():
    port = HangingPort()

    def flow():
        yield from open_stream(port, ["a"])
        yield from send(port, 1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await AsyncDriver().run(flow())
    assert port.open_streams == 0


async def test_a_cancelled_opening_leaves_nothing_open():
    entered = asyncio.Event()

    class Opening(ScriptedPort):
        def aopen(self, request: object):
            port = self

            class Context:
                async def __aenter__(self) -> object:
                    port.open_streams += 1
                    try:
                        entered.set()
                        await asyncio.Event().wait()
                    finally:
                        port.open_streams -= 1

                async def __aexit__(self, *_: object) -> None:
                    port.log.append(("never entered", ""))

            return Context()

    port = Opening()
    task = asyncio.create_task(AsyncDriver().run(open_stream(port, [])))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (port.open_streams, port.log) == (0, [])


async def test_code_of_ours_that_blocks_the_loop_fails_its_test():
    import time

    class Blocking(ScriptedPort):
        async def asend(self, request: object) -> object:
            time.sleep(0.001)  # noqa: ASYNC251  (the mistake that is to be found)
            return request

    with pytest.raises(BlockingError):
        await AsyncDriver().run(send(Blocking(), 1))

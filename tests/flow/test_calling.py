"""Functions of the user's, waits, and flows side by side, in both colours."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time

import pytest
from colours import Asynchronous, Colour, ScriptedPort, Synchronous
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import call, open_stream, send, sleep, together
from racto_nb.flow.sync_driver import SyncDriver, varied

SYNC, ASYNC = Synchronous(), Asynchronous()


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


class CallableObject:
    async def __call__(self, number: int) -> int:
        return await double(number)


ASYNC_FUNCTIONS = {
    "an async function": double,
    "a partial of one": functools.partial(double),
    "an object with an async __call__": CallableObject(),
    "a plain function that returns a coroutine": lambda number: double(number),  # noqa: PLW0108
}


def test_a_plain_function_is_called_with_its_arguments(driver: Colour):
    assert driver.run(call(lambda a, b: a - b, {"a": 5, "b": 3})) == 2


def test_a_function_without_arguments_is_called(driver: Colour):
    assert driver.run(call(lambda: "here")) == "here"


@pytest.mark.parametrize("function", ASYNC_FUNCTIONS.values(), ids=ASYNC_FUNCTIONS)
def test_the_sync_driver_refuses_an_async_function_and_names_the_way_out(function):
    with pytest.raises(UsageError, match=r"is async\. Use the async method \(achat"):
        SYNC.run(call(function, {"number": 2}))


@pytest.mark.parametrize("function", ASYNC_FUNCTIONS.values(), ids=ASYNC_FUNCTIONS)
def test_the_async_driver_awaits_an_async_function(function):
    assert ASYNC.run(call(function, {"number": 2})) == 4


def test_the_sync_driver_refuses_an_awaitable_that_is_no_coroutine():
    class Later:
        def __await__(self):
            return iter(())

    with pytest.raises(UsageError, match="is async"):
        SYNC.run(call(Later))


def test_the_sync_driver_calls_in_the_callers_thread():
    assert SYNC.run(call(threading.get_ident)) == threading.get_ident()


def test_the_async_driver_calls_a_plain_function_in_another_thread():
    assert ASYNC.run(call(threading.get_ident)) != threading.get_ident()


def test_a_blocking_function_does_not_block_the_loop():
    async def main() -> str:
        released = threading.Event()
        calling = asyncio.create_task(AsyncDriver().run(call(released.wait, {"timeout": 30})))
        await asyncio.sleep(0)
        released.set()  # only a free loop comes here while the function waits
        return "released" if await calling else "timed out"

    assert asyncio.run(main()) == "released"


def test_the_error_of_a_function_reaches_the_caller(driver: Colour):
    def fail():
        raise LookupError("tool")

    with pytest.raises(LookupError, match="tool"):
        driver.run(call(fail))


def test_a_function_that_raises_stop_iteration_is_an_error_and_not_an_end_nor_a_hang(driver: Colour):
    def empty():
        return next(iter(()))

    with pytest.raises(RuntimeError, match=r"'empty' raised StopIteration"):
        driver.run(call(empty))


def test_a_function_sees_the_context_variables_of_the_caller(driver: Colour):
    variable = contextvars.ContextVar("variable", default="unset")
    token = variable.set("set")
    try:
        assert driver.run(call(variable.get)) == "set"
        assert driver.run(together([call(variable.get)])) == ["set"]
    finally:
        variable.reset(token)


@given(st.floats(0, 100), st.floats(0, 1))
def test_jitter_changes_a_wait_by_at_most_its_fraction(seconds: float, jitter: float):
    slack = 1e-9 * seconds
    assert seconds * (1 - jitter) - slack <= varied(seconds, jitter) <= seconds * (1 + jitter) + slack


def test_a_wait_without_jitter_is_exact():
    assert varied(3.5, 0.0) == 3.5


def test_jitter_spreads_waits_in_both_directions():
    waits = {varied(1.0, 0.5) for _ in range(100)}
    assert min(waits) < 1 < max(waits)


def test_a_wait_is_performed_by_the_clock_of_the_colour(driver: Colour, monkeypatch: pytest.MonkeyPatch):
    waited = []

    async def asleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(asyncio, "sleep", asleep)
    driver.run(sleep(12.5))
    assert waited == [12.5]


def test_flows_side_by_side_keep_their_order(driver: Colour, port: ScriptedPort):
    def slow_first(number: int):
        yield from sleep(0.02 if number == 0 else 0)
        return (yield from send(port, number))

    assert driver.run(together([slow_first(number) for number in range(5)])) == [0, 1, 2, 3, 4]


def test_no_flows_side_by_side_give_no_results(driver: Colour):
    assert driver.run(together([])) == []


def test_at_most_the_limit_run_at_a_time(driver: Colour):
    lock, running, most = threading.Lock(), [], []
    full = threading.Barrier(3)

    def work(number: int) -> int:
        with lock:
            running.append(number)
            most.append(len(running))
        full.wait(30)  # all three places are really used: else this breaks
        with lock:
            running.remove(number)
        return number

    flows = [call(work, {"number": number}) for number in range(6)]
    assert driver.run(together(flows, limit=3)) == list(range(6))
    assert max(most) == 3


def test_a_limit_below_one_is_one(driver: Colour, port: ScriptedPort):
    assert driver.run(together([send(port, 1), send(port, 2)], limit=0)) == [1, 2]


def test_the_error_that_is_raised_is_the_flows_own_and_no_group_of_errors(driver: Colour, port: ScriptedPort):
    error = LookupError("one")
    with pytest.raises(LookupError) as caught:
        driver.run(together([send(port, 1), send(port, error), send(port, 2)]))
    assert caught.value is error


def test_the_first_error_in_time_is_raised_also_where_a_later_one_stands_before_it(monkeypatch: pytest.MonkeyPatch):
    import racto_nb.flow.sync_driver as module

    first_is_over, wait = threading.Event(), module.wait

    def until_both_have_failed(futures: list, **_: object) -> None:
        wait([futures[1]])
        first_is_over.set()
        wait(futures)

    def later():
        first_is_over.wait(30)
        raise LookupError("second")

    def sooner():
        raise OSError("first")

    monkeypatch.setattr(module, "wait", until_both_have_failed)
    with pytest.raises(OSError, match="first"):
        SYNC.run(together([call(later), call(sooner)]))


async def test_the_first_error_in_time_is_raised_in_the_async_colour_too():
    failed = asyncio.Event()

    async def later():
        await failed.wait()
        raise LookupError("second")

    async def sooner():
        failed.set()
        raise OSError("first")

    with pytest.raises(OSError, match="first"):
        await AsyncDriver().run(together([call(later), call(sooner)]))


def test_the_first_error_ends_the_other_flows_at_their_next_effect(driver: Colour, port: ScriptedPort):
    ended, opened = threading.Event(), threading.Event()

    def endless():
        try:
            yield from open_stream(port, ["a"])
            opened.set()
            while True:
                yield from sleep(0.001)
        finally:
            ended.set()

    def failing():
        yield from call(opened.wait, {"timeout": 30})
        raise LookupError

    with pytest.raises(LookupError):
        driver.run(together([endless(), failing()]))
    assert ended.wait(30)
    while port.open_streams:  # the driver closes it right after
        time.sleep(0)


def test_flows_that_never_began_are_not_begun_after_an_error(driver: Colour, port: ScriptedPort):
    with pytest.raises(LookupError):
        driver.run(together([send(port, LookupError()), *(send(port, number) for number in range(50))], limit=1))
    assert len(port.log) < 51


def test_the_end_of_a_flow_ends_the_flows_that_it_runs_side_by_side_itself(driver: Colour):
    begun, ended = threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                begun.set()
                yield from sleep(0.001)
        finally:
            ended.set()

    def failing():
        yield from call(begun.wait, {"timeout": 30})
        raise LookupError

    with pytest.raises(LookupError):
        driver.run(together([together([endless()]), failing()]))
    assert ended.wait(30)


def test_the_error_may_be_handled_by_the_flow_that_asked(driver: Colour, port: ScriptedPort):
    def flow():
        try:
            yield from together([send(port, LookupError("one"))])
        except LookupError as error:
            return str(error)

    assert driver.run(flow()) == "one"


def test_an_interrupted_sync_caller_leaves_flows_that_run_side_by_side_to_end(monkeypatch: pytest.MonkeyPatch):
    import racto_nb.flow.sync_driver as module

    begun, ended = threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                begun.set()
                yield from sleep(0.001)
        finally:
            ended.set()

    def interrupted(*_: object, **__: object) -> None:
        begun.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SyncDriver().run(together([endless()]))
    assert ended.wait(30)


async def test_cancelling_a_task_ends_its_flows_side_by_side():
    begun, log = asyncio.Event(), []

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("ended")

    task = asyncio.create_task(AsyncDriver().run(together([call(forever), call(forever)])))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["ended", "ended"]

"""Async twins of sync-only work."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from racto_nb.flow.threads import in_thread, in_turn


async def test_the_function_runs_in_another_thread_with_its_arguments():
    def where(number: int, *, more: int) -> tuple[int, int]:
        return threading.get_ident(), number + more

    thread, total = await in_thread(where, 1, more=2)
    assert (thread != threading.get_ident(), total) == (True, 3)


async def test_the_error_of_the_function_is_raised():
    def fail() -> None:
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await in_thread(fail)


async def test_the_function_sees_the_callers_context():
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    assert await in_thread(variable.get) == "set"


async def test_the_loop_stays_free_meanwhile():
    released = threading.Event()
    waiting = asyncio.create_task(in_thread(released.wait, 30))
    await asyncio.sleep(0)
    released.set()
    assert await waiting


async def test_without_a_turn_the_function_just_runs_in_a_thread():
    assert await in_turn(None, lambda: threading.get_ident() != threading.get_ident() + 1)


async def test_only_one_at_a_time_has_the_turn():
    turn, inside, most = threading.Lock(), [], []

    def body() -> None:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.001)
        inside.pop()

    await asyncio.gather(*(in_turn(turn, body) for _ in range(5)))
    assert most == [1] * 5


async def test_the_turn_is_given_back_after_an_error():
    turn = threading.Lock()

    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await in_turn(turn, fail)
    assert not turn.locked()


async def test_waiting_for_the_turn_does_not_block_the_loop():
    turn = threading.Lock()
    turn.acquire()
    waiting = asyncio.create_task(in_turn(turn, lambda: "had its turn"))
    await asyncio.sleep(0)
    turn.release()
    assert await waiting == "had its turn"


async def test_a_caller_that_left_before_its_turn_never_has_it():
    turn, log = threading.Lock(), []
    turn.acquire()
    task = asyncio.create_task(in_turn(turn, lambda: log.append("called")))
    await asyncio.sleep(0.01)  # the thread now waits for its turn
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    turn.release()
    await in_turn(turn, lambda: log.append("the next one"))
    assert log == ["the next one"]

"""A sync caller and the background loop of an async-only library."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import subprocess
import sys
import threading

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.flow.portal import Portal

pytestmark = pytest.mark.usefixtures("no_new_threads")


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_call_returns_its_value():
    with Portal("test") as portal:
        assert portal.call(lambda: double(21)) == 42


def test_a_call_raises_what_the_coroutine_raises():
    async def fail():
        raise LookupError("inside")

    with Portal("test") as portal, pytest.raises(LookupError, match="inside"):
        portal.call(fail)


def test_all_calls_run_on_one_loop_in_a_thread_of_its_own():
    async def where():
        return asyncio.get_running_loop(), threading.get_ident()

    with Portal("test") as portal:
        first, second = portal.call(where), portal.call(where)
    assert first == second
    assert first[1] != threading.get_ident()


def test_a_call_may_be_made_while_the_callers_own_loop_runs():
    with Portal("test") as portal:
        assert asyncio.run(asyncio.to_thread(portal.call, lambda: double(4))) == 8


def hanging():
    """A coroutine function that never returns, and events for its beginning and its cancellation."""
    begun, cancelled = threading.Event(), threading.Event()

    async def hang():
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    return hang, begun, cancelled


def test_a_call_that_takes_too_long_raises_and_is_cancelled():
    hang, _, cancelled = hanging()
    with Portal("test") as portal:
        with pytest.raises(TimeoutError):
            portal.call(hang, timeout=0.01)
        assert cancelled.wait(30)


def test_an_interrupt_of_the_waiting_caller_cancels_the_call(monkeypatch: pytest.MonkeyPatch):
    hang, begun, cancelled = hanging()

    def interrupted(self: object, timeout: float | None = None) -> None:
        begun.wait(30)
        raise KeyboardInterrupt

    with Portal("test") as portal:
        with monkeypatch.context() as patched:
            patched.setattr(concurrent.futures.Future, "result", interrupted)
            with pytest.raises(KeyboardInterrupt):
                portal.call(hang)
        assert cancelled.wait(30)
        assert portal.call(lambda: double(1)) == 2  # and the portal goes on


def test_a_call_from_the_portals_own_loop_is_refused_instead_of_waiting_for_ever():
    portal = Portal("mine")

    async def inside():
        portal.call(lambda: double(1))

    with portal, pytest.raises(UsageError, match="'mine' was called from its own loop"):
        portal.call(inside)


def test_closing_from_the_portals_own_loop_is_refused_instead_of_waiting_for_ever():
    portal = Portal("mine")

    async def inside():
        portal.close()

    with portal, pytest.raises(UsageError, match="from its own loop"):
        portal.call(inside)


def test_a_call_after_closing_is_refused():
    portal = Portal("mine")
    portal.close()
    with pytest.raises(UsageError, match="'mine' is closed"):
        portal.call(lambda: double(1))


def test_a_refused_call_makes_no_coroutine_that_is_never_awaited():
    portal = Portal("mine")
    portal.close()
    made = []

    def make():
        made.append(1)
        return double(1)

    with pytest.raises(UsageError):
        portal.call(make)
    assert not made


def test_closing_cancels_what_runs_and_tells_the_waiting_caller():
    hang, begun, cancelled = hanging()
    portal, errors = Portal("mine"), []

    def caller():
        try:
            portal.call(hang)
        except UsageError as error:
            errors.append(str(error))

    thread = threading.Thread(target=caller)
    thread.start()
    assert begun.wait(30)
    portal.close()
    thread.join()
    assert cancelled.is_set()
    assert errors == ["The call was cancelled, the portal was closed: 'mine'."]


def test_closing_waits_for_the_cleaning_up_of_what_it_cancels():
    begun, log = threading.Event(), []

    async def careful():
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            log.append("cleaned up")

    def caller():
        with pytest.raises(UsageError):
            portal.call(careful)

    portal = Portal("test")
    thread = threading.Thread(target=caller)
    thread.start()
    begun.wait(30)
    portal.close()
    assert log == ["cleaned up"]
    thread.join()


def test_closing_twice_is_harmless():
    portal = Portal("test")
    portal.close()
    portal.close()


def test_an_unused_portal_closes():
    Portal("test").close()


def test_closing_ends_the_threads_that_its_coroutines_started():
    with Portal("test") as portal:
        assert portal.call(lambda: asyncio.to_thread(lambda: "from a thread")) == "from a thread"


def test_calls_from_many_threads_and_a_close_among_them_never_hang():
    for _ in range(30):
        portal = Portal("test")
        start = threading.Barrier(5)
        outcomes = []

        def caller(portal: Portal = portal, start: threading.Barrier = start, outcomes: list = outcomes):
            start.wait()
            try:
                outcomes.append(portal.call(lambda: double(1)))
            except UsageError:
                outcomes.append("refused")

        threads = [threading.Thread(target=caller) for _ in range(4)]
        for thread in threads:
            thread.start()
        start.wait()
        portal.close()
        for thread in threads:
            thread.join(30)
        assert len(outcomes) == 4


def thread_of(name: str) -> threading.Thread:
    return next(thread for thread in threading.enumerate() if thread.name == f"racto-portal-{name}")


def test_a_portal_that_is_dropped_ends_its_thread():
    portal = Portal("dropped")
    assert portal.call(lambda: double(1)) == 2
    thread = thread_of("dropped")
    del portal
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()


def test_closing_gives_up_on_work_that_swallows_its_cancellation_and_says_so():
    begun, free = threading.Event(), threading.Event()

    async def stubborn() -> None:
        begun.set()
        while not free.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    portal = Portal("stubborn", patience=0.05)
    thread = thread_of("stubborn")
    with pytest.raises(TimeoutError):
        portal.call(stubborn, timeout=0.01)
    assert begun.wait(30)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="'stubborn' was closed, but work on it has not ended"):
            portal.close()
    free.set()
    thread.join(30)
    assert not thread.is_alive()


def test_work_is_started_without_waiting_in_the_callers_context():
    import contextvars

    where = contextvars.ContextVar[str]("where", default="nowhere")
    where.set("the cell")
    go = threading.Event()

    async def work() -> str:
        await asyncio.to_thread(go.wait, 30)
        return where.get()

    with Portal("example") as portal:
        started = portal.start(work)
        assert not started.done()
        go.set()
        assert started.result(30) == "the cell"


def test_nothing_is_started_on_a_closed_portal():
    portal = Portal("example")
    portal.close()
    with pytest.raises(UsageError, match="'example' is closed"):
        portal.start(lambda: asyncio.sleep(0))


def test_closing_cancels_what_was_started():
    portal = Portal("example")
    started = portal.start(lambda: asyncio.sleep(1000))
    portal.close()
    assert started.cancelled()


LATE = """
import asyncio, atexit
from racto_nb.flow.portal import Portal
portal = Portal("late")
portal.call(lambda: asyncio.to_thread(print, "worked"))
atexit.register(portal.close)
"""


def test_one_that_is_closed_while_the_program_ends_says_nothing():
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "worked\n", "")

"""Ports for quick blocking work: in the caller's thread, or for an event loop in one thread of their own."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest
from colours import COLOURS, Colour, run_unblocked

from racto_nb.flow.effects import now, send
from racto_nb.flow.threads import ThreadedPort


class Noting(ThreadedPort[str, str]):
    """Answers with the request in capitals, and notes who was in here, and who was in here at the same time."""

    def __init__(self) -> None:
        super().__init__("noting")
        self.threads: list[str] = []
        self.inside = 0
        self.most = 0

    def perform(self, request: str) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.threads.append(threading.current_thread().name)
        time.sleep(0.001)  # would block a loop, and would let another thread in
        self.inside -= 1
        if request == "fail":
            raise LookupError(request)
        return request.upper()


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_a_request_is_performed_without_blocking_a_loop(colour: Colour):
    port = Noting()
    assert colour.run(send(port, "one")) == "ONE"
    with pytest.raises(LookupError, match="fail"):
        colour.run(send(port, "fail"))
    port.rest()


def test_a_synchronous_caller_does_the_work_itself_and_a_loop_has_it_done_by_one_thread():
    port = Noting()
    port.send("one")

    async def several() -> list[str]:
        return await asyncio.gather(*(port.asend(f"{number}") for number in range(20)))

    assert run_unblocked(several()) == [f"{number}" for number in range(20)]
    assert port.threads[0] == threading.current_thread().name
    assert len(set(port.threads[1:])) == 1
    assert port.threads[1].startswith("racto-noting")
    port.rest()


def test_it_works_while_the_pool_of_the_loop_is_full():
    port, release = Noting(), threading.Event()

    async def main() -> str:
        slow = [asyncio.create_task(asyncio.to_thread(release.wait, 60)) for _ in range(100)]
        await asyncio.sleep(0.01)
        answer = await asyncio.wait_for(port.asend("one"), 30)
        release.set()
        await asyncio.gather(*slow)
        return answer

    assert asyncio.run(main()) == "ONE"
    port.rest()


def test_only_one_thread_is_in_there_at_a_time():
    port = Noting()
    threads = [threading.Thread(target=port.send, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (port.most, len(port.threads)) == (1, 8)


def test_what_was_begun_is_done_before_the_port_rests_and_it_works_again_afterwards():
    port = Noting()
    begun = [port.begin(f"{number}") for number in range(5)]
    port.rest()
    assert [future.result(timeout=0) for future in begun] == ["0", "1", "2", "3", "4"]
    assert port.begin("again").result(timeout=30) == "AGAIN"
    port.rest()
    port.rest()


def test_streams_are_refused():
    port = Noting()
    for opening in (port.open, port.aopen):
        with pytest.raises(TypeError, match="Noting has no streams; 'one' is sent"):
            opening("one")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_lock_and_a_thread_of_its_own():
    port, inside, release = Noting(), threading.Event(), threading.Event()

    class Held(Noting):
        def perform(self, request: str) -> str:
            if request == "hold":
                inside.set()
                release.wait(60)
            return request.upper()

    port = Held()
    holding = port.begin("hold")
    inside.wait(30)
    child = os.fork()
    if child == 0:  # the lock is held here by a thread that this process does not have
        os._exit(0 if port.begin("one").result(timeout=20) == "ONE" and port.send("two") == "TWO" else 1)
    release.set()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert holding.result(timeout=30) == "HOLD"
    port.rest()


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_a_flow_is_told_the_time(colour: Colour):
    def flow():
        first = yield from now()
        second = yield from now()
        return first, second

    before = time.time()
    first, second = colour.run(flow())
    assert before - 1 <= first.wall <= second.wall + 1 <= time.time() + 2
    assert first.clock <= second.clock

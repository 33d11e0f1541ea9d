"""The same question at the same time: sent once, in threads, on loops, and in both at once; and nobody waits for ever."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb.cache import ExactMatchCache, flying
from racto_nb.exceptions import RactoGatewayServerError
from racto_nb.flow.effects import call
from racto_nb.kits.middleware import Ask, Onward, Steps
from racto_nb.models import ChatConfig, FinishReason, LLMResponse
from racto_nb.testing import FakeKit, FakeReply

ASK = ChatConfig(user_message="Hi")
SECONDS = 20.0
"""After which a test that hangs fails."""


class Movie(BaseModel):
    title: str


class Gate:
    """A step before the provider that lets questions through when it is opened, and notes how many stand before it."""

    routes = "all through one gate"

    def __init__(self, inside: Callable[[], Any] = lambda: None) -> None:
        self._open, self.arrived = threading.Event(), threading.Semaphore(0)
        self._inside = inside

    def around(self, ask: Ask, onward: Onward):
        self.arrived.release()
        self._inside()
        yield from call(self._wait)
        return (yield from onward(ask))

    def _wait(self) -> None:
        assert self._open.wait(SECONDS)

    def has_one(self) -> None:
        assert self.arrived.acquire(timeout=SECONDS)

    def open(self) -> None:
        self._open.set()


def gated(replies: Any = ("one", "two", "three"), *, gate: Gate | None = None, cache: Any = None) -> tuple[FakeKit, Gate]:
    gate = gate or Gate()
    kit = FakeKit(replies)
    return kit._with(steps=Steps(exact_cache=cache or ExactMatchCache(), router=gate)), gate


def followers_of(kit: FakeKit, count: int) -> None:
    """Wait until `count` callers wait for the leader."""
    flights = kit.exact_cache._flights
    with_time = threading.Event()
    for _ in range(int(SECONDS * 200)):
        if sum(len(flight.followers) for flight in flights._own.flights.values()) >= count:
            return
        with_time.wait(0.005)
    pytest.fail(f"{count} callers should have waited")


def in_threads(count: int, work: Callable[[], LLMResponse]) -> list[Future[LLMResponse]]:
    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(work) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def told(futures: list[Future[LLMResponse]]) -> list[tuple[str | None, str]]:
    responses = [future.result(SECONDS) for future in futures]
    return sorted((response.content, response.origin) for response in responses)


ONCE = [("one", "exact")] * 9 + [("one", "fresh")]


def test_ten_threads_with_one_question_send_it_once():
    kit, gate = gated()
    futures = in_threads(10, lambda: kit.chat(ASK))
    followers_of(kit, 9)
    gate.open()
    assert told(futures) == ONCE
    assert len(kit.calls) == 1
    assert (kit.exact_cache.stats.hits, kit.exact_cache.stats.misses) == (9, 1)


async def test_ten_tasks_with_one_question_send_it_once():
    kit, gate = gated()
    tasks = [asyncio.create_task(kit.achat(ASK)) for _ in range(10)]
    await asyncio.to_thread(followers_of, kit, 9)
    gate.open()
    responses = await asyncio.gather(*tasks)
    assert sorted((response.content, response.origin) for response in responses) == ONCE
    assert len(kit.calls) == 1


def test_threads_and_several_loops_with_one_question_send_it_once():
    kit, gate = gated()
    futures = in_threads(5, lambda: kit.chat(ASK)) + in_threads(5, lambda: asyncio.run(kit.achat(ASK)))
    followers_of(kit, 9)
    gate.open()
    assert told(futures) == ONCE
    assert len(kit.calls) == 1


def test_streams_wait_for_a_whole_call_too():
    kit, gate = gated()
    first = in_threads(1, lambda: kit.chat(ASK))
    gate.has_one()
    streamed = in_threads(3, lambda: list(kit.stream(ASK))[-1].response)
    followers_of(kit, 3)
    gate.open()
    assert told(first + streamed) == [("one", "exact")] * 3 + [("one", "fresh")]


@pytest.mark.filterwarnings("ignore:.*no space left:racto_nb.cache.CacheWarning")
def test_one_answer_is_shared_where_the_store_is_out_of_order():
    cache = ExactMatchCache()
    cache._store.send = lambda request: (_ for _ in ()).throw(OSError("no space left"))
    kit, gate = gated(cache=cache)
    futures = in_threads(3, lambda: kit.chat(ASK))
    followers_of(kit, 2)
    gate.open()
    assert told(futures) == [("one", "exact")] * 2 + [("one", "fresh")]


def test_each_who_waited_has_an_instance_of_its_own():
    kit, gate = gated(['{"title": "Alien"}'])
    futures = in_threads(3, lambda: kit.chat(ASK.model_copy(update={"response_model": Movie})))
    followers_of(kit, 2)
    gate.open()
    films = [future.result(SECONDS).parsed_model for future in futures]
    assert len({id(film) for film in films}) == 3
    assert films == [Movie(title="Alien")] * 3


async def test_when_the_first_is_cancelled_another_takes_its_place():
    kit, gate = gated()
    leader = asyncio.create_task(kit.achat(ASK))
    await asyncio.to_thread(gate.has_one)
    others = [asyncio.create_task(kit.achat(ASK)) for _ in range(3)]
    await asyncio.to_thread(followers_of, kit, 3)
    leader.cancel()
    await asyncio.to_thread(gate.has_one)
    await asyncio.to_thread(followers_of, kit, 2)
    gate.open()
    responses = await asyncio.gather(*others)
    assert sorted(response.origin for response in responses) == ["exact", "exact", "fresh"]
    assert len(kit.calls) == 1
    with pytest.raises(asyncio.CancelledError):
        await leader


async def test_who_waits_and_is_cancelled_disturbs_nobody():
    kit, gate = gated()
    tasks = [asyncio.create_task(kit.achat(ASK)) for _ in range(3)]
    await asyncio.to_thread(followers_of, kit, 2)
    tasks[1].cancel()
    gate.open()
    assert [response.content for response in await asyncio.gather(tasks[0], tasks[2])] == ["one", "one"]
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]


@pytest.mark.parametrize("first", [RactoGatewayServerError("down"), FakeReply(("cut",), finish_reason=FinishReason.LENGTH)])
def test_an_error_and_half_an_answer_are_not_shared(first: Any):
    """The key, the timeout or the connection of one caller may be what was wrong. Each of the others asks for itself, at once."""
    kit, gate = gated([first, "two", "three"])
    futures = in_threads(1, lambda: kit.chat(ASK))
    gate.has_one()
    others = in_threads(2, lambda: kit.chat(ASK))
    followers_of(kit, 2)
    gate.open()
    assert told(others) == [("three", "fresh"), ("two", "fresh")]
    if isinstance(first, Exception):
        with pytest.raises(RactoGatewayServerError):
            futures[0].result(SECONDS)
    else:
        assert futures[0].result(SECONDS).content == "cut"


def test_who_asks_anew_waits_for_nobody():
    kit, gate = gated()
    futures = in_threads(1, lambda: kit.chat(ASK))
    gate.has_one()
    anew = in_threads(1, lambda: kit.asking_anew().chat(ASK))
    gate.has_one()
    gate.open()
    assert {response.origin for response in (futures[0].result(SECONDS), anew[0].result(SECONDS))} == {"fresh"}


def test_a_stream_that_is_kept_half_read_holds_up_nobody():
    kit = FakeKit([FakeReply.of("a b"), "two"]).with_exact_cache(ExactMatchCache())
    with closing(kit.stream(ASK)) as pieces:
        next(pieces)
        assert kit.chat(ASK).content == "two"
        assert kit.chat(ASK).origin == "exact"


async def test_a_plain_call_on_the_loop_of_the_first_one_does_not_wait_for_it():
    kit, gate = gated()
    leader = asyncio.create_task(kit.achat(ASK))
    await asyncio.to_thread(gate.has_one)
    gate.open()
    assert kit.chat(ASK).origin == "fresh"
    assert (await leader).origin == "fresh"


def test_what_the_first_one_itself_leads_to_does_not_wait_for_it():
    answers: list[LLMResponse] = []

    def once_more() -> None:
        if not answers:
            answers.append(LLMResponse())
            answers[0] = kit.chat(ASK)

    kit, gate = gated(gate=Gate(inside=once_more))
    gate.open()
    assert kit.chat(ASK).content == "two"
    assert answers[0].content == "one"


def test_a_loop_that_stands_still_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flying, "PATIENCE", 0.01)
    kit, gate = gated()
    loop = asyncio.new_event_loop()

    def begun_and_left() -> asyncio.Task[LLMResponse]:
        async def begin() -> asyncio.Task[LLMResponse]:
            task = asyncio.create_task(kit.achat(ASK))
            await asyncio.to_thread(gate.has_one)
            return task

        return loop.run_until_complete(begin())

    leader = in_threads(1, begun_and_left)[0].result(SECONDS)
    gate.open()
    for colour in (kit.chat, lambda config: asyncio.run(kit.achat(config))):
        assert colour(ASK).content == "one"
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(leader)
    loop.close()


WAITING = """
import _thread, threading
from racto_nb.cache import ExactMatchCache
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit, FakeReply
kit = FakeKit([FakeReply(("late",), delay=60.0)]).with_exact_cache(ExactMatchCache())
threading.Thread(target=kit.chat, args=(ChatConfig(user_message="Hi"),), daemon=True).start()
flights = kit.exact_cache._flights._own.flights
while not flights: pass
threading.Timer(0.3, _thread.interrupt_main).start()
try:
    kit.chat(ChatConfig(user_message="Hi"))
except KeyboardInterrupt:
    print("interrupted")
import os; os._exit(0)
"""


def test_who_waits_in_the_main_thread_can_be_interrupted():
    run = subprocess.run([sys.executable, "-c", WAITING.replace("os._exit", "import sys; sys.stdout.flush(); os._exit")],
                         capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert run.stdout.strip() == "interrupted", run.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_a_thread_that_it_does_not_have():
    kit, gate = gated()
    futures = in_threads(1, lambda: kit.chat(ASK))
    gate.has_one()
    child = os.fork()
    if not child:
        flights = kit.exact_cache._flights
        own = flights._mine().flights if flights._own.process != os.getpid() else None
        os._exit(0 if own == {} else 1)
    gate.open()
    assert os.waitpid(child, 0)[1] == 0
    assert futures[0].result(SECONDS).content == "one"

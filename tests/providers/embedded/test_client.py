"""Calls to the model in this process: left at once when the caller leaves, and never more in memory than is used."""

from __future__ import annotations

import _thread
import asyncio
import gc
import threading
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from fake_engine import END, FakeEngine, answer, piece

from racto_nb.exceptions import EngineError, MissingExtraError, ModelNotFoundError
from racto_nb.providers.embedded.client import EmbeddedPort
from racto_nb.providers.embedded.engine import EngineOptions
from racto_nb.providers.embedded.facts import ModelCard
from racto_nb.providers.embedded.hosting import ModelPool
from racto_nb.providers.embedded.registry import ReadyModel, Registry
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.wire import Request

CARD = ModelCard(
    name="tiny", kind="chat", title="Tiny", licence="none", files=(), window=2048, default_context=512, note="", memory=1_000_000
)
ASK = Request("tiny", {"messages": []})


class Bench:
    """Ports on one pool and one engine, and what they asked for."""

    def __init__(self, engine: FakeEngine | None = None) -> None:
        self.engine, self.pool = engine or FakeEngine(), ModelPool()
        self.opened: list[tuple[Path, str, EngineOptions]] = []
        self.found: list[str] = []
        self.reporter = SilentReporter()

    def port(self, **options: Any) -> EmbeddedPort:
        def find(name: str, _: object) -> ReadyModel:
            self.found.append(name)
            return ReadyModel(CARD, (Path("tiny.gguf"),))

        def open_engine(*where: Any) -> FakeEngine:
            self.opened.append(where)
            return self.engine

        options = {"find": find, "open_engine": open_engine, "pool": self.pool, "reporter": self.reporter} | options
        return EmbeddedPort(**options)


def asking(port: EmbeddedPort, *, timeout: float | None = None) -> Callable[[], list[Any]]:
    return lambda: port.send(Request("tiny", {"messages": []}, timeout))


def asking_async(port: EmbeddedPort, *, timeout: float | None = None) -> Callable[[], list[Any]]:
    return lambda: run_unblocked(port.asend(Request("tiny", {"messages": []}, timeout)))


BOTH = pytest.mark.parametrize("asked", [asking, asking_async], ids=["sync", "async"])


@BOTH
def test_a_call_gives_all_events_in_order(asked: Callable):
    bench = Bench(FakeEngine([piece("a"), piece("b"), END]))
    assert asked(bench.port())() == [piece("a"), piece("b"), END]


@BOTH
def test_the_engine_gets_the_arguments_as_they_are(asked: Callable):
    bench = Bench()
    asked(bench.port())()
    assert bench.engine.payloads == [{"messages": []}]


@BOTH
def test_the_weights_are_found_and_the_model_is_opened_once_for_all_calls(asked: Callable):
    bench = Bench()
    port = bench.port(threads=3)
    for _ in range(3):
        asked(port)()
    assert bench.found == ["tiny"]
    assert bench.opened == [(Path("tiny.gguf"), "tiny", EngineOptions(512, 3))]


def test_two_ports_share_one_copy():
    bench = Bench()
    one, other = bench.port(), bench.port()
    one.send(ASK)
    other.send(ASK)
    assert len(bench.opened) == 1


@pytest.mark.parametrize("options", [{"context": 1024}, {"threads": 1}], ids=["context", "threads"])
def test_other_options_are_another_copy(options: dict[str, int]):
    bench = Bench()
    one, other = bench.port(), bench.port(**options)
    one.send(ASK)
    other.send(ASK)
    assert len(bench.opened) == 2


def test_a_context_larger_than_the_models_window_is_its_window():
    bench = Bench()
    port = bench.port(context=100_000)
    port.send(ASK)
    assert bench.opened[0][2].context == 2048


def test_without_a_context_the_card_decides():
    bench = Bench()
    bench.port().send(ASK)
    assert bench.opened[0][2].context == CARD.default_context


def test_closing_the_last_port_frees_the_model_and_the_next_call_loads_it_again():
    bench = Bench()
    one, other = bench.port(), bench.port()
    one.send(ASK)
    other.send(ASK)
    one.close()
    gc.collect()
    assert not bench.engine.closed.is_set()
    other.close()
    gc.collect()
    assert bench.engine.closed.wait(60)
    one.send(ASK)
    assert len(bench.opened) == 2


def test_dropping_the_last_port_without_closing_it_frees_the_model():
    bench = Bench()
    port = bench.port()
    port.send(ASK)
    del port
    gc.collect()
    assert bench.engine.closed.wait(60)


def test_a_model_that_cannot_be_found_is_its_own_error():
    def find(*_: object) -> ReadyModel:
        raise ModelNotFoundError("no", name="tiny")

    with pytest.raises(ModelNotFoundError):
        Bench().port(find=find).send(ASK)


@BOTH
@pytest.mark.parametrize("kind", [EngineError, MissingExtraError])
def test_an_error_that_we_named_reaches_the_caller_as_it_is(asked: Callable, kind: type[Exception]):
    error = EngineError("broke") if kind is EngineError else MissingExtraError("embedded", missing="xllamacpp")
    with pytest.raises(type(error)) as caught:
        asked(Bench(FakeEngine([piece("a"), error])).port())()
    assert caught.value is error


@BOTH
def test_any_other_error_becomes_an_engine_error(asked: Callable):
    with pytest.raises(EngineError, match="stopped with RuntimeError: segment") as caught:
        asked(Bench(FakeEngine([RuntimeError("segment")])).port())()
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_waiting_call_is_told_that_it_waits():
    gate = threading.Event()
    bench = Bench(FakeEngine([gate, *answer("a")]))
    port = bench.port()
    with port.open(ASK):
        bench.engine.wait_until_running()
        with port.open(ASK):
            assert bench.reporter.messages == ["tiny is still busy with an earlier call; this one waits for its turn."]
        gate.set()


def test_a_call_on_a_free_model_is_told_nothing():
    bench = Bench()
    port = bench.port()
    port.send(ASK)
    port.send(ASK)
    assert bench.reporter.messages == []


def test_an_interrupt_returns_at_once_and_the_engine_stops_at_its_next_event():
    gate = threading.Event()
    bench = Bench(FakeEngine([piece("a"), gate, piece("b"), END], answer("next")))
    port = bench.port()

    def interrupt() -> None:
        bench.engine.wait_until_running()
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        port.send(ASK)
    thread.join()
    assert not bench.engine.stopped.is_set()  # it had no event yet: we did not wait for it
    gate.set()
    assert bench.engine.stopped.wait(60)
    assert port.send(ASK) == answer("next")


@BOTH
def test_a_call_that_takes_too_long_is_a_timeout_and_the_engine_stops_at_its_next_event(asked: Callable):
    gate = threading.Event()
    bench = Bench(FakeEngine(answer("first"), [piece("a"), gate, piece("b"), END], answer("next")))
    port = bench.port()
    asked(port)()  # so that the worker is there
    with pytest.raises(TimeoutError):
        asked(port, timeout=0.2)()
    gate.set()
    assert bench.engine.stopped.wait(60)
    assert asked(port, timeout=60)() == answer("next")


@BOTH
def test_an_engine_that_says_something_all_the_time_is_held_to_the_deadline_too(asked: Callable):
    class Endless(FakeEngine):
        def generate(self, payload: Any, on_event: Callable[[Any], bool]) -> None:
            self.payloads.append(payload)
            if len(self.payloads) == 1:
                return
            while not on_event(piece("a")):
                threading.Event().wait(0.001)
            self.stopped.set()

    bench = Bench(Endless())
    port = bench.port()
    asked(port)()  # so that the worker is there
    with pytest.raises(TimeoutError):
        asked(port, timeout=0.2)()
    assert bench.engine.stopped.wait(60)


def test_a_slow_reader_of_an_answer_that_is_complete_is_not_a_timeout():
    bench = Bench(FakeEngine(answer("a", "b")))
    with bench.port().open(Request("tiny", {}, 0.05)) as events:
        first = next(events)
        threading.Event().wait(0.1)
        assert [first, *events] == answer("a", "b")


async def test_a_slow_reader_of_an_answer_that_is_complete_is_not_a_timeout_for_async_callers_either():
    bench = Bench(FakeEngine(answer("a", "b")))
    async with bench.port().aopen(Request("tiny", {}, 0.05)) as events:
        first = await anext(events)
        await asyncio.sleep(0.1)
        assert [first, *[event async for event in events]] == answer("a", "b")


def test_leaving_a_stream_stops_the_engine_at_its_next_event():
    gate = threading.Event()
    bench = Bench(FakeEngine([piece("a"), gate, piece("b"), END]))
    with bench.port().open(ASK) as events:
        assert next(events) == piece("a")
    gate.set()
    assert bench.engine.stopped.wait(60)


async def test_cancelling_the_task_stops_the_engine_at_its_next_event():
    gate = threading.Event()
    bench = Bench(FakeEngine([piece("a"), gate, piece("b"), END]))
    task = asyncio.create_task(bench.port().asend(ASK))
    await asyncio.to_thread(bench.engine.wait_until_running)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    assert await asyncio.to_thread(bench.engine.stopped.wait, 60)


def test_a_loop_that_was_closed_meanwhile_does_no_harm_to_the_next_call():
    gate = threading.Event()
    bench = Bench(FakeEngine([piece("a"), gate, piece("b"), END], answer("next")))
    port = bench.port()

    async def left() -> None:
        events = port.aopen(ASK)
        async with events as running, aclosing(running):
            await anext(running)

    asyncio.run(left())
    gate.set()
    assert port.send(ASK) == answer("next")


def test_a_loop_that_is_closed_while_the_engine_speaks_does_no_harm():
    """The worst case: a loop is closed with the call still open, so that nobody could ask the engine to stop."""
    gate = threading.Event()
    bench = Bench(FakeEngine([piece("a"), gate, piece("b"), piece("c"), END], answer("next")))
    port = bench.port()
    loop = asyncio.new_event_loop()
    context = port.aopen(ASK)
    events = loop.run_until_complete(context.__aenter__())
    assert loop.run_until_complete(anext(events)) == piece("a")
    loop.close()
    gate.set()
    assert port.send(ASK) == answer("next")
    assert bench.engine.stopped.is_set()
    del context, events
    gc.collect()


class Downloading:
    """A `find` that reports progress until its reporter stops it."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.error: BaseException | None = None

    def __call__(self, name: str, reporter: Any) -> ReadyModel:
        try:
            for _ in range(20_000):  # an end, so that a test that fails does not hang
                reporter.progress(1, 100, name)
                self.begun.set()
                threading.Event().wait(0.001)
            return ReadyModel(CARD, ())  # nobody ended it: `error` stays None
        except BaseException as error:
            self.error = error
            raise
        finally:
            reporter.finished()
            self.ended.set()


async def test_cancelling_the_task_stops_a_running_download():
    find = Downloading()
    task = asyncio.create_task(Bench().port(find=find).asend(ASK))
    await asyncio.to_thread(find.begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(find.ended.wait, 60)
    assert type(find.error).__name__ == "CallerLeftError"


async def test_cancelling_the_task_stops_a_real_download_and_keeps_what_came(hub: Any, make_card: Any, settings: Any):
    weights = bytes(range(256)) * 12_000
    card, ended = make_card(weights), threading.Event()
    hub.script = [("hold", 200_000)]
    registry = Registry(settings, built_in=[card])

    def find(name: str, reporter: Any) -> ReadyModel:
        try:
            return registry.ensure(name, reporter=reporter)
        finally:
            ended.set()

    task = asyncio.create_task(Bench().port(find=find).asend(ASK))
    while not hub.requests:  # noqa: ASYNC110  (the hub is no part of this loop)
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    hub.released.set()
    assert await asyncio.to_thread(ended.wait, 60)
    assert not registry.installed(card)
    ready = await asyncio.to_thread(lambda: registry.ensure("tiny", reporter=SilentReporter()))
    assert ready.path.read_bytes() == weights
    assert hub.ranges()[-1] is not None


def test_until_the_caller_leaves_everything_is_passed_on_to_the_reporter():
    from racto_nb.providers.embedded.leaving import CallerLeftError, LeavableReporter

    seen: list[Any] = []

    class Told:
        say = progress = finished = staticmethod(lambda *what: seen.append(what))

    told = LeavableReporter(Told())
    told.say("a")
    told.progress(1, 2, "b")
    told.finished()
    told.leave()
    for report in (lambda: told.say("c"), lambda: told.progress(2, 2, "d"), told.look):
        with pytest.raises(CallerLeftError):
            report()
    told.finished()
    assert seen == [("a",), (1, 2, "b"), (), ()]

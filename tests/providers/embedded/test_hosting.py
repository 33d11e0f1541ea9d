"""One loaded model, one worker: turns, stops, errors, and memory that is given back."""

from __future__ import annotations

import gc
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from fake_engine import END, FakeEngine, answer, piece

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.hosting import Ended, HostedModel, ModelPool


class Inbox:
    """Collects what a job delivers."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, item: Any) -> None:
        self.items.put(item)

    def all(self) -> list[Any]:
        """Everything up to and including the end."""
        found = [self.items.get(timeout=60)]
        while not isinstance(found[-1], Ended):
            found.append(self.items.get(timeout=60))
        return found


class Payload(dict):
    """A payload that can be watched."""


def hosted(engine: FakeEngine) -> HostedModel:
    return HostedModel("tiny", lambda: engine)


def test_a_call_delivers_its_events_in_order_and_then_its_end():
    model, inbox = hosted(FakeEngine([piece("a"), piece("b"), END])), Inbox()
    model.submit({"n": 1}, inbox)
    assert inbox.all() == [piece("a"), piece("b"), END, Ended()]


def test_calls_take_turns_in_the_order_of_their_arrival():
    gate, engine = threading.Event(), FakeEngine()
    engine.scripts = [[gate, *answer("first")], answer("second")]
    model, inboxes = hosted(engine), [Inbox(), Inbox(), Inbox()]
    for number, inbox in enumerate(inboxes):
        model.submit({"n": number}, inbox)
    gate.set()
    for inbox in inboxes:
        inbox.all()
    assert [payload["n"] for payload in engine.payloads] == [0, 1, 2]
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


def test_the_model_is_loaded_in_the_worker_when_it_is_first_used_and_once():
    loads, engine = [], FakeEngine()

    def load() -> FakeEngine:
        loads.append(threading.get_ident())
        return engine

    model = HostedModel("tiny", load)
    assert loads == []
    for _ in range(3):
        inbox = Inbox()
        model.submit({}, inbox)
        inbox.all()
    assert len(loads) == 1
    assert loads[0] != threading.get_ident()


def test_a_stop_ends_the_engine_at_its_next_event_and_nothing_more_is_delivered():
    gate, inbox = threading.Event(), Inbox()
    engine = FakeEngine([piece("a"), gate, piece("b"), piece("c")])
    model = hosted(engine)
    job = model.submit({}, inbox)
    assert inbox.items.get(timeout=60) == piece("a")
    job.stop()
    gate.set()
    assert inbox.all() == [Ended()]
    assert engine.stopped.is_set()


def test_a_call_that_was_stopped_before_its_turn_never_reaches_the_engine():
    gate, first, second = threading.Event(), Inbox(), Inbox()
    engine = FakeEngine([gate, *answer("first")], answer("second"))
    model = hosted(engine)
    model.submit({}, first)
    model.submit({}, second).stop()
    gate.set()
    assert second.all() == [Ended()]
    assert len(engine.payloads) == 1


def test_stopping_an_ended_call_does_nothing():
    model, inbox = hosted(FakeEngine()), Inbox()
    job = model.submit({}, inbox)
    inbox.all()
    job.stop()
    again = Inbox()
    model.submit({}, again)
    assert len(again.all()) == 5


def test_an_error_of_the_engine_is_delivered_and_the_next_call_is_served():
    error, engine = EngineError("broke"), FakeEngine()
    engine.scripts = [[piece("a"), error], answer("fine")]
    model, first, second = hosted(engine), Inbox(), Inbox()
    model.submit({}, first)
    model.submit({}, second)
    assert first.all() == [piece("a"), Ended(error)]
    assert second.all()[-1] == Ended()


def test_an_error_while_loading_is_delivered_and_the_next_call_tries_again():
    engine, outcomes = FakeEngine(), [EngineError("no memory")]

    def load() -> FakeEngine:
        if outcomes:
            raise outcomes.pop()
        return engine

    model, first, second = HostedModel("tiny", load), Inbox(), Inbox()
    model.submit({}, first)
    assert str(first.all()[0].error) == "no memory"
    model.submit({}, second)
    assert second.all()[-1] == Ended()


def test_a_model_is_busy_while_a_call_runs_or_waits():
    gate, engine, inbox = threading.Event(), FakeEngine(), Inbox()
    engine.scripts = [[gate, *answer("a")]]
    model = hosted(engine)
    assert not model.busy
    model.submit({}, inbox)
    assert model.busy
    gate.set()
    inbox.all()
    assert not model.busy


def test_closing_while_calls_run_and_wait_ends_them_all_and_frees_the_engine():
    gate, engine = threading.Event(), FakeEngine()
    engine.scripts = [[piece("a"), gate, piece("b")]]
    model, running, waiting = hosted(engine), Inbox(), Inbox()
    model.submit({}, running)
    assert running.items.get(timeout=60) == piece("a")
    model.submit({}, waiting)
    model.close(wait=0.0)
    gate.set()
    assert running.all() == [Ended()]
    assert waiting.all() == [Ended()]
    assert engine.closed.wait(60)


def test_closing_waits_for_the_worker():
    engine, inbox = FakeEngine(), Inbox()
    model = hosted(engine)
    model.submit({}, inbox)
    inbox.all()
    model.close(wait=60)
    assert engine.closed.is_set()


def test_a_closed_model_refuses_calls_and_can_be_closed_again():
    model = hosted(FakeEngine())
    model.close()
    model.close()
    with pytest.raises(EngineError, match="'tiny' is closed"):
        model.submit({}, Inbox())


def test_a_model_that_was_never_used_ends_its_thread():
    model = hosted(FakeEngine())
    thread = model._thread
    del model
    gc.collect()
    thread.join(60)
    assert not thread.is_alive()


def used(model: HostedModel, payload: Any = None) -> None:
    inbox = Inbox()
    model.submit({} if payload is None else payload, inbox)
    inbox.all()


@pytest.mark.parametrize("script", [answer("a"), [EngineError("broke")]], ids=["after an answer", "after an error"])
def test_the_engine_is_freed_when_nobody_refers_to_the_model_any_more(script: list[Any]):
    engine = FakeEngine(script)
    model = hosted(engine)
    used(model)
    watched = weakref.ref(model)
    del model
    gc.collect()
    assert watched() is None
    assert engine.closed.wait(60)


def test_the_traceback_of_a_delivered_error_does_not_keep_the_model():
    """The caller raises the delivered error, whose traceback then refers to all its variables, the model among them."""

    class Failing(FakeEngine):
        def generate(self, *_: object) -> None:
            raise EngineError("broke")

    engine = Failing()

    def caller() -> weakref.ref:
        model, inbox = hosted(engine), Inbox()
        model.submit({}, inbox)
        try:
            raise inbox.all()[-1].error
        except EngineError:  # and lost again, as an error in a cell is: only its traceback knows the model
            return weakref.ref(model)

    watched = caller()
    gc.collect()
    assert engine.closed.wait(60)
    assert watched() is None


def test_what_a_call_carried_is_not_kept_while_the_model_waits():
    engine = FakeEngine()
    model, payload = hosted(engine), Payload(messages=["long"])
    used(model, payload)
    watched = weakref.ref(payload)
    engine.payloads.clear()
    del payload
    gc.collect()
    while watched() is not None:  # the worker lets go of it right after its last delivery
        gc.collect()


def test_dropping_a_model_whose_call_runs_ends_the_call():
    gate, inbox, engine = threading.Event(), Inbox(), FakeEngine()
    engine.scripts = [[piece("a"), gate, piece("b"), END]]
    model = hosted(engine)
    model.submit({}, inbox)
    assert inbox.items.get(timeout=60) == piece("a")
    del model
    gc.collect()
    gate.set()
    assert inbox.all() == [Ended()]
    assert engine.closed.wait(60)


@pytest.fixture
def opened() -> list[FakeEngine]:
    return []


@pytest.fixture
def load(opened: list[FakeEngine]) -> Callable[[], FakeEngine]:
    def open_one() -> FakeEngine:
        opened.append(FakeEngine())
        return opened[-1]

    return open_one


def test_the_same_key_is_the_same_model(load: Callable[[], FakeEngine], opened: list[FakeEngine]):
    pool = ModelPool()
    one, other = pool.shared("key", "tiny", load), pool.shared("key", "tiny", load)
    used(one)
    used(other)
    assert one is other
    assert len(opened) == 1


def test_another_key_is_another_model(load: Callable[[], FakeEngine]):
    pool = ModelPool()
    one, other = pool.shared(("path", 512), "tiny", load), pool.shared(("path", 4096), "tiny", load)
    assert one is not other


def test_the_pool_knows_what_it_hosts(load: Callable[[], FakeEngine]):
    pool = ModelPool()
    models = [pool.shared(key, name, load) for key, name in ((1, "b"), (2, "a"), (3, "a"))]
    assert (pool.names(), 1 in pool, 9 in pool, len(models)) == (["a", "b"], True, False, 3)


def test_the_last_one_to_let_go_frees_the_model(load: Callable[[], FakeEngine], opened: list[FakeEngine]):
    pool = ModelPool()
    one, other = pool.shared("key", "tiny", load), pool.shared("key", "tiny", load)
    used(one)
    del one
    gc.collect()
    assert "key" in pool
    assert not opened[0].closed.is_set()
    del other
    gc.collect()
    assert "key" not in pool
    assert opened[0].closed.wait(60)


def test_a_model_that_was_freed_is_loaded_again_when_it_is_wanted_again(load: Callable[[], FakeEngine], opened: list[FakeEngine]):
    pool = ModelPool()
    for _ in range(2):
        model = pool.shared("key", "tiny", load)
        used(model)
        del model
        gc.collect()
    assert len(opened) == 2


def test_closing_the_pool_frees_all_models(load: Callable[[], FakeEngine], opened: list[FakeEngine]):
    pool = ModelPool()
    models = [pool.shared(key, "tiny", load) for key in range(2)]
    for model in models:
        used(model)
    pool.close()
    assert all(engine.closed.wait(60) for engine in opened)
    assert pool.names() == []

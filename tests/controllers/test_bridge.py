"""Between a controller and a page: what is sent, what is taken, and what becomes of errors."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import traitlets
from controllers.recorded_comm import RecordedComm

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.reading import FromPage, Key, Place
from racto_nb.notebook.widgets import placing
from racto_nb.notebook.widgets.bridge import Bridge, part


class Put(FromPage, frozen=True):
    key: Key
    value: Place


class Drop(FromPage, frozen=True):
    key: Key


class Work(FromPage, frozen=True):
    seconds: float


@dataclass(frozen=True)
class Held:
    items: dict[str, int]
    total: int = 0


def update(state, event):
    match event:
        case Put():
            return replace(state, items={**state.items, event.key: event.value}, total=state.total + event.value), ()
        case Drop() if event.key not in state.items:
            raise UsageError(f"There is no {event.key!r}.")
        case Drop():
            return replace(state, items={key: value for key, value in state.items.items() if key != event.key}), ()
        case Work():
            return state, [event]
    raise AssertionError(event)


class Shelf(Bridge[Held]):
    _esm = "export default {}"
    controller: ClassVar = Controller(
        Put | Drop | Work,
        update,
        lambda state: {"items": state.items, "total": state.total},
        lambda state: {"text/html": f"<p>{state.total}</p>", "text/plain": f"{state.total}"},
    )
    items = part(keyed=True)
    total = part(traitlets.Int)
    ended = 0

    def _perform(self, wish):
        self._begin("work", lambda: self._work(wish.seconds))

    async def _work(self, seconds):
        if seconds < 0:
            raise UsageError("Time does not go back.")
        try:
            await asyncio.sleep(seconds)
        finally:
            self.ended += 1


@pytest.fixture
def shelf():
    made = Shelf(Held({"a": 1}))
    made.comm = RecordedComm()
    yield made
    made.close()


def hear(shelf, **content):
    shelf._heard(shelf, content, [])


def test_only_the_keys_that_changed_are_sent_and_numbered(shelf):
    hear(shelf, do="put", key="b", value=2)
    hear(shelf, do="drop", key="a")

    assert shelf.comm.sent == [
        {"t": "patch", "part": "items", "i": 0, "set": {"b": 2}, "drop": []},
        {"t": "patch", "part": "items", "i": 1, "set": {}, "drop": ["a"]},
    ]
    assert shelf.comm.updates == [{"total": 2}]


def test_a_page_that_is_loaded_anew_reads_all_as_it_is(shelf):
    hear(shelf, do="put", key="b", value=2)
    state = shelf.get_state(["items", "numbers"])

    assert state == {"items": {"a": 1, "b": 2}, "numbers": {"items": 1}}


def test_a_page_that_misses_a_change_is_sent_the_whole_part(shelf):
    hear(shelf, do="put", key="b", value=2)
    hear(shelf, do="refresh", part="items")

    assert shelf.comm.updates[-1] == {"items": {"a": 1, "b": 2}, "numbers": {"items": 1}}


def test_a_page_cannot_set_traits(shelf):
    shelf._handle_msg({"content": {"data": {"method": "update", "state": {"items": {}, "total": 99, "_esm": "alert(1)"}}}})

    assert (shelf.items, shelf.total, shelf._esm) == ({"a": 1}, 0, "export default {}")


@pytest.mark.parametrize(
    "content",
    [
        {"do": "put", "key": "a"},
        {"do": "put", "key": "<b>", "value": 1},
        {"do": "nothing"},
        None,
        [1],
        {"do": "put", "key": "a", "value": -1},
    ],
)
def test_what_a_page_says_amiss_changes_nothing_and_is_shown(shelf, content):
    shelf._heard(shelf, content, [])

    assert shelf.items == {"a": 1}
    assert "not understood" in shelf.fault["text"]
    hear(shelf, do="hush")
    assert shelf.fault == {}


def test_what_is_refused_is_shown_on_the_page_and_raised_in_python(shelf):
    hear(shelf, do="drop", key="x")

    assert shelf.fault == {"text": "There is no 'x'."}
    with pytest.raises(UsageError, match="'x'"):
        shelf.tell(Drop("x"))


def test_a_secret_of_the_environment_is_not_shown_in_an_error(shelf, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdef")
    shelf._show_fault(UsageError("The key sk-1234567890abcdef is wrong."))

    assert "sk-1234567890abcdef" not in shelf.fault["text"]


def test_work_runs_aside_and_its_error_is_shown(shelf):
    hear(shelf, do="work", seconds=-1)
    until(lambda: shelf.fault)

    assert shelf.fault == {"text": "Time does not go back."}


def test_work_is_replaced_by_work_of_the_same_name_and_stopped_by_close(shelf):
    hear(shelf, do="work", seconds=60)
    time.sleep(0.05)
    hear(shelf, do="work", seconds=60)
    until(lambda: shelf.ended == 1)
    shelf.close()

    assert shelf.ended == 2
    assert shelf.closed
    shelf.close()


def test_it_can_be_closed_by_its_own_work(shelf):
    async def work():
        shelf.close()

    shelf._begin("end", work)
    until(lambda: shelf.closed)

    assert shelf._portal is None
    shelf.close()


def test_what_is_told_after_closing_is_no_error_of_anybody(shelf, caplog):
    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            shelf.tell(Put("late", 1))

    shelf._begin("work", work)
    time.sleep(0.05)
    shelf.close()
    gc.collect()

    assert [record.getMessage() for record in caplog.records] == []
    with pytest.raises(UsageError, match="closed"):
        shelf.tell(Put("late", 1))


def test_what_breaks_after_closing_is_still_in_the_log(shelf, caplog):
    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("a fault of ours")

    shelf._begin("work", work)
    time.sleep(0.05)
    shelf.close()

    assert [record.getMessage() for record in caplog.records] == ["Shelf met an error after it was closed"]


@pytest.mark.parametrize(("words", "shown"), [("cannot schedule new futures after shutdown", False), ("a fault of ours", True)])
def test_that_the_program_ends_is_no_error_of_anybody(shelf, words: str, shown: bool):
    """Work that needs a thread is refused one then."""

    async def work():
        raise RuntimeError(words)

    shelf._begin("work", work)
    until(lambda: not shelf._working and (shelf.fault or not shown))
    assert bool(shelf.fault) is shown


def test_one_that_is_closed_shows_what_it_showed_last(shelf, monkeypatch):
    shown = []
    monkeypatch.setattr(placing, "_in_kernel", lambda: True)
    monkeypatch.setattr(placing, "show_bundle", shown.append)
    monkeypatch.delenv("RACTO_DISPLAY", raising=False)
    shelf.tell(Put("b", 7))
    shelf.close()
    shelf._ipython_display_()

    assert shown == [{"text/html": "<p>7</p>", "text/plain": "7"}]


def test_half_a_character_is_refused_before_it_could_come_back(shelf):
    hear(shelf, do="put", key="a\ud83d", value=1)

    assert "not understood" in shelf.fault["text"]


def test_events_of_many_threads_are_taken_one_at_a_time(shelf):
    threads = [threading.Thread(target=lambda: [hear(shelf, do="put", key="n", value=1) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shelf.total == 400
    assert [message["i"] for message in shelf.comm.sent] == list(range(len(shelf.comm.sent)))


def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()

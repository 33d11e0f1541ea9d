"""Frames on a fleet whose tasks were lost, left or partly sent, and long ones beside an event loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from celery import Celery
from worker_beside import worker_beside

from racto_nb.celery import RactoCeleryWorker
from racto_nb.exceptions import PartlySentError
from racto_nb.fleet.mapping import MapWish, run_of
from racto_nb.fleet.sending import Post, Seen, TaskStatus, new_id
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse


class Echo:
    """Says a question again, and notes it."""

    provider, model = "echo", "echo"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def chat(self, config: ChatConfig) -> LLMResponse:
        self.asked.append(config.user_message)
        return LLMResponse(content=f"{config.user_message}!")

    async def achat(self, config: ChatConfig) -> LLMResponse:
        raise NotImplementedError


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[RactoCeleryWorker, Echo]]:
    app, kit = Celery("left", broker="memory://", backend="cache+memory://"), Echo()
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    worker = RactoCeleryWorker(app, kit=kit, resend_after_s=0.1)
    with worker_beside(app, pool="solo"):
        yield worker, kit
    app.close()


@pytest.fixture
def worker(made: tuple[RactoCeleryWorker, Echo]) -> RactoCeleryWorker:
    return made[0]


@pytest.fixture
def asked(made: tuple[RactoCeleryWorker, Echo]) -> list[str]:
    made[1].asked.clear()
    return made[1].asked


def texts(*given: str) -> pl.DataFrame:
    return pl.DataFrame({"text": given})


@pytest.fixture
def losing() -> Iterator[pytest.MonkeyPatch]:
    """The broker loses all messages, until `undo()`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Celery, "send_task", lambda *_, **__: None)
        yield patch


def test_tasks_that_were_lost_after_an_earlier_call_are_sent_again(worker, asked, losing, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    worker.map_frame(texts("a", "b", "c"), "text", checkpoint=path, chunk_size=2, timeout_s=0)
    losing.undo()
    answered = worker.map_frame(texts("c", "a", "d"), "text", checkpoint=path, timeout_s=60)
    assert list(answered["answer"]) == ["c!", "a!", "d!"]
    assert sorted(asked) == ["a", "c", "d"]
    assert list(worker.map_frame(texts("b"), "text", checkpoint=path, timeout_s=60)["answer"]) == ["b!"]
    assert sorted(asked) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("rows", ["bc", "abc"])
def test_a_task_that_was_sent_again_for_some_rows_answers_no_others(worker, asked, losing, tmp_path: Path, rows: str):
    path, lost = tmp_path / "rows.jsonl", dict[str, Any]()
    losing.setattr(Celery, "send_task", lambda *_, **options: lost.update(options))
    worker.map_frame(texts("a", "b", "c"), "text", checkpoint=path, timeout_s=0)
    losing.undo()
    task_id, question = lost["task_id"], lost["kwargs"]["question"]
    payloads = [{"question": question, "texts": ["a", "b"]}]  # as a session would that has only these, and dies then
    worker._port.send(Post(worker._tasks.map, payloads, [task_id], copy=new_id(), anyway=True))
    assert worker.wait(task_id, timeout_s=60).ok
    answered = worker.map_frame(texts(*rows), "text", checkpoint=path, timeout_s=60)
    assert list(answered["answer"]) == [f"{row}!" for row in rows]
    answered = worker.map_frame(texts("a", "b", "c"), "text", checkpoint=path, timeout_s=60)
    assert list(answered["answer"]) == ["a!", "b!", "c!"]
    assert sorted(asked) == ["a", "b", "c"]


def test_a_result_that_does_not_say_whose_answers_it_has_is_asked_anew():
    run = run_of((["a", "b"], ["", ""]), "worker", {}, MapWish())
    run.asked = {"1": ["another", *run.texts]}
    assert run.take(Seen("1", TaskStatus.SUCCESS, {"outcomes": [{"answer": {"content": "?"}}] * 2})) == {}
    assert list(run.chunks().values()) == [list(run.texts)]


def test_nobody_waits_for_the_rows_of_another_frame(worker, asked, losing, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    worker.map_frame(texts("another"), "text", checkpoint=path, timeout_s=0)
    losing.undo()
    told: list[bool] = []
    answered = worker.map_frame(
        texts("mine"), "text", checkpoint=path, timeout_s=60, on_progress=lambda progress: told.append(progress.ended)
    )
    assert list(answered["answer"]) == ["mine!"]
    assert asked == ["mine"]
    assert told[-1]


def test_an_outage_in_the_middle_of_sending_asks_nothing_twice(worker, asked, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    frame = texts("a", "b", "c", "d", "e")
    sent, real = [0], Celery.send_task

    def send_task(self: Celery, *args: Any, **options: Any) -> Any:
        sent[0] += 1
        if sent[0] == 3:
            raise ConnectionError
        return real(self, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Celery, "send_task", send_task)
        with pytest.raises(PartlySentError, match="2 of 5 tasks were sent"):
            worker.map_frame(frame, "text", checkpoint=path, chunk_size=1)
    answered = worker.map_frame(frame, "text", checkpoint=path, chunk_size=1, timeout_s=60)
    assert list(answered["answer"]) == ["a!", "b!", "c!", "d!", "e!"]
    assert sorted(asked) == ["a", "b", "c", "d", "e"]


def test_an_interrupt_while_tasks_are_sent_asks_nothing_twice(worker, asked, tmp_path: Path):
    path, real = tmp_path / "rows.jsonl", Celery.send_task

    def send_task(self: Celery, *args: Any, **options: Any) -> Any:
        real(self, *args, **options)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Celery, "send_task", send_task)
        with pytest.raises(KeyboardInterrupt):
            worker.map_frame(texts("a", "b"), "text", checkpoint=path, chunk_size=1)
    answered = worker.map_frame(texts("a", "b"), "text", checkpoint=path, chunk_size=1, timeout_s=60)
    assert list(answered["answer"]) == ["a!", "b!"]
    assert sorted(asked) == ["a", "b"]


@pytest.mark.parametrize("name", ["a.b", "0", "a[0]", "a b", "a:b", "a!r"])
def test_any_name_of_a_column_may_stand_in_braces(worker, asked, name: str):
    answered = worker.map_frame(pl.DataFrame({name: ["x"], "t": [0.5]}), f"{{{{Say}}}} {{{name}}} {{t}}", timeout_s=60)
    assert list(answered["answer"]) == ["{Say} x 0.5!"]


def test_how_far_it_is_takes_no_look_at_each_row():
    class Counted(list[str]):
        looked = 0

        def __iter__(self) -> Iterator[str]:
            Counted.looked += 1
            return super().__iter__()

    run = run_of((["a", "b", "a", ""], ["", "", "", "empty"]), "worker", {}, MapWish(chunk_size=1))
    run.keys = Counted(run.keys)
    first, second = (list(chunk) for chunk in run.chunks().values())
    run.asked = {"1": first, "2": second}
    assert (run.progress().done, run.progress().failed) == (1, 1)
    run.take(Seen("1", TaskStatus.SUCCESS, {"outcomes": [{"answer": {"content": "A"}}]}))
    assert (run.progress().done, run.progress().failed) == (3, 1)
    run.take(Seen("2", TaskStatus.FAILURE, "no"))
    assert (run.progress().done, run.progress().failed, run.progress().ended) == (4, 2, True)
    assert Counted.looked == 0


async def test_a_long_frame_leaves_the_event_loop_free(worker, monkeypatch: pytest.MonkeyPatch):
    import threading

    from racto_nb.fleet import mapper

    threads: list[bool] = []

    def noted(function: Any) -> Any:
        def noting(*args: Any, **options: Any) -> Any:
            threads.append(threading.current_thread() is threading.main_thread())
            return function(*args, **options)

        return noting

    for name in ("questions_of", "run_of", "_answered"):
        monkeypatch.setattr(mapper, name, noted(getattr(mapper, name)))
    await worker.amap_frame(texts("a"), "text", timeout_s=60)
    assert threads == [False] * 3

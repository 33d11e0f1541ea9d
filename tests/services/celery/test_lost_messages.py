"""Messages that a broker lost, and messages that come twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from worker_beside import worker_beside

from racto_nb.batch import BatchItem
from racto_nb.celery import RactoCeleryWorker, RetryConfig, TaskStatus
from racto_nb.exceptions import (
    PartlySentError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayServerError,
)
from racto_nb.fleet.sending import new_id
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse

ITEMS = [BatchItem(custom_id=f"q{number}", user_message=f"q{number}") for number in range(3)]


class Slow:
    """Takes a while for an answer. A question's first `failures` are raised."""

    provider, model = "slow", "slow"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures: list[Exception] = []

    def chat(self, config: ChatConfig) -> LLMResponse:
        self.asked.append(config.user_message)
        if self.failures:
            raise self.failures.pop()
        time.sleep(0.1)
        return LLMResponse(content="A")

    async def achat(self, config: ChatConfig) -> LLMResponse:
        raise NotImplementedError


def app_of(name: str) -> Celery:
    app = Celery(name, broker="memory://", backend="cache+memory://")
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    return app


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[RactoCeleryWorker, Slow]]:
    app, kit = app_of("lost"), Slow()
    worker = RactoCeleryWorker(app, kit=kit, resend_after_s=0.05, retry_config=RetryConfig(initial_delay_s=0.01))
    with worker_beside(app, pool="threads", concurrency=8):
        yield worker, kit
    app.close()


@pytest.fixture
def worker(made: tuple[RactoCeleryWorker, Slow]) -> RactoCeleryWorker:
    return made[0]


@pytest.fixture
def kit(made: tuple[RactoCeleryWorker, Slow]) -> Slow:
    made[1].asked.clear()
    return made[1]


@pytest.fixture
def losing() -> Iterator[pytest.MonkeyPatch]:
    """The broker loses all messages, until `undo()`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Celery, "send_task", lambda *_, **__: None)
        yield patch


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notes of groups are in a folder of this test."""
    monkeypatch.setenv("RACTO_FLEET_DIR", str(tmp_path))


def sent_again(worker: RactoCeleryWorker, group: Any) -> None:
    worker._port.send(replace(group.post, copy=new_id(), anyway=True))


def all_taken(worker: RactoCeleryWorker) -> None:
    """The worker has taken all messages that were there before: a last one comes after them."""
    assert worker.wait(worker.generate("the last one").id, timeout_s=60).ended


def test_what_a_broker_lost_is_sent_again_and_what_comes_twice_is_asked_once(worker, kit, losing):
    group = worker.parallel_batch(ITEMS)
    losing.undo()
    assert [result.response.content for result in worker.wait_parallel(group, timeout_s=60)] == ["A"] * 3
    worker._port.send(group.post)
    sent_again(worker, group)
    all_taken(worker)
    assert sorted(kit.asked) == ["q0", "q1", "q2", "the last one"]


def test_copies_that_run_side_by_side_are_asked_once(worker, kit):
    group = worker.parallel_batch(ITEMS)
    for _ in range(3):
        sent_again(worker, group)
    assert all(result.ok for result in worker.wait_parallel(group, timeout_s=60))
    all_taken(worker)
    assert sorted(kit.asked) == ["q0", "q1", "q2", "the last one"]


def test_a_question_that_failed_for_good_is_not_asked_again(worker, kit):
    kit.failures.append(RactoGatewayBadRequestError("HTTP 400", status_code=400))
    group = worker.parallel_batch(ITEMS[:1])
    assert worker.wait_parallel(group, timeout_s=60)[0].status is TaskStatus.FAILURE
    sent_again(worker, group)
    all_taken(worker)
    assert worker.wait_parallel(group, timeout_s=60)[0].status is TaskStatus.FAILURE
    assert kit.asked == ["q0", "the last one"]


def test_a_copy_is_tried_again_as_its_first_message_would_be(worker, kit, losing):
    kit.failures.append(RactoGatewayServerError("HTTP 503", status_code=503))
    group = worker.parallel_batch(ITEMS[:1])
    losing.undo()
    assert worker.wait_parallel(group, timeout_s=60)[0].ok
    assert kit.asked == ["q0", "q0"]


def test_a_task_that_was_cancelled_before_a_worker_heard_of_it_is_not_begun(worker, kit, losing):
    group = worker.parallel_batch(ITEMS[:1])
    worker.cancel(group)
    losing.undo()
    result = worker.get_result(group.ids[0])
    assert (result.status, result.error) == (TaskStatus.REVOKED, "TaskRevokedError: the task was cancelled before it began")
    sent_again(worker, group)
    all_taken(worker)
    assert worker.get_result(group.ids[0]).status is TaskStatus.REVOKED
    assert kit.asked == ["the last one"]


@pytest.mark.parametrize(("after", "error"), [(0, ConnectionError()), (1, ConnectionError()), (1, ValueError("a fault"))])
def test_a_batch_that_was_partly_sent_is_not_lost(worker, kit, notes, after: int, error: Exception):
    with pytest.MonkeyPatch.context() as patch:
        breaking(patch, after=after, error=error)
        with pytest.raises(PartlySentError, match=f"{after} of 3 tasks were sent") as caught:
            worker.parallel_batch(ITEMS)
    assert (caught.value.sent, caught.value.total) == (after, 3)
    assert [group.ids for group in worker.groups()] == [caught.value.group.ids]
    results = worker.wait_parallel(caught.value.group, timeout_s=60)
    assert [(result.custom_id, result.ok) for result in results] == [("q0", True), ("q1", True), ("q2", True)]
    assert sorted(kit.asked) == ["q0", "q1", "q2"]


@pytest.mark.parametrize("broken", ["the broker is away", "the first message is refused"])
def test_of_a_batch_of_which_nothing_was_sent_nothing_is_found(notes, monkeypatch: pytest.MonkeyPatch, broken: str):
    away = broken == "the broker is away"
    app = Celery("away", broker="redis://127.0.0.1:9/0" if away else "memory://", backend="cache+memory://")
    app.conf.task_publish_retry = False
    if not away:
        breaking(monkeypatch, after=0, error=ValueError("a fault"))
    worker = RactoCeleryWorker(app, kit=Slow(), name="away")
    with pytest.raises(RactoGatewayConnectionError if away else ValueError) as caught:
        worker.parallel_batch(ITEMS)
    assert not isinstance(caught.value, PartlySentError)
    assert worker.groups() == []
    app.close()


def breaking(monkeypatch: pytest.MonkeyPatch, *, after: int, error: Exception) -> None:
    """Sending fails when so many messages were sent."""
    sent, real = [0], Celery.send_task

    def send_task(self: Celery, *args: Any, **options: Any) -> Any:
        if sent[0] == after:
            raise error
        sent[0] += 1
        return real(self, *args, **options)

    monkeypatch.setattr(Celery, "send_task", send_task)


def test_what_waits_in_its_queue_is_not_sent_again_before_long(monkeypatch: pytest.MonkeyPatch):
    app = app_of("waiting")
    worker = RactoCeleryWorker(app, kit=Slow(), resend_after_s=0.001, name="waiting")
    app.conf.task_default_queue = "nobody"
    group = worker.parallel_batch(ITEMS)
    worker._port.send(replace(group.post, copy=new_id()))
    assert app.control.purge() == 3
    sends: list[bool] = []
    monkeypatch.setattr(worker._port, "_posted", lambda post: sends.append(post.anyway))
    worker.wait_parallel(group, timeout_s=1.5)
    assert sends == [False, False, False, True, True, True]
    app.close()

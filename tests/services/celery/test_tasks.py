"""What a worker's tasks do with questions and errors, on a worker in this process and a broker in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from celery import Celery
from celery.signals import task_retry
from pydantic import BaseModel
from worker_beside import worker_beside

from racto_nb.batch import BatchItem
from racto_nb.celery import FleetProgress, RactoCeleryWorker, RetryConfig, TaskResult, TaskStatus
from racto_nb.exceptions import (
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import ToolCallResult
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.prompts.engine import RactoFile, RactoPrompt
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry

QUICK = RetryConfig(max_retries=2, initial_delay_s=0.01)
BUSY = RactoGatewayRateLimitError("HTTP 429", status_code=429, retry_after=0.2)


CALL = LLMResponse(
    tool_calls=[ToolCallResult(id="1", name="weather", arguments={"city": "Oslo"})], finish_reason=FinishReason.TOOL_CALL
)


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Feeling(BaseModel):
    mood: Mood
    why: str


def weather(city: str) -> str:
    """The weather."""
    return f"Rain in {city}"


class Scripted:
    """A kit whose script each test writes anew: a worker knows the tasks that were there when it started."""

    provider, model = "fake", "fake-model"
    script = FakeKit()

    def chat(self, config: ChatConfig) -> LLMResponse:
        return self.script.chat(config)

    async def achat(self, config: ChatConfig) -> LLMResponse:
        return await self.script.achat(config)


class Echo:
    """Says a question again. `refuse` is refused, `busy` fails so many times, and nothing is said before `held` is set."""

    def __init__(self, *, busy: int = 0, held: threading.Event | None = None) -> None:
        self.busy, self.held = busy, held
        self.asked: list[str] = []

    def chat(self, config: ChatConfig) -> LLMResponse:
        if self.held is not None:
            assert self.held.wait(60)
        text = config.user_message
        self.asked.append(text)
        if "refuse" in text:
            msg = "no"
            raise RactoGatewayBadRequestError(msg, status_code=400)
        if text == "busy" and self.busy:
            self.busy -= 1
            msg = "later"
            raise RactoGatewayServerError(msg, status_code=503)
        return LLMResponse(content=f"{text}!")


@dataclass
class Fleet:
    app: Celery
    workers: dict[str, RactoCeleryWorker] = field(default_factory=dict)
    kits: dict[str, Scripted] = field(default_factory=dict)

    def add(self, name: str, **options: Any) -> None:
        self.kits[name] = Scripted()
        self.workers[name] = RactoCeleryWorker(self.app, kit=self.kits[name], retry_config=QUICK, name=name, **options)

    def __call__(self, *replies: Any, name: str = "plain") -> RactoCeleryWorker:
        """The worker `name`, which answers with `replies`."""
        self.kits[name].script = FakeKit(replies, repeat_last=True)
        return self.workers[name]

    def calls(self, name: str = "plain") -> list[dict[str, Any]]:
        return self.kits[name].script.calls


@pytest.fixture(scope="module")
def made() -> Iterator[Fleet]:
    fleet = Fleet(Celery("tasks", broker="memory://", backend="cache+memory://"))
    fleet.app.conf.broker_transport_options = {"polling_interval": 0.02}
    fleet.add("plain")
    fleet.add("able", tools=ToolRegistry([weather]), response_models=[Feeling])
    with worker_beside(fleet.app, pool="solo"):
        yield fleet
    fleet.app.close()


def ended(worker: RactoCeleryWorker, handle: object) -> TaskResult:
    return worker.wait(handle.id, timeout_s=60)


def test_a_question_is_answered_with_json(made):
    worker = made("Four.")
    result = ended(worker, worker.generate("What is 2 + 2?", history=[{"role": "user", "content": "Hi"}]))
    assert result.ok
    assert result.result["content"] == "Four."
    assert result.response.content == "Four."
    assert [turn.content for turn in result.response.messages] == ["Four."]
    assert [each["content"] for each in made.calls()[0]["messages"]] == ["Hi", "What is 2 + 2?"]


def test_all_of_a_config_arrives(made):
    worker = made(CALL)
    prompt = RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")
    file = RactoFile(b"a,b", "text/csv", name="a.csv")
    config = ChatConfig(
        user_message="Weather?",
        prompt=prompt,
        tools=ToolRegistry([weather]),
        attachments=[file],
        temperature=0.7,
        max_tokens=9,
        extra={"seed": 3},
    )
    result = ended(worker, worker.generate(config))
    assert result.response.tool_calls[0].arguments == {"city": "Oslo"}
    (call,) = made.calls()
    assert call["messages"][0]["content"] == prompt.compile().strip()
    assert (call["temperature"], call["max_tokens"], call["extra"], call["tools"]) == (0.7, 9, {"seed": 3}, ["weather"])
    assert call["attachments"] == [("a.csv", "text/csv")]


def test_tools_are_carried_out_by_the_workers_functions(made):
    config = ChatConfig(user_message="Weather?", tools=ToolRegistry([weather]), auto_execute_tools=True)
    worker = made(CALL, "It rains.", name="able")
    result = ended(worker, worker.generate(config))
    assert (result.response.content, result.response.tool_runs[0].content) == ("It rains.", "Rain in Oslo")
    with pytest.raises(UsageError, match=r"\['weather'\] are to be carried out, and the worker does not know them"):
        made("-").generate(config)


def test_a_class_of_answers_holds_in_the_worker(made):
    worker = made('{"mood": "good", "why": "sun"}', name="able")
    result = ended(worker, worker.generate("How?", response_model=Feeling))
    assert result.result["parsed"] == {"mood": "good", "why": "sun"}
    misfit = made('{"mood": "odd", "why": "sun"}', name="able")
    failed = ended(misfit, misfit.generate("How?", response_model=Feeling))
    assert failed.status is TaskStatus.FAILURE
    assert "mood" in failed.error


def test_a_batch_keeps_ids_order_and_explicit_values(made):
    worker = made("A")
    items = [
        BatchItem(custom_id="cold", user_message="1", temperature=0.0, max_tokens=4096),
        BatchItem(custom_id="shared", user_message="2"),
    ]
    group = worker.parallel_batch(items, temperature=0.9, max_tokens=50)
    results = worker.wait_parallel(group, timeout_s=60)
    assert [result.custom_id for result in results] == ["cold", "shared"]
    asked = {call["messages"][-1]["content"]: (call["temperature"], call["max_tokens"]) for call in made.calls()}
    assert asked == {"1": (0.0, 4096), "2": (0.9, 50)}
    assert worker.get_result(results[0].task_id).custom_id == "cold"


def test_a_refused_request_is_not_tried_again(made):
    worker = made(RactoGatewayBadRequestError("HTTP 400: no", status_code=400))
    result = ended(worker, worker.generate("Hi"))
    assert (result.status, result.error) == (TaskStatus.FAILURE, "RactoGatewayBadRequestError: HTTP 400: no")
    assert len(made.calls()) == 1


def test_what_may_pass_is_tried_again_until_it_is_enough(made):
    worker = made(RactoGatewayServerError("HTTP 500", status_code=500), RactoGatewayConnectionError("gone"), "At last.")
    assert ended(worker, worker.generate("Hi")).response.content == "At last."
    hopeless = made(RactoGatewayServerError("HTTP 503", status_code=503), name="able")
    result = ended(hopeless, hopeless.generate("Hi"))
    assert result.error == "RactoGatewayServerError: HTTP 503"
    assert len(made.calls("able")) == 3


def test_the_wait_that_a_provider_asks_for_is_kept(made):
    waits: list[float] = []

    def hear(reason: object = None, **_: object) -> None:
        waits.append(reason.when)

    task_retry.connect(hear)
    worker = made(BUSY, "Now.")
    assert ended(worker, worker.generate("Hi")).response.content == "Now."
    task_retry.disconnect(hear)
    assert waits == [0.2]


def test_an_error_that_no_text_builds_is_told_in_words(made):
    worker = made(UnsupportedError("No pictures.", provider="fake", wish="attachments"))
    assert ended(worker, worker.generate("Hi")).error == "RactoGatewayError: UnsupportedError: No pictures."


def test_a_task_that_nobody_knows_is_pending_and_says_so(made):
    worker = made("-")
    result = worker.wait("nobody", timeout_s=0)
    assert (result.status, result.ok, result.ended) == (TaskStatus.PENDING, False, False)
    assert result.error == "The task has not ended after 0 s: pending. It goes on; wait for it again, or cancel it."
    with pytest.raises(UsageError, match="'nobody' has no answer"):
        _ = result.response


def test_progress_counts_what_has_ended(made):
    worker = made("A")
    told: list[str] = []
    group = worker.parallel_batch([BatchItem(custom_id=str(n), user_message="x") for n in range(3)])
    last = worker.progress(group, on_progress=lambda progress: told.append(str(progress)), timeout_s=60)
    assert (last.done, last.rows, last.ended) == (3, 3, True)
    assert told[-1] == "3 of 3 tasks"


async def test_the_awaited_twins_do_the_same(made):
    worker = made("A")
    handle = await worker.agenerate("Hi")
    assert (await worker.await_(handle.id, timeout_s=60)).response.content == "A"
    group = await worker.aparallel_batch([BatchItem(custom_id="q", user_message="x")])
    assert [each.custom_id for each in await worker.await_parallel(group, timeout_s=60)] == ["q"]
    assert (await worker.aget_result(handle.id)).ok
    assert (await worker.aprogress(group)).ended


def test_two_workers_of_one_name_are_refused():
    app = Celery("names", broker="memory://", backend="cache+memory://")
    first = RactoCeleryWorker(app, kit=FakeKit())
    with pytest.raises(UsageError, match=r"has a worker 'fake-fake-model' already\. This name is made of the kit's provider"):
        RactoCeleryWorker(app, kit=FakeKit())
    assert RactoCeleryWorker(app, kit=FakeKit(), name="another").name == "another"
    first.release()
    assert RactoCeleryWorker(app, kit=FakeKit()).name == first.name
    app.close()


def test_what_json_cannot_carry_is_refused_before_it_is_sent(made):
    worker = made("-")
    with pytest.raises(UsageError, match="extra"):
        worker.generate("Hi", extra={"seed": object()})
    with pytest.raises(UsageError, match="The metadata cannot be written as JSON"):
        worker.ingest_document("a.txt", owner=object())
    with pytest.raises(UsageError, match="has its own prompt"):
        worker.generate(
            ChatConfig(user_message="Hi"), prompt=RactoPrompt(role="r", aim="a", constraints=[], tone="", output_format="text")
        )
    with pytest.raises(WrongTypeError, match="takes a Celery app, not str"):
        RactoCeleryWorker("app", kit=FakeKit())
    with pytest.raises(UsageError, match="name is made of letters"):
        RactoCeleryWorker(made.app, kit=FakeKit(), name="no spaces")
    with pytest.raises(UsageError, match=r"items\[1\] has the custom_id 'q' of items\[0\]"):
        worker.parallel_batch([BatchItem(custom_id="q", user_message="x")] * 2)


def test_an_app_without_a_result_backend_says_so():
    app = Celery("bare", broker="memory://")
    worker = RactoCeleryWorker(app, kit=FakeKit(["A"]))
    with pytest.raises(UsageError, match="no result backend"):
        worker.wait("any", timeout_s=1)
    app.close()


def test_a_worker_without_rag_says_so(made):
    worker = made("-")
    result = ended(worker, worker.ingest_document("a.txt"))
    assert "has no rag to ingest into" in result.error


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_a_frame_is_answered_in_order_and_each_failure_stays_its_own(made, library: Any):
    worker = made("A", name="plain")
    made.kits["plain"].script = Echo()
    frame = library.DataFrame({"n": [1, 2, 3, 4, 5], "text": ["one", "two", None, "refuse", "one"]})
    answered = worker.map_frame(frame, "Say {text}", chunk_size=2, timeout_s=60)
    assert list(answered["answer"])[:2] == ["Say one!", "Say two!"]
    assert list(answered["answer"])[4] == "Say one!"
    errors = [error if isinstance(error, str) else None for error in answered["error"]]
    assert errors == [None, None, "the cell of 'text' is empty", "RactoGatewayBadRequestError: no", None]
    assert made.kits["plain"].script.asked.count("Say one") == 1


def test_rows_that_may_pass_are_tried_again_and_the_others_are_not(made):
    worker = made("-")
    script = made.kits["plain"].script = Echo(busy=1)
    answered = worker.map_frame(pl.DataFrame({"text": ["a", "busy"]}), "text", timeout_s=60)
    assert list(answered["answer"]) == ["a!", "busy!"]
    assert sorted(script.asked) == ["a", "busy", "busy"]


def test_a_class_becomes_columns(made):
    worker = made('{"mood": "good", "why": "sun"}', name="able")
    answered = worker.map_frame(pl.DataFrame({"text": ["a"]}), "text", response_model=Feeling, prefix="felt_", timeout_s=60)
    assert answered.rows() == [("a", "good", "sun", None)]


def test_a_checkpoint_is_gone_on_with(made, tmp_path: Path):
    worker = made("-")
    script = made.kits["plain"].script = Echo()
    frame = pl.DataFrame({"text": ["a", "b", "refuse"]})
    path = tmp_path / "rows.jsonl"
    worker.map_frame(frame, "text", checkpoint=path, timeout_s=60)
    script.asked.clear()
    more = pl.DataFrame({"text": ["b", "c", "a", "refuse"]})
    told: list[FleetProgress] = []
    answered = worker.map_frame(more, "text", checkpoint=path, timeout_s=60, on_progress=told.append)
    assert list(answered["answer"]) == ["b!", "c!", "a!", None]
    assert sorted(script.asked) == ["c", "refuse"]
    assert (told[-1].known, told[-1].failed, told[-1].ended) == (2, 1, True)
    with pytest.raises(UsageError, match="is of another question"):
        worker.map_frame(more, "text", checkpoint=path, temperature=1.0)


def test_who_begins_again_waits_for_what_was_sent_before(tmp_path: Path, made):
    worker = made("-")
    script = made.kits["plain"].script = Echo(held=threading.Event())
    frame = pl.DataFrame({"text": ["a", "b"]})
    path = tmp_path / "rows.jsonl"
    early = worker.map_frame(frame, "text", checkpoint=path, timeout_s=0)
    assert list(early["error"]) == ["not answered within 0 s. The same call goes on with it."] * 2
    script.held.set()
    assert list(worker.map_frame(frame, "text", checkpoint=path, timeout_s=60)["answer"]) == ["a!", "b!"]
    assert sorted(script.asked) == ["a", "b"]


async def test_a_frame_is_mapped_beside_other_work_of_the_loop(made):
    worker = made("A")
    answered = await worker.amap_frame(pl.DataFrame({"text": ["a"]}), "text", timeout_s=60)
    assert list(answered["answer"]) == ["A"]


def test_a_column_that_is_not_there_is_named(made):
    frame = pl.DataFrame({"text": ["a"], "answer": ["b"]})
    worker = made("-")
    with pytest.raises(UsageError, match=r"no column 'txt'\. Did you mean 'text'"):
        worker.map_frame(frame, "txt")
    with pytest.raises(UsageError, match=r"the field \{title\}, which is no column"):
        worker.map_frame(frame, "Say {title}")
    with pytest.raises(UsageError, match="has a column 'answer' already"):
        worker.map_frame(frame, "text")
    with pytest.raises(WrongTypeError, match=r"takes a DataFrame of pandas or polars, not builtins\.list"):
        worker.map_frame([1], "text")
    with pytest.raises(UsageError, match="chunk_size is a whole number"):
        worker.map_frame(frame, "text", prefix="p_", chunk_size=0)

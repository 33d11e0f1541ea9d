"""A batch from its items to its results, with each provider, in both colours, over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch.counters import CHAT, COUNTERS, GOOGLE, KEY, RESPONSES, called, each_colour, each_counter, items
from pydantic import BaseModel

from racto_nb import RactoFile, RactoPrompt
from racto_nb.batch import BatchError, BatchItem, BatchResults, BatchStatus, BatchTimeoutError
from racto_nb.exceptions import NotFoundError, RactoGatewayAuthError
from racto_nb.models.messages import Message, ToolCallResult
from racto_nb.testing import FakeBatch, FakeFault, FakeProvider, FakeReply
from racto_nb.tools import ToolRegistry


class City(BaseModel):
    name: str


PROMPT = RactoPrompt(role="You know cities.", aim="Answer.", constraints=[], tone="Calm", output_format=City)


@each_counter
@each_colour
def test_results_come_in_the_order_of_the_items_with_answers_and_errors(counter, colour, tmp_path):
    replies = ["Paris.", FakeFault(status=429, message="Too many."), "Rome."]
    with FakeProvider(replies, batches=[FakeBatch(polls=2)]) as server, counter.opened(server, tmp_path) as processor:
        seen = []
        questions = items("France?", "Peru?", "Italy?")
        results = called(colour, processor, "submit_and_wait", questions, poll_interval_s=0.01, on_progress=seen.append)

        assert [(result.custom_id, result.ok) for result in results] == [("q0", True), ("q1", False), ("q2", True)]
        assert [results[0].response.content, results[2].response.content] == ["Paris.", "Rome."]
        assert "Too many." in results[1].error
        assert results[0].response.model == counter.model
        assert results[0].response.usage["completion_tokens"] > 0
        assert [info.status for info in seen][-1] is BatchStatus.COMPLETED
        assert seen[-1].request_count == 3
        assert (seen[-1].completed, seen[-1].failed) == (2, 1)
        assert seen[0].status is BatchStatus.IN_PROGRESS
        assert all(request.authorized_with(KEY) for request in server.requests)


@each_counter
@each_colour
def test_submit_poll_and_fetch_are_steps_of_their_own(counter, colour, tmp_path):
    with FakeProvider(["4"], batches=[FakeBatch(polls=1)]) as server, counter.opened(server, tmp_path) as processor:
        job = called(colour, processor, "submit_batch", items("2 + 2?"))
        assert job.status is BatchStatus.IN_PROGRESS
        assert job.created_at > 1_700_000_000
        with pytest.raises(RuntimeError, match="has not ended"):
            called(colour, processor, "get_results", job.job_id)

        assert called(colour, processor, "poll_status", job.job_id).status is BatchStatus.COMPLETED
        results = called(colour, processor, "get_results", job.job_id)

    assert isinstance(results, BatchResults)
    assert [result.response.content for result in results] == ["4"]


@each_counter
def test_an_item_is_the_question_that_the_kit_would_ask(counter, tmp_path):
    """Prompt, class, history, files, tools: the body is the one of a chat."""
    import importlib

    face = importlib.import_module(f"racto_nb.{counter.wire}_developer_kit")
    tools = ToolRegistry([find_city])
    asked = {
        "user_message": "Where is it?",
        "prompt": PROMPT,
        "history": [Message(role="user", content="Hi"), Message(role="assistant", content="Hello")],
        "attachments": [RactoFile(b"notes", "text/plain", name="notes.txt")],
        "tools": tools,
        "max_tokens": 77,
    }
    with FakeProvider(['{"name": "Paris"}', '{"name": "Paris"}']) as server, counter.opened(server, tmp_path) as processor:
        more = dict(counter.more)
        with face.Chat(counter.model, api_key=KEY, base_url=server.base_url(counter.wire), **more) as kit:
            kit.chat(face.ChatConfig(**asked))
        (result,) = processor.submit_and_wait([BatchItem(custom_id="q", **asked)])
        chat = server.requests[0].json
        (given,) = next(iter(server._batches.jobs.values())).items

    assert result.response.parsed_model == City(name="Paris")
    assert chat == (given.get("body") or given.get("params") or given["request"])


def find_city(name: str) -> str:
    """Find a city.

    Args:
        name: its name
    """
    return name


@each_counter
def test_calls_of_tools_come_back_and_nothing_is_carried_out(counter, tmp_path):
    reply = FakeReply((), tool_calls=(ToolCallResult(id="call_1", name="find_city", arguments={"name": "Paris"}),))
    with FakeProvider([reply]) as server, counter.opened(server, tmp_path) as processor:
        (result,) = processor.submit_and_wait(items("Find Paris.", tools=ToolRegistry([find_city])))

    assert [(call.name, call.arguments) for call in result.response.tool_calls] == [("find_city", {"name": "Paris"})]
    assert result.ok


@each_counter
@each_colour
def test_an_answer_that_does_not_fit_is_its_items_error_and_its_text_is_kept(counter, colour, tmp_path):
    with FakeProvider(['{"nom": "Paris"}', '{"name": "Rome"}']) as server, counter.opened(server, tmp_path) as processor:
        bad, good = called(colour, processor, "submit_and_wait", items("France?", "Italy?", response_model=City))

    assert not bad.ok
    assert bad.response.content == '{"nom": "Paris"}'
    assert "not a valid City" in bad.error
    assert "response.content" in bad.error
    assert good.response.parsed_model == City(name="Rome")


@each_counter
def test_the_prompts_of_item_call_and_processor_go_in_this_order(counter, tmp_path):
    def prompt(role: str) -> RactoPrompt:
        return RactoPrompt(role=role, aim="Answer.", constraints=[], tone="Calm", output_format="text")

    own = [BatchItem(custom_id="own", user_message="?", prompt=prompt("Item.")), *items("Italy?")]
    with FakeProvider(["x"], repeat_last=True) as server:
        with counter.opened(server, tmp_path, default_prompt=prompt("Processor.")) as processor:
            processor.submit_and_wait(own, prompt=prompt("Call."))
            processor.submit_and_wait(items("Italy?"))
        told = [str(item) for job in server._batches.jobs.values() for item in job.items]

    assert ["Item." in told[0], "Call." in told[1], "Processor." in told[2]] == [True, True, True]


@each_counter
@each_colour
@pytest.mark.parametrize("ends", ["expired", "cancelled"])
def test_a_job_that_ended_early_gives_what_it_has_and_says_why_the_rest_is_missing(counter, colour, ends, tmp_path):
    script = FakeBatch(ends=ends, answered=1)
    with FakeProvider(["Paris."], batches=[script]) as server, counter.opened(server, tmp_path) as processor:
        first, second = results = called(colour, processor, "submit_and_wait", items("France?", "Italy?"))

    assert (first.ok, second.ok) == (True, False)
    assert "expired" in second.error or "cancelled" in second.error
    if counter.name != "google" or ends != "expired":
        assert results.job.status.value == ends


@pytest.mark.parametrize("counter", [RESPONSES, CHAT, GOOGLE], ids=lambda counter: counter.name)  # Anthropic's never do
def test_a_job_that_failed_gives_its_reason_for_each_item(counter, tmp_path):
    script = FakeBatch(ends="failed", error="The model is not available for batches.")
    with FakeProvider(batches=[script]) as server, counter.opened(server, tmp_path) as processor:
        results = processor.submit_and_wait(items("France?", "Italy?"))

    assert results.job.status is BatchStatus.FAILED
    assert all("not available for batches" in result.error for result in results)


@each_counter
def test_an_item_of_which_the_provider_says_nothing_has_an_error_that_says_so(counter, tmp_path):
    script = FakeBatch(silent=1)
    with FakeProvider(["Paris."], batches=[script]) as server, counter.opened(server, tmp_path) as processor:
        first, second = processor.submit_and_wait(items("France?", "Italy?"))

    assert first.ok
    assert "says nothing of this item" in second.error


@each_counter
@each_colour
def test_waiting_ends_with_a_timeout_that_names_the_job(counter, colour, tmp_path):
    with FakeProvider(["x"], batches=[FakeBatch(polls=100_000)]) as server, counter.opened(server, tmp_path) as processor:
        with pytest.raises(TimeoutError) as caught:
            called(colour, processor, "submit_and_wait", items("?"), poll_interval_s=0.01, max_wait_s=0.02)
        assert isinstance(caught.value, BatchTimeoutError)
        job = caught.value.job_id
        assert repr(job) in str(caught.value)
        assert called(colour, processor, "poll_status", job).job_id == job


@each_counter
@each_colour
def test_a_job_is_cancelled_and_listed(counter, colour, tmp_path):
    with FakeProvider(["x"], batches=[FakeBatch(polls=100)]) as server, counter.opened(server, tmp_path) as processor:
        job = called(colour, processor, "submit_batch", items("?", "!"))
        other = called(colour, processor, "submit_batch", items("another"))
        assert called(colour, processor, "cancel", job.job_id).status is not BatchStatus.COMPLETED
        assert called(colour, processor, "poll_status", job.job_id).status is BatchStatus.CANCELLED
        assert [one.job_id for one in called(colour, processor, "list_jobs")] == [other.job_id, job.job_id]
        assert [one.job_id for one in called(colour, processor, "list", limit=1)] == [other.job_id]
        results = called(colour, processor, "get_results", job.job_id)
        assert [result.ok for result in results] == [False, False]


@each_counter
def test_a_poll_that_fails_once_loses_nothing(counter, tmp_path):
    with FakeProvider(["x"]) as server, counter.opened(server, tmp_path) as processor:
        job = processor.submit_batch(items("?"))
        path = {"openai": "/v1/batches/{id}", "anthropic": "/v1/messages/batches/{id}", "google": "/v1/batches/{id}"}
        server.route(f"GET {path[counter.wire]}", FakeFault(status=503), repeat_last=False)
        (result,) = processor.resume(job.job_id, poll_interval_s=0.01)

    assert result.ok


@each_counter
@each_colour
def test_a_key_that_is_refused_while_waiting_names_the_job(counter, colour, tmp_path):
    with FakeProvider(["x"], keys=[KEY]) as server:
        with counter.opened(server, tmp_path) as processor:
            job = processor.submit_batch(items("?"))
        message = f"resume\\({job.job_id!r}\\)"
        with (
            counter.opened(server, tmp_path, api_key="sk-another-key-0123456789") as other,
            pytest.raises(RactoGatewayAuthError, match=message),
        ):
            called(colour, other, "resume", job.job_id)


@each_counter
def test_a_job_that_nobody_knows_is_said_to_be_unknown(counter, tmp_path):
    with (
        FakeProvider() as server,
        counter.opened(server, tmp_path) as processor,
        pytest.raises(NotFoundError, match="knows no such job"),
    ):
        processor.poll_status("batch_of_nobody")


@each_counter
def test_a_job_that_was_handed_in_elsewhere_is_read_by_its_id(counter, tmp_path):
    with FakeProvider(["Paris.", "Rome."]) as server:
        with counter.opened(server, tmp_path / "here") as processor:
            job = processor.submit_batch(items("France?", "Italy?"))
        with counter.opened(server, tmp_path / "elsewhere") as other:
            assert [result.response.content for result in other.resume(job.job_id)] == ["Paris.", "Rome."]


def test_each_wire_has_its_counter():
    assert {counter.wire for counter in COUNTERS} == {"openai", "anthropic", "google"}


def test_a_job_of_one_provider_is_refused_by_the_processor_of_another(tmp_path: Path):
    with FakeProvider(["x"]) as server:
        with COUNTERS[1].opened(server, tmp_path) as processor:
            job = processor.submit_batch(items("?"))
        with COUNTERS[2].opened(server, tmp_path) as other, pytest.raises(BatchError, match="is one of openai"):
            other.resume(job.job_id)

"""What goes wrong while a batch is handed in, waited for or read, and what it costs. Over real sockets."""

from __future__ import annotations

import json
import pickle
from datetime import datetime
from decimal import Decimal

import pytest
from batch.counters import ANTHROPIC, CHAT, GOOGLE, KEY, RESPONSES, called, each_colour, each_counter, items
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb import RactoPrompt
from racto_nb.batch import BatchError, BatchItem, BatchResult, BatchResults, BatchStatus, submitting
from racto_nb.batch.results import prices_of
from racto_nb.exceptions import (
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayServerError,
    UnreadableFileError,
    UsageError,
    WrongTypeError,
)
from racto_nb.kits import polling
from racto_nb.models import LLMResponse
from racto_nb.providers.batching import BatchLimits
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.google import batching as google_batching
from racto_nb.providers.wire import ModelSpec
from racto_nb.testing import FakeBatch, FakeBody, FakeFault, FakeProvider

CREATES = {
    "openai": "POST /v1/batches",
    "anthropic": "POST /v1/messages/batches",
    "google": "POST /v1/models/{model}:batchGenerateContent",
}
LOOKS = {"openai": "GET /v1/batches/{id}", "anthropic": "GET /v1/messages/batches/{id}", "google": "GET /v1/batches/{id}"}
PROMPT = RactoPrompt(role="You know cities.", aim="Answer.", constraints=[], tone="Calm", output_format="text")


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "SETTLING", 0.0)


@each_counter
@each_colour
def test_a_refusal_leaves_nothing_behind(counter, colour, tmp_path):
    with FakeProvider() as server, counter.opened(server, tmp_path) as processor:
        server.route(CREATES[counter.wire], FakeFault(status=400, message="No such model for batches."))
        with pytest.raises(RactoGatewayBadRequestError, match="No such model for batches"):
            called(colour, processor, "submit_batch", items("?"))
        assert called(colour, processor, "resume") == []


@each_counter
@each_colour
@pytest.mark.parametrize(
    "fault", [FakeFault(status=500), FakeFault(FakeBody(b"{}"), before_headers=True, ending="close")], ids=["500", "hung up"]
)
def test_an_end_that_is_not_known_is_said_and_the_same_items_are_looked_for(counter, colour, fault, tmp_path):
    with FakeProvider(["Paris."]) as server, counter.opened(server, tmp_path, max_retries=2) as processor:
        server.route(CREATES[counter.wire], fault, repeat_last=False)
        with pytest.raises((RactoGatewayServerError, RactoGatewayConnectionError), match="Hand in the same items again"):
            called(colour, processor, "submit_batch", items("France?"))
        creates = [request for request in server.requests if request.path.endswith(("/batches", ":batchGenerateContent"))]
        assert len([request for request in creates if request.method == "POST"]) == 1  # it is not sent again on a guess

        (result,) = called(colour, processor, "submit_and_wait", items("France?"))
        assert result.ok
        assert called(colour, processor, "resume") == []


@each_counter
def test_too_many_requests_are_tried_again(counter, tmp_path):
    with FakeProvider(["Paris."]) as server, counter.opened(server, tmp_path, max_retries=2) as processor:
        server.route(CREATES[counter.wire], FakeFault(status=429, retry_after=0.01), repeat_last=False)
        assert processor.submit_and_wait(items("France?"))[0].ok


@each_counter
def test_waiting_gives_up_after_some_polls_that_failed_and_names_the_job(counter, tmp_path):
    with FakeProvider(["Paris."]) as server, counter.opened(server, tmp_path) as processor:
        job = processor.submit_batch(items("France?"))
        server.route(LOOKS[counter.wire], *[FakeFault(status=503)] * polling.MOST_MISSES, repeat_last=False)
        with pytest.raises(RactoGatewayServerError, match=f"resume\\({job.job_id!r}\\)"):
            processor.resume(job.job_id, poll_interval_s=0.001)
        assert processor.resume(job.job_id)[0].ok


@pytest.mark.parametrize("counter", [RESPONSES, ANTHROPIC], ids=lambda counter: counter.name)
@each_colour
@pytest.mark.parametrize(
    "fault", [FakeFault(FakeBody(b'{"custom_id": "q0"}' * 9), cut_at_byte=9), FakeBody(b'{"custom_id": "q0", ')]
)
def test_a_download_that_breaks_off_is_made_again(counter, colour, fault, tmp_path):
    with FakeProvider(["Paris."]) as server, counter.opened(server, tmp_path, max_retries=1) as processor:
        job = processor.submit_batch(items("France?"))
        path = {"openai": "GET /v1/files/{id}/content", "anthropic": "GET /v1/messages/batches/{id}/results"}[counter.wire]
        server.route(path, fault, repeat_last=False)
        assert called(colour, processor, "resume", job.job_id)[0].ok


@pytest.mark.parametrize("body", [b"<html>", b"[1]\n", b'{"custom_id": 1\n'])
def test_results_that_are_none_are_an_error_that_names_the_job(body, tmp_path):
    with FakeProvider(["Paris."]) as server, RESPONSES.opened(server, tmp_path) as processor:
        job = processor.submit_batch(items("France?"))
        server.route("GET /v1/files/{id}/content", FakeBody(body + b"\n", content_type="application/octet-stream"))
        with pytest.raises(Exception, match=f"resume\\({job.job_id!r}\\)"):
            processor.resume(job.job_id)


@each_counter
@each_colour
def test_more_items_than_a_job_takes_are_several_jobs_behind_one_name(counter, colour, tmp_path, monkeypatch):
    replies = [f"answer {place}" for place in range(5)]
    with FakeProvider(replies, batches=[FakeBatch(polls=1)]) as server, counter.opened(server, tmp_path) as processor:
        monkeypatch.setattr(type(processor._desk.api), "limits", BatchLimits(2, 1_000_000))
        asked = items("a", "b", "c", "d", "e")
        job = called(colour, processor, "submit_batch", asked)
        assert len(job.parts) == len(server._batches.jobs) == 3
        assert job.job_id not in job.parts
        assert job.request_count == 5
        assert called(colour, processor, "poll_status", job.job_id).status is BatchStatus.IN_PROGRESS
        with counter.opened(server, tmp_path) as other:
            results = called(colour, other, "resume", job.job_id, poll_interval_s=0.01)

    assert sorted(result.response.content for result in results) == replies
    assert [result.custom_id for result in results] == ["q0", "q1", "q2", "q3", "q4"]


@each_counter
@each_colour
def test_a_part_that_is_refused_leaves_the_others_and_is_handed_in_later(counter, colour, tmp_path, monkeypatch):
    with FakeProvider(["a", "b"]) as server, counter.opened(server, tmp_path) as processor:
        monkeypatch.setattr(type(processor._desk.api), "limits", BatchLimits(1, 1_000_000))
        second = iter([None, FakeFault(status=400, message="Quota.")])
        answer = server._batches.answer

        def answered(asked, item):
            creates = asked.place.endpoint.spec["does"] == "create"
            return asked.error(400, message="Quota.") if creates and next(second, None) else answer(asked, item)

        monkeypatch.setattr(type(server._batches), "answer", lambda _, asked, item: answered(asked, item))
        with pytest.raises(RactoGatewayBadRequestError, match=r"Quota. The job 'racto-batch-.*' is not lost"):
            called(colour, processor, "submit_batch", items("x", "y"))
        (half,) = called(colour, processor, "resume")
        assert len(half.parts) == 1
        with pytest.raises(BatchError, match="1 of its 2 parts were handed in"):
            called(colour, processor, "resume", half.job_id)
        results = called(colour, processor, "resume", half.job_id, items=items("x", "y"))

        assert sorted(result.response.content for result in results) == ["a", "b"]
        assert len(server._batches.jobs) == 2


def test_items_of_a_job_are_held_against_their_classes_when_they_are_given_again(tmp_path):
    from pydantic import BaseModel

    class City(BaseModel):
        name: str

    asked = items("France?", response_model=City)
    with FakeProvider(['{"name": "Paris"}']) as server:
        with CHAT.opened(server, tmp_path) as processor:
            job = processor.submit_batch(asked)
        with CHAT.opened(server, tmp_path) as other:
            (plain,) = other.resume(job.job_id)
            (result,) = other.resume(job.job_id, items=asked)
    assert plain.response.parsed == {"name": "Paris"}
    assert plain.response.parsed_model is None
    assert result.response.parsed_model == City(name="Paris")


def test_a_large_batch_goes_to_google_as_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(google_batching, "_INLINE", 200)
    with FakeProvider(["Paris.", FakeFault(status=429), "Rome."]) as server, GOOGLE.opened(server, tmp_path) as processor:
        results = processor.submit_and_wait(items("France?", "Peru?", "Italy?"))
        begun, sent, created, *_ = server.requests

    assert [result.ok for result in results] == [True, False, True]
    assert begun.path == "/upload/v1/files"
    assert begun.headers["x-goog-upload-header-content-length"] == str(len(sent.body))
    assert [json.loads(line)["key"] for line in sent.body.splitlines()] == ["q0", "q1", "q2"]
    assert created.json["batch"]["inputConfig"]["fileName"].startswith("files/")


def test_a_file_is_sent_to_no_other_host(tmp_path, monkeypatch):
    monkeypatch.setattr(google_batching, "_INLINE", 0)
    headers = {"x-goog-upload-url": "http://elsewhere.example/upload"}
    with FakeProvider() as server, GOOGLE.opened(server, tmp_path) as processor:
        server.route("POST /upload/v1/files", FakeBody(b"{}", headers=headers))
        with pytest.raises(Exception, match=r"elsewhere\.example"):
            processor.submit_batch(items("?"))


@each_counter
@each_colour
def test_a_warm_cache_asks_one_short_question_for_what_items_share(counter, colour, tmp_path):
    with FakeProvider(["ok", "Paris.", "Rome.", "Lima."]) as server, counter.opened(server, tmp_path) as processor:
        asked = [*items("France?", "Italy?", prompt=PROMPT), BatchItem(custom_id="alone", user_message="Peru?")]
        results = called(colour, processor, "submit_and_wait", asked, warm_cache=True)
        first = server.requests[0]

    assert [result.response.content for result in results] == ["Paris.", "Rome.", "Lima."]
    assert [response.content for response in results.warm_up] == ["ok"]
    assert PROMPT.role in json.dumps(first.json)
    told = json.dumps(first.json)
    limit = (
        first.json.get("max_output_tokens")
        or first.json.get("max_tokens")
        or first.json.get("generationConfig", {}).get("maxOutputTokens")
    )
    assert limit <= 17
    assert "France" not in told


def test_the_beginning_is_marked_for_anthropics_cache_in_the_question_and_the_items(tmp_path):
    with FakeProvider(["ok", "Paris.", "Rome."]) as server, ANTHROPIC.opened(server, tmp_path) as processor:
        processor.submit_and_wait(items("France?", "Italy?", prompt=PROMPT), warm_cache=True)
        question, batch, *_ = server.requests

    systems = [question.json["system"], *(one["params"]["system"] for one in batch.json["requests"])]
    assert all(system == systems[0] for system in systems)
    assert systems[0][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_openai_is_told_one_name_for_the_cache(tmp_path):
    with FakeProvider(["ok", "Paris.", "Rome."]) as server, RESPONSES.opened(server, tmp_path) as processor:
        processor.submit_and_wait(items("France?", "Italy?", prompt=PROMPT), warm_cache=True)
        question = server.requests[0].json
        bodies = [item["body"] for job in server._batches.jobs.values() for item in job.items]
    assert {body["prompt_cache_key"] for body in [question, *bodies]} == {"racto-batch-gpt-6-luna"}


def responses(*usages: dict[str, int], price: int | None = 1) -> list[BatchResult]:
    costs = [None if price is None else Decimal(price * usage["total_tokens"]) for usage in usages]
    told = [(LLMResponse(content="x", usage=usage), cost) for usage, cost in zip(usages, costs, strict=True)]
    return [BatchResult(custom_id=f"q{n}", response=response, cost=cost) for n, (response, cost) in enumerate(told)]


def double(usage):
    return 2 * Decimal(usage["total_tokens"])


def test_costs_and_what_was_saved_are_sums_of_the_answers():
    told = [*responses({"total_tokens": 3}, {"total_tokens": 4}), BatchResult(custom_id="bad", error="no")]
    results = BatchResults(told, standard=double, warm_up=[LLMResponse(usage={"total_tokens": 5})])
    assert (results.cost, results.standard_cost, results.saved, results.warm_up_cost) == (7, 14, 7, 10)
    assert results.summary() == "2 of 3 answered, 1 failed; $7, $7 less than one by one"
    assert results.usage == {"total_tokens": 7}
    assert [result.custom_id for result in results.failed] == ["bad"]


def test_a_cost_that_is_unknown_for_one_answer_is_unknown():
    told = [*responses({"total_tokens": 3}), *responses({"total_tokens": 4}, price=None)]
    results = BatchResults(told, standard=double)
    assert (results.cost, results.saved) == (None, None)
    assert results.summary() == "2 of 2 answered; price unknown"


def test_without_an_answer_no_cost_is_known_and_without_warm_up_it_cost_nothing():
    results = BatchResults([BatchResult(custom_id="bad", error="no")], standard=double)
    assert (results.cost, results.saved, results.warm_up_cost) == (None, None, 0)


def test_results_survive_pickling_with_their_costs(tmp_path):
    with FakeProvider(["x"]) as server, RESPONSES.opened(server, tmp_path) as processor:
        results = processor.submit_and_wait(items("?"))
    again = pickle.loads(pickle.dumps(results))
    assert (again[0].response.content, again.job, again.cost) == ("x", results.job, None)


def test_answers_of_the_provider_itself_have_its_price():
    prices = prices_of(ModelSpec("openai", "gpt-6-luna"))
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    assert prices.standard(usage) == 2 * prices.batch(usage) > 0
    assert pickle.loads(pickle.dumps(prices)).batch(usage) == prices.batch(usage)
    unknown = prices_of(ModelSpec("openai", "gpt-6-luna", official=False))
    assert (unknown.batch(usage), unknown.standard(usage)) == (None, None)


@settings(max_examples=30)
@given(read=st.integers(1, 900_000), cached=st.floats(0, 1), written=st.integers(0, 100_000))
def test_a_cost_is_the_one_that_the_catalogue_tells(read, cached, written):
    usage = {"prompt_tokens": read, "cached_tokens": int(read * cached), "completion_tokens": written}
    for provider, model in (("openai", "gpt-6-astra"), ("anthropic", "claude-haiku-5-5"), ("google", "gemini-3.8-flash")):
        prices = prices_of(ModelSpec(provider, model))
        assert prices.batch(usage) == catalogue().batch_cost(provider, model, usage)
        assert prices.standard(usage) == catalogue().cost(provider, model, usage)


def test_the_price_of_another_server_is_its_own(tmp_path):
    with FakeProvider(["x"]) as server, RESPONSES.opened(server, tmp_path) as processor:
        assert processor.submit_and_wait(items("?")).cost is None


def test_a_price_of_batches_is_half_and_unknown_where_the_list_has_none():
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    day = datetime(2026, 11, 21)  # noqa: DTZ001  (as the catalogue takes it)
    known = catalogue()
    for provider, model in (("openai", "gpt-6-luna"), ("anthropic", "claude-opus-5-5"), ("google", "gemini-3.8-flash")):
        assert known.batch_cost(provider, model, usage, at=day) * 2 == known.cost(provider, model, usage, at=day)
    assert known.batch_cost("google", "gemini-3.5-flash", usage, at=day) is None
    assert known.batch_cost("openai", "a-model-of-ours", usage, at=day) is None


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"poll_interval_s": 0}, UsageError),
        ({"max_wait_s": -1}, UsageError),
        ({"poll_interval_s": float("nan")}, UsageError),
        ({"on_progress": 3}, WrongTypeError),
    ],
)
def test_a_way_to_wait_that_is_none_is_refused_before_anything_is_sent(wish, error, tmp_path):
    with FakeProvider() as server, CHAT.opened(server, tmp_path) as processor:
        with pytest.raises(error):
            processor.submit_and_wait(items("?"), **wish)
        assert server.requests == []


def test_a_folder_that_cannot_be_written_keeps_the_batch_from_being_sent(tmp_path):
    (tmp_path / "file").write_text("")
    with FakeProvider() as server, CHAT.opened(server, tmp_path / "file") as processor:
        with pytest.raises(UnreadableFileError):
            processor.submit_batch(items("?"))
        assert server.requests == []


def test_an_error_in_on_progress_does_not_lose_the_job(tmp_path):
    def fails(info):
        raise ZeroDivisionError

    with FakeProvider(["x"]) as server, CHAT.opened(server, tmp_path) as processor:
        with pytest.raises(ZeroDivisionError):
            processor.submit_and_wait(items("?"), on_progress=fails)
        (job,) = processor.resume()
        assert processor.resume(job.job_id)[0].ok


def test_no_key_stands_in_results_errors_or_reprs(tmp_path):
    with FakeProvider([FakeFault(status=401, message=f"Bad key {KEY}.")]) as server, CHAT.opened(server, tmp_path) as processor:
        results = processor.submit_and_wait(items("?"))
        assert KEY not in results[0].error + str(results[0].raw)
        assert KEY not in repr(processor) + repr(results) + repr(processor._desk)


def test_an_unfinished_job_says_how_to_wait_for_it(tmp_path):
    with FakeProvider(["x"], batches=[FakeBatch(polls=9)]) as server, CHAT.opened(server, tmp_path) as processor:
        job = processor.submit_batch(items("?"))
        with pytest.raises(BatchError, match="has not ended: in_progress"):
            processor.get_results(job.job_id)

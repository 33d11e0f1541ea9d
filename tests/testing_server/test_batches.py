"""Batches of a fake provider: the vendors' own libraries take them for real ones, and what a real one refuses is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import types
from testing_server.conftest import Plain

from racto_nb.exceptions import UsageError
from racto_nb.testing import FakeBatch, FakeFault, FakeProvider

MESSAGES = [{"role": "user", "content": "Hi"}]
PARAMS = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": MESSAGES}


def line(custom_id: str, url: str = "/v1/chat/completions", **body: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {"model": "gpt-6-luna", "messages": MESSAGES, **body}}


def lines(*items: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


@pytest.fixture
def server() -> Iterator[FakeProvider]:
    with FakeProvider(["Paris.", FakeFault(status=429), "Rome."]) as running:
        yield running


@pytest.fixture
def gpt(server: FakeProvider) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=server.base_url("openai"), max_retries=0) as client:
        yield client


@pytest.fixture
def claude(server: FakeProvider) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=server.base_url("anthropic"), max_retries=0) as client:
        yield client


@pytest.fixture
def gemini(server: FakeProvider) -> Iterator[Any]:
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.base_url("google")))
    yield client
    client.close()


def test_openais_library_runs_a_batch(server, gpt):
    server._batches.script.append(FakeBatch(polls=1))
    file = gpt.files.create(file=("b.jsonl", lines(line("a"), line("b"), line("c", temperature=[]))), purpose="batch")
    job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"k": "v"})
    assert (job.status, job.metadata) == ("validating", {"k": "v"})
    assert gpt.batches.retrieve(job.id).status == "in_progress"
    done = gpt.batches.retrieve(job.id)
    assert done.status == "completed"
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (3, 2, 1)
    (first, third) = map(json.loads, gpt.files.content(done.output_file_id).text.splitlines())
    assert (first["custom_id"], third["custom_id"]) == ("a", "c")
    assert first["response"]["body"]["choices"][0]["message"]["content"] == "Paris."
    (failed,) = map(json.loads, gpt.files.content(done.error_file_id).text.splitlines())
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("b", 429)
    assert [one.id for one in gpt.batches.list(limit=1)] == [job.id]


def test_openais_library_sends_what_we_send(server, gpt, tmp_path):
    from racto_nb.batch import BatchItem, OpenAIBatchProcessor

    with OpenAIBatchProcessor(api_key="k", base_url=server.base_url("openai"), jobs=tmp_path) as processor:
        processor.submit_batch([BatchItem(custom_id="a", user_message="Hi")])
    ours = server.requests[:]
    server.requests.clear()
    (sent,) = next(iter(server._batches.jobs.values())).items
    file = gpt.files.create(file=("b.jsonl", lines(sent)), purpose="batch")
    gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"k": "v"})
    assert [(one.method, one.path, one.query) for one in ours] == [(one.method, one.path, one.query) for one in server.requests]
    assert set(ours[1].json) == set(server.requests[1].json)
    assert ours[0].headers["content-type"].partition("=")[0] == server.requests[0].headers["content-type"].partition("=")[0]


def test_anthropics_library_runs_a_batch(server, claude):
    server._batches.script.append(FakeBatch(polls=1))
    job = claude.messages.batches.create(requests=[{"custom_id": name, "params": PARAMS} for name in "abc"])
    assert job.processing_status == "in_progress"
    assert claude.messages.batches.retrieve(job.id).request_counts.processing == 3
    assert claude.messages.batches.retrieve(job.id).processing_status == "ended"
    answers = {one.custom_id: one.result for one in results_of(claude, server, job.id)}
    assert answers["a"].message.content[0].text == "Paris."
    assert answers["b"].type == "errored"
    assert answers["b"].error.error.type == "rate_limit_error"
    assert [one.id for one in claude.messages.batches.list()] == [job.id]


def results_of(client: anthropic.Anthropic, server: FakeProvider, job: str) -> list[Any]:
    """The library follows the address in the job, which is Anthropic's own: here it is asked directly."""
    from anthropic._decoders.jsonl import JSONLDecoder
    from anthropic.types.messages import MessageBatchIndividualResponse

    kind = JSONLDecoder[MessageBatchIndividualResponse]
    return list(client.get(f"/v1/messages/batches/{job}/results", cast_to=kind, stream=True))


def test_googles_library_runs_a_batch_of_requests(server, gemini):
    asked = [types.InlinedRequest(contents="Hi", metadata={"key": key}) for key in "abc"]
    job = gemini.batches.create(model="gemini-3.8-flash", src=asked, config={"display_name": "ours"})
    assert (job.state, job.display_name) == (types.JobState.JOB_STATE_PENDING, "ours")
    done = gemini.batches.get(name=job.name)
    assert done.state is types.JobState.JOB_STATE_SUCCEEDED
    first, failed, _ = done.dest.inlined_responses
    assert (first.metadata, first.response.text) == ({"key": "a"}, "Paris.")
    assert (failed.metadata, failed.error.message[:12]) == ({"key": "b"}, "You exceeded")
    assert [one.name for one in gemini.batches.list()] == [job.name]


def test_googles_library_runs_a_batch_of_a_file_on_our_paths(server, gemini):
    content = lines(*({"key": key, "request": {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}} for key in "abc"))
    file = gemini.files.upload(file=io.BytesIO(content), config={"mime_type": "application/jsonl"})
    job = gemini.batches.create(model="gemini-3.8-flash", src=file.name, config={"display_name": "ours"})
    done = gemini.batches.get(name=job.name)
    told = [json.loads(one) for one in gemini.files.download(file=done.dest.file_name).splitlines()]
    assert [(one["key"], "error" in one) for one in told] == [("a", False), ("b", True), ("c", False)]
    paths = [request.path for request in server.requests]
    assert paths[0] == "/upload/v1/files"
    assert paths[2] == "/v1/models/gemini-3.8-flash:batchGenerateContent"
    assert paths[-1].startswith("/v1/files/")


@pytest.mark.parametrize("wire", ["openai", "anthropic", "google"])
def test_a_job_is_cancelled(wire, server, gpt, claude, gemini):
    server._batches.script.append(FakeBatch(polls=5, answered=1))
    if wire == "openai":
        file = gpt.files.create(file=("b.jsonl", lines(line("a"), line("b"))), purpose="batch")
        job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
        assert gpt.batches.cancel(job.id).status == gpt.batches.retrieve(job.id).status == "cancelling"
        done = gpt.batches.retrieve(job.id)
        assert (done.status, done.request_counts.completed, done.error_file_id) == ("cancelled", 1, None)
    elif wire == "anthropic":
        job = claude.messages.batches.create(requests=[{"custom_id": name, "params": PARAMS} for name in "ab"])
        assert claude.messages.batches.cancel(job.id).processing_status == "canceling"
        assert claude.messages.batches.retrieve(job.id).processing_status == "canceling"
        assert [one.result.type for one in results_after_a_look(claude, server, job.id)] == ["succeeded", "canceled"]
    else:
        job = gemini.batches.create(
            model="gemini-3.8-flash", src=[types.InlinedRequest(contents="Hi")], config={"display_name": "d"}
        )
        gemini.batches.cancel(name=job.name)
        assert gemini.batches.get(name=job.name).state is types.JobState.JOB_STATE_RUNNING
        assert gemini.batches.get(name=job.name).state is types.JobState.JOB_STATE_CANCELLED


def results_after_a_look(client: anthropic.Anthropic, server: FakeProvider, job: str) -> list[Any]:
    assert client.messages.batches.retrieve(job).processing_status == "ended"
    return results_of(client, server, job)


OPENAI, CLAUDE = "/openai/v1/batches", "/anthropic/v1/messages/batches"
GEMINI = "/google/v1/models/gemini-3.8-flash:batchGenerateContent"
JOB = {"input_file_id": "file-1", "endpoint": "/v1/responses", "completion_window": "24h"}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (OPENAI, {**JOB, "input_file_id": None}, "Missing required parameter: 'input_file_id'"),
        (OPENAI, {**JOB, "window": 1}, "Unknown parameter: 'window'"),
        (OPENAI, {**JOB, "completion_window": "1h"}, "Supported values are: '24h'"),
        (OPENAI, {**JOB, "endpoint": "/v1/files"}, "Supported values are: '/v1/responses'"),
        (OPENAI, JOB, "file-1 does not exist"),
        (CLAUDE, {"requests": []}, "at least 1 item"),
        (CLAUDE, {"requests": [{"params": PARAMS}]}, "requests[0].custom_id: Field required"),
        (CLAUDE, {"requests": [{"custom_id": "a"}]}, "requests[0].params: Field required"),
        (CLAUDE, {"requests": [{"custom_id": "a", "params": PARAMS}] * 2}, "must be unique"),
        (CLAUDE, {"requests": [], "metadata": {}}, "metadata: Extra inputs are not permitted"),
        (GEMINI, {}, "batch is not specified"),
        (GEMINI, {"batch": {"inputConfig": {}}}, "batch.displayName is not specified"),
        (
            GEMINI,
            {"batch": {"displayName": "d", "inputConfig": {"requests": {"requests": [{"key": "a", "request": {}}]}}}},
            "Unknown name",
        ),
    ],
)
def test_what_a_real_service_refuses_is_refused(path, body, told, server):
    with closing(Plain(server)) as client:
        seen = client.ask(path, body)
    assert seen.status == 400
    assert told in json.dumps(seen.json)


def test_an_item_that_the_chat_endpoint_would_refuse_fails_alone(server, gpt):
    file = gpt.files.create(file=("b.jsonl", lines(line("bad", "/v1/responses"), line("good"))), purpose="batch")
    job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert gpt.batches.retrieve(job.id).status == "failed"  # its url is not the job's
    file = gpt.files.create(file=("b.jsonl", lines(line("bad", input="Hi"), line("good"))), purpose="batch")
    job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    done = gpt.batches.retrieve(job.id)
    (told,) = map(json.loads, gpt.files.content(done.error_file_id).text.splitlines())
    assert (told["custom_id"], told["response"]["status_code"]) == ("bad", 400)
    assert done.request_counts.completed == 1


def test_two_items_of_one_id_fail_openais_job(gpt):
    file = gpt.files.create(file=("b.jsonl", lines(line("a"), line("a"))), purpose="batch")
    job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    done = gpt.batches.retrieve(job.id)
    assert (done.status, "unique" in done.errors.data[0].message) == ("failed", True)


def test_an_expired_job_tells_which_items_it_did_not_reach(server, gpt):
    server._batches.script.append(FakeBatch(ends="expired", answered=1))
    file = gpt.files.create(file=("b.jsonl", lines(line("a"), line("b"))), purpose="batch")
    job = gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    done = gpt.batches.retrieve(job.id)
    (late,) = map(json.loads, gpt.files.content(done.error_file_id).text.splitlines())
    assert (done.status, late["custom_id"], late["error"]["code"]) == ("expired", "b", "batch_expired")


def test_an_unknown_job_and_an_unknown_file_are_not_found(gpt):
    for ask in (lambda: gpt.batches.retrieve("batch_9"), lambda: gpt.files.content("file-9"), lambda: gpt.batches.cancel("b")):
        with pytest.raises(openai.NotFoundError):
            ask()


def test_an_end_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'expired'"):
        FakeBatch(ends="expird")


def test_a_text_cannot_be_routed_to_a_batch(server):
    server.route("GET /v1/batches/{id}", "Paris.")
    with closing(Plain(server)) as client:
        assert "takes no text" in str(client.ask("/openai/v1/batches/b").json)

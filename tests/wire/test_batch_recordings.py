"""Recorded batches of real servers: our requests have the recorded shape, and the recorded replies are read as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shared_material import MISSING, shared_path
from wire.cassettes import recorded_in

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.anthropic.batching import AnthropicBatches
from racto_nb.providers.batching import BatchApi, JobReport, Part
from racto_nb.providers.google.batching import GoogleBatches
from racto_nb.providers.openai.batching import OpenAIBatches
from racto_nb.providers.wire import Request


def recorded(provider: str) -> list[dict[str, Any]]:
    """The interactions of a provider's recording; skips the test where the shared material is missing."""
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    (path,) = Path(folder, "data", "cassettes").glob(f"{provider}__test_batch_chat__*.yaml")
    return recorded_in(path)


def exchanged(api: BatchApi, part: Part, replies: list[Any]) -> tuple[list[Request], JobReport]:
    """The requests that hand a part in, and what comes of these replies."""
    exchange, requests = api.submitted(part), []
    request = next(exchange)
    for reply in replies:
        requests.append(request)
        try:
            request = exchange.send(reply)
        except StopIteration as done:
            return requests, done.value
    pytest.fail("it asked for more replies")


def replies_in(interactions: list[dict[str, Any]]) -> list[Any]:
    return [json.loads(one["response"]["body"]["string"]) for one in interactions]


def test_openai_takes_a_file_of_such_lines_and_such_a_job():
    upload, create = interactions = recorded("openai")
    lines = [json.loads(line) for line in upload["request"]["body"].splitlines() if line.startswith('{"custom_id"')]
    api = OpenAIBatches()
    ours = [api.line(line["custom_id"], Request("m", line["body"], operation="/responses")) for line in lines]
    requests, report = exchanged(api, Part("tag/0", "gpt-4.1", "/responses", ours), replies_in(interactions))

    assert [json.loads(line) for line in ours] == lines
    assert [request.operation for request in requests] == ["/files", "/batches"]
    assert requests[0].arguments == {"purpose": "batch"}
    theirs = json.loads(create["request"]["body"])
    assert {key: value for key, value in requests[1].arguments.items() if key != "metadata"} == theirs
    assert report.job == "batch_6955b415634481908ded45de11a2531a"
    assert report.status is BatchStatus.IN_PROGRESS
    assert (report.created_at, report.total, report.completed, report.tag) == (1767224341.0, None, 0, "")


def test_anthropic_takes_such_a_list_of_requests():
    interactions = recorded("anthropic")
    theirs = json.loads(interactions[0]["request"]["body"])
    api = AnthropicBatches()
    ours = [api.line(one["custom_id"], Request("m", one["params"])) for one in theirs["requests"]]
    (request,), report = exchanged(api, Part("tag/0", "claude", "", ours), replies_in(interactions))

    assert request.operation == "/v1/messages/batches"
    assert json.loads(request.content or b"") == theirs
    assert report.job == "msgbatch_01UdG5AjbCDxdmiyZTybPbWT"
    assert report.status is BatchStatus.IN_PROGRESS
    assert (report.total, report.completed, report.failed) == (2, 0, 0)
    assert round(report.created_at) == 1767225923


def test_google_takes_such_requests_in_the_request():
    interactions = recorded("google")
    theirs = json.loads(interactions[0]["request"]["body"])["batch"]["inputConfig"]["requests"]["requests"]
    api = GoogleBatches("generativelanguage.googleapis.com", "v1beta")
    ours = [api.line(f"q{place}", Request("m", one["request"])) for place, one in enumerate(theirs)]
    (request,), report = exchanged(api, Part("tag/0", "gemini-3.5-flash", "", ours), replies_in(interactions))

    assert request.operation == "v1beta/models/gemini-3.5-flash:batchGenerateContent"
    sent = request.arguments["batch"]["inputConfig"]["requests"]["requests"]
    import msgspec

    plain = [json.loads(msgspec.json.encode(one)) for one in sent]
    assert [one["request"] for one in plain] == [one["request"] for one in theirs]
    assert [one["metadata"]["key"] for one in plain] == ["q0", "q1"]
    assert report.job == "batches/gpv3pjje0g931jdhnalwqk9sv4pbqgjlqhi9"
    assert report.status is BatchStatus.IN_PROGRESS
    assert (report.total, report.completed, report.failed) == (2, 0, 0)
    assert round(report.created_at) == 1784649950

"""What providers say of jobs and items, in all the words that their documentation has. Pure."""

from __future__ import annotations

import pytest

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.anthropic.batching import AnthropicBatches
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.google.batching import GoogleBatches
from racto_nb.providers.openai.batching import OpenAIBatches
from racto_nb.providers.wire import Request

OPENAI, ANTHROPIC, GOOGLE = OpenAIBatches(), AnthropicBatches(), GoogleBatches("host", "v1")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("validating", BatchStatus.IN_PROGRESS),
        ("in_progress", BatchStatus.IN_PROGRESS),
        ("finalizing", BatchStatus.FINALIZING),
        ("completed", BatchStatus.COMPLETED),
        ("failed", BatchStatus.FAILED),
        ("expired", BatchStatus.EXPIRED),
        ("cancelling", BatchStatus.CANCELLING),
        ("cancelled", BatchStatus.CANCELLED),
        ("a word of tomorrow", BatchStatus.IN_PROGRESS),
    ],
)
def test_openais_words(word, status):
    assert OPENAI.report({"id": "batch_1", "status": word}).status is status


@pytest.mark.parametrize(
    ("word", "counts", "status"),
    [
        ("in_progress", {"processing": 2}, BatchStatus.IN_PROGRESS),
        ("canceling", {"processing": 2}, BatchStatus.CANCELLING),
        ("ended", {"succeeded": 2}, BatchStatus.COMPLETED),
        ("ended", {"succeeded": 1, "errored": 1}, BatchStatus.COMPLETED),
        ("ended", {"succeeded": 1, "expired": 1}, BatchStatus.EXPIRED),
        ("ended", {"succeeded": 1, "canceled": 1}, BatchStatus.CANCELLED),
    ],
)
def test_anthropics_words(word, counts, status):
    assert ANTHROPIC.report({"id": "m", "processing_status": word, "request_counts": counts}).status is status


@pytest.mark.parametrize("prefix", ["BATCH_STATE_", "JOB_STATE_"])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING", BatchStatus.IN_PROGRESS),
        ("QUEUED", BatchStatus.IN_PROGRESS),
        ("RUNNING", BatchStatus.IN_PROGRESS),
        ("SUCCEEDED", BatchStatus.COMPLETED),
        ("PARTIALLY_SUCCEEDED", BatchStatus.COMPLETED),
        ("FAILED", BatchStatus.FAILED),
        ("EXPIRED", BatchStatus.EXPIRED),
        ("CANCELLED", BatchStatus.CANCELLED),
    ],
)
def test_googles_words(prefix, word, status):
    assert GOOGLE.report({"name": "batches/1", "metadata": {"state": prefix + word}}).status is status


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, BatchStatus.IN_PROGRESS),
        ({"done": True}, BatchStatus.COMPLETED),
        ({"done": True, "error": {"code": 3, "message": "no"}}, BatchStatus.FAILED),
    ],
)
def test_a_state_that_google_does_not_say_is_read_from_the_operation(told, status):
    assert GOOGLE.report({"name": "batches/1", **told}).status is status


@pytest.mark.parametrize("api", [OPENAI, ANTHROPIC, GOOGLE], ids=["openai", "anthropic", "google"])
def test_a_reply_that_is_no_job_is_unreadable(api):
    with pytest.raises(Unreadable, match="'hello'"):
        api.report({"hello": 1})


def test_openais_errors_about_lines_are_those_of_their_items():
    data = [{"code": "bad", "message": "Unknown parameter.", "line": 2, "param": "x"}, {"code": "big", "message": "Too large."}]
    report = OPENAI.report({"id": "b", "status": "failed", "errors": {"data": data}})
    assert report.wrong_lines == {1: "bad: Unknown parameter."}
    assert report.error == "bad: Unknown parameter.; big: Too large."


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ({"response": {"status_code": 429, "body": {"error": {"message": "Slow.", "code": "rate"}}}}, "HTTP 429 (rate): Slow."),
        ({"response": {"status_code": 500, "body": {}}}, "HTTP 500: no reason was given"),
        ({"response": None, "error": {"code": "batch_expired", "message": "Late."}}, "batch_expired: Late."),
        ({}, "no reason was given"),
    ],
)
def test_openais_lines_without_an_answer(line, error):
    answer = OPENAI.answer({"custom_id": "a", **line})
    assert (answer.custom_id, answer.reply, answer.error) == ("a", None, error)


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (
            {"type": "errored", "error": {"type": "error", "error": {"type": "invalid_request_error", "message": "Bad."}}},
            "invalid_request_error: Bad.",
        ),
        ({"type": "errored"}, "errored: no reason was given"),
        ({"type": "canceled"}, "cancelled: the job was cancelled before this item was sent to the model"),
        ({"type": "expired"}, "expired: the job ran out of its 24 hours before this item was sent to the model"),
    ],
)
def test_anthropics_lines_without_an_answer(result, error):
    answer = ANTHROPIC.answer({"custom_id": "a", "result": result})
    assert (answer.custom_id, answer.reply, answer.error) == ("a", None, error)


def test_googles_results_lie_in_the_report_or_in_a_file():
    one = {"response": {"candidates": []}, "metadata": {"key": "a"}}
    inline = {
        "name": "batches/1",
        "metadata": {"state": "BATCH_STATE_SUCCEEDED", "output": {"inlinedResponses": {"inlinedResponses": [one]}}},
    }
    assert GOOGLE.enclosed(GOOGLE.report(inline)) == [one]
    assert GOOGLE.downloads(GOOGLE.report(inline)) == []
    filed = {"name": "batches/1", "metadata": {"state": "BATCH_STATE_SUCCEEDED"}, "response": {"responsesFile": "files/out"}}
    (download,) = GOOGLE.downloads(GOOGLE.report(filed))
    assert download.operation == "v1/files/out:download?alt=media"
    assert GOOGLE.answer(one).custom_id == "a"
    assert (
        GOOGLE.answer({"key": "b", "error": {"code": 400, "message": "Bad.", "status": "INVALID_ARGUMENT"}}).error
        == "INVALID_ARGUMENT: Bad."
    )
    assert GOOGLE.answer({"key": "b"}).error == "neither an answer nor an error came"


@pytest.mark.parametrize("api", [OPENAI, ANTHROPIC, GOOGLE], ids=["openai", "anthropic", "google"])
def test_job_ids_stay_in_their_place_of_the_address(api):
    assert "/../" not in api.polled("x/../y").operation
    assert "?" not in api.cancelled("x?y").operation


def test_a_mark_keeps_what_is_asked():
    body = {"system": "Be brief.", "messages": [{"role": "user", "content": "?"}]}
    marked = ANTHROPIC.marked(Request("m", body), "c").arguments
    assert marked["messages"] == body["messages"]
    assert [block["text"] for block in marked["system"]] == ["Be brief."]
    tools = [{"name": "a"}, {"name": "b"}]
    marked = ANTHROPIC.marked(Request("m", {"tools": tools, "messages": []}), "c").arguments
    assert ["cache_control" in tool for tool in marked["tools"]] == [False, True]
    assert "cache_control" not in str(tools)

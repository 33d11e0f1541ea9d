"""The answers of the fake provider on each endpoint, as plain JSON."""

from __future__ import annotations

import base64
import json
import struct

import pytest

from racto_nb.models import ChatConfig, FinishReason, LLMResponse, ToolCallResult
from racto_nb.testing import FakeKit, FakeReply

CALL = ToolCallResult(id="call_1", name="get_weather", arguments={"city": "Zürich", "days": [1, 2]})
TOLD = {"prompt_tokens": 20, "completion_tokens": 9, "cached_tokens": 12, "reasoning_tokens": 5}
SUMMARY = {"reasoning": {"summary": "auto"}}


def types(events):
    return [event["type"].removeprefix("response.") for event in events]


def test_a_stream_of_responses_has_every_event_in_its_order_and_number(serve):
    _, client = serve([FakeReply(("Hel", "lo"), thinking="Let me", tool_calls=(CALL,))])
    events = client.respond(stream=True, **SUMMARY).events
    assert types(events) == [
        "created", "in_progress",
        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
        "output_item.added", *["function_call_arguments.delta"] * 5, "function_call_arguments.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["output_index"] for event in events if event["type"] == "response.output_item.done"] == [0, 1, 2]


def test_each_event_of_responses_is_named_before_its_data(serve):
    _, client = serve(["a"])
    blocks = client.respond(stream=True).body.decode().split("\n\n")[:-1]
    assert [block.split("\n")[0].removeprefix("event: ") for block in blocks] == [
        f"response.{name}" for name in types(client_events(blocks))
    ]


def client_events(blocks):
    return [json.loads(block.split("data: ")[1]) for block in blocks]


def test_the_last_event_of_responses_holds_what_the_deltas_said(serve):
    _, client = serve([FakeReply(("Hel", "lo"), tool_calls=(CALL,), usage=TOLD)])
    events = client.respond(stream=True).events
    whole = events[-1]["response"]
    said = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    arguments = "".join(event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta")
    assert whole["output"][0]["content"][0]["text"] == said == "Hello"
    assert whole["output"][1]["arguments"] == arguments == '{"city":"Zürich","days":[1,2]}'
    assert whole["usage"]["input_tokens_details"]["cached_tokens"] == 12
    assert whole["usage"]["output_tokens_details"]["reasoning_tokens"] == 5
    assert whole["usage"]["total_tokens"] == 29


@pytest.mark.parametrize(("path", "body"), [("respond", SUMMARY), ("chat", {})])
def test_a_stream_and_a_whole_answer_say_the_same(serve, path, body):
    reply = FakeReply(("a", "b"), thinking="hm", tool_calls=(CALL,), usage=TOLD)
    _, client = serve([reply], repeat_last=True)
    ask = getattr(client, path)
    whole = ask(**body).json
    events = ask(stream=True, **body, **({"stream_options": {"include_usage": True}} if path == "chat" else {})).events
    if path == "respond":
        assert normal(events[-1]["response"]) == normal(whole)
    else:
        assert events[-2]["usage"] == whole["usage"]
        assert "".join(event["choices"][0]["delta"].get("content") or "" for event in events[:-2]) == "ab"
        assert events[-3]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"] == "tool_calls"


def normal(response):
    """Without what differs from call to call: the ids made of the call's number, and the time."""
    text = str({key: value for key, value in response.items() if key not in {"created_at", "completed_at"}})
    return text.replace(response["id"].removeprefix("resp_"), "ID")


@pytest.mark.parametrize(
    ("reason", "status", "details", "chat"),
    [
        (FinishReason.STOP, "completed", None, "stop"),
        (FinishReason.TOOL_CALL, "completed", None, "tool_calls"),
        (FinishReason.LENGTH, "incomplete", {"reason": "max_output_tokens"}, "length"),
        (FinishReason.CONTENT_FILTER, "incomplete", {"reason": "content_filter"}, "content_filter"),
    ],
)
def test_the_reason_of_the_end_is_told_in_the_words_of_the_endpoint(serve, reason, status, details, chat):
    _, client = serve([FakeReply(("a",), finish_reason=reason)], repeat_last=True)
    last = client.respond(stream=True).events[-1]
    assert last["type"] == f"response.{status}"
    assert (last["response"]["status"], last["response"]["incomplete_details"]) == (status, details)
    assert client.chat().json["choices"][0]["finish_reason"] == chat
    assert client.chat(stream=True).events[-2]["choices"][0]["finish_reason"] == chat


def test_a_response_can_fail(serve):
    _, client = serve([FakeReply(("a",), finish_reason=FinishReason.ERROR)])
    last = client.respond(stream=True).events[-1]
    assert (last["type"], last["response"]["error"]["code"]) == ("response.failed", "server_error")


def test_a_refusal_has_events_and_parts_of_its_own(serve):
    _, client = serve([FakeReply(("I ", "can't"), refusal=True)], repeat_last=True)
    events = client.respond(stream=True).events
    assert [event["delta"] for event in events if event["type"] == "response.refusal.delta"] == ["I ", "can't"]
    assert events[-1]["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "I can't"}]
    message = client.chat().json["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "I can't")
    deltas = [event["choices"][0]["delta"] for event in client.chat(stream=True).events[:-1]]
    assert "".join(delta.get("refusal") or "" for delta in deltas) == "I can't"


def test_thoughts_are_told_only_to_who_asks_for_their_summary(serve):
    _, client = serve([FakeReply(("a",), thinking="hm")], repeat_last=True)
    assert client.respond().json["output"][0]["summary"] == []
    assert client.respond(**SUMMARY).json["output"][0]["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert "hm" not in str(client.chat().json)


def test_the_usage_of_a_chat_stream_comes_only_when_asked_for(serve):
    _, client = serve(["a b"], repeat_last=True)
    plain = client.chat(stream=True).events
    asked = client.chat(stream=True, stream_options={"include_usage": True}).events
    assert plain[-1] == asked[-1] == "[DONE]"
    assert not any("usage" in event for event in plain[:-1])
    assert [event["usage"] for event in asked[:-2]] == [None] * 4
    assert (asked[-2]["choices"], asked[-2]["usage"]["completion_tokens"]) == ([], 1)


def test_the_usage_is_estimated_as_the_fake_kit_does(serve):
    _, client = serve(["one two three"])
    kit = FakeKit(["one two three"]).chat(ChatConfig(user_message="How many words are here?"))
    usage = client.respond(input="How many words are here?").json["usage"]
    assert [usage["input_tokens"], usage["output_tokens"]] == [kit.usage["prompt_tokens"], kit.usage["completion_tokens"]]


def test_a_call_of_a_tool_without_text_has_no_message(serve):
    _, client = serve([FakeReply((), tool_calls=(CALL, CALL))], repeat_last=True)
    assert [item["type"] for item in client.respond().json["output"]] == ["function_call", "function_call"]
    assert client.chat().json["choices"][0]["message"]["content"] is None


def test_a_response_can_be_scripted(serve):
    _, client = serve([LLMResponse(content="text", tool_calls=[CALL], usage=TOLD)])
    answer = client.chat().json
    assert answer["choices"][0]["message"]["content"] == "text"
    assert answer["usage"]["prompt_tokens"] == 20


def test_the_request_is_echoed_where_the_service_echoes_it(serve):
    _, client = serve(["a"])
    answer = client.respond(instructions="Be brief.", temperature=None, store=False, metadata={"k": "v"}).json
    assert (answer["instructions"], answer["temperature"], answer["store"], answer["metadata"]) == (
        "Be brief.",
        1.0,
        False,
        {"k": "v"},
    )


def test_embeddings_are_the_vectors_of_the_fake_kit_as_numbers_and_packed(serve):
    _, client = serve()
    body = {"model": "text-embedding-3-small", "input": ["red apple", "tax"], "dimensions": 8}
    plain = client.ask("/v1/embeddings", body).json
    packed = client.ask("/v1/embeddings", body | {"encoding_format": "base64"}).json
    numbers = struct.unpack("<8f", base64.b64decode(packed["data"][0]["embedding"]))
    assert [round(number, 6) for number in numbers] == [round(number, 6) for number in plain["data"][0]["embedding"]]
    assert [item["index"] for item in plain["data"]] == [0, 1]


@pytest.mark.parametrize(("model", "size"), [("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072)])
def test_embeddings_have_the_size_of_their_model(serve, model, size):
    _, client = serve()
    assert len(client.ask("/v1/embeddings", {"model": model, "input": "a"}).json["data"][0]["embedding"]) == size


def test_models_are_listed_and_told_one_by_one(serve):
    _, client = serve(unknown_models=["gpt-9"])
    listed = [model["id"] for model in client.ask("/v1/models").json["data"]]
    assert "gpt-6-luna" in listed
    assert client.ask("/v1/models/gpt-6-luna").json["id"] == "gpt-6-luna"
    assert client.ask("/v1/models/gpt-9").status == 404

"""Another provider is a file and no code: three wires that differ in everything, told by the same renderer."""

from __future__ import annotations

import json

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.models import ToolCallResult
from racto_nb.testing import FakeReply
from racto_nb.testing.composing import StreamError, base_scope, chat_answer, error_answer
from racto_nb.testing.wire_files import load_wires, place_of, wire_from

CALL = ToolCallResult(id="c1", name="get_weather", arguments={"city": "Paris"})
REPLY = FakeReply(
    ("Hel", "lo"),
    thinking="hm",
    tool_calls=(CALL,),
    usage={"prompt_tokens": 20, "completion_tokens": 9, "cached_tokens": 12, "reasoning_tokens": 5},
)

# Every event named; blocks opened and closed; arguments in fragments; the input's tokens at the start.
BLOCKS = {
    "base": "", "key_headers": {"authorization": "Bearer ", "x-api-key": ""},
    "error": {"type": "error", "error": {"type": "${type}", "message": "${message}"}, "request_id": "req_${id}"},
    "errors": {"default": {"type": "invalid_request_error", "message": "No."}, "500": {"type": "api_error", "message": "Oh."}, "529": {"type": "overloaded_error", "message": "Overloaded"}},
    "parts": {"start": {"type": "content_block_start", "index": "${at}", "content_block": "${block}"}},
    "endpoints": {"POST /v1/messages": {
        "kind": "chat", "model": "${request.model}", "streams": "${request.stream|false}", "asked": ["system", "messages"],
        "lines": "sse", "event_line": "type", "finish": {"stop": "end_turn", "tool_call": "tool_use", "length": "max_tokens"},
        "reply": {"content": [
            {"$if": "thinking", "give": {"type": "thinking", "thinking": "${thinking}"}},
            {"$if": "has_text", "give": {"type": "text", "text": "${text}"}},
            {"$each": "calls", "as": "call", "give": {"type": "tool_use", "id": "${call.id}", "input": "${call.input}"}},
        ], "stop_reason": "${finish}"},
        "stream": [
            {"type": "message_start", "message": {"usage": {"input_tokens": "${usage.fresh_tokens}", "cache_read_input_tokens": "${usage.cached_tokens}"}}},
            {"$if": "thinking", "give": [
                {"$use": "start", "at": "${thinking_place}", "block": {"type": "thinking", "thinking": ""}},
                {"$each": "thoughts", "as": "thought", "give": {"type": "content_block_delta", "index": "${thinking_place}", "delta": {"type": "thinking_delta", "thinking": "${thought.text}"}}},
                {"type": "content_block_stop", "index": "${thinking_place}"},
            ]},
            {"$if": "has_text", "give": [
                {"$use": "start", "at": "${text_place}", "block": {"type": "text", "text": ""}},
                {"$each": "pieces", "as": "piece", "give": {"type": "content_block_delta", "index": "${text_place}", "delta": {"type": "text_delta", "text": "${piece.text}"}}},
                {"type": "content_block_stop", "index": "${text_place}"},
            ]},
            {"$each": "calls", "as": "call", "give": [
                {"$use": "start", "at": "${call.place}", "block": {"type": "tool_use", "id": "${call.id}", "name": "${call.name}", "input": {}}},
                {"$each": "call.fragments", "as": "fragment", "give": {"type": "content_block_delta", "index": "${call.place}", "delta": {"type": "input_json_delta", "partial_json": "${fragment.text}"}}},
                {"type": "content_block_stop", "index": "${call.place}"},
            ]},
            {"type": "message_delta", "delta": {"stop_reason": "${finish}"}, "usage": {"output_tokens": "${usage.completion_tokens}"}},
            {"type": "message_stop"},
        ],
        "stream_errors": {"error": [{"type": "error", "error": {"type": "overloaded_error", "message": "${message}"}}]},
    }},
}  # fmt: skip

# The model in the path, no field that says whether to stream, a whole response in each event, a call in one part.
WHOLES = {
    "base": "/v1", "key_headers": {"x-goog-api-key": ""},
    "error": {"error": {"code": "${status}", "message": "${message}", "status": "${type}"}},
    "errors": {"default": {"type": "INVALID_ARGUMENT", "message": "No."}, "500": {"type": "INTERNAL", "message": "Oh."}},
    "parts": {"candidate": {"candidates": [{"content": {"role": "model", "parts": ["${part}"]}, "finishReason": {"$if": "reason", "give": "${reason}"}}]}},
    "endpoints": {"POST /models/{model}:streamGenerateContent": {
        "kind": "chat", "model": "${path.model}", "streams": True, "asked": ["contents"], "lines": "sse",
        "finish": {"stop": "STOP", "tool_call": "STOP"}, "reply": {},
        "stream": [
            {"$if": "thinking", "give": {"$use": "candidate", "part": {"text": "${thinking}", "thought": True}}},
            {"$each": "pieces", "as": "piece", "give": {"$use": "candidate", "part": {"text": "${piece.text}"}}},
            {"$each": "calls", "as": "call", "give": {"$use": "candidate", "part": {"functionCall": {"name": "${call.name}", "args": "${call.input}"}}}},
            {"$use": "candidate", "part": {"text": ""}, "reason": "${finish}"},
        ],
        "stream_errors": {"error": [{"error": {"code": 503, "message": "${message}"}}]},
    }},
}  # fmt: skip

# Lines of JSON, streamed unless it is declined, the time as text, counts in the last line.
LINES = {
    "base": "", "key_headers": {}, "error": {"error": "${message}"},
    "errors": {"default": {"type": "", "message": "No."}, "404": {"type": "", "message": "model '${model}' not found"}, "500": {"type": "", "message": "Oh."}},
    "endpoints": {"POST /api/chat": {
        "kind": "chat", "model": "${request.model}", "streams": "${request.stream|true}", "asked": ["messages"], "lines": "ndjson",
        "finish": {"stop": "stop", "tool_call": "stop"}, "reply": {},
        "stream": [
            {"$each": "pieces", "as": "piece", "give": {"created_at": "${created_iso}", "message": {"content": "${piece.text}"}, "done": False}},
            {"$each": "calls", "as": "call", "give": {"message": {"content": "", "tool_calls": [{"function": {"name": "${call.name}", "arguments": "${call.input}"}}]}, "done": False}},
            {"done": True, "done_reason": "${finish}", "prompt_eval_count": "${usage.prompt_tokens}", "eval_count": "${usage.completion_tokens}"},
        ],
        "stream_errors": {"error": [{"error": "${message}"}]},
    }},
}  # fmt: skip


def told(spec, reply, path, request=None, error=None):
    wire = wire_from("x", spec)
    place = place_of({"x": wire}, "POST", path)
    scope = base_scope(wire, 1, 1_795_219_200, request or {"model": "m"}, place.named)
    answer = chat_answer(place.endpoint.spec, {**scope, "model": "m"}, reply, error, {})
    return b"".join(answer.parts).decode()


def data(text):
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


def test_a_wire_of_named_blocks():
    text = told(BLOCKS, REPLY, "/v1/messages", {"model": "m", "stream": True})
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    events = data(text)
    assert names == [event["type"] for event in events]
    assert names[0:2] + names[-2:] == ["message_start", "content_block_start", "message_delta", "message_stop"]
    assert [event["index"] for event in events if event["type"] == "content_block_start"] == [0, 1, 2]
    assert (
        "".join(event["delta"]["partial_json"] for event in events if event.get("index") == 2 and "delta" in event)
        == '{"city":"Paris"}'
    )
    assert (events[0]["message"]["usage"], events[-2]["delta"]["stop_reason"]) == (
        {"input_tokens": 8, "cache_read_input_tokens": 12}, "tool_use",
    )  # fmt: skip
    whole = json.loads(told(BLOCKS, REPLY, "/v1/messages"))
    assert [block["type"] for block in whole["content"]] == ["thinking", "text", "tool_use"]
    assert whole["content"][2]["input"] == {"city": "Paris"}


def test_a_wire_of_whole_responses():
    events = data(told(WHOLES, REPLY, "/v1/models/m:streamGenerateContent"))
    parts = [event["candidates"][0]["content"]["parts"][0] for event in events]
    assert parts == [
        {"text": "hm", "thought": True}, {"text": "Hel"}, {"text": "lo"},
        {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}, {"text": ""},
    ]  # fmt: skip
    assert ["finishReason" in event["candidates"][0] for event in events] == [False] * 4 + [True]


def test_a_wire_of_lines():
    lines = [json.loads(line) for line in told(LINES, REPLY, "/api/chat").splitlines()]
    assert [line["message"]["content"] for line in lines[:-1]] == ["Hel", "lo", ""]
    assert lines[0]["created_at"] == "2026-11-21T00:00:00Z"
    assert lines[-1] == {"done": True, "done_reason": "stop", "prompt_eval_count": 20, "eval_count": 9}
    assert told(LINES, REPLY, "/api/chat", {"model": "m", "stream": False}) == "{}"


@pytest.mark.parametrize(
    ("spec", "path", "last"),
    [
        (BLOCKS, "/v1/messages", {"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}),
        (WHOLES, "/v1/models/m:streamGenerateContent", {"error": {"code": 503, "message": "boom"}}),
        (LINES, "/api/chat", {"error": "boom"}),
    ],
)
def test_each_wire_reports_errors_in_its_streams(spec, path, last):
    text = told(spec, REPLY, path, {"model": "m", "stream": True}, StreamError(1, None, "boom", "c"))
    assert json.loads(text.strip().splitlines()[-1].removeprefix("data: ")) == last
    assert '"lo"' not in text


@pytest.mark.parametrize(
    ("spec", "status", "body"),
    [
        (BLOCKS, 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_7"}),
        (WHOLES, 503, {"error": {"code": 503, "message": "Oh.", "status": "INTERNAL"}}),
        (LINES, 404, {"error": "model 'm' not found"}),
    ],
)
def test_each_wire_has_its_own_errors(spec, status, body):
    answer = error_answer(wire_from("x", spec), {"id": "7", "model": "m"}, status)
    assert (answer.status, json.loads(b"".join(answer.parts))) == (status, body)


def test_a_wire_that_is_named_in_the_path_is_meant_even_where_another_knows_the_path_too():
    wires = {"a": wire_from("a", LINES), "b": wire_from("b", LINES)}
    assert place_of(wires, "POST", "/b/api/chat").wire.name == "b"
    assert place_of(wires, "POST", "/api/chat").wire.name == "a"
    assert place_of(wires, "GET", "/b/api/chat").endpoint is None


def test_an_endpoint_of_an_unknown_kind_is_named():
    with pytest.raises(UsageError, match="'POST /x' of the wire 'w' is of the unknown kind 'chatt'"):
        wire_from("w", {"base": "", "endpoints": {"POST /x": {"kind": "chatt"}}})


def test_every_wire_that_is_shipped_is_complete():
    for wire in load_wires().values():
        assert {"key_headers", "error", "errors", "endpoints"} <= set(wire.spec)
        assert {"default", "500"} <= set(wire.spec["errors"])
        for endpoint in wire.endpoints:
            if endpoint.spec["kind"] == "chat":
                assert set(endpoint.spec["finish"]) == {"stop", "tool_call", "length", "content_filter", "error"}
                assert {"streams", "stream", "reply", "stream_errors", "asked", "lines", "model"} <= set(endpoint.spec)

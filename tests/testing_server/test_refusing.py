"""What the real service would refuse is refused in its words, and takes nothing from the script."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.testing.rules import first_problem

USER = [{"role": "user", "content": "Hi"}]
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
LOOSE = OPEN | {"additionalProperties": False, "required": []}
STRICT = OPEN | {"additionalProperties": False}


def json_format(schema):
    return {"format": {"type": "json_schema", "name": "w", "strict": True, "schema": schema}}


WRONG_CHATS = {
    "no model": ({"model": None}, "model", "Missing required parameter"),
    "no role": ({"messages": [{"content": "Hi"}]}, "messages[0].role", "Missing required parameter"),
    "unknown role": ({"messages": [*USER, {"role": "model", "content": ""}]}, "messages[1].role", "Supported values are: 'system'"),
    "two limits": ({"max_tokens": 1, "max_completion_tokens": 1}, "max_completion_tokens", "at the same time"),
    "no json": ({"response_format": {"type": "json_object"}}, "messages", "must contain the word 'json'"),
    "a new word of Responses": ({"context_management": []}, "context_management", "Unrecognized request argument"),
    "words of Responses": ({"input": "Hi"}, "input", "Unrecognized request argument"),
    "a part of Responses": (
        {"messages": [{"role": "user", "content": [{"type": "input_text"}]}]}, "messages[0].content[0].type", "'input_text'",
    ),
    "a flat tool": ({"tools": [{"type": "function", "name": "f"}]}, "tools[0].name", "Unknown parameter"),
    "an open schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "w", "strict": True, "schema": OPEN}}},
        "response_format.json_schema.schema", "'additionalProperties' is required",
    ),
}  # fmt: skip

WRONG_RESPONSES = {
    "no model": ({"model": None}, "model", "Missing required parameter"),
    "seed": ({"seed": 1}, "seed", "Unknown parameter: 'seed'"),
    "stop": ({"stop": ["x"]}, "stop", "Unknown parameter: 'stop'"),
    "unknown item": ({"input": [{"type": "image"}]}, "input[0].type", "Supported values are"),
    "unknown role": ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role", "'developer'"),
    "an answer as input": (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": ""}]}]}, "input[0].content[0].type", "'output_text'",
    ),
    "a question as output": (
        {"input": [{"role": "user", "content": [{"type": "output_text", "text": ""}]}]}, "input[0].content[0].type", "'input_text'",
    ),
    "no json": ({"text": {"format": {"type": "json_object"}}, "instructions": "json"}, "input", "must contain the word 'json'"),
    "a nested tool": ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function", "Unknown parameter"),
    "an open schema": ({"text": json_format(OPEN)}, "text.format.schema", "'additionalProperties' is required"),
    "an optional property": ({"text": json_format(LOOSE)}, "text.format.schema", "Missing 'a'"),
    "an open object inside": (
        {"text": json_format(STRICT | {"properties": {"a": {"type": "array", "items": OPEN}}})}, "text.format.schema", "('a', 'items')",
    ),
    "an open tool": (
        {"tools": [{"type": "function", "name": "f", "strict": True, "parameters": OPEN}]}, "tools[0].parameters", "'additionalProperties'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "param", "words"), WRONG_CHATS.values(), ids=WRONG_CHATS)
def test_a_wrong_chat_is_refused_and_the_script_waits(serve, wrong, param, words):
    _, client = serve(["answer"])
    refused = client.chat(**wrong)
    assert (refused.status, refused.json["error"]["type"], refused.json["error"]["param"]) == (
        400,
        "invalid_request_error",
        param,
    )
    assert words in refused.json["error"]["message"]
    assert client.chat().json["choices"][0]["message"]["content"] == "answer"


@pytest.mark.parametrize(("wrong", "param", "words"), WRONG_RESPONSES.values(), ids=WRONG_RESPONSES)
def test_a_wrong_response_is_refused(serve, wrong, param, words):
    _, client = serve(["answer"])
    refused = client.respond(**wrong)
    assert (refused.status, refused.json["error"]["param"]) == (400, param)
    assert words in refused.json["error"]["message"]


RIGHT_RESPONSES = {
    "a conversation": {"input": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, {"type": "input_image", "image_url": "data:,"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Yo"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "1"},
    ]},
    "JSON that is asked for": {"input": "As JSON.", "text": {"format": {"type": "json_object"}}},
    "a strict schema": {"text": json_format(STRICT)},
    "a lax schema that is not called strict": {"text": {"format": {"type": "json_schema", "name": "w", "schema": OPEN}}},
    "a tool": {"tools": [{"type": "function", "name": "f", "strict": True, "parameters": STRICT}], "tool_choice": "required"},
}  # fmt: skip


@pytest.mark.parametrize("right", RIGHT_RESPONSES.values(), ids=RIGHT_RESPONSES)
def test_a_right_response_is_answered(serve, right):
    _, client = serve(["answer"])
    assert client.respond(**right).status == 200


@pytest.mark.parametrize(
    "wrong", [{"input": ""}, {"input": []}, {"input": ["a", ""]}, {"input": ["a"] * 2049}, {"encoding_format": "x"}]
)
def test_wrong_texts_to_embed_are_refused(serve, wrong):
    _, client = serve()
    assert client.ask("/v1/embeddings", {"model": "m", "input": "a"} | wrong).status == 400


def test_a_model_can_be_unknown_from_any_moment_on(serve):
    server, client = serve(["a"], repeat_last=True)
    assert client.chat().status == 200
    server.unknown_models.add("m")
    refused = client.chat()
    assert (refused.status, refused.json["error"]["code"]) == (404, "model_not_found")
    assert "`m`" in refused.json["error"]["message"]


def test_a_body_that_is_no_json_is_refused(serve):
    _, client = serve(["a"])
    for body in (b"{", b"[1]", b"\xff"):
        refused = client.ask("/v1/responses", body)
        assert (refused.status, "could not parse" in refused.json["error"]["message"]) == (400, True)


def test_an_unknown_path_is_told_what_is_known(serve):
    _, client = serve(["a"])
    refused = client.ask("/openai/v1/completions", {})
    assert refused.status == 404
    assert "POST /v1/chat/completions" in refused.json["error"]["message"]


def test_another_key_is_refused_and_shown_in_part_as_the_service_does(serve):
    _, client = serve(["a"], keys={"right-key"})
    wrong = client.ask("/v1/models", headers={"Authorization": "Bearer sk-proj-0123456789abcdef"})
    assert (wrong.status, wrong.json["error"]["code"]) == (401, "invalid_api_key")
    assert "sk-proj-************cdef" in wrong.json["error"]["message"]
    assert client.ask("/v1/models", headers={"Authorization": "Bearer right-key"}).status == 200


def test_a_missing_key_is_refused_only_where_keys_are_wanted(serve):
    _, client = serve(["a"], keys=["right-key"])
    assert client.chat().status == 401
    _, open_client = serve(["a"])
    assert open_client.chat().status == 200


def test_a_rule_of_an_unknown_kind_is_named():
    with pytest.raises(UsageError, match="'nonsense'"):
        first_problem({}, [{"rule": "nonsense", "fields": [], "message": ""}])

"""The documents' own code blocks on the OpenAI kit, run against a server on this machine with only the package name replaced.

They are read from the shared specification and skipped where it is missing; `test_openai_as_documented.py` needs nothing. The key
and the address come from the environment, as users of a proxy give them. Where a block makes its kits for several providers, only
the lines on OpenAI are run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from shared_material import MISSING, shared_path

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.models import ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeProvider, FakeReply
from racto_nb.tools import ToolRegistry

KEY = "sk-proj-of-the-documents-0123456789"
ASK = gpt.ChatConfig(user_message="Hi")
# OpenAI also counts these. The documents show the first three counts only.
MORE = {"cached_tokens": 0, "reasoning_tokens": 0}

Run = Callable[..., dict[str, Any]]


class City(BaseModel):
    name: str


@pytest.fixture(scope="module")
def originals() -> dict[int, str]:
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    blocks = json.loads((folder / "spec" / "snippets.json").read_text(encoding="utf-8"))
    return {block["id"]: block["code"] for block in blocks}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with FakeProvider(keys=[KEY]) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url("openai"))
        yield server


@pytest.fixture
def run(originals: dict[int, str], provider: FakeProvider) -> Iterator[Run]:
    """`run(number, replies, **names)` gives the names that a block leaves; `until` is a line before which it is cut."""
    kits: list[Any] = []

    def started(number: int, replies: Any = (), *, until: str | None = None, warned: bool = True, **given: Any) -> dict[str, Any]:
        code = originals[number].replace("ractogateway", "racto_nb")
        if until is not None:
            assert until in code
            code = code.partition(until)[0]
        provider._script.replies[:] = list(replies)
        names: dict[str, Any] = {"gpt": gpt, "RactoPrompt": RactoPrompt, "__name__": "block", **given}
        if warned:
            with pytest.warns(RetiredModelWarning, match="gpt-4o is shut down on 2027-01-14. Use gpt-6-luna"):
                exec(compile(code, f"block {number}", "exec"), names)
        else:
            exec(compile(code, f"block {number}", "exec"), names)
        kits.append(names.get("kit"))
        return names

    yield started
    for kit in kits:
        if kit is not None:
            kit.close()


def prompt() -> RactoPrompt:
    return RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")


def test_block_1_the_quick_start_prints_the_answer(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    names = run(1, ["Python is a beginner-friendly, high-level programming language."])
    assert capsys.readouterr().out == "Python is a beginner-friendly, high-level programming language.\n"
    (request,) = provider.requests
    assert request.authorized_with(KEY)
    assert request.json["model"] == "gpt-4o"
    assert request.json["messages"] == [
        {"role": "system", "content": names["prompt"].compile().strip()},
        {"role": "user", "content": "What is Python?"},
    ]


def test_block_13_a_kit_is_made_from_a_model_alone(run: Run):
    names = run(13, ["Hello"], until="kit = gemini.Chat")
    assert names["kit"].chat(ASK).content == "Hello"


def test_block_14_every_argument_has_its_documented_meaning(run: Run):
    given = prompt()
    kit = run(14, until="# Google Gemini", prompt=given)["kit"]
    assert (kit.model, kit.default_prompt, kit._port.service.base_url) == ("gpt-4o", given, "https://custom-proxy.com/v1")
    assert kit._settings.embedding_model == "text-embedding-3-small"
    assert kit._port.service.key == "sk-..."


def test_block_16_a_message_has_a_role_and_a_text(run: Run):
    message = run(16, warned=False)["msg"]
    assert message.model_dump() == {"role": "user", "content": "What is Python?"}


def test_block_17_a_response_has_the_documented_fields(run: Run, provider: FakeProvider):
    with gpt.Chat("gpt-6-luna") as kit:
        response = run(17, [FakeReply.of("4", usage={"prompt_tokens": 42, "completion_tokens": 5})], warned=False, kit=kit)[
            "response"
        ]
    assert response.content == "4"
    assert response.tool_calls == []
    assert response.finish_reason is gpt.FinishReason.STOP
    assert response.usage == {"prompt_tokens": 42, "completion_tokens": 5, "total_tokens": 47} | MORE
    assert response.raw["choices"][0]["message"]["content"] == "4"


def test_block_18_json_is_parsed(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    usage = {"prompt_tokens": 78, "completion_tokens": 12}
    response = run(18, [FakeReply.of('{"name": "Alice", "age": 30}', usage=usage)])["response"]
    assert response.parsed == {"name": "Alice", "age": 30}
    assert capsys.readouterr().out.splitlines() == [
        '{"name": "Alice", "age": 30}',
        "{'name': 'Alice', 'age': 30}",
        "stop",
        str({"prompt_tokens": 78, "completion_tokens": 12, "total_tokens": 90} | MORE),
    ]
    assert provider.requests[0].json["response_format"] == {"type": "json_object"}


def test_block_19_a_stream_is_printed_in_pieces(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    run(19, [FakeReply.of("Generators yield values one by one.", usage={"prompt_tokens": 50, "completion_tokens": 7})])
    assert capsys.readouterr().out.splitlines() == [
        "Generators yield values one by one.",
        "Finish reason : stop",
        f"Tokens used   : { {'prompt_tokens': 50, 'completion_tokens': 7, 'total_tokens': 57} | MORE }",
        "Full response : Generators yield values one by one....",
    ]
    assert provider.requests[0].json["stream"] is True


def test_block_20_chat_and_stream_can_be_awaited(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    run(20, ["SOLID is five principles.", FakeReply.of("Five words.", usage={"prompt_tokens": 9, "completion_tokens": 3})])
    assert capsys.readouterr().out.splitlines() == [
        "SOLID is five principles.",
        "Five words.",
        f"Done. Tokens: { {'prompt_tokens': 9, 'completion_tokens': 3, 'total_tokens': 12} | MORE }",
    ]
    assert [request.json["messages"][-1]["content"] for request in provider.requests] == [
        "What is SOLID?",
        "Explain SOLID briefly",
    ]


def test_block_21_the_model_and_the_size_of_vectors_can_be_chosen(run: Run, provider: FakeProvider):
    config = run(21, warned=False)["config"]
    with gpt.Chat("gpt-6-luna") as kit:
        response = kit.embed(config)
    assert provider.requests[0].json["model"] == response.model == "text-embedding-3-large"
    assert [len(vector.embedding) for vector in response.vectors] == [512, 512]


def test_block_22_texts_become_vectors(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    response = run(22)["response"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "text-embedding-3-small"
    assert printed[1] == str(response.usage)
    assert printed[2] == "3"
    assert [line.partition(", first5")[0] for line in printed[3:]] == [
        "[0] 'cat' → vector dim=1536",
        "[1] 'dog' → vector dim=1536",
        "[2] 'automobile' → vector dim=1536",
    ]
    assert response.usage["total_tokens"] == response.usage["prompt_tokens"] > 0


def test_block_27_an_answer_is_validated(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    said = {"sentiment": "positive", "confidence": 0.97, "reasoning": "Strong positive adjective."}
    names = run(27, [json.dumps(said)])
    assert names["result"] == names["SentimentResult"](**said)
    assert capsys.readouterr().out.splitlines() == [
        json.dumps(said),
        str(said),
        "positive",
        "0.97",
        "Strong positive adjective.",
    ]
    form = provider.requests[0].json["response_format"]["json_schema"]
    assert (form["name"], form["strict"]) == ("SentimentResult", True)


def test_block_28_a_second_turn_takes_the_first_along(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    run(28, ["def reverse_string(s): ...", "def reverse_string(s: str | None): ..."])
    assert capsys.readouterr().out.splitlines() == ["def reverse_string(s): ...", "def reverse_string(s: str | None): ..."]
    assert [(turn["role"], turn["content"]) for turn in provider.requests[1].json["messages"][1:]] == [
        ("user", "Write a function to reverse a string in Python."),
        ("assistant", "def reverse_string(s): ..."),
        ("user", "Now make it handle None input gracefully."),
    ]


def test_block_15_a_question_may_have_everything(run: Run):
    names = run(15, warned=False, prompt=prompt(), my_tool_registry=ToolRegistry(), MyPydanticModel=City)
    config = names["config"]
    assert isinstance(config.tools, ToolRegistry)
    assert (config.response_model, config.extra) == (City, {"top_p": 0.9, "seed": 42})


def test_block_23_tools_are_registered(run: Run):
    names = run(23, warned=False)
    weather, web = names["registry"].schemas
    assert (weather.description, web.description) == ("Get the current weather for a city.", "Search the web for information.")
    assert weather.to_json_schema() == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The city name"},
            "unit": {"type": "string", "description": "Temperature unit — celsius or fahrenheit", "default": "celsius"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }
    assert names["get_weather"]("Tokyo") == "Weather in Tokyo: 22°C, partly cloudy"
    assert names["registry"].get_callable("search_web") is names["search_web"]


def test_block_24_a_decorated_function_is_added_to_a_registry(run: Run):
    names = run(24, warned=False)
    (schema,) = names["registry"].schemas
    assert [(each.name, each.type) for each in schema.parameters] == [
        ("principal", "number"),
        ("annual_rate", "number"),
        ("years", "integer"),
    ]
    assert schema.parameters[1].description == "Annual interest rate as a decimal (e.g., 0.05 for 5%)"
    assert round(names["calculate_mortgage"](200_000.0, 0.05, 30), 2) == 1073.64


def test_block_25_a_pydantic_class_is_a_tool(run: Run):
    registry = ToolRegistry()
    run(25, warned=False, registry=registry)
    schema = registry.get_schema("SearchQuery")
    assert schema is not None
    assert schema.description == "Search the knowledge base for relevant documents."
    assert [(each.name, each.required, each.default) for each in schema.parameters] == [
        ("query", True, None),
        ("max_results", False, 5),
        ("category", False, "all"),
    ]
    assert registry.get_callable("SearchQuery") is None


def test_block_26_what_the_model_asks_for_is_called(run: Run, provider: FakeProvider, capsys: pytest.CaptureFixture[str]):
    registry = run(23, warned=False)["registry"]
    calls = [
        ToolCallResult(id="call_abc123", name="get_weather", arguments={"city": "Tokyo", "unit": "celsius"}),
        ToolCallResult(id="call_def456", name="get_weather", arguments={"city": "Paris", "unit": "celsius"}),
    ]
    with gpt.Chat("gpt-6-luna") as kit:
        run(26, [FakeReply.of("", tool_calls=calls)], warned=False, kit=kit, registry=registry)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] in {"tool_call", "FinishReason.TOOL_CALL"}
    assert printed[1:4] == ["Tool   : get_weather", "Args   : {'city': 'Tokyo', 'unit': 'celsius'}", "Call ID: call_abc123"]
    assert printed[-1] == "Weather in Tokyo: 22°C, partly cloudy"
    told = [tool["function"]["name"] for tool in provider.requests[0].json["tools"]]
    assert told == ["get_weather", "search_web"]

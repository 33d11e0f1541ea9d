"""What kits behind HTTP are asked for beside text: tools, thinking, files, counts. The server refuses what the real one would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from contracts.served_table import Colour, Served

from racto_nb.exceptions import MalformedAnswerError, UnsupportedError
from racto_nb.models import ChatConfig, FinishReason, ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeBody, FakeReply

Opened = Callable[..., Any]
PNG = b"\x89PNG\r\n\x1a\n a very small chart"


@dataclass(frozen=True)
class Tool:
    name: str = "get_weather"
    description: str = "The weather in a city."

    def to_json_schema(self) -> dict[str, Any]:
        city = {"type": "string", "description": "The city"}
        return {"type": "object", "properties": {"city": city, "unit": {"type": "string", "default": "C"}}, "required": ["city"]}


class Tools:
    schemas = (Tool(), Tool("get_time", "The time in a city."))

    def __len__(self) -> int:
        return len(self.schemas)

    def __contains__(self, name: str) -> bool:
        return any(tool.name == name for tool in self.schemas)

    def get_callable(self, name: str) -> None:
        return None

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return dict(arguments)


CALLS = (
    ToolCallResult(id="call_1", name="get_weather", arguments={"city": "Tōkyō", "unit": "C"}),
    ToolCallResult(id="call_2", name="get_weather", arguments={"city": 'P"aris', "unit": "F"}),
    ToolCallResult(id="call_3", name="get_time", arguments={}),
)
TOLD = {"prompt_tokens": 20, "completion_tokens": 9, "cached_tokens": 12, "reasoning_tokens": 5}


@pytest.fixture
def weather() -> ChatConfig:
    return ChatConfig(user_message="What is the weather in Tokyo and in Paris?", tools=Tools())


def test_tool_calls_come_whole_with_their_arguments(opened: Opened, colour: Colour, weather: ChatConfig):
    server, kit = opened([FakeReply(("Let me ", "look."), tool_calls=CALLS)])
    answer = colour.chat(kit, weather)
    *pieces, last = colour.stream(kit, weather)
    for one in (answer, last):
        assert one.tool_calls == list(CALLS)
        assert one.finish_reason is FinishReason.TOOL_CALL
    assert answer.content == last.accumulated_text == "Let me look."
    assert "".join(chunk.delta.tool_call_args_fragment or "" for chunk in pieces).startswith('{"city":')
    assert {chunk.delta.tool_call_name for chunk in pieces} - {None} == {"get_weather", "get_time"}
    assert "get_weather" in str(server.requests[0].json["tools"])


def test_a_call_of_a_tool_without_any_text_has_no_content(opened: Opened, colour: Colour, weather: ChatConfig):
    _, kit = opened([FakeReply((), tool_calls=CALLS[:1])])
    assert colour.chat(kit, weather).content is None
    assert [chunk.is_final for chunk in colour.stream(kit, weather)].count(True) == 1


def test_an_optional_argument_of_a_tool_stays_optional(served: Served, opened: Opened, colour: Colour, weather: ChatConfig):
    server, kit = opened()
    colour.chat(kit, weather)
    sent = server.requests[0].json["tools"][0]
    (described, *_) = sent.get("functionDeclarations", [sent.get("function", sent)])
    assert (described[served.parameters]["required"], described.get("strict", False)) == (["city"], False)


def test_thinking_is_asked_for_and_shown_where_the_api_shows_it(served: Served, opened: Opened, colour: Colour):
    server, kit = opened([FakeReply(("42",), thinking="Six times seven.", usage=TOLD)])
    config = ChatConfig(user_message="What is 6 * 7?", native_thinking=True, thinking_budget=1000)
    if served.thinking is None:
        assert colour.chat(kit, config).thinking is None
        assert server.requests[0].json["reasoning_effort"] == "low"
        return
    answer = colour.chat(kit, config)
    chunks = colour.stream(kit, config)
    assert (answer.thinking, answer.content) == ("Six times seven.", "42")
    assert (chunks[-1].accumulated_thinking, chunks[-1].accumulated_text) == ("Six times seven.", "42")
    assert [chunk.is_thinking for chunk in chunks if chunk.delta.text] == [False]
    assert server.requests[0].json.items() >= served.thinking.items()


def test_cached_and_reasoning_tokens_are_counted_and_totals_are_sums(opened: Opened, colour: Colour):
    _, kit = opened([FakeReply.of("Hello there", usage=TOLD)])
    expected = TOLD | {"total_tokens": 29}
    assert colour.chat(kit).usage == expected
    assert colour.stream(kit)[-1].usage == expected


def test_images_documents_and_texts_are_sent_before_the_question(served: Served, opened: Opened, colour: Colour):
    files = [
        RactoFile.from_bytes(PNG, "image/png", name="chart.png"),
        RactoFile.from_bytes(b"%PDF-1.7 small", "application/pdf", name="report.pdf"),
        RactoFile.from_bytes(b"a,b\n1,2", "text/csv", name="table.csv"),
    ]
    server, kit = opened()
    config = ChatConfig(user_message="What do these show?", attachments=files)
    colour.chat(kit, config)
    colour.stream(kit, config)
    for request in server.requests:
        turn = (request.json.get("input") or request.json.get("messages") or request.json.get("contents"))[-1]
        content = turn.get("content") or turn["parts"]
        image, document, text = map(str, content)
        assert "image/png" in image
        assert files[0].base64_data in image
        assert "application/pdf" in document
        assert files[1].base64_data in document
        assert ("report.pdf" in document) == served.names_files
        assert "table.csv" in text
        assert content[-1]["text"].endswith("What do these show?")


def test_a_refusal_is_an_answer_that_was_withheld(opened: Opened, colour: Colour):
    _, kit = opened([FakeReply(("I ", "can't."), refusal=True)])
    answer, last = colour.chat(kit), colour.stream(kit)[-1]
    assert (answer.content, answer.finish_reason) == ("I can't.", FinishReason.CONTENT_FILTER)
    assert (last.accumulated_text, last.finish_reason) == ("I can't.", FinishReason.CONTENT_FILTER)


@pytest.mark.parametrize("reason", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test_the_reason_of_the_end_is_told(opened: Opened, colour: Colour, reason: FinishReason):
    _, kit = opened([FakeReply(("a", "b"), finish_reason=reason)])
    assert colour.chat(kit).finish_reason is colour.stream(kit)[-1].finish_reason is reason


def test_calls_whose_arguments_are_cut_are_no_calls(opened: Opened, colour: Colour, served: Served):
    _, kit = opened([FakeBody(served.cut_call, served.stream_type)])
    with pytest.raises(MalformedAnswerError, match=r"'f'.*raise max_tokens"):
        colour.stream(kit)


def test_what_a_model_cannot_do_is_refused_before_anything_is_sent(served: Served, opened: Opened, colour: Colour):
    server, kit = opened()
    wishes: list[dict[str, Any]] = [{"extra": {"max_token": 5}}, *([] if served.samples else [{"temperature": 0.7}])]
    for wish in wishes:
        with pytest.raises(UnsupportedError, match="Nothing was sent"):
            colour.chat(kit, ChatConfig(user_message="Hi", **wish))
    assert server.requests == []

"""Kits behind HTTP that call tools themselves: what goes back to the provider, and that both colours and streams agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contracts.served_table import Colour
from pydantic import BaseModel

from racto_nb.models import ChatConfig, FinishReason, Message, ToolCallResult, ToolStop
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeReply
from racto_nb.tools import ToolRegistry

Opened = Callable[..., Any]
PNG = b"\x89PNG\r\n\x1a\n a very small chart"
registry = ToolRegistry()


@registry.register
def get_weather(city: str, unit: str = "C") -> dict[str, Any]:
    """The weather in a city."""
    if city == "Atlantis":
        message = f"there is no {city}"
        raise LookupError(message)
    return {"city": city, "degrees": -3, "unit": unit}


TOKYO = ToolCallResult(id="call_1", name="get_weather", arguments={"city": "Tōkyō"})
NOWHERE = ToolCallResult(id="call_2", name="get_weather", arguments={"city": "Atlantis", "unit": "F"})
SCRIPT = (
    FakeReply(("Let me ", "look."), tool_calls=(TOKYO, NOWHERE), usage={"prompt_tokens": 20, "completion_tokens": 9}),
    FakeReply(("It is ", "-3 degrees."), usage={"prompt_tokens": 50, "completion_tokens": 4}),
)


def ask(**options: Any) -> ChatConfig:
    return ChatConfig(user_message="What is the weather in Tokyo?", tools=registry, auto_execute_tools=True, **options)


def test_a_conversation_with_tools_ends_with_the_answer(opened: Opened, colour: Colour):
    server, kit = opened([*SCRIPT, *SCRIPT], server={"repeat_last": False})
    answer = colour.chat(kit, ask())
    last = colour.stream(kit, ask())[-1]
    for one in (answer, last.response):
        assert one.content == "It is -3 degrees."
        assert (one.finish_reason, one.tool_stop) == (FinishReason.STOP, ToolStop.ANSWERED)
        assert [run.error for run in one.tool_runs] == [None, "LookupError: there is no Atlantis"]
        assert [turn.role for turn in one.messages] == ["assistant", "tool", "tool", "assistant"]
        assert one.usage["total_tokens"] == 83
    assert len(server.requests) == 4


def test_the_second_request_holds_the_calls_and_their_results(opened: Opened, colour: Colour):
    server, kit = opened(SCRIPT, server={"repeat_last": False})
    colour.chat(kit, ask())
    first, second = (str(request.json) for request in server.requests)
    for told in ("Tōkyō", "Atlantis", "degrees", "there is no Atlantis", "Let me look."):
        assert told not in first.replace("The weather", "")
        assert told in second
    assert "What is the weather in Tokyo?" in second
    assert second.index("What is the weather in Tokyo?") < second.index("there is no Atlantis")


def test_a_finished_conversation_with_tools_is_a_history(opened: Opened, colour: Colour):
    server, kit = opened([*SCRIPT, "You are welcome."], server={"repeat_last": False})
    answer = colour.chat(kit, ask())
    question = Message(role="user", content="What is the weather in Tokyo?")
    thanks = ChatConfig(user_message="Thanks!", history=[question, *answer.messages], tools=registry)
    assert colour.chat(kit, thanks).content == "You are welcome."
    assert "there is no Atlantis" in str(server.requests[2].json)


def test_between_two_turns_a_stream_tells_the_calls_and_what_came_of_them(opened: Opened, colour: Colour):
    _, kit = opened(SCRIPT, server={"repeat_last": False})
    chunks = colour.stream(kit, ask())
    assert [chunk.is_final for chunk in chunks].count(True) == 1
    assert chunks[-1].is_final
    asked = next(place for place, chunk in enumerate(chunks) if chunk.tool_calls)
    assert [call.arguments for call in chunks[asked].tool_calls] == [TOKYO.arguments, NOWHERE.arguments]
    assert [run.name for run in chunks[asked + 1].tool_runs] == ["get_weather", "get_weather"]
    assert "".join(chunk.delta.text for chunk in chunks[:asked]) == "Let me look."
    assert chunks[-1].accumulated_text == "It is -3 degrees."


def test_an_answer_that_does_not_fit_is_asked_for_again_with_the_files_beside_the_question(opened: Opened, colour: Colour):
    class Weather(BaseModel):
        degrees: int

    chart = RactoFile(PNG, "image/png", name="chart.png")
    server, kit = opened([SCRIPT[0], '{"degrees": "cold"}', '{"degrees": -3}'], server={"repeat_last": False})
    answer = colour.chat(kit, ask(response_model=Weather, attachments=[chart]))
    assert answer.parsed_model == Weather(degrees=-3)
    last = str(server.requests[2].json)
    places = [last.index(told) for told in (chart.base64_data, "What is the weather in Tokyo?", "there is no Atlantis", "cold")]
    assert places == sorted(places)


@pytest.mark.parametrize("most", [1, 2])
def test_the_limit_of_turns_is_said_and_kept(opened: Opened, colour: Colour, most: int):
    server, kit = opened([SCRIPT[0]])
    answer = colour.chat(kit, ask(max_tool_turns=most))
    assert len(server.requests) == most + 1
    assert (answer.tool_stop, answer.finish_reason) == (ToolStop.TURN_LIMIT, FinishReason.TOOL_CALL)
    assert len(answer.tool_runs) == 2 * most

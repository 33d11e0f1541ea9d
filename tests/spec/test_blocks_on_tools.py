"""The documents' own code blocks on tools."""

from __future__ import annotations

import pytest
from spec.originals import KNOWN_NAMES, Runner

from racto_nb.models import ToolCallResult
from racto_nb.testing import FakeReply
from racto_nb.tools import ToolRegistry

KITS = ("gpt", "gemini", "claude", "local", "hf")


def test_block_23_tools_are_registered(run: Runner):
    ran = run(23)
    weather, web = ran["registry"].schemas
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
    assert ran["get_weather"]("Tokyo") == "Weather in Tokyo: 22°C, partly cloudy"
    assert ran["registry"].get_callable("search_web") is ran["search_web"]


def test_block_24_a_decorated_function_is_added_to_a_registry(run: Runner):
    ran = run(24)
    (schema,) = ran["registry"].schemas
    assert [(each.name, each.type) for each in schema.parameters] == [
        ("principal", "number"),
        ("annual_rate", "number"),
        ("years", "integer"),
    ]
    assert schema.parameters[1].description == "Annual interest rate as a decimal (e.g., 0.05 for 5%)"
    assert round(ran["calculate_mortgage"](200_000.0, 0.05, 30), 2) == 1073.64


def test_block_25_a_pydantic_class_is_a_tool(run: Runner):
    registry = ToolRegistry()
    run(25, registry=registry)
    schema = registry.get_schema("SearchQuery")
    assert schema is not None
    assert schema.description == "Search the knowledge base for relevant documents."
    assert [(each.name, each.required, each.default) for each in schema.parameters] == [
        ("query", True, None),
        ("max_results", False, 5),
        ("category", False, "all"),
    ]
    assert registry.get_callable("SearchQuery") is None


@pytest.mark.parametrize("alias", KITS)
def test_block_26_what_the_model_asks_for_is_called(run: Runner, alias: str):
    """The same block with each kit: the documents call it "Use Tools with Any Kit"."""
    registry = run(23)["registry"]
    calls = [
        ToolCallResult(id="call_abc123", name="get_weather", arguments={"city": "Tokyo", "unit": "celsius"}),
        ToolCallResult(id="call_def456", name="get_weather", arguments={"city": "Paris", "unit": "celsius"}),
    ]
    with KNOWN_NAMES[alias].Chat() as kit:
        ran = run(26, [FakeReply.of("", tool_calls=calls)], kit=kit, registry=registry)
    assert ran.printed[0] == "tool_call"
    assert ran.printed[1:3] == ["Tool   : get_weather", "Args   : {'city': 'Tokyo', 'unit': 'celsius'}"]
    assert ran.printed[5:7] == ["Tool   : get_weather", "Args   : {'city': 'Paris', 'unit': 'celsius'}"]
    ids = [ran.printed[3], ran.printed[7]]
    assert all(line.startswith("Call ID: ") for line in ids)
    assert len(set(ids)) == 2
    assert ran.printed[-1] == "Weather in Tokyo: 22°C, partly cloudy"
    told = ran.requests[0].body.decode()
    assert '"get_weather"' in told
    assert '"search_web"' in told


def test_block_26_prints_the_ids_of_the_provider(run: Runner):
    registry = run(23)["registry"]
    calls = [ToolCallResult(id="call_abc123", name="get_weather", arguments={"city": "Tokyo"})]
    with KNOWN_NAMES["gpt"].Chat() as kit:
        ran = run(26, [FakeReply.of("", tool_calls=calls)], kit=kit, registry=registry)
    assert "Call ID: call_abc123" in ran.printed
    assert [tool["function"]["name"] for tool in ran.requests[0].json["tools"]] == ["get_weather", "search_web"]

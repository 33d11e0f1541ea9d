"""Halves of letters, NaN and what is no JSON: told as well as can be, or refused before it is sent. A session outlives them."""

import asyncio
import json
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from pydantic import BaseModel
from services.mcp.places import PROGRAMS, program
from services.mcp.programs.odd import HALF, server

from racto_nb.exceptions import UsageError
from racto_nb.kits.running import ToolTroubleError
from racto_nb.mcp import MCPMultiClient, MCPToolResult, RactoMCPClient

GONE = "\ufffd"
"""What stands for half a letter."""


@pytest.fixture(scope="module", params=["stdio", "streamable-http"])
def client(request):
    if request.param == "stdio":
        with RactoMCPClient(program(PROGRAMS / "odd.py")) as client:
            yield client
        return
    with server.start(request.param) as running, RactoMCPClient(running.client_config) as client:
        yield client


def test_half_a_letter_in_what_a_tool_gives_is_told_and_ends_nothing(client):
    noted, fails, made = (client.call_tool_sync(name) for name in ("noted", "fails", "made"))

    assert noted.structured == {f"name{GONE}": [f"a{GONE}", {"deep": GONE}], "joined": "😀", "nan": None, "long": 10**30}
    assert json.loads(noted.content) == noted.structured
    assert (fails.content, fails.is_error) == (f"ValueError: no{GONE}", True)
    assert (made.content, made.structured, made.links) == (GONE, {"a": GONE, "b": None}, [f"http://a/{GONE}"])
    assert (made.files[0].mime_type, made.files[0].data) == (f"application/x{GONE}", b"data")


def test_half_a_letter_in_what_a_server_says_of_itself_and_its_tools_is_told(client):
    tools = {tool.name: tool for tool in client.list_tools_sync()}

    assert client.name == f"odd{GONE}"
    assert tools["said"].description == f"What was said.{GONE}"
    assert tools["noted"].to_json_schema()["properties"]["what"]["description"] == f"half{GONE}"


class Reading(BaseModel):
    value: float


@dataclass
class Place:
    name: str


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "structured"),
    [
        (Reading(value=float("nan")), {"value": None}),
        (Place(HALF), {"name": GONE}),
        (MappingProxyType({"a": float("inf")}), {"a": None}),
        ({"a": b"\xff", "b": {1}, 3: 4}, {"a": "_w==", "b": [1], "3": 4}),
        ([1, float("nan")], {"result": [1, None]}),
    ],
)
def test_the_text_of_a_result_is_its_structured_form_as_json(value, structured):
    result = MCPToolResult.of(value)

    assert result.structured == structured
    assert json.loads(result.content, parse_constant=pytest.fail) == structured.get("result", structured)


def test_what_is_too_deep_for_readers_is_told_as_text_alone():
    assert MCPToolResult.of({"a": deep(100)}).structured == {"a": deep(100)}
    assert MCPToolResult.of({"a": deep(198)}).structured is None


LOOP: dict[str, object] = {}
LOOP["x"] = LOOP
UNSENDABLE = [
    ({"x": "\ud83d"}, "half a letter"),
    ({"x": {HALF: 1}}, "half a letter"),
    ({"x": object()}, "unknown type"),
    ({"x": float("nan")}, "NaN"),
    ({"x": deep(198)}, "too deep"),
    ({"x": deep(2000)}, "too deep"),
    ({"x": b"\xff"}, "are no text"),
    (LOOP, "holds itself"),
    ({1: 2}, "have texts as names"),
    ([1], "are a dict"),
]


async def test_arguments_that_cannot_be_sent_are_refused_and_the_calls_beside_go_on(client):
    slow = client._line.begin(lambda keeper: keeper.call_tool("slow", {}))
    for arguments, why in UNSENDABLE:
        with pytest.raises(UsageError, match=why):
            await client.call_tool("said", arguments)
        with pytest.raises(UsageError, match=why):
            await MCPMultiClient([client.config]).call_tool("said", arguments)
    for name, why in ((f"said{HALF}", "half a letter"), (5, "is a text, not 5")):
        with pytest.raises(UsageError, match=why):
            await client.call_tool(name)

    assert (await asyncio.wrap_future(slow)).content == "at last"


def test_a_tool_as_a_function_says_what_cannot_be_sent(client):
    said = client.to_registry_sync().get_callable("said")

    with pytest.raises(ToolTroubleError, match="half a letter"):
        said(x="\ud83d")
    assert said(x={1: (2,), "joined": "😀"}) == "{'1': [2], 'joined': '😀'}"

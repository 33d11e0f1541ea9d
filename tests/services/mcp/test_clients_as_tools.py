"""A client whose tools nobody has listed yet, where tools are given: the Chat widget with approved calls, and batches."""

import json

import pytest
from batch.counters import ANTHROPIC, items
from batch.test_planning import plan
from controllers.recorded_comm import RecordedComm
from services.mcp.places import until

from racto_nb.mcp import RactoMCPClient, RactoMCPServer
from racto_nb.models.sources import ToolHost
from racto_nb.notebook.widgets.approving import REFUSED
from racto_nb.notebook.widgets.chat import Chat
from racto_nb.testing import FakeKit, FakeReply

ASKED = []


def weather(city: str) -> str:
    """The weather in a city."""
    ASKED.append(city)
    return f"rain in {city}"


@pytest.fixture(scope="module")
def running():
    server = RactoMCPServer("weather")
    server.add_tool(weather)
    with server.start() as running:
        yield running


@pytest.fixture
def client(running):
    client = RactoMCPClient(running.client_config)
    yield client
    client.close()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_chat_calls_a_tool_of_a_server_after_a_yes_only(client, allowed):
    ASKED.clear()
    kit = FakeKit([FakeReply("", tool_calls=[{"name": "weather", "arguments": {"city": "Oslo"}}]), "Take an umbrella."])
    chat = Chat(kit, tools=client, approve=True)
    chat.comm = RecordedComm()
    chat.ask("Weather?")
    until(lambda: chat.asking["waiting"])

    assert chat.asking["waiting"][0]["line"] == 'weather(city="Oslo")'
    assert ASKED == []
    chat.allow(allowed)
    result = chat.wait(30)
    chat.close()

    assert result.text == "Take an umbrella."
    assert (["Oslo"] if allowed else []) == ASKED
    assert ("rain in Oslo" if allowed else REFUSED) in result.tool_runs[0].content


def test_a_batch_is_sent_with_the_tools_that_the_server_has(client):
    assert isinstance(client, ToolHost)
    assert len(client) == 0

    (line,) = plan(ANTHROPIC, items("Weather?", tools=client)).lines([0])

    assert [tool["name"] for tool in json.loads(line)["params"]["tools"]] == ["weather"]

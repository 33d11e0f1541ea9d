"""The documents' own code blocks on MCP: their servers are programs, and their clients start these."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import free_port
from services.mcp.places import until
from spec.originals import Runner, _prepared, originals

from racto_nb.mcp import MCPClientConfig, RactoMCPClient, RactoMCPServer
from racto_nb.models import ToolCallResult
from racto_nb.testing import FakeReply

WEATHER = """
from racto_nb import ToolRegistry
from racto_nb.mcp import RactoMCPServer

registry = ToolRegistry()

@registry.register
def get_weather(city: str) -> str:
    return f"22 degrees in {city}"

RactoMCPServer.from_registry(registry).run()
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the modules that the blocks start: the math server is the documents' own, block 71."""
    for package in ("my_package", "pkg"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "math_server.py").write_text(_prepared(originals()[71].code, {}, None))
    (tmp_path / "my_package" / "weather_server.py").write_text(WEATHER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def called(name: str, **arguments: object) -> FakeReply:
    return FakeReply((), tool_calls=(ToolCallResult(id="call_1", name=name, arguments=arguments),), finish_reason="tool_call")


def test_block_71_a_server_of_a_registry_is_a_program(packages: Path):
    config = MCPClientConfig(transport="stdio", command="python", args=["-m", "my_package.math_server"])
    with RactoMCPClient(config) as client:
        assert client.name == "math-tools"
        assert [tool.name for tool in client.list_tools_sync()] == ["add"]


def test_block_72_it_is_called_without_await(run: Runner, packages: Path):
    ran = run(72)
    assert ran.printed == ["42", "False"]
    ran["client"].close()


def test_block_73_a_registry_outlives_the_connection_that_it_was_made_with(run: Runner, packages: Path):
    ran = run(
        73, [called("get_weather", city="Tokyo")], replaced={"tools=registry,": "tools=registry, auto_execute_tools=False,"}
    )
    assert ran.printed == ["None"]
    assert [tool["function"]["name"] for tool in ran.requests[0].json["tools"]] == ["get_weather"]
    assert ran["registry"].get_callable("get_weather")(city="Tokyo") == "22 degrees in Tokyo"


def test_block_74_two_servers_are_one_source_of_tools(run: Runner, packages: Path):
    server = RactoMCPServer("network-tools")
    server.add_tool(lambda: "pong", name="ping")
    with server.start("sse") as running:
        ran = run(74, replaced={"http://localhost:8001/sse": running.url})
    assert ran.printed == ["['add', 'ping']", "5"]


def test_block_75_an_agent_answers_with_the_question_still_there(run: Runner, packages: Path):
    ran = run(75, [called("add", a=45, b=55), "100"])
    assert ran.printed == ["100"]
    first, second = (request.json["messages"] for request in ran.requests)
    assert second[: len(first)] == first
    assert "What is 45 + 55?" in str(first)
    assert [(turn["role"], turn.get("tool_call_id"), turn["content"]) for turn in second[-1:]] == [("tool", "call_1", "100")]
    assert ran["agent"].max_turns == 6
    ran["agent"].close()


def test_block_76_a_server_for_the_network_makes_a_token(packages: Path):
    port = free_port()
    (packages / "network.py").write_text(_prepared(originals()[76].code, {"port=8000": f"port={port}"}, None))
    process = subprocess.Popen([sys.executable, "network.py"], stderr=subprocess.PIPE, text=True)
    try:
        said = process.stderr.readline()
        assert "0.0.0.0" in said
        config = MCPClientConfig(transport="sse", url=f"http://127.0.0.1:{port}/sse", token=said.split()[-1])
        with RactoMCPClient(config) as client:
            assert client.call_tool_sync("ping").content == "pong"
    finally:
        process.send_signal(signal.SIGINT)
        until(lambda: process.poll() is not None)
        process.stderr.close()

"""Several servers as one source of tools; one that is dead, or dies."""

import gc
import os
from contextlib import ExitStack

import pytest
from services.mcp.places import OURS, is_gone, program, until

from racto_nb._warnings import MCPWarning
from racto_nb.exceptions import NotFoundError, RactoGatewayConnectionError, UsageError
from racto_nb.mcp import MCPClientConfig, MCPMultiClient, RactoMCPServer
from racto_nb.models import ChatConfig
from racto_nb.models.messages import ToolCallResult
from racto_nb.testing import FakeKit, FakeReply

DEAD = MCPClientConfig(transport="stdio", command="no-such-program", name="gone")


def named(name, **tools):
    server = RactoMCPServer(name)
    for tool, function in tools.items():
        server.add_tool(function, name=tool)
    return server


@pytest.fixture(scope="module")
def servers():
    with ExitStack() as stack:
        math = named("math", add=lambda a, b: a + b, ping=lambda: "math")
        money = named("money", add=lambda a, b: f"{a + b} $", rate=lambda: 1.1)
        yield [
            stack.enter_context(server.start(kind)).client_config for server, kind in ((math, "streamable-http"), (money, "sse"))
        ]


async def test_a_name_of_two_servers_gets_the_servers_name_before_it(servers):
    async with MCPMultiClient(servers) as multi:
        tools = await multi.list_tools()

        assert [tool.name for tool in tools] == multi.tool_names == ["math_add", "money_add", "ping", "rate"]
        assert (await multi.call_tool("math_add", {"a": 2, "b": 3})).content == "5"
        assert (await multi.call_tool("money_add", {"a": 2, "b": 3})).content == "5 $"
        assert (multi.server_count, len(multi), "rate" in multi, "add" in multi) == (2, 4, True, False)
        with pytest.raises(NotFoundError, match="Did you mean"):
            await multi.call_tool("math_ad")


def test_plain_calls_and_a_registry_use_the_same_sessions(servers):
    with MCPMultiClient(servers) as multi:
        registry = multi.to_registry_sync()

        assert list(registry) == ["math_add", "ping", "money_add", "rate"]
        assert registry.get_callable("money_add")(a=1, b=1) == "2 $"
        assert multi.call_tool_sync("ping").content == "math"
        assert multi.dead == {}


def test_two_servers_of_one_name_are_told_apart(servers):
    with MCPMultiClient([servers[0], servers[0]]) as multi:
        assert multi.tool_names == ["math_2_add", "math_2_ping", "math_add", "math_ping"]


def test_a_dead_server_is_told_and_does_not_take_the_others_down(servers):
    multi = MCPMultiClient([DEAD, *servers])

    with pytest.warns(MCPWarning, match="Going on without the MCP server 'gone': .*No such file") as warned:
        multi.list_tools_sync()

    assert len(warned) == 1
    assert "no-such-program" not in multi.dead
    assert list(multi.dead) == ["gone"]
    assert multi.call_tool_sync("rate").content == "1.1"
    multi.list_tools_sync()  # told once: a second warning would be an error here
    assert (multi.server_count, "1 dead" in repr(multi)) == (3, True)
    multi.close()


async def test_with_no_server_alive_there_is_an_error():
    with pytest.raises(RactoGatewayConnectionError, match=r"No MCP server can be reached. .*'gone'"):
        await MCPMultiClient([DEAD, DEAD]).list_tools()
    with pytest.raises(UsageError, match="at least one"):
        MCPMultiClient([])


def test_a_server_that_dies_later_costs_its_own_calls_only_and_comes_back(servers):
    config = program(OURS, "tools", name="program")
    multi = MCPMultiClient([config, servers[0]])
    multi.list_tools_sync()
    pid = int(multi.call_tool_sync("process").content)

    with pytest.raises(
        RactoGatewayConnectionError, match=r"'program' cannot be reached for a call of 'die'.*Its stderr ends: bye"
    ):
        multi.call_tool_sync("die", {"words": "bye"})

    assert is_gone(pid)
    assert multi.call_tool_sync("math_add" if "math_add" in multi else "program_add", {"a": 1, "b": 2}).content == "3"
    again = int(multi.call_tool_sync("process").content)
    assert again != pid
    os.kill(again, 9)
    del multi
    gc.collect()
    until(lambda: is_gone(again))


def test_a_kit_takes_several_servers_as_its_tools(servers):
    asked = ToolCallResult(id="1", name="money_add", arguments={"a": 1, "b": 2})
    kit = FakeKit([FakeReply((), tool_calls=(asked,), finish_reason="tool_call"), "Done."])
    multi = MCPMultiClient(servers)

    response = kit.chat(ChatConfig(user_message="Add", tools=multi, auto_execute_tools=True))

    assert [run.content for run in response.tool_runs] == ["3 $"]
    assert kit.calls[0]["tools"] == ["math_add", "ping", "money_add", "rate"]
    multi.close()

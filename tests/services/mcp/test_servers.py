"""Our server, asked by clients made with the official library alone, over each transport; and who may ask it."""

import asyncio
import sys
import threading
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters
from pydantic import BaseModel
from services.mcp.places import OURS, listening
from services.mcp.programs.ours import PIXEL, registry

from racto_nb._warnings import MCPWarning
from racto_nb.exceptions import RactoGatewayAuthError, RactoGatewayConnectionError, UsageError, WrongTypeError
from racto_nb.mcp import MCPClientConfig, MCPServerConfig, MCPToolResult, RactoMCPClient, RactoMCPServer
from racto_nb.mcp.serving import ServedMCP
from racto_nb.tools import ToolRegistry

TRANSPORTS = ["stdio", "streamable-http", "sse"]


def math_server() -> RactoMCPServer:
    return RactoMCPServer.from_registry(registry, name="tools", description="For tests", version="1.2.3")


@asynccontextmanager
async def official_client(transport, **options):
    if transport == "stdio":
        async with Client(StdioServerParameters(command=sys.executable, args=[str(OURS), "tools"]), **options) as client:
            yield client
        return
    with math_server().start(transport) as running:
        async with Client(running.url if transport == "streamable-http" else sse_client(running.url), **options) as client:
            yield client


@pytest.mark.parametrize(
    ("transport", "mode"), [*((each, "auto") for each in TRANSPORTS), ("streamable-http", "legacy"), ("sse", "legacy")]
)
async def test_the_official_client_uses_our_server(transport, mode):
    async with official_client(transport, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        added = await client.call_tool("add", {"a": 20, "b": 22})
        weather = await client.call_tool("weather", {"city": "Oslo"})
        picture = await client.call_tool("picture")
        failed = await client.call_tool("fail", {"reason": "no such city"})
        wrong = await client.call_tool("add", {"a": "one"})
        with pytest.raises(MCPError, match="There is no tool 'nope'"):
            await client.call_tool("nope")

        assert (client.server_info.name, client.server_info.version) == ("tools", "1.2.3")
        assert list(tools) == list(registry)
        assert tools["add"].description == "Add two integers."
        assert tools["add"].input_schema["properties"]["a"] == {"type": "integer", "description": "The first."}
        assert [block.text for block in added.content] == ["42"]
        assert weather.structured_content == {"city": "Oslo", "celsius": 21.5}
        assert [block.type for block in picture.content] == ["text", "image"]
        assert failed.is_error
        assert failed.content[0].text == "ValueError: no such city"
        assert wrong.is_error
        assert "b: it is required and was not given" in wrong.content[0].text


async def test_plain_functions_run_side_by_side_in_threads():
    meeting = threading.Barrier(2, timeout=20)
    server = RactoMCPServer("meeting")

    @server.add_tool
    def meet() -> int:
        return meeting.wait()

    with server.start() as running:
        async with RactoMCPClient(running.client_config) as one, RactoMCPClient(running.client_config) as other:
            first, second = one._line.begin(lambda keeper: keeper.call_tool("meet", {})), await other.call_tool("meet")

            assert sorted([first.result(20).content, second.content]) == ["0", "1"]


def test_a_server_has_the_functions_of_its_registry_and_those_that_are_added():
    class Search(BaseModel):
        query: str

    tools = ToolRegistry([len, Search])

    with pytest.warns(MCPWarning, match="nothing to call behind them: Search"):
        server = RactoMCPServer.from_registry(tools)
    server.add_tool(abs, name="largest", description="The largest.")

    assert (server.tool_names, len(server), "largest" in server, "Search" in server) == (["len", "largest"], 2, True, False)
    assert "largest" not in tools
    with pytest.raises(UsageError, match="is taken"):
        server.add_tool(len, name="largest")
    with pytest.raises(UsageError, match="is a class"):
        server.add_tool(Search)


def test_a_server_says_what_its_config_says():
    server = RactoMCPServer.from_config(MCPServerConfig(name="weather", description="The weather", version="2"))

    assert (server.name, server.config.version) == ("weather", "2")
    assert repr(server) == "<RactoMCPServer: weather, 0 tools>"


async def test_values_become_what_they_are():
    server = RactoMCPServer("values")

    class Picture:
        def _repr_png_(self):
            return PIXEL

    async def awaited():
        return ["a", 1]

    server.add_tool(lambda: None, name="none")
    server.add_tool(lambda: "<b>", name="text")
    server.add_tool(lambda: Picture(), name="drawn")  # noqa: PLW0108  (a class is no tool)
    server.add_tool(lambda: [Picture(), "below"], name="listed")
    server.add_tool(awaited)

    assert await server.answer("none", {}) == MCPToolResult(content="")
    assert (await server.answer("text", {})).content == "<b>"
    assert (await server.answer("drawn", {})).images[0].data == PIXEL
    assert (await server.answer("listed", {})).told == "below\n[image/png, 18 bytes, not shown here]"
    assert (await server.answer("awaited", {})).structured == {"result": ["a", 1]}


def asked(url, **headers):
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    with httpx2.Client(trust_env=False) as web:
        return web.post(url, json=body, headers={"accept": "application/json, text/event-stream", **headers}).status_code


def test_a_local_server_needs_no_token_and_answers_no_foreign_name_or_page():
    with math_server().start() as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert running.token == ""
        assert asked(running.url) < 401 or asked(running.url) == 400
        assert asked(running.url, host="evil.example") == 421
        assert asked(running.url, host="192.168.0.7:8000") == 421
        assert asked(running.url, origin="http://evil.example") == 403
        assert asked(running.url, origin="null") == 403
        assert asked(running.url, origin="http://localhost:3000") not in {401, 403, 421}


def test_a_server_that_blocks_says_the_token_it_made(capsys, monkeypatch):
    tokens = []
    monkeypatch.setattr(ServedMCP, "wait", lambda served: (tokens.append(served.token), served.close()))

    math_server().run("streamable-http", host="0.0.0.0", port=0)

    assert len(tokens[0]) >= 32
    assert f"clients need this bearer token: {tokens[0]}\n" in capsys.readouterr().err


def test_a_server_for_others_makes_a_token_and_leaves_it_to_its_handle(capsys):
    with math_server().start(host="0.0.0.0") as running:
        said = capsys.readouterr()
        url = running.url
        sse = url.replace("/mcp", "/sse")

        assert said.out + said.err == ""
        assert len(running.token) >= 32
        assert running.token not in repr(running) + repr(running.client_config)
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": running.token}):
            assert asked(url, **headers) == 401
        assert asked(url, authorization=f"Bearer {running.token}") != 401
        assert asked(url, authorization=f"Bearer {running.token}", host="evil.example") == 421
        assert asked(url, authorization=f"Bearer {running.token}", host="192.168.0.7:80") not in {401, 421}
        for transport, address in (("streamable-http", url), ("sse", sse)):
            with pytest.raises(RactoGatewayAuthError, match="wants another token"):
                RactoMCPClient(MCPClientConfig(transport=transport, url=address)).list_tools_sync()
        with RactoMCPClient(running.client_config) as client:
            assert client.call_tool_sync("add", {"a": 1, "b": 2}).content == "3"


def test_a_token_of_ones_own_is_used_and_not_said(capsys):
    with math_server().start(host="0.0.0.0", token="a-token-of-my-own-123", allowed_hosts=["tools.example"]) as running:
        assert capsys.readouterr().err == ""
        assert asked(running.url, authorization="Bearer a-token-of-my-own-123", host="tools.example:443") not in {401, 421}
    with pytest.raises(UsageError, match="at least 16"):
        math_server().start(token="short")


def test_a_port_that_is_taken_is_told():
    with math_server().start() as running:
        port = int(running.url.split(":")[2].split("/")[0])
        with pytest.raises(RactoGatewayConnectionError, match="port=0 takes a free one"):
            math_server().start(port=port)
    assert not running.is_running
    with pytest.raises(UsageError, match="transport is one of"):
        math_server().start("carrier-pigeon")


@pytest.mark.parametrize(
    ("options", "kind", "why"),
    [
        ({"token": b"a-token-of-my-own-123"}, WrongTypeError, "token is a text, not of the type bytes"),
        ({"port": "80"}, WrongTypeError, "port is a whole number, not '80'"),
        ({"port": True}, WrongTypeError, "port is a whole number"),
        ({"port": -1}, RactoGatewayConnectionError, "port=0 takes a free one"),
        ({"host": 127}, WrongTypeError, "host is a text"),
        ({"host": "a\0b"}, RactoGatewayConnectionError, r"cannot listen on 'a\\x00b'"),
        ({"host": "a" * 70}, RactoGatewayConnectionError, "cannot listen on 'aaa"),
        ({"allowed_hosts": "tools.example"}, WrongTypeError, "allowed_hosts is a list of names"),
    ],
)
def test_what_is_no_place_to_listen_and_no_token_is_told(options, kind, why):
    with pytest.raises(kind, match=why) as caught:
        math_server().start(**options)
    assert "a-token-of-my-own" not in str(caught.value)


async def test_the_application_runs_in_another_web_server():
    with listening(math_server().get_asgi_app(token="a-token-of-my-own-123")) as address:
        config = MCPClientConfig(transport="streamable-http", url=f"{address}/mcp", token="a-token-of-my-own-123")
        async with RactoMCPClient(config) as client:
            assert (await client.call_tool("add", {"a": 1, "b": 2})).content == "3"
        assert asked(f"{address}/mcp") == 401


async def cancels():
    raise asyncio.CancelledError


async def exits():
    raise SystemExit(3)


async def interrupts():
    raise KeyboardInterrupt


def exits_when_awaited():
    return exits()


class Picture:
    def _repr_png_(self):
        raise SystemExit(4)


def draws():
    return Picture()


async def draws_awaited():
    return Picture()


@pytest.fixture(scope="module")
def ending():
    """A server of tools that would end the program, or the task that calls them."""
    server = RactoMCPServer("ending")
    for tool in (cancels, exits, interrupts, exits_when_awaited, draws, draws_awaited):
        server.add_tool(tool, description="It ends.")
    server.add_tool(lambda: 1, name="fine", description="It does not.")
    with server.start() as running, RactoMCPClient(running.client_config) as client:
        yield client


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("cancels", "the tool cancelled itself"),
        ("exits", "SystemExit: 3"),
        ("interrupts", "KeyboardInterrupt"),
        ("exits_when_awaited", "SystemExit: 3"),
        ("draws", "SystemExit: 4"),
        ("draws_awaited", "SystemExit: 4"),
    ],
)
def test_a_tool_cannot_end_the_server(ending, tool, said):
    result = ending.call_tool_sync(tool)

    assert (result.content, result.is_error) == (said, True)
    assert ending.call_tool_sync("fine").content == "1"


def test_a_server_whose_loop_was_ended_is_closed_quietly():
    running = math_server().start()

    async def ends():
        running._portal._loop.stop()

    running._portal.start(ends)
    running.wait()

    assert not running.is_running
    running.close()


@pytest.mark.parametrize("transport", ["sse", "streamable-http"])
def test_a_server_that_is_closed_ends_its_open_streams_without_a_word(transport, capfd):
    with math_server().start(transport) as running:
        client = RactoMCPClient(running.client_config)
        assert client.call_tool_sync("add", {"a": 1, "b": 2}).content == "3"

    assert capfd.readouterr().err == ""
    client.close()

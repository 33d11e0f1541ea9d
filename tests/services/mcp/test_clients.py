"""Our client, on servers made with the official library and with ours, over each transport."""

import asyncio
import gc
import importlib.util
import os
import subprocess
import sys
from contextlib import ExitStack

import psutil
import pytest
from services.mcp.places import OFFICIAL, is_gone, listening, program, script, until
from services.mcp.programs.official import server as official

from racto_nb.exceptions import (
    MissingExtraError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayTimeoutError,
    UsageError,
)
from racto_nb.mcp import MCPClientConfig, MCPToolResult, RactoMCPClient, RactoMCPServer
from racto_nb.tools import ToolRegistry

TRANSPORTS = ["stdio", "streamable-http", "sse"]


@pytest.fixture(scope="module", params=TRANSPORTS)
def client(request):
    """One client for each transport, on a server of the official library."""
    with ExitStack() as stack:
        if request.param == "stdio":
            config = program(OFFICIAL)
        elif request.param == "sse":
            config = MCPClientConfig(transport="sse", url=stack.enter_context(listening(official.sse_app())) + "/sse")
        else:
            address = stack.enter_context(listening(official.streamable_http_app()))
            config = MCPClientConfig(transport="streamable-http", url=address + "/mcp")
        yield stack.enter_context(RactoMCPClient(config))


@pytest.fixture(scope="module")
def ours():
    with RactoMCPClient(program()) as client:
        yield client


def test_the_tools_of_a_server_are_listed_with_their_schemas(client):
    tools = {tool.name: tool for tool in client.list_tools_sync()}

    assert set(tools) == {"add", "weather", "everything", "fail", "files.read", "db.drop", "db_drop", "process", "wait"}
    assert tools["add"].description == "Add two integers."
    assert tools["add"].to_json_schema()["properties"]["a"]["type"] == "integer"
    assert tools["add"].to_json_schema()["required"] == ["a", "b"]
    assert client.name == "official"


def test_a_call_gives_its_text_and_its_structured_result(client):
    assert client.call_tool_sync("add", {"a": 20, "b": 22}).content == "42"
    assert client.call_tool_sync("weather", {"city": "Oslo"}).structured == {"city": "Oslo", "celsius": 21.5}


def test_every_kind_of_content_has_its_place(client):
    result = client.call_tool_sync("everything")

    assert result.content == "first\nsecond"
    assert [(file.mime_type, file.data) for file in result.images] == [("image/png", b"hello")]
    assert [(file.mime_type, file.data) for file in result.files] == [("audio/wav", b"sound"), ("application/pdf", b"pdf")]
    assert result.links == ["https://example.org/page"]
    assert "[image/png, 5 bytes, not shown here]" in result.told


def test_a_tool_that_fails_gives_a_result_that_says_so(client):
    result = client.call_tool_sync("fail", {"reason": "its words stay at the server"})

    assert result.is_error
    assert result.content == "Error executing tool fail"


def test_a_tool_that_there_is_not_is_an_error_in_one_way_or_another(client):
    """The library's servers of each era answer differently: with a result, or with a refusal of the protocol."""
    try:
        said = client.call_tool_sync("nope").content
    except RactoGatewayBadRequestError as error:
        said = str(error)

    assert "nope" in said


async def test_awaited_calls_and_plain_ones_use_one_session(client):
    first = client.call_tool_sync("process").content
    several = await asyncio.gather(*(client.call_tool("process") for _ in range(5)))

    assert {result.content for result in several} == {first}


async def test_a_name_that_providers_refuse_is_written_differently_in_a_registry(client):
    registry = await client.to_registry()

    assert "files_read" in registry
    assert registry.get_callable("files_read")() == "a file"
    assert (await client.call_tool("files.read")).content == (await client.call_tool("files_read")).content == "a file"


async def test_a_tool_keeps_its_own_name_where_anothers_would_be_written_the_same(client):
    registry = await client.to_registry()

    assert (await client.call_tool("db_drop")).content == registry.get_callable("db_drop")() == "asked first"
    assert (await client.call_tool("db.drop")).content == registry.get_callable("db_drop_2")() == "dropped"


async def test_a_call_that_is_cancelled_is_stopped_at_the_server(client, tmp_path):
    note = tmp_path / "note"
    task = asyncio.create_task(client.call_tool("wait", {"note": str(note)}))
    await asyncio.to_thread(until, lambda: note.exists() and note.read_text() == "waiting")

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(until, lambda: note.read_text() == "stopped")
    assert (await client.call_tool("add", {"a": 1, "b": 1})).content == "2"


def test_a_registry_is_a_tool_registry_whose_functions_check_names_and_ask_the_server(ours):
    registry = ours.to_registry_sync()

    assert isinstance(registry, ToolRegistry)
    assert registry.get_callable("add")(a=1, b=2) == "3"
    with pytest.raises(UsageError, match=r"there is no such argument. Did you mean 'city'"):
        registry.validated("weather", {"citi": "Oslo"})


def test_a_server_of_ours_tells_pictures_as_pictures_and_objects_as_objects(ours):
    shown = ours.call_tool_sync("picture")

    assert (shown.content, [file.data for file in shown.images]) == ("a pixel", [b"\x89PNG\r\n\x1a\n-a-picture"])
    assert ours.call_tool_sync("weather", {"city": "Oslo"}).structured == {"city": "Oslo", "celsius": 21.5}
    assert ours.call_tool_sync("add", {"a": "one", "b": 2}).is_error


def test_what_a_tool_prints_does_not_disturb_the_protocol(ours):
    assert ours.call_tool_sync("chatter").content == "said"
    until(lambda: "this is no JSON" in ours.stderr)


def test_an_environment_is_passed_explicitly(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
    with RactoMCPClient(program(env={"WEATHER_API_KEY": "weather-key-123"})) as client:
        assert client.call_tool_sync("variable", {"name": "OPENAI_API_KEY"}).content == "not set"
        assert client.call_tool_sync("variable", {"name": "WEATHER_API_KEY"}).content == "weather-key-123"
        with pytest.raises(RactoGatewayConnectionError) as caught:
            client.call_tool_sync("die", {"words": "my key is weather-key-123"})

        assert "my key is [WEATHER_API_KEY]" in str(caught.value)
        assert "weather-key-123" not in repr(client.config) + client.stderr
        assert client.call_tool_sync("add", {"a": 1, "b": 2}).content == "3", "the next call starts it again"


def test_the_program_ends_with_the_client_and_a_registry_starts_it_again():
    with RactoMCPClient(program()) as client:
        registry = client.to_registry_sync()
        first = int(client.call_tool_sync("process").content)
        assert psutil.pid_exists(first)
    assert is_gone(first)
    assert not client.is_open

    second = int(registry.get_callable("process")())

    assert second != first
    del client, registry
    gc.collect()
    until(lambda: is_gone(second))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (MCPClientConfig(transport="stdio"), "is a program"),
        (MCPClientConfig(transport="sse"), "has an address"),
        (MCPClientConfig(transport="streamable-http", url="tools.example/mcp"), "has an address"),
    ],
)
def test_a_config_that_does_not_say_how_to_reach_the_server_is_refused(config, said):
    with pytest.raises(UsageError, match=said):
        RactoMCPClient(config)


def test_a_program_that_there_is_not_is_named():
    client = RactoMCPClient(MCPClientConfig(transport="stdio", command="no-such-program"))

    with pytest.raises(RactoGatewayConnectionError, match=r"'no-such-program' cannot be reached for a session: .*No such file"):
        client.list_tools_sync()


def test_a_program_that_ends_at_once_is_told_with_what_it_wrote(tmp_path):
    client = RactoMCPClient(script(tmp_path, "raise SystemExit('no database at /tmp/x')"))

    with pytest.raises(RactoGatewayConnectionError, match="Its stderr ends: no database"):
        client.call_tool_sync("add")


def test_a_program_that_never_answers_is_given_up_and_ended(tmp_path):
    silent = "import os, sys, time\nprint('my pid', os.getpid(), file=sys.stderr, flush=True)\nsys.stdin.read()"
    client = RactoMCPClient(script(tmp_path, silent, connect_timeout=1.0))

    with pytest.raises(
        RactoGatewayTimeoutError, match=r"did not answer in 1 s after its start. Its stderr ends: my pid"
    ) as caught:
        client.list_tools_sync()

    assert is_gone(int(str(caught.value).split()[-1]))


def test_nobody_listens_at_an_address():
    client = RactoMCPClient(MCPClientConfig(transport="streamable-http", url="http://127.0.0.1:9/mcp?key=secret"))

    with pytest.raises(RactoGatewayConnectionError, match=r"'http://127.0.0.1:9/mcp' cannot be reached") as caught:
        client.list_tools_sync()
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_session_of_its_own(tmp_path):
    note = tmp_path / "note"
    with listening(official.streamable_http_app()) as address:
        client = RactoMCPClient(MCPClientConfig(transport="streamable-http", url=f"{address}/mcp"))
        registry = client.to_registry_sync()

        child = os.fork()
        if child == 0:  # pragma: no cover
            try:
                note.write_text(f"{client.is_open} {registry.get_callable('add')(a=1, b=2)} {client.is_open}")
                client.close()
            finally:
                os._exit(0)
        until(lambda: os.waitpid(child, os.WNOHANG)[0] == child)

        assert note.read_text() == "False 3 True"
        assert client.is_open
        assert client.call_tool_sync("add", {"a": 2, "b": 2}).content == "4"
        client.close()


def test_a_result_stays_a_value_with_the_documented_defaults():
    assert MCPToolResult(content="x").model_dump(exclude_defaults=True) == {"content": "x"}
    assert MCPToolResult(content="x").is_error is False


def test_without_the_library_the_line_for_pip_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingExtraError, match=r"racto-nb\[mcp\]"):
        RactoMCPClient(program())
    with pytest.raises(MissingExtraError, match=r"racto-nb\[mcp-sse\]"):
        RactoMCPServer("tools").get_asgi_app()


def test_importing_the_package_does_not_import_the_library():
    code = "import sys, racto_nb.mcp; sys.exit(any(name in sys.modules for name in ('mcp', 'mcp_types', 'starlette', 'uvicorn', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

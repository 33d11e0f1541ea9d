"""`%racto mcp`: what TAB offers behind it, and a server of the notebook that is started and stopped."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook
from tab_key import tab

from racto_nb.exceptions import UsageError
from racto_nb.mcp import MCPClientConfig, RactoMCPClient, RactoMCPServer
from racto_nb.tools import ToolRegistry


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook["client"] = RactoMCPClient(MCPClientConfig(transport="stdio", command="python"))
    notebook["tools"] = ToolRegistry([len])
    notebook["server"] = RactoMCPServer("mine")
    return notebook


def test_the_verbs_are_offered_and_behind_each_what_it_is_about(notebook: Notebook):
    def offered(line: str) -> list[str]:
        return [each.removeprefix("%racto mcp ") for each in tab(notebook.shell, f"%racto mcp {line}")]

    assert offered("s") == ["serve", "stop"]
    assert offered("list ") == ["list client", "list server", "list tools"]
    assert offered("call ") == ["call client"]
    assert offered("serve t") == ["serve tools"]
    assert offered("stop ") == offered("nonsense ") == []


def test_a_server_is_started_and_stopped_by_its_name(notebook: Notebook):
    notebook.ok("%racto mcp serve tools --into offered")
    running = notebook["offered"]

    assert running.is_running
    assert "%racto mcp stop offered stops it" in notebook.text
    assert tab(notebook.shell, "%racto mcp stop ") == ["%racto mcp stop offered"]

    for _ in range(2):
        notebook.ok("%racto mcp stop offered")
        assert not running.is_running
        assert f"MCP server has ended at {running.url}" in notebook.text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("stop", "Say of what: %racto mcp stop NAME"),
        ("stop tools", "'tools' is a ToolRegistry: a server that %racto mcp serve has started can be stopped"),
        ("stop tolls", "There is no variable 'tolls'. Did you mean 'tools'?"),
        ("halt tools", "There are: list, call, serve, stop"),
    ],
)
def test_what_cannot_be_stopped_is_told(notebook: Notebook, line: str, why: str):
    error = notebook.failed(f"%racto mcp {line}")

    assert isinstance(error, UsageError)
    assert why in str(error)

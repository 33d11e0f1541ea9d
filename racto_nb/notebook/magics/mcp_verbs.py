"""`%racto mcp`: look at the tools of servers, call one, and offer functions of the notebook to others."""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.models.sources import ToolHost, ToolSource
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.notebook.magics.option_table import MCP_VERBS, SERVE_TABLE
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.magics.tooling import is_tool

if TYPE_CHECKING:
    from racto_nb.mcp.server import RactoMCPServer
    from racto_nb.notebook.magics.racto import RactoMagics


def mcp_line(magics: RactoMagics, line: str) -> None:
    """Carry out `list NAME`, `call NAME TOOL {json}`, `serve NAME` or `stop NAME`, or list what the notebook has of them."""
    verb, _, rest = line.strip().partition(" ")
    match verb:
        case "":
            _overview(magics.namespace)
        case "list":
            _list(magics.namespace, rest.strip())
        case "call":
            _call(magics.namespace, rest.strip())
        case "serve":
            _serve(magics.namespace, split_line(rest))
        case "stop":
            _stop(magics.namespace, rest.strip())
        case _:
            raise UsageError(
                f"%racto mcp has no verb {verb!r}.{did_you_mean(verb, MCP_VERBS)} There are: {', '.join(MCP_VERBS)}."
            )


def _overview(namespace: Mapping[str, Any]) -> None:
    from racto_nb.notebook.display.tables import Table, show_table

    kinds = ("RactoMCPClient", "MCPMultiClient", "RactoMCPServer", "ServedMCP")
    rows = [
        (name, repr(value))
        for name, value in sorted(namespace.items())
        if type(value).__name__ in kinds and type(value).__module__.startswith("racto_nb.mcp") and not name.startswith("_")
    ]
    none = "There is no MCP client or server here yet. client = RactoMCPClient(MCPClientConfig(…)) makes one."
    show_table(Table(("name", "what it is"), rows, "%racto mcp list NAME shows the tools of one." if rows else none))


def _list(namespace: Mapping[str, Any], name: str) -> None:
    from racto_nb.notebook.display.mcp import tools_bundle
    from racto_nb.notebook.display.showing import show_bundle, show_value

    found = _held(name, namespace, "list NAME")
    ask = getattr(found, "list_tools_sync", None)
    if ask is None:
        show_bundle(tools_bundle(list(found.schemas), f"{name} · {len(found)} tools"))
        return
    ask()  # what it has now
    show_value(found)


def _call(namespace: Mapping[str, Any], line: str) -> None:
    from racto_nb.notebook.display.showing import show_value

    name, _, rest = line.partition(" ")
    tool, _, written = rest.strip().partition(" ")
    found = _held(name, namespace, "call NAME TOOL {json}")
    if not tool:
        raise UsageError(f"Say which tool: %racto mcp call {name} TOOL {{json}}")
    if not hasattr(found, "call_tool_sync"):
        raise UsageError(f"{name!r} is a {type(found).__name__}. A client calls tools: RactoMCPClient or MCPMultiClient.")
    show_value(found.call_tool_sync(tool, _arguments(written.strip(), tool)))


def _arguments(written: str, tool: str) -> dict[str, Any]:
    try:
        value: object = json.loads(written) if written else {}
    except ValueError as error:
        raise UsageError(
            f'The arguments of {tool!r} are no JSON ({error}). Write {{"name": value}} with double quotes.'
        ) from error
    if not isinstance(value, dict):
        raise UsageError(f'The arguments of {tool!r} are a JSON object, such as {{"a": 1}}.')
    return cast("dict[str, Any]", value)


def _serve(namespace: dict[str, Any], words: list[str]) -> None:
    from racto_nb.notebook.display.showing import show_value
    from racto_nb.notebook.display.tables import show_text

    if not words or words[0].startswith("-"):
        raise UsageError(
            "Say what to serve: %racto mcp serve NAME, where NAME is a RactoMCPServer, a ToolRegistry or a function."
        )
    values = parsed(words[1:], SERVE_TABLE)
    refuse_empty(SERVE_TABLE, values)
    into = values["into"]
    if not into.isidentifier() or keyword.iskeyword(into):
        raise UsageError(f"--into needs the name of a variable, not {into!r}.")
    server = _server(words[0], namespace)
    _end_the_last(namespace.get(into), into)
    transport = "sse" if values["sse"] else "streamable-http"
    namespace[into] = server.start(transport, host=values["host"], port=values["port"])
    show_value(namespace[into])
    show_text(f"%racto mcp stop {into} stops it; it ends with the kernel too.")


def _end_the_last(value: object, name: str) -> None:
    """A cell that is run again serves again; what else the variable holds is not thrown away."""
    from racto_nb.mcp.serving import ServedMCP

    if isinstance(value, ServedMCP):
        value.close()
    elif value is not None:
        raise UsageError(f"The variable {name!r} holds something else. Choose another with --into.")


def _stop(namespace: Mapping[str, Any], name: str) -> None:
    from racto_nb.mcp.serving import ServedMCP
    from racto_nb.notebook.display.showing import show_value

    found = _value(name, namespace, "stop NAME")
    if not isinstance(found, ServedMCP):
        raise UsageError(f"{name!r} is a {type(found).__name__}: a server that %racto mcp serve has started can be stopped.")
    found.close()
    show_value(found)


def _server(name: str, namespace: Mapping[str, Any]) -> RactoMCPServer:
    from racto_nb.mcp.server import RactoMCPServer
    from racto_nb.tools.registry import ToolRegistry

    found = _value(name, namespace, "serve NAME")
    if isinstance(found, RactoMCPServer):
        return found
    if isinstance(found, ToolRegistry):
        return RactoMCPServer.from_registry(found, name=name)
    if is_tool(found) and not isinstance(found, ToolSource | type):
        server = RactoMCPServer(name)
        server.add_tool(found)
        return server
    raise UsageError(f"{name!r} is a {type(found).__name__}: a RactoMCPServer, a ToolRegistry or a function can be served.")


def _held(name: str, namespace: Mapping[str, Any], form: str) -> Any:
    found = _value(name, namespace, form)
    if not isinstance(found, ToolHost | ToolSource) and not hasattr(found, "schemas"):
        raise UsageError(f"{name!r} is a {type(found).__name__}: an MCP client, a server or a ToolRegistry has tools.")
    return found


def _value(name: str, namespace: Mapping[str, Any], form: str) -> Any:
    if not name:
        raise UsageError(f"Say of what: %racto mcp {form}")
    if name.isidentifier() and name not in namespace:
        raise UsageError(f"There is no variable {name!r}.{did_you_mean(name, namespace)}")
    return value_of(name, namespace, shown=f"%racto mcp {name}")

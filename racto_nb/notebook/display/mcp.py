"""MCP in a notebook: clients, servers, what tools gave, and what an agent did. All of it is foreign, and escaped. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from racto_nb.notebook.display.bundling import Pane
from racto_nb.notebook.display.sanitising import printable, safe_text
from racto_nb.notebook.display.steps import Call, State, Step
from racto_nb.notebook.display.tabling import Table, table_bundle
from racto_nb.notebook.display.theme import framed, page, plain

if TYPE_CHECKING:
    from racto_nb.mcp.agent import MCPAgentRun
    from racto_nb.mcp.client import RactoMCPClient
    from racto_nb.mcp.multi import MCPMultiClient
    from racto_nb.mcp.results import MCPToolResult
    from racto_nb.mcp.server import RactoMCPServer
    from racto_nb.mcp.serving import ServedMCP
    from racto_nb.models.messages import Message, ToolRun
    from racto_nb.models.sources import ToolDescription

LONGEST = 4_000
"""Characters of a text that are shown at once."""
LARGEST = 2_000_000
"""The most bytes of a picture that is shown: what is shown is kept in the notebook's file."""
MOST = 50
"""Tools that are shown at once."""
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_STOPS = {
    "turn_limit": "it ran out of turns",
    "no_function": "it called a tool without a function",
    "ended_early": "the answer was cut",
}


def tools_bundle(tools: Sequence[ToolDescription], caption: str) -> dict[str, str]:
    """Tools with their arguments and what they do."""
    rows = [(tool.name, ", ".join(_arguments(tool)), _short(tool.description)) for tool in tools[:MOST]]
    more = f" · {len(tools) - MOST} more" if len(tools) > MOST else ""
    return table_bundle(Table(("tool", "arguments", "what it does"), rows, caption + more))


def client_bundle(client: RactoMCPClient) -> dict[str, str]:
    """A client: its server, whether it is connected, and the tools that are known by now. Nothing is asked."""
    state = "connected" if client.is_open else "not connected now"
    known = f"{len(client)} tools" if len(client) else "tools not listed yet"
    return tools_bundle(client.schemas, f"{client.name} ({client.config.transport}) · {state} · {known}")


def multi_bundle(multi: MCPMultiClient) -> dict[str, str]:
    """Several servers, those that are dead with the reason, and the tools that are known by now."""
    dead = "".join(f" · {name} is dead: {_short(reason)}" for name, reason in multi.dead.items())
    return tools_bundle(multi.schemas, f"{multi.server_count} servers · {len(multi)} tools{dead}")


def server_bundle(server: RactoMCPServer) -> dict[str, str]:
    """A server and what it offers."""
    return tools_bundle(server.schemas, f"{server.name} {server.config.version} · not listening by itself: start() or run()")


def served_bundle(served: ServedMCP) -> dict[str, str]:
    """A server that listens. The token is not shown: a notebook is saved and sent around."""
    state = "listens" if served.is_running else "has ended"
    token = "clients need its token (.token)" if served.token else "for this machine only"
    text = f"MCP server {state} at {served.url}"
    html = f"<p>MCP server {state} at <code>{safe_text(served.url)}</code></p>"
    return {"text/html": page(html, token), "text/plain": plain(printable(text), token)}


def result_bundle(result: MCPToolResult) -> dict[str, str]:
    """What a tool gave: its text as it stands, its structured result, its pictures."""
    text = _cut(printable(result.content))
    blocks = [f"<pre>{safe_text(text)}</pre>"] if text else []
    structured = (
        "" if result.structured is None else _cut(json.dumps(result.structured, ensure_ascii=False, indent=2, default=str))
    )
    if structured and structured != text:
        blocks.append(f"<details><summary>structured</summary><pre>{safe_text(structured)}</pre></details>")
    blocks += [
        f'<img alt="a picture of the tool" style="max-width:100%" src="data:{file.media_type};base64,{file.base64_data}">'
        for file in result.images
        if file.media_type in _SHOWN and len(file.data) <= LARGEST
    ]
    files = [f"{file.mime_type}, {len(file.data):,} bytes" for file in [*result.images, *result.files]]
    footer = " · ".join(printable(part) for part in [*files, *result.links])
    warning = "the tool failed" if result.is_error else ""
    twin = text or printable(structured) or "(no text)"
    return {
        "text/html": page("".join(blocks) or "<p>(no text)</p>", footer, warning=warning),
        "text/plain": plain(twin, footer, warning=warning),
    }


def run_bundle(run: MCPAgentRun) -> dict[str, str]:
    """The whole of what an agent did: each call with its result, folded; then the answer, and why it ended there."""
    stop = run.stop_reason.value
    calls = len(run.tool_runs)
    footer = " · ".join(
        part for part in (run.model or "", f"{calls} call{'' if calls == 1 else 's'} of tools", stop.replace("_", " ")) if part
    )
    pane = Pane(run.content or "", footer, warning=_STOPS.get(stop, ""), steps=_steps(run))
    return {"text/html": framed(pane.html), "text/plain": pane.plain}


def _steps(run: MCPAgentRun) -> list[Step]:
    runs = {each.id: each for each in run.tool_runs}
    return [Step(turn.content, tuple(_calls(turn, runs))) for turn in run.messages if turn.tool_calls]


def _calls(turn: Message, runs: Mapping[str, ToolRun]) -> list[Call]:
    found: list[Call] = []
    for call in turn.tool_calls:
        run = runs.get(call.id)
        state = State.LEFT if run is None else State.FAILED if run.error is not None else State.DONE
        told = "" if run is None else run.error if run.error is not None else run.content
        found.append(Call(call.name, call.arguments, state, told, call.id))
    return found


def _arguments(tool: ToolDescription) -> list[str]:
    schema = tool.to_json_schema()
    properties: object = schema.get("properties")
    required: object = schema.get("required")
    needed = cast("list[object]", required) if isinstance(required, list) else []
    names = cast("dict[object, object]", properties) if isinstance(properties, dict) else {}
    return [str(name) if name in needed else f"[{name}]" for name in names]


def _short(text: str) -> str:
    line = " ".join(printable(text).split())
    return line if len(line) <= 160 else f"{line[:159]}…"  # noqa: PLR2004  (two lines' worth)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… and {len(text) - LONGEST:,} more characters, kept in .content"

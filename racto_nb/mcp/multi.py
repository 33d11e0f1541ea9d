"""Several MCP servers as one source of tools."""

from __future__ import annotations

import asyncio
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from racto_nb._warnings import MCPWarning
from racto_nb.exceptions import NotFoundError, RactoGatewayConnectionError, RactoGatewayError, UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.mcp.client import named_tools
from racto_nb.mcp.configs import MCPClientConfig
from racto_nb.mcp.describing import MCPToolSchema
from racto_nb.mcp.keeping import Line
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.tools import checked_arguments, registry_of
from racto_nb.tools.registry import ToolRegistry
from racto_nb.tools.schema import ToolSchema

_Answer = tuple[str, Sequence[MCPToolSchema]] | RactoGatewayError


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool: its schema under the name it has here, its server's line, and its name there."""

    schema: MCPToolSchema
    line: Line
    own: str


@dataclass(slots=True)
class _Known:
    """What the servers said when they were last asked."""

    tools: dict[str, _Tool] = field(default_factory=dict[str, _Tool])
    registry: ToolRegistry = field(default_factory=ToolRegistry)
    dead: dict[str, str] = field(default_factory=dict[str, str])


class MCPMultiClient:
    """The tools of several servers, each over its own session, which is kept as `RactoMCPClient` keeps it.

    The servers are asked side by side. A name that two of them use gets the server's name before it, for each of them
    (`math_add`, `money_add`). A server that cannot be reached does not take the others down: it stands in `dead` with the reason,
    an MCPWarning says so, and `list_tools` tries it again. Only when none can be reached, RactoGatewayConnectionError is raised.
    """

    def __init__(self, configs: Sequence[MCPClientConfig]) -> None:
        if not configs:
            raise UsageError("MCPMultiClient needs at least one MCPClientConfig.")
        self._lines = [Line(config) for config in configs]
        self._known: _Known | None = None

    async def list_tools(self) -> list[ToolSchema]:
        """The tools that the servers have now, by name. Servers that were lost are tried again."""
        with self._asked() as (futures, answers):
            for future in futures:
                try:
                    answers.append(await asyncio.wrap_future(future))
                except RactoGatewayError as error:
                    answers.append(error)
        return self._kept(answers)

    def list_tools_sync(self) -> list[ToolSchema]:
        """The tools that the servers have now, by name. Servers that were lost are tried again."""
        with self._asked() as (futures, answers):
            for future in futures:
                try:
                    answers.append(future.result())
                except RactoGatewayError as error:
                    answers.append(error)
        return self._kept(answers)

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> MCPToolResult:
        """What the tool `name` gives for `arguments`. A tool that failed gives a result with `is_error`.

        Raises NotFoundError for a tool that no server has, else as the server's own client.
        """
        given = checked_arguments(name, arguments)
        if self._known is None:
            await self.list_tools()
        tool = self._tool(name)
        return await tool.line.awaited(lambda keeper: keeper.call_tool(tool.own, given))

    def call_tool_sync(self, name: str, arguments: dict[str, Any] | None = None) -> MCPToolResult:
        """What the tool `name` gives for `arguments`. A tool that failed gives a result with `is_error`."""
        given = checked_arguments(name, arguments)
        if self._known is None:
            self.list_tools_sync()
        tool = self._tool(name)
        return tool.line.wait(lambda keeper: keeper.call_tool(tool.own, given))

    async def to_registry(self) -> ToolRegistry:
        """A registry of the tools that the servers have now. Its functions use the sessions of this client."""
        await self.list_tools()
        return self._registry()

    def to_registry_sync(self) -> ToolRegistry:
        """A registry of the tools that the servers have now. Its functions use the sessions of this client."""
        self.list_tools_sync()
        return self._registry()

    def listed(self) -> ToolRegistry:
        """Its tools, asked for where they are not known."""
        return self.to_registry_sync() if self._known is None else self._known.registry

    async def alisted(self) -> ToolRegistry:
        """Its tools, asked for where they are not known."""
        return await self.to_registry() if self._known is None else self._known.registry

    @property
    def tool_names(self) -> list[str]:
        """The names of the tools that are known by now, sorted."""
        return sorted(self._tools)

    @property
    def server_count(self) -> int:
        """How many servers there are, the dead ones included."""
        return len(self._lines)

    @property
    def dead(self) -> dict[str, str]:
        """The servers that could not be reached when they were last asked, and why."""
        return {} if self._known is None else dict(self._known.dead)

    @property
    def servers(self) -> dict[str, list[str]]:
        """The names of the tools of each server that answered."""
        found: dict[str, list[str]] = {}
        for name, tool in sorted(self._tools.items()):
            found.setdefault(tool.line.config.label, []).append(name)
        return found

    @property
    def schemas(self) -> Sequence[ToolSchema]:
        """The tools that are known by now: none before they were listed for the first time."""
        return () if self._known is None else self._known.registry.schemas

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind a tool that is known; None for others."""
        return None if self._known is None else self._known.registry.get_callable(name)

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` as keyword arguments for the function, checked for their names; the server checks the rest."""
        return self.listed().validated(name, arguments)

    def close(self) -> None:
        """End all sessions, and the programs of `stdio` servers. The next use opens others."""
        for line in self._lines:
            line.close()

    async def aclose(self) -> None:
        """End all sessions, and the programs of `stdio` servers. The next use opens others."""
        await asyncio.gather(*(in_thread(line.close) for line in self._lines))

    @contextmanager
    def _asked(self) -> Generator[tuple[list[Future[tuple[str, Sequence[MCPToolSchema]]]], list[_Answer]]]:
        """All servers are asked at once. Who leaves early has them stopped."""
        futures = [line.begin(named_tools) for line in self._lines]
        try:
            yield futures, []
        finally:
            for future in futures:
                future.cancel()

    def _kept(self, answers: Sequence[_Answer]) -> list[ToolSchema]:
        known = _Known()
        alive: list[tuple[str, Line, Sequence[MCPToolSchema]]] = []
        for line, answer in zip(self._lines, answers, strict=True):
            if isinstance(answer, RactoGatewayError):
                known.dead[_unused(line.config.label, known.dead)] = str(answer)
            else:
                alive.append((line.config.name or answer[0] or line.config.label, line, answer[1]))
        if not alive:
            raise RactoGatewayConnectionError(f"No MCP server can be reached. {' '.join(known.dead.values())}")
        known.tools = {tool.schema.name: tool for tool in _named(alive)}
        known.registry = registry_of((tool.schema, tool.line, tool.own) for tool in known.tools.values())
        for label, reason in known.dead.items():
            if self._known is None or label not in self._known.dead:
                warnings.warn(f"Going on without the MCP server {label!r}: {reason}", MCPWarning, stacklevel=4)
        self._known = known
        return [known.tools[name].schema for name in sorted(known.tools)]

    @property
    def _tools(self) -> Mapping[str, _Tool]:
        return {} if self._known is None else self._known.tools

    def _tool(self, name: str) -> _Tool:
        tools = self._tools
        if name in tools:
            return tools[name]
        safe = dict(zip(self.listed(), tools.values(), strict=True))
        if name not in safe:
            raise NotFoundError.among("tool", name, tools)
        return safe[name]

    def _registry(self) -> ToolRegistry:
        return registry_of((tool.schema, tool.line, tool.own) for tool in self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools or any(schema.name == name for schema in self.schemas)

    def __enter__(self) -> Self:
        self.list_tools_sync()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        await self.list_tools()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        dead = f", {len(self.dead)} dead" if self.dead else ""
        return f"<MCPMultiClient: {self.server_count} servers{dead}, {len(self)} tools>"


def _named(servers: Sequence[tuple[str, Line, Sequence[MCPToolSchema]]]) -> list[_Tool]:
    """All tools under names of their own: one that several have gets its server's name before it."""
    counts = Counter(tool.name for _, _, tools in servers for tool in tools)
    labels: set[str] = set()
    found: list[_Tool] = []
    used: set[str] = {name for name, count in counts.items() if count == 1}
    for server, line, tools in servers:
        label = _unused(server, labels)
        labels.add(label)
        for tool in tools:
            name = tool.name if counts[tool.name] == 1 else _unused(f"{label}_{tool.name}", used)
            used.add(name)
            found.append(_Tool(tool.renamed(name), line, tool.name))
    return found


def _unused(name: str, used: Mapping[str, object] | set[str]) -> str:
    count, wanted = 1, name
    while wanted in used:
        count += 1
        wanted = f"{name}_{count}"
    return wanted

"""A client of one MCP server, in both colours, and as a source of tools for kits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from racto_nb.flow.threads import in_thread
from racto_nb.mcp.configs import MCPClientConfig
from racto_nb.mcp.describing import MCPToolSchema
from racto_nb.mcp.keeping import Keeper, Line
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.tools import checked_arguments, registry_of
from racto_nb.tools.registry import ToolRegistry
from racto_nb.tools.schema import ToolSchema


async def named_tools(keeper: Keeper) -> tuple[str, Sequence[MCPToolSchema]]:
    """The name that the server gives itself, and its tools."""
    tools = await keeper.list_tools()
    return (await keeper.session()).name, tools


class RactoMCPClient:
    """The tools of one MCP server, over one session that stays open.

    The session is opened at the first use, for all callers: coroutines on any event loop (`await client.call_tool(…)`) and plain
    calls (`client.call_tool_sync(…)`), also in a cell of a notebook, where a loop runs already. When it was lost, the next call
    opens another; a call on its way is never sent twice. `close`, `aclose`, a `with` or an `async with` ends it, and with it the
    program of a `stdio` server; so does dropping the client with all registries made of it. The next use opens another.

    Give it to a question as it is, `ChatConfig(tools=client, auto_execute_tools=True)`, or as a registry.

    Raises MissingExtraError without the library (`pip install "racto-nb[mcp]"`), and UsageError for a config that does not say
    how to reach the server.
    """

    def __init__(self, config: MCPClientConfig) -> None:
        self._line = Line(config)
        self._tools: Sequence[MCPToolSchema] = ()
        self._known: ToolRegistry | None = None
        self._name = config.name
        self._server_names: dict[str, str] = {}

    @property
    def config(self) -> MCPClientConfig:
        """How the server is reached."""
        return self._line.config

    @property
    def name(self) -> str:
        """The server's name: that of the config, else the one it gives itself once it is connected, else its address."""
        return self._name or self.config.label

    @property
    def is_open(self) -> bool:
        """Whether there is a session now."""
        return self._line.is_open

    @property
    def stderr(self) -> str:
        """The end of what the program of a `stdio` server has written to its stderr."""
        return self._line.heard

    async def list_tools(self) -> list[ToolSchema]:
        """The tools that the server has now.

        Raises RactoGatewayConnectionError when the server cannot be reached, RactoGatewayAuthError when it wants a token,
        RactoGatewayTimeoutError when it does not answer in time. What the program wrote to its stderr stands in the message.
        """
        return self._kept(*(await self._line.awaited(named_tools)))

    def list_tools_sync(self) -> list[ToolSchema]:
        """The tools that the server has now."""
        return self._kept(*self._line.wait(named_tools))

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> MCPToolResult:
        """What the tool `name` gives for `arguments`. A tool that failed gives a result with `is_error`.

        Raises UsageError for arguments that JSON has no form for, such as half a letter or NaN: nothing is sent then.
        RactoGatewayBadRequestError where the server refuses the call, as for a tool that it does not have; else as
        `list_tools`. Cancelled, the server is told to stop.
        """
        given = checked_arguments(name, arguments)
        return await self._line.awaited(lambda keeper: keeper.call_tool(self._server_names.get(name, name), given))

    def call_tool_sync(self, name: str, arguments: dict[str, Any] | None = None) -> MCPToolResult:
        """What the tool `name` gives for `arguments`. A tool that failed gives a result with `is_error`."""
        given = checked_arguments(name, arguments)
        return self._line.wait(lambda keeper: keeper.call_tool(self._server_names.get(name, name), given))

    async def to_registry(self) -> ToolRegistry:
        """A registry of the tools that the server has now. Its functions use this client's session, also after `async with`."""
        await self.list_tools()
        return self._registry()

    def to_registry_sync(self) -> ToolRegistry:
        """A registry of the tools that the server has now. Its functions use this client's session, also after `with`."""
        self.list_tools_sync()
        return self._registry()

    def listed(self) -> ToolRegistry:
        """Its tools, asked for where they are not known."""
        return self._known or self.to_registry_sync()

    async def alisted(self) -> ToolRegistry:
        """Its tools, asked for where they are not known."""
        return self._known or await self.to_registry()

    @property
    def schemas(self) -> Sequence[ToolSchema]:
        """The tools that are known by now: none before they were listed for the first time."""
        return () if self._known is None else self._known.schemas

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind a tool that is known; None for others."""
        return None if self._known is None else self._known.get_callable(name)

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` as keyword arguments for the function, checked for their names; the server checks the rest."""
        return self.listed().validated(name, arguments)

    def close(self) -> None:
        """End the session, and the program of a `stdio` server. The next use opens another."""
        self._line.close()

    async def aclose(self) -> None:
        """End the session, and the program of a `stdio` server. The next use opens another."""
        await in_thread(self._line.close)

    def _kept(self, name: str, tools: Sequence[MCPToolSchema]) -> list[ToolSchema]:
        self._name = self._name or name
        self._tools = tools
        self._known = self._registry()
        self._server_names = {ours: tool.name for ours, tool in zip(self._known, tools, strict=True)}
        return list(tools)

    def _registry(self) -> ToolRegistry:
        return registry_of((tool, self._line, tool.name) for tool in self._tools)

    def __len__(self) -> int:
        return 0 if self._known is None else len(self._known)

    def __contains__(self, name: object) -> bool:
        return self._known is not None and name in self._known

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
        tools = "" if self._known is None else f", {len(self)} tools"
        return f"<RactoMCPClient: {self.name} ({self.config.transport}), {'open' if self.is_open else 'closed'}{tools}>"

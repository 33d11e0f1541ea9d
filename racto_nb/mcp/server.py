"""A server of your functions, for every program that speaks MCP."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Self

from racto_nb._extras import refuse_missing
from racto_nb._warnings import MCPWarning
from racto_nb.exceptions import UsageError
from racto_nb.flow.portal import Portal
from racto_nb.flow.threads import in_thread
from racto_nb.kits.running import ToolTroubleError, survived, words_of
from racto_nb.mcp.configs import MCPServerConfig, Transport
from racto_nb.mcp.daemons import in_daemon
from racto_nb.mcp.hosts import ASGIApp
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.sdk_server import asgi_app, serve_stdio
from racto_nb.mcp.serving import ServedMCP, door_of, served, token_for
from racto_nb.tools.registry import ToolRegistry
from racto_nb.tools.schema import ToolSchema

_TRANSPORTS = ("stdio", "sse", "streamable-http")


class RactoMCPServer:
    """Offers functions as tools over MCP: to the program that started this one (`stdio`), or over HTTP.

    Arguments are checked as a kit checks them. Plain functions run in threads, so that a slow one holds nobody up. Texts, JSON
    values, Pydantic objects, tables and images are told as what they are (`MCPToolResult.of`); what a function raises is a result
    with `is_error`.

    >>> server = RactoMCPServer("math-tools")
    >>> server.add_tool(lambda a, b: a + b, name="add", description="Add two numbers.")
    >>> "add" in server, len(server)
    (True, 1)
    """

    def __init__(self, name: str, *, description: str = "", version: str = "0.1.0") -> None:
        self._config = MCPServerConfig(name=name, description=description, version=version)
        self._tools = ToolRegistry()

    @classmethod
    def from_config(cls, config: MCPServerConfig) -> Self:
        """A server that says of itself what `config` says."""
        return cls(config.name, description=config.description, version=config.version)

    @classmethod
    def from_registry(
        cls,
        registry: ToolRegistry,
        *,
        name: str = "racto-nb-server",
        description: str = "racto_nb MCP server",
        version: str = "0.1.0",
    ) -> Self:
        """A server of the functions that `registry` has now.

        A Pydantic class in it has a schema and no function: it is left out, with an MCPWarning.
        """
        server = cls(name, description=description, version=version)
        left_out: list[str] = []
        for schema in registry.schemas:
            function = registry.get_callable(schema.name)
            if function is None:
                left_out.append(schema.name)
            else:
                server._tools.adopt(registry, schema.name)
        if left_out:
            message = f"Not served, since there is nothing to call behind them: {', '.join(left_out)}."
            warnings.warn(message, MCPWarning, stacklevel=2)
        return server

    def add_tool(self, fn: Callable[..., Any], *, name: str | None = None, description: str | None = None) -> None:
        """Offer `fn` too. The name and the description are its own where none is given.

        Raises UsageError for a name that is taken, and for a parameter that JSON cannot fill.
        """
        if inspect.isclass(fn):
            raise UsageError(f"{fn.__name__} is a class: an MCP server calls functions.")
        self._tools.register(fn, name=name, description=description)

    @property
    def config(self) -> MCPServerConfig:
        """What the server says of itself."""
        return self._config

    @property
    def name(self) -> str:
        """Its name."""
        return self._config.name

    @property
    def tool_names(self) -> list[str]:
        """The names of its tools."""
        return list(self._tools)

    @property
    def schemas(self) -> Sequence[ToolSchema]:
        """Its tools as a model must know them."""
        return self._tools.schemas

    async def answer(self, name: str, arguments: Mapping[str, Any]) -> MCPToolResult:
        """What a client is told for a call. UsageError for a tool that there is not; all else is a result."""
        function = self._tools.get_callable(name)
        if function is None:
            raise UsageError(f"There is no tool {name!r}. There are: {', '.join(self._tools) or 'none'}.")
        try:
            given = self._tools.validated(name, arguments)
            return await survived(_result(partial(function, **given), plain=not inspect.iscoroutinefunction(function)))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the caller reads it, and the server goes on)
            return MCPToolResult(
                content=words_of(error, named=not isinstance(error, UsageError | ToolTroubleError)), is_error=True
            )

    def run(
        self,
        transport: Transport = "stdio",
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        token: str | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """Serve until the client goes (`stdio`), or until an interrupt. Blocks; `start` does not.

        Over HTTP (`sse` or `streamable-http`) it listens on `host`, by default for this machine alone. On any other host clients
        must bring a bearer token: `token`, or one that is made and written to stderr. `allowed_hosts` are the names under which
        such a server is reached, where it is not by its address or by this machine's name.

        Raises UsageError for another transport and for a token that HTTP cannot carry, RactoGatewayConnectionError where it
        cannot listen on `host` and `port`.
        """
        if transport == "stdio":
            with Portal("mcp-stdio", patience=0.5) as portal:
                portal.call(partial(serve_stdio, self))
            return
        running = self.start(transport, host=host, port=port, token=token, allowed_hosts=allowed_hosts)
        if token is None and running.token:  # nobody else could tell it: this call does not return
            sys.stderr.write(f"The MCP server {self.name!r} listens on {host}; clients need this bearer token: {running.token}\n")
            sys.stderr.flush()
        running.wait()

    def start(
        self,
        transport: Transport = "streamable-http",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> ServedMCP:
        """Serve over HTTP in the background, and say where: `url` and `token` of what is returned. Port 0 is a free one.

        Nothing is written, as `run` does with a token that was made: what a cell writes is saved with its notebook.
        """
        _check_transport(transport)
        needed = token_for(host, token)
        return served(door_of(asgi_app(self), host, needed, allowed_hosts), transport, host, port)

    def get_asgi_app(self, *, token: str | None = None, allowed_hosts: Collection[str] = ()) -> ASGIApp:
        """An ASGI application for a web server of yours: streamable HTTP at `/mcp`, SSE at `/sse` and `/messages/`.

        It answers requests for this machine's loopback addresses and for the names in `allowed_hosts`, with the `token` where one
        is given. Give one wherever others reach it. Its lifespan must run (mounted in another application, call it from yours).
        """
        refuse_missing("mcp", extra="mcp-sse")
        return door_of(asgi_app(self), "127.0.0.1", token_for("127.0.0.1", token), allowed_hosts)

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __repr__(self) -> str:
        return f"<RactoMCPServer: {self.name}, {len(self)} tool{'' if len(self) == 1 else 's'}>"


async def _result(function: Callable[[], Any], *, plain: bool) -> MCPToolResult:
    """What a function gives: a plain one in a thread."""
    value = await in_daemon(partial(_called, function)) if plain else function()
    return value if isinstance(value, MCPToolResult) else await in_thread(MCPToolResult.of, await value)


def _called(function: Callable[[], Any]) -> Any:
    """What a function gave, as a result made in its thread; what must be awaited, as it is."""
    value = function()
    return value if inspect.isawaitable(value) else MCPToolResult.of(value)


def _check_transport(transport: object) -> None:
    if transport not in _TRANSPORTS[1:]:
        raise UsageError(f"transport is one of {', '.join(map(repr, _TRANSPORTS))}, not {transport!r}.")

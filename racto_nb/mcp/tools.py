"""The tools of a server as functions: called plainly, awaited, or by a kit in the middle of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.kits.running import ToolTroubleError
from racto_nb.mcp.describing import MCPToolSchema, taken_names
from racto_nb.mcp.keeping import Line
from racto_nb.mcp.plain import as_sent
from racto_nb.mcp.results import MCPToolResult
from racto_nb.tools.registry import ToolRegistry


@dataclass(frozen=True, slots=True)
class MCPTool:
    """One tool of a server, over the session of its client. Called, it gives the text that a model is told.

    It is a plain function that works on every thread, also while an event loop runs there; `acall` is its twin. Raises
    ToolTroubleError with the server's words where the tool failed, and for arguments that JSON has no form for.
    """

    line: Line
    name: str

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, **arguments: Any) -> str:
        return self.attempt(arguments).call()

    async def acall(self, **arguments: Any) -> str:
        """What the tool gives, awaited."""
        return await self.attempt(arguments).acall()

    def attempt(self, arguments: dict[str, Any]) -> MCPAttempt:
        """A call with these arguments. Nothing is sent yet. ToolTroubleError for what JSON has no form for."""
        try:
            return MCPAttempt(self, checked_arguments(self.name, arguments))
        except UsageError as error:
            raise ToolTroubleError(str(error)) from error


class MCPAttempt:
    """One call of a tool. Whoever waits for it may be on another thread than the one that gives it up."""

    def __init__(self, tool: MCPTool, arguments: Mapping[str, Any]) -> None:
        self._tool = tool
        self._arguments = arguments
        self._future: Future[MCPToolResult] | None = None
        self._left = False

    def call(self) -> str:
        """The text that a model is told."""
        future = self._begin()
        try:
            return _told(future.result())
        except CancelledError as error:
            raise ToolTroubleError("the call was given up") from error
        except BaseException:
            future.cancel()
            raise

    async def acall(self) -> str:
        """The text that a model is told."""
        return _told(await asyncio.wrap_future(self._begin()))

    def leave(self) -> None:
        """Cancel what is on its way; the server is told."""
        self._left = True
        if self._future is not None:
            self._future.cancel()

    def _begin(self) -> Future[MCPToolResult]:
        if self._left:
            raise ToolTroubleError("the call was given up before it was sent")
        self._future = self._tool.line.begin(lambda keeper: keeper.call_tool(self._tool.name, self._arguments))
        if self._left:
            self._future.cancel()
        return self._future


def _told(result: MCPToolResult) -> str:
    if result.is_error:
        raise ToolTroubleError(result.told or "the tool failed and did not say why")
    return result.told


def registry_of(tools: Iterable[tuple[MCPToolSchema, Line, str]]) -> ToolRegistry:
    """A registry of tools: the schema of each under the name it shall have, its line, and the name it has at its server.

    Names that providers refuse are written differently (`files.read` as `files_read`).
    """
    found = list(tools)
    names = taken_names(schema.name for schema, *_ in found)
    registry = ToolRegistry()
    for schema, line, name in found:
        registry.register_described(schema.renamed(names[schema.name]), MCPTool(line, name))
    return registry


def checked_arguments(name: str, arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    """`arguments` as they are sent. UsageError for what is no dict of values that JSON has a form for.

    It is found here, since a message that cannot be written takes the session with it, and the calls of others.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(f"The name of a tool is a text, not {name!r:.60}.")
    given: Mapping[Any, Any] = {} if arguments is None else arguments
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(f"The arguments of {name!r} are a dict, such as {{'a': 1}}, not a {type(given).__name__}.")
    if odd := [each for each in given if not isinstance(each, str)]:
        raise UsageError(f"The arguments of {name!r} have texts as names, such as {{'a': 1}}, not {odd[0]!r:.60}.")
    try:
        return as_sent([name, dict(given)]).value[1]
    except ValueError as error:
        raise UsageError(f"A call of {name!r} cannot be sent, since it has no form in JSON: {error}.") from error

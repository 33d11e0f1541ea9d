"""Where answers and tools may come from: the protocols through which higher layers meet without importing each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable


class ToolDescription(Protocol):
    """A tool as a model must know it."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    def to_json_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments: `{"type": "object", "properties": …}`."""
        ...


@runtime_checkable
class ToolSource(Protocol):
    """A collection of tools: a `ToolRegistry`, or the tools of an MCP server."""

    @property
    def schemas(self) -> Sequence[ToolDescription]: ...

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind the tool `name`, or None for a tool that only has a schema."""
        ...

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` as keyword arguments for the function, checked and converted.

        Raises ValueError for wrong ones (Pydantic's ValidationError is one).
        """
        ...

    def __len__(self) -> int: ...

    def __contains__(self, name: str) -> bool: ...


class Attempt(Protocol):
    """One call of a tool that runs elsewhere, in both colours: the text that a model is told. Raises where the tool failed."""

    def call(self) -> str: ...

    async def acall(self) -> str: ...

    def leave(self) -> None:
        """Nobody waits any more: what is still on its way is cancelled. Does nothing after the end. Callable from any thread."""
        ...


@runtime_checkable
class DistantTool(Protocol):
    """A function of a `ToolSource` that runs elsewhere, such as in an MCP server: it can be awaited, and given up."""

    def attempt(self, arguments: dict[str, Any]) -> Attempt:
        """A call with these arguments. Nothing is sent yet."""
        ...


@runtime_checkable
class ToolHost(Protocol):
    """What has tools, and must be asked for them: an MCP client. It is a `ToolSource` too, of those that are known by now."""

    def listed(self) -> ToolSource:
        """Its tools, asked for where they are not known."""
        ...

    async def alisted(self) -> ToolSource:
        """Its tools, asked for where they are not known."""
        ...


class Passage(Protocol):
    """A piece of a document that was found."""

    @property
    def content(self) -> str: ...


class Hit(Protocol):
    """A passage with its `score` (higher is nearer) and its `rank` (1 is best)."""

    @property
    def chunk(self) -> Passage: ...

    @property
    def score(self) -> float: ...

    @property
    def rank(self) -> int: ...


@runtime_checkable
class Retriever(Protocol):
    """Anything that finds passages for a question."""

    def retrieve(self, query: str, top_k: int = 5, filters: Mapping[str, Any] | None = None) -> Sequence[Hit]:
        """The `top_k` passages nearest to `query`, best first."""
        ...

    async def aretrieve(self, query: str, top_k: int = 5, filters: Mapping[str, Any] | None = None) -> Sequence[Hit]:
        """The `top_k` passages nearest to `query`, best first."""
        ...

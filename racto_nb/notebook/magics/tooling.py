"""The tools of `--tools`: a registry of the notebook, or functions and classes that are put into one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.models.sources import ToolDescription, ToolHost, ToolSource
from racto_nb.notebook.completing.looking import tools_in
from racto_nb.notebook.magics.interpolating import value_of


@dataclass(frozen=True, slots=True)
class Joined:
    """The tools of several sources as one. Their names differ."""

    sources: tuple[ToolSource, ...]

    @property
    def schemas(self) -> Sequence[ToolDescription]:
        """The tools as a model must know them."""
        return [schema for source in self.sources for schema in source.schemas]

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind the tool `name`, None for a tool that only has a schema."""
        return next((source.get_callable(name) for source in self.sources if name in source), None)

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` checked and converted for the function. ValueError for wrong ones, and for an unknown tool."""
        for source in self.sources:
            if name in source:
                return source.validated(name, arguments)
        raise ValueError(f"There is no tool {name!r}.")

    def __len__(self) -> int:
        return sum(map(len, self.sources))

    def __contains__(self, name: str) -> bool:
        return any(name in source for source in self.sources)


def tools_of(names: Sequence[str], namespace: Mapping[str, Any]) -> ToolSource | None:
    """The tools that the cell names; None where it names none. UsageError for what is no tool, and for two of one name."""
    if not names:
        return None
    found = [value.listed() if isinstance(value, ToolHost) else value for value in (_found(name, namespace) for name in names)]
    sources: list[ToolSource] = [value for value in found if isinstance(value, ToolSource)]
    functions = [value for value in found if not isinstance(value, ToolSource)]
    if functions:
        sources.append(_registered(functions))
    tools = sources[0] if len(sources) == 1 else Joined(tuple(sources))
    _refuse_two_of_a_name([*(schema.name for schema in tools.schemas)] if len(sources) > 1 else _names(functions))
    if not len(tools):
        raise UsageError(f"--tools {names[0]} holds no tools. Register some, or leave the option out. Nothing was sent.")
    return tools


def has_async(tools: ToolSource | None) -> bool:
    """Whether one of the functions must be awaited: then the question is asked on an event loop."""
    return tools is not None and any(is_async(tools.get_callable(schema.name)) for schema in tools.schemas)


def is_tool(value: object) -> bool:
    """Whether a variable with this value may be named by `--tools`."""
    if isinstance(value, type):
        return issubclass(value, BaseModel)
    return isinstance(value, ToolSource) or inspect.isroutine(value)


def _found(name: str, namespace: Mapping[str, Any]) -> Any:
    if name.isidentifier() and name not in namespace:
        message = f"--tools needs a ToolRegistry, an MCP client, a function or a Pydantic class; there is no variable {name!r}."
        raise UsageError(f"{message}{_hint(name, namespace)} Nothing was sent.")
    value: object = value_of(name, namespace, shown=f"--tools {name}")
    if is_tool(value):
        return value
    kind = f"the class {value.__name__}" if isinstance(value, type) else f"of the type {type(value).__name__}"
    message = f"--tools needs a ToolRegistry, an MCP client, a function or a Pydantic class; {name!r} is {kind}."
    raise UsageError(f"{message}{_hint(name, namespace)} Nothing was sent.")


def _hint(name: str, namespace: Mapping[str, Any]) -> str:
    """The tools of the notebook that were perhaps meant. The variables are looked at; nothing of theirs is run."""
    return did_you_mean(name, tools_in(namespace))


def _registered(functions: Sequence[Any]) -> ToolSource:
    from racto_nb.tools import ToolRegistry

    registry = ToolRegistry()
    for function in functions:
        registry.register(function)
    return registry


def _names(functions: Sequence[Any]) -> list[str]:
    return [str(getattr(function, "__name__", function)) for function in functions]


def _refuse_two_of_a_name(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--tools: two tools are called {name!r}. Give each a name of its own. Nothing was sent.")


def is_async(function: Callable[..., Any] | None) -> bool:
    """Whether `function` must be awaited."""
    if function is None:
        return False
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004  (not whether it is callable)

"""Carry out calls of tools that a model asked for, under a known import path; kits do it with `auto_execute_tools=True`."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.running import carried_out
from racto_nb.models.messages import ToolCallResult
from racto_nb.models.sources import ToolSource

__all__ = ["execute_tool_calls_async", "execute_tool_calls_sync"]


def execute_tool_calls_sync(tool_calls: Sequence[ToolCallResult], registry: ToolSource) -> list[str]:
    """What each call gave, as text for the model, in the order of the calls; they run side by side.

    A wrong argument, an unknown tool or a tool that raises gives a text that begins with "Error: ". Raises UsageError for an
    async tool, before any call is carried out.

    >>> from racto_nb.tools import ToolRegistry
    >>> def add(a: int, b: int) -> int:
    ...     return a + b
    >>> calls = [ToolCallResult(name="add", arguments={"a": 2, "b": 3}), ToolCallResult(name="add", arguments={"a": "x", "b": 3})]
    >>> execute_tool_calls_sync(calls, ToolRegistry([add]))[0]
    '5'
    """
    for asked in tool_calls:
        if inspect.iscoroutinefunction(registry.get_callable(asked.name)):
            raise UsageError(f"The tool {asked.name!r} is async. Use execute_tool_calls_async, or register a plain function.")
    return [run.content for run in SyncDriver().run(carried_out(registry, tool_calls))]


async def execute_tool_calls_async(tool_calls: Sequence[ToolCallResult], registry: ToolSource) -> list[str]:
    """What each call gave, as text for the model, in the order of the calls; they run side by side."""
    return [run.content for run in await AsyncDriver().run(carried_out(registry, tool_calls))]

"""Tools that are called only after a yes: a source of tools around another one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.models.sources import DistantTool, ToolDescription, ToolSource

REFUSED = "The user did not allow this call."
"""What the model is told of a call that was refused."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The tools of `source`, of which each call first awaits `agreed(name, arguments)`."""

    source: ToolSource
    agreed: Callable[[str, Mapping[str, Any]], Awaitable[bool]]

    @property
    def schemas(self) -> Sequence[ToolDescription]:
        """The tools as the model knows them."""
        return self.source.schemas

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind `name`, which asks first. UsageError, told to the model, where the answer is no."""
        function = self.source.get_callable(name)
        if function is None:
            return None

        async def asked(**arguments: Any) -> Any:
            if not await self.agreed(name, arguments):
                raise UsageError(REFUSED)
            if isinstance(function, DistantTool):
                return await function.attempt(arguments).acall()
            if inspect.iscoroutinefunction(function):
                return await function(**arguments)
            value = await asyncio.to_thread(partial(function, **arguments))
            return await value if inspect.isawaitable(value) else value

        return asked

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` as the function takes them."""
        return self.source.validated(name, arguments)

    def __len__(self) -> int:
        return len(self.source)

    def __contains__(self, name: str) -> bool:
        return name in self.source

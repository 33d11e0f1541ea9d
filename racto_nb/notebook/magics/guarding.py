"""Tools that keep secrets: neither a result nor an error that holds one of the environment reaches the model or the page.

A tool that reads a configuration, or a library that quotes the key it was refused with, would else hand it to a provider, and to
the saved notebook.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import finalize

from racto_nb._secrecy import Secrets

# What is looked at must be the very text that the model would be told.
from racto_nb.kits.running import ToolTroubleError, result_text, words_of
from racto_nb.models.response import LLMResponse
from racto_nb.models.sources import Attempt, DistantTool, ToolDescription, ToolHost, ToolSource
from racto_nb.notebook.magics.tooling import is_async


@dataclass(frozen=True, slots=True)
class Guarded:
    """The tools of `source`. A result with a secret fails its call, and an error says the name of the variable instead."""

    source: ToolSource
    secrets: Secrets

    @property
    def schemas(self) -> Sequence[ToolDescription]:
        """The tools as a model must know them."""
        return self.source.schemas

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function behind the tool `name`, guarded; None for a tool that only has a schema."""
        function = self.source.get_callable(name)
        if isinstance(function, DistantTool):
            return _GuardedTool(function, self.secrets)
        return None if function is None else _guarded(function, self.secrets)

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` checked and converted for the function. ValueError for wrong ones, and for an unknown tool."""
        try:
            return self.source.validated(name, arguments)
        except Exception as error:
            said = words_of(error, named=False)
            if self.secrets.held_by(said) is None:
                raise
            raise ValueError(self.secrets.cleaned(said)) from None

    def __len__(self) -> int:
        return len(self.source)

    def __contains__(self, name: str) -> bool:
        return name in self.source


def guarded(tools: ToolSource | None, environment: Mapping[str, str]) -> ToolSource | None:
    """`tools`, which tell no secret of `environment`."""
    known = tools.listed() if isinstance(tools, ToolHost) else tools
    return None if known is None else Guarded(known, Secrets.of(environment))


def without_secrets(response: LLMResponse, secrets: Secrets) -> LLMResponse:
    """`response`, whose texts, parsed value and calls of tools repeat no secret."""
    dumped = {
        "content": response.content,
        "thinking": response.thinking,
        "parsed": response.parsed,
        "messages": [turn.content for turn in response.messages],
        "calls": [call.arguments for call in response.tool_calls],
        "runs": [[run.arguments, run.content, run.error] for run in response.tool_runs],
    }
    clean = secrets.cleaned_value(dumped)
    if clean == dumped:
        return response
    told = zip(response.tool_runs, clean["runs"], strict=True)
    changes = {
        "content": clean["content"],
        "thinking": clean["thinking"],
        "parsed": clean["parsed"],
        "messages": [
            turn.model_copy(update={"content": text}) for turn, text in zip(response.messages, clean["messages"], strict=True)
        ],
        "tool_calls": [
            call.model_copy(update={"arguments": given}) for call, given in zip(response.tool_calls, clean["calls"], strict=True)
        ],
        "tool_runs": [
            run.model_copy(update={"arguments": given, "content": content, "error": error})
            for run, (given, content, error) in told
        ],
    }
    return response.model_copy(update=changes)


def _guarded(function: Callable[..., Any], secrets: Secrets) -> Callable[..., Any]:
    def called(**arguments: Any) -> Any:
        try:
            value = function(**arguments)
            return _Awaited(value, secrets) if inspect.isawaitable(value) else _told(value, secrets)
        except BaseException as error:  # noqa: BLE001  (also what ends a program may say a secret; raised again)
            raise _clean(error, secrets) from None

    async def awaited(**arguments: Any) -> str:
        return await _Awaited(function(**arguments), secrets)

    return awaited if is_async(function) else called


@dataclass(frozen=True, slots=True)
class _GuardedTool:
    """A tool that runs elsewhere, guarded."""

    tool: DistantTool
    secrets: Secrets

    def __call__(self, **arguments: Any) -> str:
        return self.attempt(arguments).call()

    def attempt(self, arguments: dict[str, Any]) -> _GuardedAttempt:
        """A call with these arguments."""
        return _GuardedAttempt(self.tool.attempt(arguments), self.secrets)


@dataclass(frozen=True, slots=True)
class _GuardedAttempt:
    """One call of it."""

    own: Attempt
    secrets: Secrets

    def call(self) -> str:
        """The text that a model is told."""
        try:
            return _told(self.own.call(), self.secrets)
        except Exception as error:  # noqa: BLE001  (raised again)
            raise _clean(error, self.secrets) from None

    async def acall(self) -> str:
        """The text that a model is told."""
        try:
            return _told(await self.own.acall(), self.secrets)
        except Exception as error:  # noqa: BLE001  (raised again)
            raise _clean(error, self.secrets) from None

    def leave(self) -> None:
        """Nobody waits any more."""
        self.own.leave()


class _Awaited(Awaitable[str]):
    """What a function gave to be awaited. Where nobody may await it, it is closed, as a coroutine is."""

    def __init__(self, value: Awaitable[object], secrets: Secrets) -> None:
        self._value = value
        self._secrets = secrets
        if inspect.iscoroutine(value):  # no `__del__`: the collector may come to the coroutine first, which warns
            finalize(self, value.close).atexit = False

    def __await__(self) -> Generator[Any, None, str]:
        try:
            return _told((yield from self._value.__await__()), self._secrets)
        except BaseException as error:  # noqa: BLE001  (also what ends a program may say a secret; raised again)
            raise _clean(error, self._secrets) from None


def _told(value: object, secrets: Secrets) -> str:
    """The text that the model is told."""
    text = result_text(value)
    if (name := secrets.held_by(text)) is not None:
        raise ToolTroubleError(f"its result holds the value of the environment variable {name}: not told")
    return text


def _clean(error: BaseException, secrets: Secrets) -> BaseException:
    """`error`, or where it says a secret one that says the rest. What ends the call stays what it is."""
    if isinstance(error, KeyboardInterrupt | GeneratorExit | asyncio.CancelledError):
        return error
    said = words_of(error, named=not isinstance(error, ToolTroubleError))
    return error if secrets.held_by(said) is None else ToolTroubleError(secrets.cleaned(said))

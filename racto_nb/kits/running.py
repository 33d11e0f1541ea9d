"""Carry out the calls of tools that a model asks for, and say what came of them as a model reads it. Kind: flow.

Whatever a tool does is told to the model, which may ask otherwise, and kept; only an interrupt and a cancelled task end the call.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from pydantic_core import to_json

from racto_nb.flow.effects import Flow, call, together
from racto_nb.flow.twins import either
from racto_nb.kits.tracing import traced_run
from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.models.sources import Attempt, DistantTool, ToolSource
from racto_nb.models.stream import joined_halves
from racto_nb.telemetry.spans import Tracer

T = TypeVar("T")

AT_ONCE = 8
"""Most calls of one turn that run side by side."""
LONGEST = 200_000
"""Most characters of a result that a model is told."""


_PLAINER = {"numpy": ("tolist",), "pandas": ("to_csv", "tolist"), "polars": ("write_csv", "to_list")}
"""The methods that make plain values of these libraries' own."""


class ToolTroubleError(Exception):
    """What is wrong with a call, in words that need no name of a class."""


class _WrongResultError(ToolTroubleError):
    """What a tool returned cannot be told."""


def carried_out(
    source: ToolSource,
    calls: Sequence[ToolCallResult],
    redacted: Callable[[str], str] = str,
    tracer: Tracer | None = None,
) -> Flow[list[ToolRun]]:
    """What came of `calls`, in their order; they run side by side. `redacted` takes keys out of what errors say.

    With a `tracer` each is a span.
    """
    attempts: list[Attempt] = []

    def run(asked: ToolCallResult) -> Flow[ToolRun]:
        ran = partial(_run, source, asked, redacted, attempts)
        return ran([]) if tracer is None else traced_run(tracer, asked, ran, redacted)

    try:
        return (yield from together(list(map(run, calls)), limit=AT_ONCE))
    finally:
        for attempt in attempts:  # a thread that waits for another machine hears of no interrupt
            attempt.leave()


def _run(
    source: ToolSource, asked: ToolCallResult, redacted: Callable[[str], str], attempts: list[Attempt], errors: list[Exception]
) -> Flow[ToolRun]:
    """What came of one call. What is under way joins `attempts`, and what went wrong `errors`."""
    run = ToolRun(id=asked.id, name=asked.name, arguments=asked.arguments, content="")
    try:
        arguments = source.validated(asked.name, asked.arguments)
    except Exception as error:  # noqa: BLE001  (a registry's, or one of the user's own)
        errors.append(error)
        return _failed(run, redacted(words_of(error, named=False)))
    function = source.get_callable(asked.name)
    if function is None:  # it was unregistered meanwhile
        return _failed(run, f"There is no function for {asked.name!r}.")
    try:
        if isinstance(function, DistantTool):
            attempts.append(attempt := function.attempt(arguments))
            content = yield from either(attempt.call, attempt.acall)
            content = result_text(content)
        else:
            content = yield from call(_guarded(function), arguments)
        content = content if isinstance(content, str) else result_text(content)  # what a plain function's awaitable gave
    except Exception as error:  # noqa: BLE001  (told to the model, and kept on the response)
        errors.append(error)
        return _failed(run, redacted(words_of(error, named=not isinstance(error, ToolTroubleError))))
    return run.model_copy(update={"content": content})


class _EndedError(ToolTroubleError):
    """What would have ended the program, or the task, had it come from anywhere else than a tool."""


_GO_ON = (Exception, KeyboardInterrupt, GeneratorExit)
"""What a tool may raise as it is: an error is told to the model further up, and an interrupt is the user's."""


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose result is the text that the model is told, made where the function ran and not on the event loop.

    What ends a program (`sys.exit` in a function that was made for the command line) is an error like others.
    """
    if inspect.iscoroutinefunction(function):
        return _guarded_async(function)

    def called(**arguments: Any) -> Any:
        try:
            value = function(**arguments)
            return value if inspect.isawaitable(value) else result_text(value)
        except _GO_ON:
            raise
        except BaseException as error:
            raise _EndedError(words_of(error)) from error

    return called


def _guarded_async(function: Callable[..., Any]) -> Callable[..., Any]:
    async def called(**arguments: Any) -> str:
        async def told() -> str:
            return result_text(await function(**arguments))

        return await survived(told())

    return called


async def survived(work: Awaitable[T]) -> T:
    """What the `work` of a tool gives. What would end the program or the task that awaits it is an error like others."""
    try:
        return await work
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _EndedError("the tool cancelled itself") from error
    except _GO_ON:
        raise
    except BaseException as error:
        raise _EndedError(words_of(error)) from error


def _failed(run: ToolRun, reason: str) -> ToolRun:
    reason = joined_halves(reason)
    return run.model_copy(update={"content": f"Error: {reason}", "error": reason})


def words_of(error: BaseException, *, named: bool = True) -> str:
    """What an error says, with its name. Some cannot say anything."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  (an error of the user's whose text is an error too)
        text = ""
    return text if text and not named else f"{type(error).__name__}: {text}" if text else type(error).__name__


def result_text(value: object) -> str:
    """A result as the model reads it: a text as it is, a table as CSV, all else as JSON, and what has none as `str` shows it.

    Raises for what cannot be told: an iterator, which may never end, and more than `LONGEST` characters.
    """
    if isinstance(value, Iterator | AsyncIterator):
        kind = type(cast("object", value)).__name__
        raise _WrongResultError(f"it returned a {kind}, which may never end: return a list")
    text = joined_halves(value if isinstance(value, str) else _written(_plain(value)))
    if len(text) > LONGEST:
        raise _WrongResultError(f"its result has {len(text):,} characters, and at most {LONGEST:,} can be told: return less")
    return text


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return to_json(value, fallback=plain_or_shown, bytes_mode="base64", inf_nan_mode="constants").decode()
    except Exception:  # noqa: BLE001  (whatever a foreign object raises while it is looked at)
        return str(value)


def plain_or_shown(value: object) -> object:
    """A value that JSON has no form for as one that it has: those of NumPy and of tables as plain ones, all else as a text."""
    plain = _plain(value)
    return str(value) if plain is value else plain


def _plain(value: object) -> object:
    """Values of NumPy, pandas and polars as plain ones: numbers, lists, and tables as the text of a CSV file."""
    for name in _PLAINER.get(type(value).__module__.partition(".")[0], ()):
        if callable(method := getattr(value, name, None)):
            return method()
    return value

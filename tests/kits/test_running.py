"""What comes of a call of a tool, whatever the tool does."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable
from typing import Any

import pytest
from colours import run_unblocked
from pydantic import BaseModel

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.running import carried_out
from racto_nb.models import ToolCallResult, ToolRun
from racto_nb.tools import ToolRegistry


def sync_run(function: Callable[..., Any], **arguments: Any) -> ToolRun:
    (run,) = SyncDriver().run(carried_out(ToolRegistry([function]), [_call(function, arguments)]))
    return run


def async_run(function: Callable[..., Any], **arguments: Any) -> ToolRun:
    async def main() -> list[ToolRun]:
        return await AsyncDriver().run(carried_out(ToolRegistry([function]), [_call(function, arguments)]))

    (run,) = run_unblocked(main())
    return run


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> ToolCallResult:
    return ToolCallResult(id="c", name=function.__name__, arguments=arguments)


both = pytest.mark.parametrize("ran", [sync_run, async_run])


@both
def test_what_would_end_the_program_is_an_error_of_the_call(ran: Callable[..., ToolRun]):
    def leaves() -> None:
        sys.exit(3)

    assert ran(leaves).error == "SystemExit: 3"


@both
def test_any_other_base_exception_is_an_error_of_the_call(ran: Callable[..., ToolRun]):
    class OddError(BaseException):
        pass

    def odd() -> None:
        raise OddError("why")

    assert ran(odd).error == "OddError: why"


def test_an_async_tool_that_leaves_or_cancels_itself_is_an_error_of_the_call():
    async def leaves() -> None:
        sys.exit(3)

    async def cancels() -> None:
        raise asyncio.CancelledError

    assert async_run(leaves).error == "SystemExit: 3"
    assert async_run(cancels).error == "the tool cancelled itself"


def test_a_task_that_is_cancelled_takes_its_tools_along():
    began, ended = asyncio.Event(), list[str]()

    async def waits() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    async def main() -> None:
        task = asyncio.create_task(AsyncDriver().run(carried_out(ToolRegistry([waits]), [_call(waits, {})])))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_unblocked(main())
    assert ended == ["ended"]


@both
def test_an_interrupt_is_the_users(ran: Callable[..., ToolRun]):
    def stops() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ran(stops)


@both
def test_what_may_never_end_is_not_told(ran: Callable[..., ToolRun]):
    def counts() -> object:
        return itertools.count()

    def rows() -> object:
        return (row for row in [1, 2])

    assert ran(counts).error == "it returned a count, which may never end: return a list"
    assert ran(rows).error == "it returned a generator, which may never end: return a list"


@both
def test_more_than_a_model_can_read_is_not_told(ran: Callable[..., ToolRun]):
    def much() -> str:
        return "x" * 200_001

    assert ran(much).error == "its result has 200,001 characters, and at most 200,000 can be told: return less"


def test_an_error_that_cannot_say_anything_is_named():
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("boom")

    def fails() -> None:
        raise MuteError

    assert sync_run(fails).error == "MuteError"


def test_a_validation_error_of_the_tools_own_is_not_one_of_the_arguments():
    class Inner(BaseModel):
        n: int

    def parses() -> object:
        return Inner.model_validate({"n": "many"})

    assert (sync_run(parses).error or "").startswith("ValidationError: 1 validation error for Inner")


def test_wrong_arguments_are_told_in_the_registrys_words():
    def note(count: int) -> None:
        """Note."""

    assert (sync_run(note, count="many").error or "").startswith("Wrong arguments for the tool 'note': count:")


def test_a_key_in_an_error_of_a_tool_is_taken_out():
    def fails() -> None:
        raise RuntimeError("refused: key=sk-secret")

    flow = carried_out(ToolRegistry([fails]), [_call(fails, {})], lambda text: text.replace("sk-secret", "[key]"))
    (run,) = SyncDriver().run(flow)
    assert run.content == "Error: RuntimeError: refused: key=[key]"


def test_tables_and_arrays_are_told_as_plain_values():
    numpy, polars = pytest.importorskip("numpy"), pytest.importorskip("polars")

    def number() -> object:
        return numpy.int64(3)

    def numbers() -> object:
        return {"values": numpy.arange(3), "mean": numpy.float64(1.0)}

    def table() -> object:
        return polars.DataFrame({"region": ["north", "south"], "sales": [120, 80]})

    assert sync_run(number).content == "3"
    assert sync_run(numbers).content == '{"values":[0,1,2],"mean":1.0}'
    assert sync_run(table).content == "region,sales\nnorth,120\nsouth,80\n"


def test_an_awaitable_from_a_plain_function_is_awaited_where_that_is_possible():
    async def inner() -> int:
        return 5

    def outer() -> object:
        return inner()

    assert async_run(outer).content == "5"

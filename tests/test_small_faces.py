"""The small documented faces: chain of thought and the carrying out of tools."""

from __future__ import annotations

import threading

import pytest
from colours import run_unblocked

from racto_nb._cot import apply_chain_of_thought
from racto_nb._tool_runtime import execute_tool_calls_async, execute_tool_calls_sync
from racto_nb.exceptions import UsageError
from racto_nb.models import ChatConfig, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry

PROMPT = RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def called(name: str, **arguments: object) -> ToolCallResult:
    return ToolCallResult(name=name, arguments=arguments)


def test_a_chain_of_thought_is_what_the_option_gives():
    by_option, by_face = FakeKit(["a"]), FakeKit(["a"])
    by_option.chat(ChatConfig(user_message="Hi", prompt=PROMPT, chain_of_thought=True))
    by_face.chat(ChatConfig(user_message="Hi", prompt=apply_chain_of_thought(PROMPT)))
    assert by_option.calls == by_face.calls


def test_a_chain_of_thought_is_one_constraint_at_the_end_once():
    once = apply_chain_of_thought(PROMPT)
    assert (len(once.constraints), once.constraints[0]) == (2, "Be brief.")
    assert apply_chain_of_thought(once) == once
    assert PROMPT.constraints == ["Be brief."]


def in_threads(calls: list[ToolCallResult], registry: ToolRegistry) -> list[str]:
    return execute_tool_calls_sync(calls, registry)


def on_loop(calls: list[ToolCallResult], registry: ToolRegistry) -> list[str]:
    return run_unblocked(execute_tool_calls_async(calls, registry))


BOTH = pytest.mark.parametrize("execute", [in_threads, on_loop])


@BOTH
def test_results_stand_in_the_order_of_the_calls(execute):
    both = threading.Barrier(2, timeout=10)

    def wait(who: str) -> str:
        both.wait()
        return who

    assert execute([called("wait", who="one"), called("wait", who="two")], ToolRegistry([wait])) == ["one", "two"]


@BOTH
def test_what_goes_wrong_is_told_to_the_model(execute):
    registry = ToolRegistry([add])
    wrong, unknown, fine = execute([called("add", a="x", b=1), called("sum", a=1), called("add", a=1, b=1)], registry)
    assert wrong.startswith("Error: ")
    assert "a:" in wrong
    assert "'sum'" in unknown
    assert fine == "2"


def test_an_async_tool_is_awaited_or_refused_before_any_call():
    ran: list[str] = []

    async def slow() -> str:
        ran.append("slow")
        return "done"

    registry = ToolRegistry([slow, add])
    with pytest.raises(UsageError, match=r"'slow' is async\. Use execute_tool_calls_async"):
        execute_tool_calls_sync([called("add", a=1, b=1), called("slow")], registry)
    assert ran == []
    assert on_loop([called("slow")], registry) == ["done"]

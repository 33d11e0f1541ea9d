"""The kit calls tools: the transcript, what is kept of it, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from colours import run_unblocked
from pydantic import BaseModel

from racto_nb.exceptions import AnswerError, RactoGatewayServerError, ResponseModelValidationError, UsageError
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.conversing import conversed
from racto_nb.models import ChatConfig, FinishReason, LLMResponse, Message, ToolCallResult, ToolStop
from racto_nb.providers.answering import response_of
from racto_nb.providers.wire import CallDraft, Draft
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def asks(*calls: tuple[str, dict[str, Any]], text: str = "", **usage: int) -> FakeReply:
    made = tuple(ToolCallResult(id=f"c{place}", name=name, arguments=told) for place, (name, told) in enumerate(calls))
    return FakeReply((text,) if text else (), tool_calls=made, usage=usage or None)


def config(*tools: Any, **options: Any) -> ChatConfig:
    return ChatConfig(user_message="What is 2 + 3?", tools=ToolRegistry(tools or (add,)), auto_execute_tools=True, **options)


def test_the_calls_and_their_results_follow_the_question_by_id():
    kit = FakeKit([asks(("add", {"a": 2, "b": 3})), "It is 5."])
    response = kit.chat(config())
    assert response.content == "It is 5."
    assert kit.calls[1]["messages"] == [
        {"role": "user", "content": "What is 2 + 3?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c0", "name": "add", "arguments": {"a": 2, "b": 3}}]},
        {"role": "tool", "content": "5", "tool_call_id": "c0", "name": "add"},
    ]


def test_the_response_keeps_the_runs_the_turns_and_the_reason():
    response = FakeKit([asks(("add", {"a": 2, "b": 3})), "It is 5."]).chat(config())
    assert [(run.name, run.arguments, run.content, run.error) for run in response.tool_runs] == [
        ("add", {"a": 2, "b": 3}, "5", None)
    ]
    assert [turn.role for turn in response.messages] == ["assistant", "tool", "assistant"]
    assert response.tool_stop is ToolStop.ANSWERED
    assert response.tool_calls == []


def test_the_turns_of_a_response_are_a_history_that_goes_on():
    kit = FakeKit([asks(("add", {"a": 2, "b": 3})), "It is 5.", "Sure."])
    first = kit.chat(config())
    kit.chat(ChatConfig(user_message="Really?", history=[Message(role="user", content="What is 2 + 3?"), *first.messages]))
    assert [turn["role"] for turn in kit.calls[2]["messages"]] == ["user", "assistant", "tool", "assistant", "user"]


def test_every_earlier_turn_stays_in_the_transcript():
    kit = FakeKit([asks(("add", {"a": 1, "b": 2})), asks(("add", {"a": 3, "b": 3})), "6"])
    kit.chat(config())
    assert [turn["content"] for turn in kit.calls[2]["messages"] if turn["role"] == "tool"] == ["3", "6"]


def test_the_usage_is_the_sum_over_all_turns():
    kit = FakeKit([asks(("add", {"a": 1, "b": 2}), total_tokens=10), FakeReply(("3",), usage={"total_tokens": 7})])
    assert kit.chat(config()).usage == {"total_tokens": 17}


def test_several_calls_of_one_turn_run_together():
    both = threading.Barrier(2, timeout=10)

    def wait(who: str) -> str:
        both.wait()
        return who

    response = FakeKit([asks(("wait", {"who": "one"}), ("wait", {"who": "two"})), "done"]).chat(config(wait))
    assert [run.content for run in response.tool_runs] == ["one", "two"]


def test_async_tools_run_together_too():
    async def asked() -> LLMResponse:
        both = asyncio.Barrier(2)

        async def wait(who: str) -> str:
            await asyncio.wait_for(both.wait(), 10)
            return who

        kit = FakeKit([asks(("wait", {"who": "one"}), ("wait", {"who": "two"})), "done"])
        return await kit.achat(config(wait))

    assert [run.content for run in run_unblocked(asked()).tool_runs] == ["one", "two"]


@pytest.mark.parametrize("way", ["chat", "stream"])
def test_an_async_tool_is_refused_before_anything_is_sent_where_nobody_can_await_it(way: str):
    async def slow() -> str:
        return ""

    kit = FakeKit(["never"])
    with pytest.raises(UsageError, match=r"'slow' is async\. Ask with achat or astream"):
        getattr(kit, way)(config(slow))
    assert kit.calls == []


def test_a_tool_that_raises_is_told_to_the_model_and_kept():
    def broken() -> str:
        message = "no such table"
        raise LookupError(message)

    kit = FakeKit([asks(("broken", {})), "Sorry."])
    response = kit.chat(config(broken))
    assert kit.calls[1]["messages"][-1] == {
        "role": "tool", "content": "Error: LookupError: no such table", "tool_call_id": "c0", "name": "broken", "is_error": True,
    }  # fmt: skip
    assert response.tool_runs[0].error == "LookupError: no such table"
    assert response.content == "Sorry."


def test_wrong_arguments_never_reach_the_function():
    ran: list[int] = []

    def note(count: int) -> None:
        ran.append(count)

    response = FakeKit([asks(("note", {"count": "many"})), "Sorry."]).chat(config(note))
    assert ran == []
    assert "count" in (response.tool_runs[0].error or "")


def test_an_unknown_tool_is_told_with_the_nearest_name():
    response = FakeKit([asks(("ad", {})), "Sorry."]).chat(config())
    assert "'add'" in (response.tool_runs[0].error or "")


def test_arguments_arrive_as_what_the_function_expects():
    class Colour(StrEnum):
        RED = "red"

    class Point(BaseModel):
        x: int

    seen: list[object] = []

    def paint(colour: Colour, at: Point) -> None:
        seen.extend((colour, at))

    FakeKit([asks(("paint", {"colour": "red", "at": {"x": 1}})), "ok"]).chat(config(paint))
    assert seen == [Colour.RED, Point(x=1)]


@pytest.mark.parametrize(
    ("value", "told"),
    [("plain", "plain"), (None, "null"), ({"a": [1, 2.5]}, '{"a":[1,2.5]}'), (b"\xff", '"_w=="'), (float("nan"), "NaN")],
)
def test_a_result_is_told_as_it_is_or_as_json(value: object, told: str):
    def give() -> object:
        return value

    assert FakeKit([asks(("give", {})), "ok"]).chat(config(give)).tool_runs[0].content == told


def test_what_has_no_json_is_told_as_it_is_shown():
    class Odd:
        def __str__(self) -> str:
            return "an odd thing"

    def give() -> object:
        return Odd()

    assert "an odd thing" in FakeKit([asks(("give", {})), "ok"]).chat(config(give)).tool_runs[0].content


def test_the_turn_limit_ends_it_and_says_so():
    kit = FakeKit([asks(("add", {"a": 1, "b": 1}))], repeat_last=True)
    response = kit.chat(config(max_tool_turns=2))
    assert len(kit.calls) == 3
    assert len(response.tool_runs) == 2
    assert (response.tool_stop, response.finish_reason) == (ToolStop.TURN_LIMIT, FinishReason.TOOL_CALL)
    assert [call.name for call in response.tool_calls] == ["add"]


def test_a_model_as_a_tool_has_no_function_and_comes_back_to_the_caller():
    class Invoice(BaseModel):
        total: float

    response = FakeKit([asks(("Invoice", {"total": 5}))]).chat(config(Invoice))
    assert response.tool_stop is ToolStop.NO_FUNCTION
    assert response.tool_calls[0].arguments == {"total": 5}
    assert response.tool_runs == []


def test_without_auto_execute_tools_the_calls_come_back_and_nothing_runs():
    response = FakeKit([asks(("add", {"a": 1, "b": 1}))]).chat(config().model_copy(update={"auto_execute_tools": False}))
    assert (response.finish_reason, response.tool_stop, response.tool_runs) == (FinishReason.TOOL_CALL, None, [])
    assert [call.name for call in response.tool_calls] == ["add"]


def test_calls_without_ids_are_given_some():
    reply = LLMResponse(tool_calls=[ToolCallResult(name="add", arguments={"a": 1, "b": 1})])
    kit = FakeKit([reply, "2"])
    kit.chat(config())
    asked, told = kit.calls[1]["messages"][1:]
    assert asked["tool_calls"][0]["id"] == told["tool_call_id"] != ""


def test_the_callers_config_is_not_changed():
    asked = config()
    before = asked.model_copy()
    FakeKit([asks(("add", {"a": 1, "b": 1})), "2"]).chat(asked)
    assert asked == before


def test_a_stream_says_which_calls_run_and_what_came_of_them():
    kit = FakeKit([asks(("add", {"a": 2, "b": 3}), text="Let me see."), "It is 5."])
    chunks = list(kit.stream(config()))
    marks = [chunk for chunk in chunks if chunk.tool_calls or chunk.tool_runs]
    assert [[call.name for call in chunk.tool_calls] for chunk in marks] == [["add"], []]
    assert [[run.content for run in chunk.tool_runs] for chunk in marks] == [[], ["5"]]
    assert [chunk.is_final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].accumulated_text == "It is 5."
    assert "".join(chunk.delta.text for chunk in chunks) == "Let me see.It is 5."


def test_a_stream_ends_with_what_a_chat_answers():
    script = [asks(("add", {"a": 2, "b": 3})), "It is 5."]
    streamed = list(FakeKit(script).stream(config()))[-1].response
    assert streamed == FakeKit(script).chat(config()).model_copy(update={"raw": None})


def test_the_last_answer_is_the_one_that_must_fit_the_response_model():
    class Sum(BaseModel):
        total: int

    kit = FakeKit([asks(("add", {"a": 2, "b": 3})), "five", '{"total": 5}'])
    response = kit.chat(config(response_model=Sum))
    assert response.parsed_model == Sum(total=5)
    roles = [turn["role"] for turn in kit.calls[2]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_an_interrupt_in_a_tool_ends_the_call():
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FakeKit([asks(("stop", {})), "never"]).chat(config(stop))


def test_what_was_said_before_an_answer_that_did_not_fit_is_kept():
    class Sum(BaseModel):
        total: int

    kit = FakeKit([asks(("add", {"a": 2, "b": 3})), "five", asks(("add", {"a": 1, "b": 4})), '{"total": 5}'])
    response = kit.chat(config(response_model=Sum))
    assert [turn.role for turn in response.messages] == [
        "assistant", "tool", "assistant", "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert [run.arguments["a"] for run in response.tool_runs] == [2, 1]


def test_ids_that_are_given_are_new_in_each_turn():
    reply = LLMResponse(tool_calls=[ToolCallResult(name="add", arguments={"a": 1, "b": 1})])
    kit = FakeKit([reply, reply, "2"])
    response = kit.chat(config())
    assert [run.id for run in response.tool_runs] == ["call_1", "call_2"]
    assert [turn["tool_call_id"] for turn in kit.calls[2]["messages"] if turn["role"] == "tool"] == ["call_1", "call_2"]


def test_an_error_after_calls_of_tools_says_that_they_were_carried_out():
    kit = FakeKit([asks(("add", {"a": 1, "b": 1})), RactoGatewayServerError("overloaded", status_code=529)])
    with pytest.raises(RactoGatewayServerError) as caught:
        kit.chat(config())
    assert caught.value.__notes__ == ["Before this, 1 call of tools had been carried out: add."]


def test_arguments_that_are_no_json_are_told_to_the_model_which_may_mend_them():
    broken = CallDraft(0, "c0", "add").with_piece('{"a": 2, "b":')
    kit = FakeKit(["never"])
    turns = [replace(Draft(finish_reason=FinishReason.TOOL_CALL, done=True), calls=(broken,)), None]
    asked: list[ChatConfig] = []

    def answered(config: ChatConfig) -> Any:
        asked.append(config)
        yield from ()
        draft = turns.pop(0)
        return LLMResponse(content="5") if draft is None else response_of(draft, kit.spec, None)

    response = SyncDriver().run(conversed(config(), answered, streamed=False))
    assert response.content == "5"
    told = asked[1].transcript[-1].content
    assert "called the tool 'add' with arguments that are not a JSON object" in told
    assert told.endswith("Call the tool again, its arguments as one JSON object.")


def test_an_answer_that_was_cut_is_said_to_have_ended_early():
    kit = FakeKit([asks(("add", {"a": 1, "b": 1})), FakeReply(("It is",), finish_reason=FinishReason.LENGTH)])
    response = kit.chat(config())
    assert (response.tool_stop, response.finish_reason) == (ToolStop.ENDED_EARLY, FinishReason.LENGTH)


@pytest.mark.parametrize("way", ["chat", "stream"])
def test_rounds_that_are_used_up_before_a_valid_answer_are_an_error(way: str):
    class Sum(BaseModel):
        total: int

    kit = FakeKit([asks(("add", {"a": 1, "b": 1}))], repeat_last=True)
    with pytest.raises(AnswerError, match=r"The 1 rounds of tool calls .* were used up before .* Sum") as caught:
        list(
            [kit.chat(config(response_model=Sum, max_tool_turns=1))]
            if way == "chat"
            else kit.stream(config(response_model=Sum, max_tool_turns=1))
        )
    assert len(caught.value.response.tool_runs) == 1


def test_calls_that_nobody_carried_out_are_answered_in_a_history():
    first = FakeKit([asks(("add", {"a": 1, "b": 1}))], repeat_last=True).chat(config(max_tool_turns=1))
    kit = FakeKit(["Fine."])
    kit.chat(ChatConfig(user_message="Stop.", history=[Message(role="user", content="?"), *first.messages]))
    roles = [(turn["role"], turn.get("is_error")) for turn in kit.calls[0]["messages"]]
    assert roles == [("user", None), ("assistant", None), ("tool", None), ("assistant", None), ("tool", True), ("user", None)]


def test_a_result_without_its_call_is_refused_before_anything_is_sent():
    kit = FakeKit(["never"])
    with pytest.raises(UsageError, match="has no call in the turn before it"):
        kit.chat(ChatConfig(user_message="?", history=[Message(role="tool", content="5", tool_call_id="c1")]))
    assert kit.calls == []


def test_an_error_carries_the_runs_before_it_and_a_failed_validation_all_of_them():
    class Sum(BaseModel):
        total: int

    kit = FakeKit([asks(("add", {"a": 1, "b": 1})), RactoGatewayServerError("overloaded", status_code=529)])
    with pytest.raises(RactoGatewayServerError) as failed:
        kit.chat(config())
    assert [run.content for run in failed.value.tool_runs] == ["2"]
    kit = FakeKit([asks(("add", {"a": 1, "b": 1})), "bad", "worse"])
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(config(response_model=Sum, max_validation_retries=1))
    assert [run.content for run in caught.value.response.tool_runs] == ["2"]
    assert [turn.role for turn in caught.value.response.messages] == ["assistant", "tool", "assistant", "user", "assistant"]


def test_a_function_in_place_of_a_registry_says_what_to_write():
    with pytest.raises(ValueError, match=r"tools is a ToolRegistry, not function\. Write: tools=ToolRegistry\(\[add\]\)"):
        ChatConfig(user_message="?", tools=add)

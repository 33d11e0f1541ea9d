"""The Gateway: a validated instance or an error, over our adapters and over those that users write."""

from __future__ import annotations

from typing import Any

import pytest
from adapters.adapter_table import WAYS, Asynchronous, Sync
from pydantic import BaseModel, RootModel

from racto_nb import Gateway
from racto_nb.adapters.base import BaseLLMAdapter
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.adapters.openai_kit import OpenAILLMKit
from racto_nb.exceptions import RactoGatewayAPIError, ResponseModelValidationError, UsageError, WrongTypeError
from racto_nb.models import FinishReason, LLMResponse, Message, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

Way = Sync | Asynchronous
GOOD = '{"name": "Paris"}'
PARTS = {"role": "You are a guide.", "aim": "Answer.", "constraints": ["Be brief."], "tone": "Calm", "output_format": "text"}
PROMPT = RactoPrompt(**PARTS)
OTHER = RactoPrompt(**PARTS | {"role": "You are another."})


class City(BaseModel):
    """A city."""

    name: str


def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


class Scripted(BaseLLMAdapter):
    """A user's own adapter: it answers from a list, and keeps what it was asked."""

    def __init__(self, *replies: Any) -> None:
        super().__init__("scripted")
        self.replies = list(replies)
        self.asked: list[dict[str, Any]] = []

    def run(self, prompt: Any, user_message: str, **options: Any) -> LLMResponse:
        self.asked.append({"prompt": prompt, "message": user_message, **options})
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return self._build_response(reply, usage={"total_tokens": 5}) if isinstance(reply, str) else reply

    async def arun(self, prompt: Any, user_message: str, **options: Any) -> LLMResponse:
        return self.run(prompt, user_message, **options)

    def translate_tools(self, registry: Any) -> list[dict[str, Any]]:
        return []


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


def over_a_kit(*replies: Any, **options: Any) -> tuple[FakeKit, Gateway]:
    kit = FakeKit(replies or ("Hello",))
    return kit, Gateway(KitAdapter(kit), **options)


def over_an_own_adapter(*replies: Any, **options: Any) -> tuple[Scripted, Gateway]:
    adapter = Scripted(*(replies or ("Hello",)))
    return adapter, Gateway(adapter, **({"default_prompt": PROMPT} | options))


BOTH = pytest.mark.parametrize("make", [over_a_kit, over_an_own_adapter])


@BOTH
def test_a_question_is_answered(way: Way, make: Any):
    _, gateway = make("Paris", default_prompt=PROMPT)
    assert way.ask(gateway, user_message="Capital of France?").content == "Paris"


@BOTH
def test_a_class_gives_a_validated_instance(way: Way, make: Any):
    _, gateway = make(GOOD)
    response = way.ask(gateway, user_message="Where?", response_model=City)
    assert (response.parsed_model, response.parsed, response.content) == (City(name="Paris"), {"name": "Paris"}, GOOD)


@BOTH
def test_the_class_of_a_prompt_gives_a_validated_instance_too(way: Way, make: Any):
    _, gateway = make("In Paris.", GOOD, default_prompt=RactoPrompt(**PARTS | {"output_format": City}))
    assert way.ask(gateway, user_message="Where?").parsed_model == City(name="Paris")


@BOTH
@pytest.mark.parametrize("bad", ["In Paris.", "[1, 2]", '{"town": "Paris"}', ""])
def test_an_answer_that_never_fits_is_an_error_and_nothing_is_invented(way: Way, make: Any, bad: str):
    _, gateway = make(bad, bad, bad)
    with pytest.raises(ResponseModelValidationError, match="not a valid City after 3 attempts") as caught:
        way.ask(gateway, user_message="Where?", response_model=City)
    assert (caught.value.attempts, caught.value.raw_response or "") == (3, bad)


@BOTH
def test_how_often_is_asked_again_can_be_said(make: Any):
    _, gateway = make("bad", GOOD)
    with pytest.raises(ResponseModelValidationError, match="after 1 attempt"):
        gateway.run(user_message="Where?", response_model=City, max_validation_retries=0)


@BOTH
def test_without_a_class_json_is_parsed_and_text_left_alone(make: Any):
    _, gateway = make('{"a": 1}', "plain")
    assert gateway.run(user_message="JSON?").parsed == {"a": 1}
    assert gateway.run(user_message="Text?").parsed is None


@BOTH
def test_an_answer_that_calls_tools_comes_back_as_it_is(way: Way, make: Any):
    calls = [ToolCallResult(id="c", name="add", arguments={"a": 1})]
    reply = LLMResponse(tool_calls=calls, finish_reason=FinishReason.TOOL_CALL)
    _, gateway = make(reply)
    response = way.ask(gateway, user_message="1 + 2?", tools=ToolRegistry([add]), response_model=City)
    assert (response.tool_calls, response.parsed_model) == (calls, None)


@BOTH
def test_an_answer_that_was_cut_is_not_asked_for_again(make: Any):
    _, gateway = make(LLMResponse(content='{"na', finish_reason=FinishReason.LENGTH), GOOD)
    with pytest.raises(ResponseModelValidationError, match="The answer was cut at "):
        gateway.run(user_message="Where?", response_model=City)


def test_an_own_adapter_is_asked_again_in_the_same_conversation(way: Way):
    adapter, gateway = over_an_own_adapter("In Paris.", GOOD)
    before = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    response = way.ask(gateway, user_message="Where?", response_model=City, history=before, temperature=0.5, region="eu")
    first, second = adapter.asked
    assert second["history"] == [
        *before,
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "content": "In Paris."},
    ]
    assert "does not fit the required schema" in second["message"]
    assert [(asked["temperature"], asked["region"], asked["prompt"]) for asked in (first, second)] == [
        (0.5, "eu", first["prompt"])
    ] * 2
    assert first["history"] is before
    assert len(before) == 2
    assert response.usage == {"total_tokens": 10}


def test_each_answer_of_an_own_adapter_that_did_not_fit_stays_in_the_history():
    adapter, gateway = over_an_own_adapter("one", "two", GOOD)
    gateway.run(user_message="Where?", response_model=City)
    assert [turn["role"] for turn in adapter.asked[2]["history"]] == ["user", "assistant", "user", "assistant"]
    assert [turn["content"] for turn in adapter.asked[2]["history"] if turn["role"] == "assistant"] == ["one", "two"]


def test_the_tool_turns_of_an_own_adapter_stay_in_the_history():
    call = ToolCallResult(id="c", name="add", arguments={"a": 1})
    turns = [
        Message(role="assistant", content="", tool_calls=[call]),
        Message(role="tool", content="3", tool_call_id="c", name="add"),
        Message(role="assistant", content="three"),
    ]
    adapter, gateway = over_an_own_adapter(LLMResponse(content="three", messages=turns), GOOD)
    gateway.run(user_message="1 + 2?", response_model=City)
    assert adapter.asked[1]["history"][1:] == [
        {"role": "assistant", "content": "", "tool_calls": [call.model_dump()]},
        {"role": "tool", "content": "3", "tool_call_id": "c", "name": "add"},
        {"role": "assistant", "content": "three"},
    ]


def test_the_class_reaches_the_model_of_an_own_adapter_through_its_prompt():
    adapter, gateway = over_an_own_adapter(GOOD)
    gateway.run(user_message="Where?", response_model=City)
    assert adapter.asked[0]["prompt"].output_model is City
    assert "response_model" not in adapter.asked[0]
    assert PROMPT.output_format == "text"


def test_what_an_own_adapter_found_itself_is_validated():
    _, gateway = over_an_own_adapter(LLMResponse(content="It is **Paris**.", parsed={"name": "Paris"}))
    response = gateway.run(user_message="Where?", response_model=City)
    assert (response.parsed_model, response.content) == (City(name="Paris"), "It is **Paris**.")


def test_what_an_own_adapter_validated_itself_is_kept():
    mine = City(name="Paris")
    _, gateway = over_an_own_adapter(LLMResponse(content="Paris", parsed_model=mine))
    assert gateway.run(user_message="Where?", response_model=City).parsed_model is mine


def test_an_adapter_around_one_of_ours_is_validated_once():
    kit = FakeKit(["In Paris.", GOOD])

    class Around(Scripted):
        def run(self, prompt: Any, user_message: str, **options: Any) -> LLMResponse:
            return KitAdapter(kit).run(prompt, user_message, **options)

    assert Gateway(Around(), default_prompt=PROMPT).run(user_message="Where?", response_model=City).parsed == {"name": "Paris"}
    assert len(kit.calls) == 2


def test_an_adapter_made_from_ours_that_answers_otherwise_is_validated_too():
    class Shouting(KitAdapter):
        def run(self, *arguments: Any, **options: Any) -> LLMResponse:
            response = super().run(*arguments, **options | {"response_model": None})
            return response.model_copy(update={"parsed": None})

    kit = FakeKit(["In Paris.", GOOD])
    assert Gateway(Shouting(kit)).run(None, "Where?", response_model=City).parsed_model == City(name="Paris")
    assert [turn["content"] for turn in kit.calls[1]["messages"]][:2] == ["Where?", "In Paris."]


def test_without_a_prompt_only_the_question_is_sent(way: Way):
    kit, gateway = over_a_kit()
    way.ask(gateway, user_message="Hi")
    assert kit.calls[0]["messages"] == [{"role": "user", "content": "Hi"}]


def test_an_own_adapter_needs_a_prompt(way: Way):
    adapter, gateway = over_an_own_adapter(default_prompt=None)
    with pytest.raises(UsageError, match=r"no prompt, and Scripted .* Give prompt=, or the Gateway a default_prompt\.$"):
        way.ask(gateway, user_message="Hi")
    assert adapter.asked == []


@BOTH
def test_the_calls_prompt_and_tools_come_before_the_gateways(way: Way, make: Any):
    own, every = ToolRegistry([add]), ToolRegistry([add, len])
    asked, gateway = make("a", "b", "c", tools=every, default_prompt=PROMPT)
    way.ask(gateway, user_message="Hi")
    way.ask(gateway, OTHER, "Hi", tools=own)
    way.ask(gateway, OTHER, "Hi", tools=ToolRegistry())
    if isinstance(asked, Scripted):
        assert [call["prompt"] for call in asked.asked] == [PROMPT, OTHER, OTHER]
        assert [len(call["tools"]) for call in asked.asked] == [2, 1, 0]
    else:
        assert ["another" in call["messages"][0]["content"] for call in asked.calls] == [False, True, True]
        assert [call["tools"] for call in asked.calls] == [["add", "len"], ["add"], []]


def test_all_other_arguments_go_to_the_adapter(way: Way):
    kit, gateway = over_a_kit("a")
    way.ask(gateway, user_message="Hi", seed=4, chain_of_thought=True, max_tokens=9)
    assert (kit.calls[0]["extra"], kit.calls[0]["max_tokens"]) == ({"seed": 4}, 9)
    assert "step by step" in kit.calls[0]["messages"][0]["content"]


def test_tools_are_carried_out_where_that_is_asked_for(way: Way):
    asks = FakeReply((), tool_calls=(ToolCallResult(id="c", name="add", arguments={"a": 1}),))
    _, gateway = over_a_kit(asks, GOOD, tools=ToolRegistry([add]))
    response = way.ask(gateway, user_message="Where?", auto_execute_tools=True, response_model=City)
    assert ([run.content for run in response.tool_runs], response.parsed) == (["3"], {"name": "Paris"})


@BOTH
@pytest.mark.parametrize(
    ("arguments", "options", "kind", "says"),
    [
        ((), {}, UsageError, "user_message is blank"),
        ((None, "  "), {}, UsageError, "user_message is blank"),
        (
            ("Capital of France?",),
            {},
            WrongTypeError,
            r"prompt is a RactoPrompt or None, not str\. The question is user_message=",
        ),
        ((None, "Hi"), {"temperature": 3}, UsageError, "temperature: Input should be less than or equal to 2"),
        ((None, "Hi"), {"max_tokens": 0}, UsageError, "max_tokens: Input should be greater than 0"),
        (
            (None, "Hi"),
            {"max_validation_retries": 9},
            UsageError,
            "max_validation_retries: Input should be less than or equal to 5",
        ),
        ((None, "Hi"), {"response_model": dict}, UsageError, "response_model: Input should be a subclass of BaseModel"),
        ((None, "Hi"), {"response_model": RootModel[int]}, UsageError, "is a root model of something else"),
        ((None, "Hi"), {"history": [{"role": "user"}]}, UsageError, "history.0.content: Field required"),
        ((None, "Hi"), {"tools": [add]}, WrongTypeError, "tools is a ToolRegistry or None, not list"),
    ],
)
def test_what_makes_no_question_is_refused_before_the_adapter_is_asked(  # noqa: PLR0917  (pytest gives them by name)
    way: Way, make: Any, arguments, options, kind, says
):
    asked, gateway = make()
    with pytest.raises(kind, match=says):
        way.ask(gateway, *arguments, **options)
    assert (asked.asked if isinstance(asked, Scripted) else asked.calls) == []


def test_a_misspelt_argument_is_refused_with_the_nearest(way: Way):
    kit, gateway = over_a_kit()
    with pytest.raises(UsageError, match=r"has no argument 'respones_model'\. Did you mean 'response_model'\?"):
        way.ask(gateway, user_message="Hi", respones_model=City)
    assert kit.calls == []


def test_an_error_of_the_adapter_is_raised_as_it_is(way: Way):
    broken = RactoGatewayAPIError("no", status_code=500)
    _, gateway = over_an_own_adapter(broken)
    with pytest.raises(RactoGatewayAPIError) as caught:
        way.ask(gateway, user_message="Hi")
    assert caught.value is broken


def test_an_own_adapter_that_returns_something_else_is_told(way: Way):
    _, gateway = over_an_own_adapter({"content": "Hi"})
    with pytest.raises(WrongTypeError, match=r"returned dict instead of an LLMResponse\. Return self\._build_response"):
        way.ask(gateway, user_message="Hi")


@pytest.mark.parametrize(
    ("adapter", "says"),
    [
        ("gpt-6-luna", "an object with run and arun, not str"),
        (OpenAILLMKit, "not the class OpenAILLMKit"),
        (FakeKit(), r"not a kit\. A kit validates by itself: use its chat"),
        (None, "not NoneType"),
    ],
)
def test_what_is_no_adapter_is_refused(adapter: Any, says: str):
    with pytest.raises(WrongTypeError, match=says):
        Gateway(adapter)


def test_a_default_prompt_that_is_none_is_refused():
    with pytest.raises(WrongTypeError, match=r"default_prompt is a RactoPrompt or None, not str\."):
        Gateway(Scripted(), default_prompt="You are a guide.")


def test_a_gateway_shows_its_adapter():
    assert repr(Gateway(Scripted())) == "Gateway(Scripted(model='scripted'))"

"""The adapters of the providers: arguments become a request of the kit's own wire, or an error before anything is sent."""

from __future__ import annotations

import inspect
from contextlib import ExitStack

import pytest
from adapters.adapter_table import ENTRIES, KEY, Asynchronous, Entry, Sync
from pydantic import BaseModel

from racto_nb.adapters.base import BaseLLMAdapter, ChatTurn
from racto_nb.adapters.google_kit import GoogleLLMKit, build_google_contents
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.adapters.openai_kit import OpenAILLMKit
from racto_nb.exceptions import (
    RactoGatewayAuthError,
    ResponseModelValidationError,
    RetiredModelWarning,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.gateway import Gateway
from racto_nb.models import ChatConfig, FinishReason, Message, ToolCallResult, ToolStop
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.directory import PROVIDERS
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

Way = Sync | Asynchronous
PROMPT = RactoPrompt(role="You are a guide.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")


class City(BaseModel):
    """A city."""

    name: str


def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


def fake(*replies: object, **options: object) -> tuple[FakeKit, KitAdapter]:
    kit = FakeKit(replies or ("Hello",), **options)
    return kit, KitAdapter(kit)


def test_an_answer_is_a_response(entry: Entry, way: Way, room: ExitStack):
    server, adapter = entry.open(room, [FakeReply.of("Paris", usage={"prompt_tokens": 9, "completion_tokens": 1})])
    response = way.ask(adapter, PROMPT, "Capital of France?")
    assert (response.content, response.finish_reason) == ("Paris", FinishReason.STOP)
    assert response.usage["total_tokens"] == 10
    assert "You are a guide." in server.requests[0].body.decode()


def test_a_request_is_the_one_that_the_kit_sends(entry: Entry, room: ExitStack):
    server, adapter = entry.open(room, ["Hello", "Hello"])
    adapter.run(PROMPT, "Hi", history=[ChatTurn(role="user", content="Before")], tools=ToolRegistry([add]), max_tokens=99)
    history = [Message(role="user", content="Before")]
    config = ChatConfig(user_message="Hi", prompt=PROMPT, history=history, tools=ToolRegistry([add]), max_tokens=99)
    adapter.kit.chat(config)
    assert server.requests[0].json == server.requests[1].json
    assert server.connections == 1


def test_tools_are_translated_exactly_as_they_are_sent(entry: Entry, room: ExitStack):
    server, adapter = entry.open(room)
    registry = ToolRegistry([add])
    translated = adapter.translate_tools(registry)
    assert server.requests == []
    adapter.run(PROMPT, "Hi", tools=registry)
    assert translated == server.requests[0].json["tools"] != []


def test_no_tools_are_translated_to_none(entry: Entry, room: ExitStack):
    _, adapter = entry.open(room)
    assert adapter.translate_tools(ToolRegistry()) == []


def test_what_the_provider_knows_goes_into_the_request(entry: Entry, way: Way, room: ExitStack):
    server, adapter = entry.open(room)
    name, value = entry.extra
    way.ask(adapter, PROMPT, "Hi", **{name: value})
    assert server.requests[0].json[name] == value


def test_an_unknown_argument_is_refused_with_the_nearest_and_nothing_is_sent(entry: Entry, way: Way, room: ExitStack):
    server, adapter = entry.open(room)
    name = entry.adapter_class.__name__
    with pytest.raises(UsageError, match=rf"^{name}\.{way.name} has no argument 'attachment'\. Did you mean 'attachments'\?$"):
        way.ask(adapter, PROMPT, "Hi", attachment=[])
    assert server.requests == []


def test_an_unknown_option_of_the_adapter_is_refused_with_the_nearest(entry: Entry):
    with pytest.raises(UsageError, match=r"LLMKit has no argument 'timout'\. Did you mean 'timeout'\?$"):
        entry.adapter_class(timout=3)


def test_options_of_the_kit_reach_it(entry: Entry, room: ExitStack):
    _, adapter = entry.open(room, timeout=7, max_retries=0, default_prompt=PROMPT)
    assert (adapter.kit.timeout, adapter.kit.default_prompt) == (7, PROMPT)


def test_the_default_model_is_the_default_of_the_kit(entry: Entry):
    default = inspect.signature(entry.adapter_class).parameters["model"].default
    provider = next(entry_ for entry_ in PROVIDERS.values() if entry_.name == entry.wire)
    kit_class = __import__(provider.face, fromlist=["Chat"]).Chat
    assert default == inspect.signature(kit_class).parameters["model"].default


def test_the_key_is_shown_nowhere(entry: Entry, room: ExitStack):
    _, adapter = entry.open(room)
    assert KEY not in repr(adapter) + str(vars(adapter)) + str(vars(adapter.kit))
    assert repr(adapter) == f"{entry.adapter_class.__name__}(model={adapter.model!r})"


def test_an_adapter_is_closed_at_the_end_of_its_block_and_opens_again(entry: Entry, room: ExitStack):
    server, adapter = entry.open(room, ["one", "two"])
    with adapter as same:
        assert same is adapter
        assert same.run(PROMPT, "Hi").content == "one"
    assert adapter.run(PROMPT, "Hi").content == "two"
    assert server.connections == 2


async def test_an_adapter_is_closed_at_the_end_of_its_async_block(entry: Entry, room: ExitStack):
    server, adapter = entry.open(room, ["one", "two"])
    async with adapter as same:
        assert (await same.arun(PROMPT, "Hi")).content == "one"
    assert (await adapter.arun(PROMPT, "Hi")).content == "two"
    await adapter.aclose()
    assert server.connections == 2


@pytest.mark.parametrize("adapter_class", [entry.adapter_class for entry in ENTRIES if entry.key])
def test_without_a_key_the_error_names_the_variable(adapter_class: type[KitAdapter]):
    with pytest.raises(RactoGatewayAuthError, match=r"_API_KEY|HF_TOKEN"):
        adapter_class()


def test_a_gateway_gives_an_instance_or_an_error(entry: Entry, way: Way, room: ExitStack):
    server, adapter = entry.open(room, ["In Paris.", '{"name": "Paris"}', "No.", "No."])
    gateway = Gateway(adapter, default_prompt=PROMPT)
    assert way.ask(gateway, user_message="Where?", response_model=City).parsed_model == City(name="Paris")
    assert "In Paris." in server.requests[1].body.decode()
    with pytest.raises(ResponseModelValidationError, match="not a valid City after 2 attempts"):
        way.ask(gateway, user_message="Where?", response_model=City, max_validation_retries=1)
    assert len(server.requests) == 4


def test_the_contents_for_gemini_are_those_of_a_request(room: ExitStack):
    server, adapter = next(entry for entry in ENTRIES if entry.adapter_class is GoogleLLMKit).open(room)
    history = [ChatTurn(role="user", content="Hi"), ChatTurn(role="assistant", content="Hello")]
    files = [RactoFile(b"%PDF-1.7", "application/pdf", name="a.pdf"), RactoFile(b"5", "text/plain", name="b.txt")]
    adapter.run(None, "Read.", history=history, attachments=files)
    built = build_google_contents(history, "Read.", files)
    assert built == server.requests[0].json["contents"]
    assert [turn["role"] for turn in built] == ["user", "model", "user"]
    with pytest.raises(UsageError, match=r"^build_google_contents: user_message is blank"):
        build_google_contents(None, "")


def test_a_retired_model_is_warned_of_where_the_adapter_is_made():
    with pytest.warns(RetiredModelWarning, match="gpt-4o is shut down") as caught:
        OpenAILLMKit("gpt-4o", api_key=KEY)
    assert caught[0].filename == __file__


def test_a_response_model_is_validated_and_asked_for_again(way: Way):
    kit, adapter = fake("In Paris.", '{"name": "Paris"}')
    assert way.ask(adapter, None, "Where?", response_model=City).parsed_model == City(name="Paris")
    assert [turn["role"] for turn in kit.calls[1]["messages"]] == ["system", "user", "assistant", "user"]


def test_tools_are_carried_out_where_that_is_asked_for(way: Way):
    asks = FakeReply((), tool_calls=(ToolCallResult(id="c", name="add", arguments={"a": 1}),))
    _, adapter = fake(asks, "3")
    response = way.ask(adapter, PROMPT, "1 + 2?", tools=ToolRegistry([add]), auto_execute_tools=True)
    assert (response.content, response.tool_stop) == ("3", ToolStop.ANSWERED)


def test_every_field_of_a_config_is_an_argument(way: Way):
    kit, adapter = fake()
    way.ask(adapter, PROMPT, "Hi", attachments=[RactoFile(b"5", "text/plain", name="a.txt")], chain_of_thought=True, seed=4)
    assert kit.calls[0]["attachments"] == [("a.txt", "text/plain")]
    assert "step by step" in kit.calls[0]["messages"][0]["content"]
    assert kit.calls[0]["extra"] == {"seed": 4}


def test_arguments_and_extra_come_together():
    kit, adapter = fake()
    adapter.run(None, "Hi", extra={"top_p": 0.5}, seed=4)
    assert kit.calls[0]["extra"] == {"top_p": 0.5, "seed": 4}


def test_without_a_prompt_only_the_question_is_sent(way: Way):
    kit, adapter = fake()
    way.ask(adapter, None, "Hi")
    assert kit.calls[0]["messages"] == [{"role": "user", "content": "Hi"}]


def test_a_kit_that_requires_a_prompt_still_does():
    _, adapter = fake(require_prompt=True)
    with pytest.raises(UsageError, match=r"^No prompt: give"):
        adapter.run(None, "Hi")


@pytest.mark.parametrize("turn", [{"role": "user", "content": "Before"}, Message(role="user", content="Before")])
def test_turns_are_dicts_or_messages(turn: object):
    kit, adapter = fake()
    adapter.run(None, "Hi", history=[turn])
    assert [told["content"] for told in kit.calls[0]["messages"]] == ["Before", "Hi"]


def test_a_default_that_is_given_counts_as_left_alone():
    _, adapter = fake()
    assert "temperature" not in adapter._config(_asked(temperature=0.0), "run").model_fields_set


def _asked(**options: object) -> object:
    from racto_nb.adapters.asking import Asked

    return Asked(None, "Hi", **options)


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "says"),
    [
        ((None, ""), {}, UsageError, r"user_message is blank\. Write what the model shall do\. Nothing was sent\.$"),
        ((None, " \n"), {}, UsageError, "user_message is blank"),
        ((None, 5), {}, WrongTypeError, "user_message is a text, not int"),
        (("Hi", "there"), {}, WrongTypeError, r"prompt is a RactoPrompt or None, not str\. The question is user_message="),
        (({}, "Hi"), {}, WrongTypeError, r"prompt is a RactoPrompt or None, not dict\. Write: RactoPrompt\("),
        ((None, "Hi"), {"tools": [add]}, WrongTypeError, r"tools is a ToolRegistry or None, not list\. Write: ToolRegistry\("),
        ((None, "Hi"), {"temperature": 3}, UsageError, "temperature: Input should be less than or equal to 2"),
        ((None, "Hi"), {"history": [{"role": "user", "text": "x"}]}, UsageError, "history.0.content: Field required"),
        ((None, "Hi"), {"history": [{"role": "model", "content": "x"}]}, UsageError, "history.0.role: Input should be 'system'"),
        ((None, "Hi"), {"extra": 3, "seed": 1}, WrongTypeError, "extra is a dict of parameters of the provider, not int"),
        ((None, "Hi"), {"extra": {"seed": 2}, "seed": 1}, UsageError, "'seed' is given twice"),
        ((None, "Hi"), {"temprature": 1}, UsageError, r"has no argument 'temprature'\. Did you mean 'temperature'\?"),
        ((None, "Hi"), {"seeds": 1}, UsageError, r"has no argument 'seeds'\. Did you mean 'seed'\?"),
    ],
)
def test_what_makes_no_question_is_refused_before_anything_is_sent(way: Way, arguments, options, kind, says):
    kit, adapter = fake()
    with pytest.raises(kind, match=says) as caught:
        way.ask(adapter, *arguments, **options)
    assert str(caught.value).startswith(f"KitAdapter.{way.name}")
    assert kit.calls == []


def test_tools_for_a_model_that_calls_none_are_refused():
    from racto_nb.providers.wire import Abilities

    _, adapter = fake(abilities=Abilities())
    with pytest.raises(UnsupportedError, match="fake-model cannot do tools"):
        adapter.translate_tools(ToolRegistry([add]))


def test_a_kit_adapter_takes_kits_only():
    with pytest.raises(WrongTypeError, match=r"KitAdapter takes a kit, such as gpt\.Chat\(\), not str"):
        KitAdapter("gpt-6-luna")


def test_tools_are_translated_for_the_api_that_the_adapter_asks(room: ExitStack):
    server, adapter = ENTRIES[0].open(room, api="responses")
    registry = ToolRegistry([add])
    assert adapter.translate_tools(registry)[0]["name"] == "add"
    adapter.run(PROMPT, "Hi", tools=registry)
    assert adapter.translate_tools(registry) == server.requests[0].json["tools"]


def test_all_adapters_are_in_the_table():
    assert {entry.adapter_class for entry in ENTRIES} == set(KitAdapter.__subclasses__())
    assert issubclass(KitAdapter, BaseLLMAdapter)

"""The name of a question: it changes with everything that the answer depends on, and with nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Ask
from racto_nb.models import ChatConfig, Message, MessageRole, ToolCallResult
from racto_nb.models.chat import OngoingChat
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.tools import ToolRegistry

PROMPT = RactoPrompt(role="You are a poet.", aim="Rhyme.", constraints=["Short."], tone="Calm", output_format="text")


class Movie(BaseModel):
    title: str


class Film(BaseModel):
    title: str


def look(city: str) -> str:
    """The weather."""
    return city


def also_look(city: str, unit: str = "C") -> str:
    """The weather."""
    return city + unit


def ask(user_message: str = "Hi", *, of: type[ChatConfig] = ChatConfig, **fields: Any) -> Ask:
    return Ask("fake", "model", of(user_message=user_message, prompt=fields.pop("prompt", PROMPT), **fields), streamed=False)


def said(content: str = "x", role: str = "assistant", **fields: Any) -> dict[str, Any]:
    return {"history": [Message(role=MessageRole(role), content=content, **fields)]}


def calling(**arguments: Any) -> dict[str, Any]:
    return said(tool_calls=[ToolCallResult(id="1", name="look", arguments=arguments)])


def file(data: bytes = b"cat", kind: str = "image/png", name: str = "a.png") -> RactoFile:
    return RactoFile(data, kind, name=name)


def other_prompt(**fields: Any) -> dict[str, Any]:
    return {"prompt": PROMPT.model_copy(update=fields)}


DIFFERENT: dict[str, Ask] = {
    "the plain question": ask(),
    "another message": ask("Ho"),
    "another provider": replace(ask(), provider="other"),
    "another model": replace(ask(), model="other"),
    "another server": replace(ask(), address="http://127.0.0.1:1"),
    "routes": replace(ask(), routes="small up to 30, large"),
    "other settings of the kit": replace(ask(), settings="num_ctx=2048"),
    "no prompt": ask(prompt=None),
    "another role": ask(**other_prompt(role="You are a critic.")),
    "another aim": ask(**other_prompt(aim="Scan.")),
    "another tone": ask(**other_prompt(tone="Loud")),
    "one more constraint": ask(**other_prompt(constraints=["Short.", "Kind."])),
    "the same constraints, cut elsewhere": ask(**other_prompt(constraints=["Short.Kind."])),
    "another format": ask(**other_prompt(output_format="json")),
    "a class as the format": ask(**other_prompt(output_format=Movie)),
    "a context": ask(**other_prompt(context="It rains.")),
    "examples": ask(**other_prompt(examples=[{"input": "a", "output": "b"}])),
    "the examples turned round": ask(**other_prompt(examples=[{"input": "b", "output": "a"}])),
    "no guardrails": ask(**other_prompt(anti_hallucination=False)),
    "a temperature": ask(temperature=1.0),
    "fewer tokens": ask(max_tokens=10),
    "tools": ask(tools=ToolRegistry([look])),
    "no tools, which is something": ask(tools=ToolRegistry()),
    "more tools": ask(tools=ToolRegistry([look, also_look])),
    "tools that run": ask(tools=ToolRegistry([look]), auto_execute_tools=True),
    "tools that run for longer": ask(tools=ToolRegistry([look]), auto_execute_tools=True, max_tool_turns=4),
    "a class": ask(response_model=Movie),
    "a class of another name": ask(response_model=Film),
    "a history": ask(**said()),
    "another speaker": ask(**said(role="user")),
    "another content": ask(**said("y")),
    "a history with a file": ask(**said(attachments=[file()])),
    "a history with a call": ask(**calling(a=1)),
    "a call with a float": ask(**calling(a=1.0)),
    "a call with a truth": ask(**calling(a=True)),
    "a call with nothing": ask(**calling(a=None)),
    "a call with no number": ask(**calling(a=float("nan"))),
    "a call with a large number": ask(**calling(a=2**70)),
    "a history with a result": ask(**said(role="tool", tool_call_id="1", name="look")),
    "a history with a failure": ask(**said(role="tool", tool_call_id="1", name="look", is_error=True)),
    "a history with the model's own words": ask(**said(own={"fake:model": [1]})),
    "a turn after the question": replace(ask(), config=OngoingChat.after(ask().config, said()["history"])),
    "a file": ask(attachments=[file()]),
    "another file": ask(attachments=[file(b"dog")]),
    "another kind of file": ask(attachments=[file(kind="image/webp")]),
    "another name of the file": ask(attachments=[file(name="b.png")]),
    "a chain of thought": ask(chain_of_thought=True),
    "thinking": ask(native_thinking=True),
    "more thinking": ask(native_thinking=True, thinking_budget=20000),
    "a seed": ask(extra={"seed": 1}),
    "a seed that is a float": ask(extra={"seed": 1.0}),
    "a seed that is a truth": ask(extra={"seed": True}),
    "a seed in words": ask(extra={"seed": "1"}),
    "bytes": ask(extra={"seed": b"1"}),
    "a set": ask(extra={"seed": {1}}),
    "a key that is a number": ask(extra={"seed": {1: "seed"}}),
    "two stops": ask(extra={"stop": ["a|b", "c"]}),
    "two stops, cut elsewhere": ask(extra={"stop": ["a", "b|c"]}),
}  # fmt: skip


def test_whatever_is_different_in_a_question_gives_it_another_name():
    names = {what: fingerprint(each) for what, each in DIFFERENT.items()}
    shared = {name: [what for what in names if names[what] == name] for name in names.values()}
    assert [whats for whats in shared.values() if len(whats) > 1] == []


def test_every_field_of_a_question_is_looked_at():
    """A field that is added later must be put into the name, or be named here."""
    counted = {
        "user_message", "prompt", "temperature", "max_tokens", "tools", "auto_execute_tools", "max_tool_turns", "response_model",
        "history", "attachments", "chain_of_thought", "native_thinking", "thinking_budget", "extra", "transcript",
    }  # fmt: skip
    assert set(OngoingChat.model_fields) - counted == {"max_validation_retries"}
    turn = {"role", "content", "attachments", "tool_calls", "tool_call_id", "name", "is_error", "own"}
    assert set(Message.model_fields) == turn
    assert set(ToolCallResult.model_fields) == {"id", "name", "arguments"}
    prompt = {"role", "aim", "constraints", "tone", "output_format", "context", "examples", "anti_hallucination"}
    assert set(RactoPrompt.model_fields) == prompt
    # `specs` is what the catalogue says of the model, or of the models of `routes`.
    assert set(Ask.__dataclass_fields__) - {"streamed", "fresh", "specs"} == {
        "provider",
        "model",
        "config",
        "address",
        "routes",
        "settings",
    }


@pytest.mark.parametrize(
    "changed",
    [
        lambda each: replace(each, streamed=True),
        lambda each: replace(each, fresh=True),
        lambda each: replace(each, config=each.config.model_copy(update={"max_validation_retries": 5})),
        lambda each: replace(each, config=each.config.model_copy(deep=True)),
    ],
    ids=["streamed", "fresh", "retries", "a copy"],
)
def test_what_the_answer_does_not_depend_on_does_not_change_the_name(changed: Callable[[Ask], Ask]):
    assert fingerprint(changed(ask())) == fingerprint(ask())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def tagged(value: Any) -> Any:
    """What must be equal where two values of JSON are the same for a provider."""
    if isinstance(value, dict):
        return ("dict", frozenset((key, tagged(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(tagged, value)))
    return (type(value).__name__, repr(value))


@given(JSON, JSON)
def test_wishes_have_the_same_name_exactly_where_they_are_the_same(one: Any, other: Any):
    same = fingerprint(ask(extra={"x": one})) == fingerprint(ask(extra={"x": other}))
    assert same == (tagged(one) == tagged(other))


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.randoms())
def test_the_order_of_keys_does_not_matter(extra: dict[str, Any], random: Any):
    shuffled = list(extra.items())
    random.shuffle(shuffled)
    assert fingerprint(ask(extra=extra)) == fingerprint(ask(extra=dict(shuffled)))


@given(st.lists(st.text()), st.lists(st.text()))
def test_histories_have_the_same_name_exactly_where_they_are_the_same(one: list[str], other: list[str]):
    def asked(texts: list[str]) -> Ask:
        turns = [
            Message.model_construct(None, **Message(role=MessageRole.USER, content="").__dict__ | {"content": text})
            for text in texts
        ]
        return replace(ask(), config=ask().config.model_copy(update={"history": turns}))

    assert (fingerprint(asked(one)) == fingerprint(asked(other))) == (one == other)


def test_half_a_character_has_a_name_too():
    halves = [ask().config.model_copy(update={"user_message": text}) for text in ("\ud800", "\udc00", "?")]
    assert len({fingerprint(replace(ask(), config=config)) for config in halves}) == 3


def test_a_class_that_is_written_anew_under_its_name_is_another():
    def written(**limits: Any) -> type[BaseModel]:
        class Answer(BaseModel):
            number: int = Field(**limits)

        return Answer

    assert fingerprint(ask(response_model=written())) == fingerprint(ask(response_model=written()))
    assert fingerprint(ask(response_model=written())) != fingerprint(ask(response_model=written(ge=1)))


def test_a_prompt_that_is_changed_after_it_was_asked_with_has_another_name():
    prompt = PROMPT.model_copy(deep=True)
    before = fingerprint(ask(prompt=prompt))
    prompt.constraints.append("Kind.")
    assert fingerprint(ask(prompt=prompt)) != before


def test_a_prompt_of_your_own_class_counts_by_what_it_compiles_to():
    class Own(RactoPrompt):
        word: str = "a"

        def compile(self) -> str:
            return self.word

    one = Own(**PROMPT.model_dump())
    other = one.model_copy(update={"word": "b"})
    assert len({fingerprint(ask(prompt=prompt)) for prompt in (PROMPT, one, other)}) == 3


def test_what_is_no_json_counts_by_its_contents():
    @dataclass
    class Wish:
        word: str

    wishes = [Wish("a"), Wish("b"), {"word": "a"}, Movie(title="a"), Film(title="a"), Movie, Film, MessageRole.USER, "user"]
    names = [fingerprint(ask(extra={"x": wish})) for wish in wishes]
    assert len(set(names)) == len(wishes)
    assert fingerprint(ask(extra={"x": Wish("a")})) == names[0]


def test_what_has_no_contents_to_compare_is_refused():
    with pytest.raises(WrongTypeError, match=r"object.*has no key"):
        fingerprint(ask(extra={"x": object()}))


def test_a_class_without_a_schema_is_refused_as_it_is_elsewhere():
    class Odd(BaseModel):
        call: Callable[[], int]

    with pytest.raises(UsageError, match="no JSON schema"):
        fingerprint(ask(response_model=Odd))


def test_without_the_message_questions_of_one_kind_share_a_name():
    kinds = {fingerprint(ask(text), message=False) for text in ("Hi", "Ho")}
    assert len(kinds) == 1
    assert fingerprint(ask(temperature=1.0), message=False) not in kinds
    assert fingerprint(ask()) not in kinds


GOLDEN = "6e1aa5401642d8fd2cdcead9f3079aa0bb9c4a123494ca54ba97723b12b038bd"
IN_ANOTHER_PROCESS = """
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Ask
from racto_nb.models import ChatConfig
print(fingerprint(Ask("fake", "model", ChatConfig(user_message="Hi", extra={"b": [1, {2}], "a": 1.5}), streamed=False)))
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_other_processes_give_a_question_the_same_name(seed: str):
    """Disk caches live on it: where this value changes on purpose, FORM does too."""
    run = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
    )
    assert run.stdout.strip() == GOLDEN

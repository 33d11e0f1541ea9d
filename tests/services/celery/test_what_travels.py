"""Questions and answers as data, and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.fleet.carrying import Known, answer_data, answer_from, checked_json, known, question_data, question_from
from racto_nb.fleet.sent_classes import SentClass, class_from, class_name
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message, ToolCallResult
from racto_nb.models.response import LLMResponse
from racto_nb.prompts.engine import RactoFile, RactoPrompt
from racto_nb.prompts.schemas import schema_of

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


class Invoice(BaseModel):
    total: float
    currency: str = "EUR"


def there_and_back(config: ChatConfig, have: Known | None = None) -> ChatConfig:
    have = have or Known()
    return question_from(json.loads(json.dumps(question_data(config, have))), have)


@given(
    TEXTS, st.none() | st.floats(0, 2), st.none() | st.integers(1, 10_000),
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), TEXTS), max_size=3), st.none() | st.binary(max_size=40),
)  # fmt: skip
def test_a_question_comes_back_as_it_was(message, temperature, tokens, history, file):
    set_ones = {"temperature": temperature, "max_tokens": tokens}
    config = ChatConfig(
        user_message=message,
        history=[Message(role=role, content=content) for role, content in history],
        attachments=None if file is None else [RactoFile(file, "application/octet-stream", name="f")],
        **{name: value for name, value in set_ones.items() if value is not None},
    )
    back = there_and_back(config)
    assert back == config
    assert back.model_fields_set == config.model_fields_set


def test_a_prompt_with_a_class_comes_back_with_the_class():
    prompt = RactoPrompt(role="r", aim="a", constraints=[], tone="", output_format=Invoice)
    config = ChatConfig(user_message="Hi", prompt=prompt, response_model=Invoice)
    back = there_and_back(config, known(None, [Invoice]))
    assert (back.prompt, back.response_model) == (prompt, Invoice)


def test_a_class_that_is_not_there_is_told_by_its_schema_and_its_fields_are_missed():
    made = class_from("notebook:Invoice", schema_of(Invoice), {})
    assert issubclass(made, SentClass)
    assert schema_of(made) == schema_of(Invoice)
    assert made.model_validate({"total": 2}).model_dump() == {"total": 2}
    with pytest.raises(ValueError, match="the answer has no total"):
        made.model_validate({"currency": "EUR"})


def test_another_version_of_a_class_is_refused():
    with pytest.raises(UsageError, match="has other fields here than where the question was asked"):
        class_from(class_name(Invoice), {"type": "object", "properties": {}}, {class_name(Invoice): Invoice})


def test_a_class_of_prompts_is_code_and_refused():
    class Loud(RactoPrompt):
        pass

    prompt = Loud(role="r", aim="a", constraints=[], tone="", output_format="text")
    with pytest.raises(WrongTypeError, match="A Loud cannot be sent"):
        question_data(ChatConfig(user_message="Hi", prompt=prompt), Known())


def test_an_answer_comes_back_without_the_providers_own_object():
    answer = LLMResponse(
        content="4", parsed={"n": 4}, usage={"total_tokens": 3}, raw=object(), messages=[Message(role="assistant", content="4")]
    )
    back = answer_from(json.loads(json.dumps(answer_data(answer))))
    assert back == answer.model_copy(update={"raw": None})


def test_an_answer_that_was_paid_for_comes_with_long_integers_and_without_halves_of_characters():
    answer = LLMResponse(content="half \ud83d", parsed={"n": 2**64, "of two": ["\ud83d\ude00"]})
    back = answer_from(json.loads(json.dumps(answer_data(answer))))
    assert (back.content, back.parsed) == ("half \ufffd", {"n": 2**64, "of two": ["\U0001f600"]})


def test_a_question_after_an_answer_with_a_long_integer_travels_too():
    call = ToolCallResult(id="1", name="count", arguments={"n": 2**64})
    config = ChatConfig(user_message="Go on", history=[Message(role="assistant", content="", tool_calls=[call])])
    assert there_and_back(config) == config
    with pytest.raises(UsageError, match="Dict key must be str"):
        checked_json({"extra": {1: 2**64}}, "The question")

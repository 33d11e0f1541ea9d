"""From what the user wrote to what the model gets."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from racto_nb.kits.resolving import STEP_BY_STEP
from racto_nb.models import ChatConfig, Message
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeKit


class City(BaseModel):
    """A city."""

    name: str


class River(BaseModel):
    """A river."""

    length: int


def prompt(**changes: object) -> RactoPrompt:
    fields = {"role": "You are a guide.", "aim": "Answer.", "constraints": ["Be brief."], "tone": "", "output_format": "text"}
    return RactoPrompt(**fields | {"anti_hallucination": False} | changes)


def sent(config: ChatConfig, *, default: RactoPrompt | None = None, answer: str = "{}") -> list[dict[str, str]]:
    """The messages that a call sends."""
    kit = FakeKit([answer], default_prompt=default)
    kit.chat(config.model_copy(update={"max_validation_retries": 0}))
    return kit.calls[0]["messages"]


def test_without_a_prompt_only_the_question_is_sent():
    assert sent(ChatConfig(user_message="Hi")) == [{"role": "user", "content": "Hi"}]


def test_a_prompt_is_the_system_text():
    system, user = sent(ChatConfig(user_message="Hi", prompt=prompt()))
    assert (system["role"], system["content"]) == ("system", prompt().compile().strip())
    assert user == {"role": "user", "content": "Hi"}


def test_the_calls_prompt_comes_before_the_kits():
    system, _ = sent(ChatConfig(user_message="Hi", prompt=prompt(role="Mine.")), default=prompt(role="The kit's."))
    assert "Mine." in system["content"]
    assert "The kit's." not in system["content"]


def test_the_kits_prompt_is_used_where_the_call_has_none():
    system, _ = sent(ChatConfig(user_message="Hi"), default=prompt(role="The kit's."))
    assert "The kit's." in system["content"]


def test_a_chain_of_thought_is_one_more_constraint_at_the_end_and_the_prompt_is_not_changed():
    mine = prompt()
    system, _ = sent(ChatConfig(user_message="Hi", prompt=mine, chain_of_thought=True))
    assert system["content"] == prompt(constraints=["Be brief.", STEP_BY_STEP]).compile().strip()
    assert mine == prompt()


def test_a_chain_of_thought_is_asked_for_without_a_prompt_too():
    assert sent(ChatConfig(user_message="Hi", chain_of_thought=True)) == [
        {"role": "system", "content": STEP_BY_STEP},
        {"role": "user", "content": "Hi"},
    ]


def test_a_prompt_whose_output_is_a_model_implies_the_response_model():
    kit = FakeKit(['{"name": "Paris"}'])
    answer = kit.chat(ChatConfig(user_message="Hi", prompt=prompt(output_format=City)))
    assert answer.parsed == {"name": "Paris"}


def test_a_response_model_without_a_prompt_sends_its_schema_and_nothing_else():
    system, user = sent(ChatConfig(user_message="Hi", response_model=City), answer='{"name": "x"}')
    assert '"name": {"type": "string"}' in system["content"]
    assert "[ROLE]" not in system["content"]
    assert user["content"] == "Hi"


def test_a_response_model_takes_the_place_of_the_prompts_own_output_format():
    system, _ = sent(ChatConfig(user_message="Hi", prompt=prompt(), response_model=City), answer='{"name": "x"}')
    assert '"name": {"type": "string"}' in system["content"]
    assert "plain text" not in system["content"]


def test_a_response_model_wins_over_another_model_in_the_prompt():
    config = ChatConfig(user_message="Hi", prompt=prompt(output_format=River), response_model=City)
    kit = FakeKit(['{"name": "Paris"}'])
    assert kit.chat(config).parsed == {"name": "Paris"}
    assert "length" not in kit.calls[0]["messages"][0]["content"]


def test_the_history_stands_between_the_system_text_and_the_question():
    history = [Message(role="user", content="one"), Message(role="assistant", content="two")]
    messages = sent(ChatConfig(user_message="three", prompt=prompt(), history=history))
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert [message["content"] for message in messages[1:]] == ["one", "two", "three"]


def test_system_messages_at_the_start_of_the_history_join_the_system_text():
    history = [Message(role="system", content=" Speak French. "), Message(role="system", content="Rhyme.")]
    system, user = sent(ChatConfig(user_message="Hi", prompt=prompt(), history=history))
    assert system["content"] == prompt().compile().strip() + "\n\nSpeak French.\n\nRhyme."
    assert user["role"] == "user"


def test_a_system_message_in_the_history_needs_no_prompt():
    assert sent(ChatConfig(user_message="Hi", history=[Message(role="system", content="Rhyme.")])) == [
        {"role": "system", "content": "Rhyme."},
        {"role": "user", "content": "Hi"},
    ]


def test_blank_system_messages_are_left_out():
    assert sent(ChatConfig(user_message="Hi", history=[Message(role="system", content=" \n")])) == [
        {"role": "user", "content": "Hi"}
    ]


def test_a_later_system_message_keeps_its_place():
    history = [Message(role="user", content="one"), Message(role="system", content="Now rhyme.")]
    assert [message["role"] for message in sent(ChatConfig(user_message="Hi", history=history))] == ["user", "system", "user"]


def test_the_callers_history_is_not_changed():
    history = [Message(role="system", content="Rhyme."), Message(role="user", content="one")]
    config = ChatConfig(user_message="Hi", history=history)
    sent(config)
    assert config.history == history
    assert len(history) == 2


def test_text_files_stand_before_the_question_each_under_its_name():
    files = [RactoFile(b"a,b\n", "text/csv", name="table.csv"), RactoFile(b"hello", "text/plain")]
    (user,) = sent(ChatConfig(user_message="Sum it up.", attachments=files))
    assert user["content"] == "[File: table.csv]\na,b\n\n[File: attachment]\nhello\n\nSum it up."


@pytest.mark.parametrize("answer", ["[1, 2]", '{"a": 1}'])
def test_an_answer_that_is_json_is_parsed_also_when_nobody_asked_for_json(answer: str):
    assert FakeKit([answer]).chat(ChatConfig(user_message="Hi")).parsed is not None


def test_a_fenced_answer_is_parsed_only_where_json_was_asked_for():
    fenced = '```json\n{"a": 1}\n```'
    assert FakeKit([fenced]).chat(ChatConfig(user_message="Hi")).parsed is None
    assert FakeKit([fenced]).chat(ChatConfig(user_message="Hi", prompt=prompt(output_format="json"))).parsed == {"a": 1}

"""What may be asked."""

from __future__ import annotations

import pickle

import pytest
from pydantic import BaseModel, ValidationError

from racto_nb.models import ChatConfig, EmbeddingConfig, EmbeddingVector, Message, MessageRole
from racto_nb.prompts.files import RactoFile


class Answer(BaseModel):
    """A model to ask for."""

    value: int


def test_only_the_user_message_is_required_and_the_defaults_are_the_documented_ones():
    config = ChatConfig(user_message="Hi")
    assert config.model_dump() == {
        "user_message": "Hi",
        "prompt": None,
        "temperature": 0.0,
        "max_tokens": 4096,
        "tools": None,
        "auto_execute_tools": False,
        "max_tool_turns": 3,
        "response_model": None,
        "max_validation_retries": 2,
        "history": [],
        "attachments": None,
        "chain_of_thought": False,
        "native_thinking": False,
        "thinking_budget": 10000,
        "extra": {},
    }


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("temperature", [0, 0.0, 2, 2.0]),
        ("max_tokens", [1, 1_000_000]),
        ("max_tool_turns", [1, 10]),
        ("max_validation_retries", [0, 5]),
        ("thinking_budget", [1]),
    ],
)
def test_a_value_on_the_edge_of_its_range_is_accepted(field: str, values: list[float]):
    for value in values:
        assert getattr(ChatConfig(user_message="Hi", **{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("user_message", ["", None, 5]),
        ("temperature", [-0.01, 2.01, "warm", float("nan")]),
        ("max_tokens", [0, -1, 1.5]),
        ("max_tool_turns", [0, 11]),
        ("max_validation_retries", [-1, 6]),
        ("thinking_budget", [0]),
        ("response_model", [dict, Answer(value=1), "Answer"]),
        ("history", [["Hi"], [{"role": "robot", "content": "x"}], "Hi"]),
        ("attachments", [["path.txt"], "path.txt"]),
        ("extra", [None, ["seed"]]),
        ("tools", [[], {"search": 1}, "search"]),
    ],
)
def test_a_value_outside_its_range_is_refused(field: str, values: list[object]):
    for value in values:
        with pytest.raises(ValidationError, match=field):
            ChatConfig(**{"user_message": "Hi", field: value})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("User_Message", "user_message"), ("histroy", "history")],
)
def test_a_misspelt_field_is_refused_and_the_right_one_named(written: str, meant: str):
    with pytest.raises(ValidationError, match=f"{written!r}.*Did you mean.*{meant!r}"):
        ChatConfig(**{"user_message": "Hi", written: "x"})


def test_a_misspelt_field_of_an_embedding_is_refused_too():
    with pytest.raises(ValidationError, match="Did you mean 'texts'"):
        EmbeddingConfig(text=["a"])


def test_two_configs_never_share_a_history_or_extra():
    first, second = ChatConfig(user_message="a"), ChatConfig(user_message="b")
    first.history.append(Message(role="user", content="x"))
    first.extra["seed"] = 1
    assert (second.history, second.extra) == ([], {})


def test_a_role_is_a_string_or_the_enum():
    assert Message(role="assistant", content="x") == Message(role=MessageRole.ASSISTANT, content="x")


def test_a_config_survives_pickling():
    config = ChatConfig(
        user_message="Hi", history=[Message(role="user", content="x")], attachments=[RactoFile(b"a", "text/plain")]
    )
    assert pickle.loads(pickle.dumps(config)) == config


def test_nothing_to_embed_is_refused():
    with pytest.raises(ValidationError, match="texts"):
        EmbeddingConfig(texts=[])


def test_one_string_is_no_list_of_texts():
    with pytest.raises(ValidationError, match="texts"):
        EmbeddingConfig(texts="one text")


def test_a_vector_is_readable_under_both_names():
    vector = EmbeddingVector(index=0, text="a", embedding=[1.0, 2.0])
    assert vector.vector is vector.embedding


@pytest.mark.parametrize("text", ["   ", "\n\t", "\u2003"])
def test_a_blank_message_is_refused_and_the_error_says_what_to_write(text: str):
    with pytest.raises(ValidationError, match=r"user_message is blank\. Write what the model shall do"):
        ChatConfig(user_message=text)


@pytest.mark.parametrize(("field", "value"), [("temperature", 9), ("user_message", " "), ("max_tokens", 0), ("prompt", "text")])
def test_a_wrong_value_is_refused_when_it_is_assigned(field: str, value: object):
    config = ChatConfig(user_message="Hi")
    before = getattr(config, field)
    with pytest.raises(ValidationError, match=field):
        setattr(config, field, value)
    assert getattr(config, field) == before


def test_a_right_value_can_be_assigned():
    config = ChatConfig(user_message="Hi")
    config.temperature = 0.5
    assert config.temperature == 0.5


def test_half_a_character_in_the_message_is_named_with_its_place():
    with pytest.raises(
        ValidationError, match=r"user_message holds half a character \('\\ud83d' at place 2\), which cannot be sent"
    ):
        ChatConfig(user_message="ab\ud83d")


def test_half_a_character_in_the_history_is_named_with_its_turn():
    history = [Message(role="user", content="Hi"), Message(role="assistant", content="x\udc00")]
    with pytest.raises(ValidationError, match=r"history\[1\] holds half a character"):
        ChatConfig(user_message="Hi", history=history)


def test_whole_characters_outside_the_basic_plane_are_kept():
    assert ChatConfig(user_message="\U0001f600").user_message == "\U0001f600"

"""The fake kit hides nothing: what was asked is recorded, and what a real kit refuses it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason, LLMResponse
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit, FakeReply


class City(BaseModel):
    """A city."""

    name: str


class Tool:
    name = "search"
    description = "Search."

    def to_json_schema(self) -> dict[str, object]:
        return {"type": "object", "properties": {}}


class Tools:
    """A source of one tool."""

    schemas = (Tool(),)

    def get_callable(self, name: str) -> None:
        return None

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return dict(arguments)

    def __len__(self) -> int:
        return 1

    def __contains__(self, name: str) -> bool:
        return name == "search"


def test_an_image_does_not_vanish():
    kit = FakeKit(["A cat."], abilities=Abilities(images=True))
    files = [RactoFile(b"\x89PNG", "image/png", name="cat.png"), RactoFile(b"hello", "text/plain", name="note.txt")]
    kit.chat(ChatConfig(user_message="What is this?", attachments=files))
    assert kit.calls[0]["attachments"] == [("cat.png", "image/png"), ("note.txt", "text/plain")]


def test_tools_thinking_and_the_response_model_are_recorded():
    kit = FakeKit(['{"name": "Rome"}'], abilities=Abilities(tools=True, thinking=True))
    kit.chat(ChatConfig(user_message="Hi", tools=Tools(), native_thinking=True, thinking_budget=99, response_model=City))
    assert [kit.calls[0][key] for key in ("tools", "thinking", "response_model")] == [["search"], 99, "City"]


async def test_what_was_embedded_is_recorded():
    kit = FakeKit(dimensions=8)
    kit.embed(EmbeddingConfig(texts=["a", "b"]))
    await kit.aembed(EmbeddingConfig(texts=["c"], dimensions=4))
    assert kit.embed_calls == [{"texts": ["a", "b"], "dimensions": 8}, {"texts": ["c"], "dimensions": 4}]
    assert kit.calls == []


@pytest.mark.parametrize("labels", [[], "yes", None, [""], ["a", "a"], ["a", 5], ["\x00"]])
def test_labels_that_the_embedded_kit_refuses_are_refused(labels: object):
    kit = FakeKit(["a"])
    with pytest.raises(UsageError, match="labels"):
        kit.chat(ChatConfig(user_message="Hi", extra={"labels": labels}))
    assert kit.calls == []


def test_labels_and_json_exclude_each_other():
    with pytest.raises(UsageError, match="exclude each other"):
        FakeKit(["a"]).chat(ChatConfig(user_message="Hi", extra={"labels": ["a"]}, response_model=City))


def test_right_labels_are_taken():
    assert FakeKit(["a"]).chat(ChatConfig(user_message="Hi", extra={"labels": ["a", "b"]})).content == "a"


@pytest.mark.parametrize("replies", ["hello", FakeReply.of("hello"), LLMResponse(content="x"), TimeoutError(), 5, None])
def test_one_reply_is_no_list_of_replies(replies: object):
    with pytest.raises(WrongTypeError, match=r"takes a list of replies, not .* Write: FakeKit\(\["):
        FakeKit(replies)


@pytest.mark.parametrize("reply", [5, None, b"text", TimeoutError, ["a"]])
def test_a_wrong_reply_is_named_with_its_place(reply: object):
    with pytest.raises(WrongTypeError, match="Reply 1 of the FakeKit is"):
        FakeKit(["fine", reply])


def test_replies_may_come_from_any_iterable():
    assert FakeKit(word for word in ("one", "two")).chat(ChatConfig(user_message="Hi")).content == "one"


def test_a_reason_to_end_may_be_its_word_and_a_wrong_one_is_told_at_once():
    assert FakeReply(("x",), finish_reason="length").finish_reason is FinishReason.LENGTH
    with pytest.raises(UsageError, match=r"finish_reason is one of 'stop', .*, not 'lenght'"):
        FakeReply(("x",), finish_reason="lenght")

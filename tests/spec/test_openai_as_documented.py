"""The documents' examples of the OpenAI kit in our own words around their names and arguments; runs with nothing else at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb import RactoPrompt
from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.testing import FakeProvider, FakeReply

KEY = "sk-proj-of-the-documents-0123456789"


class SentimentResult(BaseModel):
    sentiment: str
    confidence: float
    reasoning: str


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with FakeProvider(keys=[KEY]) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url("openai"))
        yield server


@pytest.fixture
def kit(provider: FakeProvider) -> Iterator[gpt.Chat]:
    with gpt.Chat(default_prompt=prompt()) as opened:
        yield opened


def prompt(output_format: Any = "text") -> RactoPrompt:
    return RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format=output_format)


def test_the_kit_reads_its_key_from_the_environment_and_sends_its_prompt(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies.append("Python is a language.")
    assert kit.chat(gpt.ChatConfig(user_message="What is Python?")).content == "Python is a language."
    (request,) = provider.requests
    assert request.authorized_with(KEY)
    assert [turn["role"] for turn in request.json["messages"]] == ["system", "user"]
    assert request.json["messages"][0]["content"] == prompt().compile().strip()


def test_the_model_of_the_documents_still_works_with_a_warning(provider: FakeProvider):
    provider._script.replies.append("Hello")
    with pytest.warns(RetiredModelWarning, match="Use gpt-6-luna"):
        kit = gpt.Chat(model="gpt-4o")
    with kit:
        assert kit.chat(gpt.ChatConfig(user_message="Hi")).content == "Hello"
    assert provider.requests[0].json["model"] == "gpt-4o"


def test_arguments_go_before_the_environment(provider: FakeProvider):
    with (
        FakeProvider(["mine"], keys=["sk-mine-0123456789"]) as other,
        gpt.Chat("gpt-6-luna", api_key="sk-mine-0123456789", base_url=other.base_url("openai")) as kit,
    ):
        assert kit.chat(gpt.ChatConfig(user_message="Hi")).content == "mine"
    assert provider.requests == []


def test_every_name_of_the_documents_is_on_the_module():
    names = "Chat ChatConfig Message MessageRole EmbeddingConfig FinishReason LLMResponse StreamChunk OpenAIDeveloperKit"
    assert [name for name in names.split() if not hasattr(gpt, name)] == []
    assert gpt.Chat is gpt.OpenAIDeveloperKit


def test_a_response_has_the_documented_fields(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies.append(FakeReply.of("4", usage={"prompt_tokens": 42, "completion_tokens": 5}))
    response = kit.chat(gpt.ChatConfig(user_message="What is 2 + 2?"))
    assert (response.content, response.tool_calls, response.finish_reason) == ("4", [], gpt.FinishReason.STOP)
    assert [response.usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")] == [42, 5, 47]
    assert response.raw["usage"]["prompt_tokens"] == 42


def test_json_is_parsed_without_a_call_of_json_loads(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies.append('{"name": "Alice", "age": 30}')
    response = kit.chat(gpt.ChatConfig(user_message="My name is Alice, 30.", prompt=prompt("json")))
    assert response.parsed == {"name": "Alice", "age": 30}
    assert provider.requests[0].json["response_format"] == {"type": "json_object"}


def test_a_stream_has_increments_and_a_final_chunk(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies.append("Generators yield values.")
    chunks = list(kit.stream(gpt.ChatConfig(user_message="Explain Python generators")))
    assert "".join(chunk.delta.text for chunk in chunks) == chunks[-1].accumulated_text == "Generators yield values."
    assert [chunk.is_final for chunk in chunks] == [False, False, False, True]
    assert chunks[-1].finish_reason is gpt.FinishReason.STOP
    assert chunks[-1].usage["completion_tokens"] > 0


async def test_chat_and_stream_can_be_awaited(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies += ["SOLID is five principles.", "Five words."]
    assert (await kit.achat(gpt.ChatConfig(user_message="What is SOLID?"))).content == "SOLID is five principles."
    chunks = [chunk async for chunk in kit.astream(gpt.ChatConfig(user_message="Explain SOLID briefly"))]
    assert chunks[-1].accumulated_text == "Five words."
    await kit.aclose()


@pytest.mark.parametrize(("model", "size"), [(None, 1536), ("text-embedding-3-large", 3072)])
def test_texts_become_vectors_of_the_kits_model_or_of_the_calls(
    kit: gpt.Chat, provider: FakeProvider, model: str | None, size: int
):
    response = kit.embed(gpt.EmbeddingConfig(texts=["cat", "dog", "automobile"], model=model))
    assert [(vector.index, vector.text, len(vector.embedding)) for vector in response.vectors] == [
        (0, "cat", size),
        (1, "dog", size),
        (2, "automobile", size),
    ]
    assert response.model == (model or "text-embedding-3-small")
    assert response.usage["total_tokens"] == response.usage["prompt_tokens"] > 0


def test_the_size_of_vectors_can_be_chosen(kit: gpt.Chat, provider: FakeProvider):
    config = gpt.EmbeddingConfig(texts=["Hello world", "Goodbye world"], model="text-embedding-3-large", dimensions=512)
    assert [len(vector.embedding) for vector in kit.embed(config).vectors] == [512, 512]


def test_a_response_model_is_asked_for_natively_and_validated(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies.append('{"sentiment": "positive", "confidence": 0.97, "reasoning": "amazing"}')
    config = gpt.ChatConfig(user_message="Amazing!", prompt=prompt(SentimentResult), response_model=SentimentResult)
    result = SentimentResult(**kit.chat(config).parsed)
    assert (result.sentiment, result.confidence, result.reasoning) == ("positive", 0.97, "amazing")
    form = provider.requests[0].json["response_format"]
    assert form["json_schema"]["strict"] is True
    assert set(form["json_schema"]["schema"]["required"]) == {"sentiment", "confidence", "reasoning"}


def test_a_second_turn_takes_the_first_along(kit: gpt.Chat, provider: FakeProvider):
    provider._script.replies += ["one", "two"]
    first = kit.chat(gpt.ChatConfig(user_message="Reverse a string."))
    history = [
        gpt.Message(role=gpt.MessageRole.USER, content="Reverse a string."),
        gpt.Message(role=gpt.MessageRole.ASSISTANT, content=first.content or ""),
    ]
    assert kit.chat(gpt.ChatConfig(user_message="Handle None.", history=history)).content == "two"
    turns = provider.requests[1].json["messages"][1:]
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "Reverse a string."),
        ("assistant", "one"),
        ("user", "Handle None."),
    ]

"""Embedders over kits: what they send, how they batch, and what they say of themselves."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from colours import run_unblocked

from racto_nb import anthropic_developer_kit as claude
from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RactoGatewayAPIError, RactoGatewayAuthError, RetiredModelWarning, UsageError, WrongTypeError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.huggingface import opening
from racto_nb.rag.embedders import (
    EmbeddedEmbedder,
    GoogleEmbedder,
    HuggingFaceEmbedder,
    KitEmbedder,
    OllamaEmbedder,
    OpenAIEmbedder,
)
from racto_nb.testing import FakeKit, FakeProvider

KEY = "sk-proj-a-key-of-nobody-0123456789"


class Plain:
    def embed(self, embedder, texts):
        return embedder.embed(texts)

    def query(self, embedder, text):
        return embedder.embed_query(text)


class Awaited:
    def embed(self, embedder, texts):
        async def main():
            async with embedder:
                return await embedder.aembed(texts)

        return run_unblocked(main())

    def query(self, embedder, text):
        async def main():
            async with embedder:
                return await embedder.aembed_query(text)

        return run_unblocked(main())


@pytest.fixture(params=[Plain(), Awaited()], ids=["sync", "async"])
def each(request):
    return request.param


@pytest.fixture
def server(monkeypatch):
    with FakeProvider() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url("openai"))
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.base_url("google"))
        monkeypatch.setenv("OLLAMA_HOST", running.base_url("ollama"))
        router = f"{running.base_url('huggingface')}/v1"
        monkeypatch.setattr(opening, "_ENTRANCE", dataclasses.replace(opening._ENTRANCE, address=router))
        monkeypatch.setattr(opening, "is_router", lambda address: address == router)
        for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "HF_TOKEN"):
            monkeypatch.setenv(name, KEY)
        yield running


def test_texts_go_out_in_batches_and_come_back_in_their_order(each):
    kit = FakeKit(dimensions=16)
    embedder = KitEmbedder(kit, batch_size=3)
    texts = [f"text {number}" for number in range(8)]

    vectors = each.embed(embedder, texts)

    assert sorted(len(call["texts"]) for call in kit.embed_calls) == [2, 3, 3]
    assert vectors == [KitEmbedder(FakeKit(dimensions=16)).embed([text])[0] for text in texts]
    assert embedder.dimension == 16


def test_no_text_is_no_request(each):
    kit = FakeKit()
    assert each.embed(KitEmbedder(kit), []) == []
    assert kit.embed_calls == []


class _Pairs(FakeKit):
    """A kit whose answers wait until two are being made."""

    both = threading.Barrier(2, timeout=20)

    def embed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        self.both.wait()
        return super().embed(config)


def test_batches_are_asked_for_side_by_side():
    assert len(KitEmbedder(_Pairs(), batch_size=1, concurrency=2).embed(["a", "b", "c", "d"])) == 4


class _Failing(FakeKit):
    """A kit that fails at the text "poison"."""

    def embed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        if "poison" in config.texts:
            raise RactoGatewayAPIError("no")
        return super().embed(config)

    async def aembed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        return self.embed(config)


def test_an_error_says_how_many_texts_had_been_embedded(each):
    embedder = KitEmbedder(_Failing(), batch_size=2, concurrency=1)
    with pytest.raises(RactoGatewayAPIError) as caught:
        each.embed(embedder, ["a", "b", "c", "d", "poison"])
    assert caught.value.__notes__ == ["4 of 5 texts had been embedded before this, and are paid for."]


def test_what_is_no_list_of_texts_is_refused(each):
    with pytest.raises(WrongTypeError, match=r"embed\(\[text\]\)"):
        each.embed(KitEmbedder(FakeKit()), "text")
    with pytest.raises(UsageError, match="batch_size"):
        KitEmbedder(FakeKit(), batch_size=0)
    with pytest.raises(UsageError, match="concurrency"):
        KitEmbedder(FakeKit(), concurrency=True)
    with pytest.raises(WrongTypeError, match="takes a kit"):
        KitEmbedder("gpt")  # type: ignore[arg-type]


def test_a_kit_without_embeddings_is_refused():
    with claude.Chat(api_key=KEY) as kit, pytest.raises(UsageError, match="offers no embeddings"):
        KitEmbedder(kit)


def test_openai_is_asked_with_the_key_model_and_length(each, server):
    embedder = OpenAIEmbedder("text-embedding-3-large", dimensions=256)
    (vector,) = each.embed(embedder, ["cat"])
    (request,) = server.requests
    assert (request.json["model"], request.json["dimensions"], request.json["input"]) == ("text-embedding-3-large", 256, ["cat"])
    assert request.authorized_with(KEY)
    assert len(vector) == embedder.dimension == 256
    assert embedder.identity == "openai:text-embedding-3-large dimensions=256"


def test_google_is_told_what_is_a_text_and_what_a_question(each, server):
    embedder = GoogleEmbedder()
    each.embed(embedder, ["cat"])
    each.query(embedder, "which animal?")
    asked = [request.json["requests"][0]["taskType"] for request in server.requests]
    assert asked == ["RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"]
    each.query(GoogleEmbedder(task_type="SEMANTIC_SIMILARITY"), "which animal?")
    assert server.requests[-1].json["requests"][0]["taskType"] == "SEMANTIC_SIMILARITY"


def test_ollama_and_hugging_face_are_asked_in_their_words(each, server):
    each.embed(OllamaEmbedder(), ["cat", "dog"])
    each.embed(HuggingFaceEmbedder(), ["cat"])
    assert [request.json["input" if "input" in request.json else "inputs"] for request in server.requests] == [
        ["cat", "dog"],
        ["cat"],
    ]


def test_a_key_that_is_refused_is_the_kits_error_without_the_key(each):
    with FakeProvider(keys=["another"]) as server:
        embedder = OpenAIEmbedder(api_key=KEY, base_url=server.base_url("openai"))
        with pytest.raises(RactoGatewayAuthError) as caught:
            each.embed(embedder, ["cat"])
    assert KEY not in str(caught.value)


def test_an_embedder_needs_its_key_at_the_first_call_and_not_before(each):
    embedder = OpenAIEmbedder()
    assert (embedder.dimension, embedder.identity) == (1536, "openai:text-embedding-3-small")
    with pytest.raises(RactoGatewayAuthError, match="OPENAI_API_KEY"):
        embedder.embed(["cat"])


@pytest.mark.parametrize(
    ("embedder", "dimension"),
    [
        (OpenAIEmbedder("text-embedding-3-large"), 3072),
        (OpenAIEmbedder("text-embedding-3-large", dimensions=8), 8),
        (OpenAIEmbedder("a-model-of-ours"), -1),
        (GoogleEmbedder(), 3072),
        (OllamaEmbedder("nomic-embed-text:latest"), 768),
        (HuggingFaceEmbedder("owner/model"), -1),
        (EmbeddedEmbedder(), 384),
        (KitEmbedder(FakeKit()), -1),
    ],
    ids=repr,
)
def test_the_length_of_vectors_is_known_where_the_model_is(embedder, dimension):
    assert embedder.dimension == dimension


def test_a_retired_model_is_told_when_the_embedder_is_made():
    with pytest.warns(RetiredModelWarning, match="gemini-embedding-2"):
        GoogleEmbedder("text-embedding-004", api_key=KEY)


def test_no_key_is_in_a_name_or_a_text_of_an_embedder():
    embedder = OpenAIEmbedder(api_key=KEY, base_url=f"https://me:{KEY}@example.org/v1/")
    assert embedder.identity == "openai:text-embedding-3-small@example.org/v1"
    assert KEY not in repr(embedder)


def test_an_embedder_over_a_kit_is_named_as_the_one_of_its_provider():
    with gpt.Chat(api_key=KEY, embedding_model="text-embedding-3-small") as kit:
        assert KitEmbedder(kit).identity == OpenAIEmbedder().identity
        assert KitEmbedder(kit, model="text-embedding-3-large").dimension == 3072
    with gpt.Chat(api_key=KEY, base_url="http://localhost:8000/v1") as kit:
        assert KitEmbedder(kit).identity == OpenAIEmbedder(base_url="http://localhost:8000/v1").identity


def test_the_kit_is_made_once_and_closed_with_the_embedder(server):
    embedder = OpenAIEmbedder()
    with embedder:
        embedder.embed(["cat"])
        kit = embedder.kit
        embedder.embed(["dog"])
    assert embedder.kit is kit
    assert isinstance(kit, DeveloperKit)
    OpenAIEmbedder().close()

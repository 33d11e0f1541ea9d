"""The documents' own code blocks on embeddings."""

from __future__ import annotations

import pytest
from spec.originals import KNOWN_NAMES, Runner

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import UnsupportedError
from racto_nb.testing import FakeProvider


def test_block_21_the_model_and_the_size_of_vectors_can_be_chosen(run: Runner, server: FakeProvider):
    config = run(21)["config"]
    with gpt.Chat("gpt-6-luna") as kit:
        response = kit.embed(config)
    (request,) = server.requests
    assert request.json["model"] == response.model == "text-embedding-3-large"
    assert request.json["dimensions"] == 512
    assert [len(vector.embedding) for vector in response.vectors] == [512, 512]


def test_block_22_texts_become_vectors(run: Runner):
    ran = run(22)
    response = ran["response"]
    assert ran.printed[:3] == ["text-embedding-3-small", str(response.usage), "3"]
    assert [line.partition(", first5")[0] for line in ran.printed[3:]] == [
        "[0] 'cat' → vector dim=1536",
        "[1] 'dog' → vector dim=1536",
        "[2] 'automobile' → vector dim=1536",
    ]
    assert response.usage["total_tokens"] == response.usage["prompt_tokens"] > 0
    assert ran.requests[0].json["input"] == ["cat", "dog", "automobile"]


@pytest.mark.parametrize(
    ("alias", "chat", "embedding"),
    [
        ("gemini", "gemini-3.8-flash", "gemini-embedding-2"),
        ("local", "llama3.2", "nomic-embed-text"),
        ("hf", "some/model", "sentence-transformers/all-MiniLM-L6-v2"),
    ],
)
def test_block_22_gives_one_vector_per_text_with_every_kit(run: Runner, alias: str, chat: str, embedding: str):
    module = KNOWN_NAMES[alias].__name__.rpartition(".")[2]
    swaps = {"openai_developer_kit": module, "gpt-4o": chat, "text-embedding-3-small": embedding}
    ran = run(22, replaced=swaps)
    assert ran.printed[0].startswith(embedding)
    assert ran.printed[2] == "3"
    vectors = ran["response"].vectors
    assert [(vector.index, vector.text) for vector in vectors] == [(0, "cat"), (1, "dog"), (2, "automobile")]
    assert len({len(vector.embedding) for vector in vectors}) == 1


def test_block_21_is_refused_by_claude_before_anything_is_sent(run: Runner, server: FakeProvider):
    """Anthropic has no embeddings: the config of any kit is refused with the kits that have them."""
    config = run(21)["config"]
    with KNOWN_NAMES["claude"].Chat() as kit, pytest.raises(UnsupportedError, match="openai"):
        kit.embed(config)
    assert server.requests == []

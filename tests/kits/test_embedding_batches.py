"""Many texts: cut into requests that the provider takes, and joined again in their order."""

from __future__ import annotations

from typing import Any

import pytest
from colours import run_unblocked
from hypothesis import given
from hypothesis import strategies as st
from wire.openai_kit import openai_wire

from racto_nb.exceptions import RactoGatewayAPIError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits import embedding
from racto_nb.kits.embedding import MOST_HALF_TOKENS, batches, half_tokens, joined
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.providers.failures import Refused
from racto_nb.providers.wire import Abilities, ModelSpec, Provider, Request


def spec(most: int | None) -> ModelSpec:
    return ModelSpec("maker", "small", Abilities(embeddings=True, embed_batch=most))


@given(st.lists(st.text(max_size=30), min_size=1, max_size=30), st.integers(1, 10), st.integers(1, 60))
def test_no_text_is_lost_doubled_or_moved_and_no_request_is_too_large(texts: list[str], most: int, longest: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "MOST_HALF_TOKENS", longest)
        parts = [part.texts for part in batches(EmbeddingConfig(texts=texts), spec(most))]
    assert [text for part in parts for text in part] == texts
    assert all(1 <= len(part) <= most for part in parts)
    assert all(len(part) == 1 or sum(map(half_tokens, part)) <= longest for part in parts)


@given(st.lists(st.text(max_size=5), min_size=1, max_size=30), st.integers(1, 10))
def test_no_more_requests_than_needed(texts: list[str], most: int):
    assert len(list(batches(EmbeddingConfig(texts=texts), spec(most)))) == -(-len(texts) // most)


@given(st.lists(st.text(max_size=5), min_size=1, max_size=30))
def test_without_a_limit_there_is_one_request(texts: list[str]):
    config = EmbeddingConfig(texts=texts)
    assert list(batches(config, spec(None))) == [config]


@given(st.text())
def test_a_text_is_counted_in_bytes_and_characters(text: str):
    ascii_only = sum(char.isascii() for char in text)
    size = len(text.encode("utf-8", "surrogatepass"))
    assert half_tokens(text) >= ascii_only + 2 * (len(text) - ascii_only)
    assert 3 * half_tokens(text) >= 2 * size
    assert half_tokens(text) == len(text) or not text.isascii()


@pytest.mark.parametrize(("text", "characters"), [("a", 600_000), ("索", 300_000), ("ж", 300_000), ("🗂", 224_000)])
def test_a_request_has_no_more_characters_than_its_tokens_may_be(text: str, characters: int):
    texts = [text * 1000] * (characters // 1000 + 1)
    first, second = batches(EmbeddingConfig(texts=texts), spec(2048))
    assert sum(map(len, first.texts)) == characters
    assert sum(len(part.encode()) for part in first.texts) <= 900_000
    assert len(second.texts) == 1
    assert MOST_HALF_TOKENS == 600_000


def test_every_request_wishes_the_same():
    config = EmbeddingConfig(texts=["a", "b", "c"], model="small", dimensions=7)
    assert [(part.model, part.dimensions) for part in batches(config, spec(2))] == [("small", 7)] * 2
    assert config.texts == ["a", "b", "c"]


def response(texts: list[str], **fields: Any) -> EmbeddingResponse:
    vectors = [EmbeddingVector(index=place, text=text, embedding=[float(len(text))]) for place, text in enumerate(texts)]
    return EmbeddingResponse(**{"vectors": vectors, "model": "small", "usage": {"prompt_tokens": len(texts)}} | fields)


def test_one_answer_is_left_as_it_is():
    only = response(["a"], raw={"own": 1})
    assert joined([only]) is only


def test_several_answers_are_counted_through_and_added_up():
    answer = joined([response(["a", "bb"], raw=1), response(["ccc"], raw=2)])
    assert [(vector.index, vector.text, vector.embedding) for vector in answer.vectors] == [
        (0, "a", [1.0]),
        (1, "bb", [2.0]),
        (2, "ccc", [3.0]),
    ]
    assert (answer.usage, answer.raw, answer.model) == ({"prompt_tokens": 3}, [1, 2], "small")


def test_answers_whose_vectors_have_different_lengths_are_no_answer():
    longer = EmbeddingResponse(vectors=[EmbeddingVector(index=0, text="b", embedding=[1.0, 2.0])], model="small")
    with pytest.raises(RactoGatewayAPIError, match="vectors of different lengths"):
        joined([response(["a"]), longer])


class EmbeddingPort:
    """Gives each text the vector of its number; the request number `broken` is refused."""

    def __init__(self, broken: int | None = None) -> None:
        self.sent: list[list[str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.broken = broken

    def send(self, request: Request) -> dict[str, Any]:
        texts = list(request.arguments["input"])
        self.sent.append(texts)
        self.bodies.append(dict(request.arguments))
        if len(self.sent) - 1 == self.broken:
            raise Refused("slow down", status=429, host="api")
        rows = [{"index": place, "embedding": [float(text)]} for place, text in enumerate(texts)]
        return {"data": rows[::-1], "model": "small", "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}}

    async def asend(self, request: Request) -> dict[str, Any]:
        return self.send(request)


def kit_over(port: Any) -> DeveloperKit:
    wire, specs, model = openai_wire({"model": "text-embedding-3-small"})
    settings = KitSettings(model="gpt-6-luna", embedding_model=model, retry=RetryPolicy(retries=0))
    return DeveloperKit(Provider("openai", wire, port, port, specs), settings)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_a_kit_embeds_many_texts_in_their_order(blocking: bool):
    port = EmbeddingPort()
    config = EmbeddingConfig(texts=[str(number) for number in range(8)])
    kit = kit_over(port)
    answer = kit.embed(config) if blocking else run_unblocked(kit.aembed(config))
    assert [len(texts) for texts in port.sent] == [3, 3, 2]
    assert [vector.embedding for vector in answer.vectors] == [[float(number)] for number in range(8)]
    assert [vector.index for vector in answer.vectors] == list(range(8))
    assert answer.usage["prompt_tokens"] == 8
    assert len(answer.raw) == 3


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_request_that_is_refused_is_an_error_and_no_shorter_answer(broken: int):
    port = EmbeddingPort(broken)
    with pytest.raises(RactoGatewayAPIError, match="slow down"):
        kit_over(port).embed(EmbeddingConfig(texts=[str(number) for number in range(8)]))
    assert len(port.sent) == broken + 1


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
@pytest.mark.parametrize(("broken", "notes"), [(0, []), (1, ["3 of 8"]), (2, ["6 of 8"])])
def test_a_failure_in_the_middle_says_how_many_texts_had_been_paid_for(blocking: bool, broken: int, notes: list[str]):
    kit = kit_over(EmbeddingPort(broken))
    config = EmbeddingConfig(texts=[str(number) for number in range(8)])
    with pytest.raises(RactoGatewayAPIError) as caught:
        kit.embed(config) if blocking else run_unblocked(kit.aembed(config))
    told = getattr(caught.value, "__notes__", [])
    assert told == [f"{count} texts had been embedded before this, and are paid for: texts[:{count[0]}]." for count in notes]


@pytest.mark.parametrize("extra", [{"user": "u"}, {"encoding_format": "float"}])
def test_every_request_has_the_extras(extra: dict[str, Any]):
    port = EmbeddingPort()
    kit_over(port).embed(EmbeddingConfig(texts=["1", "2", "3", "4"], extra=extra))
    assert [{key: request[key] for key in extra} for request in port.bodies] == [extra, extra]

"""Vectors: the numbers that were sent, in the order of the texts."""

from __future__ import annotations

import base64
import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UnsupportedError
from racto_nb.models import EmbeddingConfig
from racto_nb.providers.chat_completions.embedding import embedding_body, embeddings
from racto_nb.providers.failures import HttpFailure, Unreadable
from racto_nb.providers.wire import ModelSpec

SPEC = ModelSpec("openai", "text-embedding-3-small")
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
vectors = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(singles, min_size=size, max_size=size), min_size=1, max_size=6)
)


def packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def read(rows: list[Any], texts: int, **reply: Any) -> list[list[float]]:
    config = EmbeddingConfig(texts=[f"text {place}" for place in range(texts)])
    answer = embeddings({"data": rows, **reply}, config, SPEC)
    assert [(vector.index, vector.text) for vector in answer.vectors] == list(enumerate(config.texts))
    return [vector.embedding for vector in answer.vectors]


@given(vectors, st.booleans(), st.randoms(use_true_random=False))
def test_vectors_are_the_numbers_that_were_sent_in_any_order(
    sent: list[list[float]],
    as_base64: bool,
    order: random.Random,
):
    rows = [{"index": place, "embedding": packed(vector) if as_base64 else vector} for place, vector in enumerate(sent)]
    order.shuffle(rows)
    assert read(rows, len(sent)) == sent


@given(vectors, st.integers(1, 8))
def test_a_vector_for_each_text_or_an_error(sent: list[list[float]], texts: int):
    rows = [{"index": place, "embedding": vector} for place, vector in enumerate(sent)]
    if len(sent) == texts:
        assert read(rows, texts) == sent
    else:
        with pytest.raises(Unreadable, match=f"{len(sent)} vectors for {texts} texts"):
            read(rows, texts)


odd = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["index", "embedding"]), inner)),
    max_leaves=5,
)


rows_of_any_kind = st.lists(st.dictionaries(st.sampled_from(["index", "embedding"]), odd), max_size=2)


@given(st.one_of(odd, rows_of_any_kind), odd)
def test_whatever_a_server_replies_is_vectors_or_a_failure(data: Any, usage: Any):
    config = EmbeddingConfig(texts=["a"])
    try:
        answer = embeddings({"data": data, "usage": usage, "model": usage}, config, SPEC)
    except HttpFailure:
        return
    assert all(isinstance(number, float) for number in answer.vectors[0].embedding)


def test_the_reply_is_kept():
    raw = {"data": [{"index": 0, "embedding": [1.0]}]}
    answer = embeddings(raw, EmbeddingConfig(texts=["a"]), SPEC)
    assert (answer.raw, answer.model, answer.usage) == (raw, SPEC.name, {})


def vectors_of(*lengths: int) -> dict[str, Any]:
    return {"data": [{"index": place, "embedding": [0.5] * length} for place, length in enumerate(lengths)]}


@pytest.mark.parametrize(("lengths", "got"), [((7, 7), "7"), ((7, 3), "3 and 7"), ((5, 6), "5 and 6")])
def test_vectors_of_another_length_than_was_asked_for_are_an_error(lengths: tuple[int, ...], got: str):
    config = EmbeddingConfig(texts=["a", "b"], dimensions=5)
    with pytest.raises(Unreadable, match=f"asked for 5 dimensions, got {got}: this server ignores dimensions"):
        embeddings(vectors_of(*lengths), config, SPEC)


def test_vectors_of_different_lengths_are_an_error_also_when_no_length_was_asked_for():
    with pytest.raises(Unreadable, match="vectors of different lengths: 3 and 7"):
        embeddings(vectors_of(7, 3), EmbeddingConfig(texts=["a", "b"]), SPEC)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("as_base64", [True, False])
def test_a_number_that_is_not_finite_is_an_error(wrong: float, as_base64: bool):
    vector = [1.0, wrong, 2.0]
    with pytest.raises(Unreadable, match="which is no finite number"):
        read([{"embedding": packed(vector) if as_base64 else vector}], 1)


def test_finite_numbers_whose_sum_is_not_are_taken():
    vector = [1.7e308, 1.7e308]
    assert read([{"embedding": vector}], 1) == [vector]


def test_a_whole_number_that_is_no_float_is_a_failure():
    with pytest.raises(Unreadable, match="no list of numbers"):
        read([{"embedding": [10**400]}], 1)


def test_extras_are_sent_and_the_wished_encoding_is_kept():
    config = EmbeddingConfig(texts=["a"], extra={"user": "u", "encoding_format": "float", "extra_body": {"own": 1}})
    assert embedding_body(config, SPEC) == {
        "model": SPEC.name,
        "input": ["a"],
        "encoding_format": "float",
        "user": "u",
        "own": 1,
    }


@pytest.mark.parametrize(
    ("extra", "wish"), [({"seed": 7}, "extra['seed']"), ({"extra_body": [1]}, "extra['extra_body'] of type list")]
)
def test_an_extra_that_embeddings_do_not_take_is_refused(extra: dict[str, Any], wish: str):
    with pytest.raises(UnsupportedError, match="Nothing was sent") as caught:
        embedding_body(EmbeddingConfig(texts=["a"], extra=extra), SPEC)
    assert caught.value.wish == wish


def test_what_is_not_wished_for_is_not_sent():
    assert embedding_body(EmbeddingConfig(texts=["a"]), SPEC) == {
        "model": SPEC.name,
        "input": ["a"],
        "encoding_format": "base64",
    }

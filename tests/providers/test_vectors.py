"""Vectors as providers send them: what is none is told."""

from __future__ import annotations

import pytest

from racto_nb.models import EmbeddingConfig
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.vectors import vectors_in


def vectors(*rows: object, dimensions: int | None = None) -> list[list[float]]:
    config = EmbeddingConfig(texts=[str(place) for place in range(len(rows))], dimensions=dimensions)
    return [vector.embedding for vector in vectors_in(rows, config)]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (None, "a vector of type NoneType"),
        ("A", "no base64 of 32-bit numbers"),
        ([], "a vector without numbers"),
        ([1, "2"], "no list of numbers"),
        ([1, 10**400], "no list of numbers"),
        ([1, float("nan")], "nan in it"),
        ([float("inf"), 1], "inf in it"),
    ],
)
def test_what_is_no_vector_is_told(values: object, told: str):
    with pytest.raises(Unreadable, match=told):
        vectors(values)


def test_large_numbers_whose_sum_is_too_large_are_numbers_still():
    assert vectors([1e308, 1e308]) == [[1e308, 1e308]]


def test_lengths_are_those_that_were_asked_for_and_all_alike():
    assert vectors([1.0, 2.0], [3.0, 4.0], dimensions=2) == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(Unreadable, match="asked for 3 dimensions, got 1 and 2"):
        vectors([1.0], [1.0, 2.0], dimensions=3)
    with pytest.raises(Unreadable, match="different lengths: 1 and 2"):
        vectors([1.0], [1.0, 2.0])


def test_there_is_one_vector_for_each_text():
    with pytest.raises(Unreadable, match="1 vectors for 2 texts"):
        vectors_in([[1.0]], EmbeddingConfig(texts=["a", "b"]))

"""What every store refuses, and what it takes though it is unusual."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from contracts.store_table import piece

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import stores
from racto_nb.rag.filters import as_filter
from racto_nb.rag.matching import matches
from racto_nb.rag.stores.checking import unit_vectors
from racto_nb.rag.stores.vector_store import BaseVectorStore


@pytest.fixture(params=["InMemoryVectorStore", "DuckDBStore", "FAISSStore", "ChromaStore"])
def store(request: pytest.FixtureRequest) -> BaseVectorStore:
    made = getattr(stores, request.param)()
    made.clear()
    made.add([piece("a"), piece("b")])
    return made


@pytest.mark.parametrize(
    "vector",
    [None, np.array(1.0), (number for number in (1, 0)), [[1], [0]], "ab", [1j, 0]],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_vector_is_refused_as_that(store: BaseVectorStore, vector: Any):
    with pytest.raises(WrongTypeError, match="A vector is a list of numbers"):
        store.search(vector)


def test_a_number_beyond_float32_is_refused_without_a_warning():
    with pytest.raises(UsageError, match="no direction"):
        unit_vectors([[1e300, 1.0]])


@pytest.mark.parametrize("chunks", [piece("c"), [piece("c"), "text"], [None]], ids=["one", "text", "none"])
def test_what_are_no_chunks_is_refused_and_none_is_stored(store: BaseVectorStore, chunks: Any):
    with pytest.raises(WrongTypeError, match="a list of chunks"):
        store.add(chunks)
    assert store.count() == 2


@pytest.mark.parametrize("ids", ["ab", [1]], ids=["text", "number"])
def test_one_text_is_not_taken_for_the_ids_of_its_letters(store: BaseVectorStore, ids: Any):
    with pytest.raises(WrongTypeError, match="a list of their ids"):
        store.delete(ids)
    with pytest.raises(WrongTypeError, match="a list of their ids"):
        store.get(ids)
    assert store.count() == 2


def test_metadata_out_of_a_frame_fit_filters_as_python_s_do(store: BaseVectorStore):
    known: dict[str, Any] = {"year": np.int64(2024), "share": np.float32(0.5), "open": np.bool_(True), "team": np.str_("red")}
    store.add([chunk := piece("c", **known)])
    for condition in ({"year": 2024}, {"year": {"gt": 2000}}, {"share": 0.5}, {"open": True}, {"team": "red"}):
        assert store.chunk_ids(condition) == ["c"]
        assert matches(as_filter(condition), chunk)
    assert store.chunk_ids({"open": 1}) == []
    assert math.isclose(store.search([1, 0], 1, {"year": 2024})[0].score, 1, abs_tol=1e-3)

"""Fields as words, and what Weaviate is asked of them. Its server is tried in an environment of its own (see the Makefile)."""

from __future__ import annotations

import pytest
from contracts.store_table import piece
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import RactoGatewayError, UsageError
from racto_nb.rag.filters import Eq, as_filter
from racto_nb.rag.matching import matches
from racto_nb.rag.stores import WeaviateStore
from racto_nb.rag.stores.payload import fields_of
from racto_nb.rag.stores.pushing import pushed
from racto_nb.rag.stores.weaviate_words import HasOne, Joined, WeaviateWords, word_of

VALUES = st.one_of(st.text(max_size=5), st.integers(-3, 3), st.floats(-3, 3), st.booleans())


@given(VALUES, VALUES)
def test_values_have_the_same_word_when_they_are_the_same(one: str | float, other: str | float):
    made = pushed(Eq("field", other), WeaviateWords())
    words = {word_of(name, value) for name, value in fields_of(piece("a", field=one)).items()}

    if made.native is not None:
        assert matches(Eq("field", other), piece("a", field=one)) == bool(words.intersection(made.native.words))


@pytest.mark.parametrize(
    ("condition", "said", "exact"),
    [
        ({"team": "red"}, HasOne(("team=tred",)), True),
        ({"year": [2020, 2021.0]}, HasOne(("year=n2020.0", "year=n2021.0")), True),
        ({"open": True, "year": {"ge": 1}}, HasOne(("open=b1",)), False),
        ({"or": [{"a": 1}, {"b": "x"}]}, Joined("one", (HasOne(("a=n1.0",)), HasOne(("b=tx",)))), True),
        ({"team": {"ne": "red"}}, None, False),
        ({"team": None}, None, False),
    ],
)
def test_what_weaviate_is_told_of_a_filter(condition: dict[str, object], said: object, exact: bool):
    made = pushed(as_filter(condition), WeaviateWords())

    assert (made.native, made.exact) == (said, exact)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "url="),
        ({"class_name": "notes", "url": "http://localhost:8080"}, "capital letter"),
        ({"url": "http://localhost:8080", "distance_metric": "dot"}, "cosine"),
        ({"url": "http://localhost:8080", "batch_size": 0}, "batch_size"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_it_is_made(options: dict[str, object], said: str):
    with pytest.raises(UsageError, match=said):
        WeaviateStore(**options)  # type: ignore[arg-type]


def test_keys_are_in_no_repr_and_a_missing_library_is_named():
    store = WeaviateStore(url="http://user:pass-word@localhost:1", api_key="the-key", additional_headers={"X-Key": "other-key"})

    with pytest.raises(RactoGatewayError) as caught:  # no library, or no server
        store.count()

    assert not any(secret in repr(store) + str(caught.value) for secret in ("pass-word", "the-key", "other-key"))

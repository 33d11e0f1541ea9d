"""What is Pinecone's own: its key, its limits, and what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import fake_pinecone
import pytest
from contracts.store_table import piece
from fake_pinecone import FakePinecone
from hypothesis import given
from hypothesis import strategies as st
from pinecone import Pinecone

from racto_nb.exceptions import RactoGatewayAuthError, StoreError, UsageError
from racto_nb.rag import field
from racto_nb.rag.filters import as_filter
from racto_nb.rag.stores import PineconeStore
from racto_nb.rag.stores.pinecone_words import PineconeWords
from racto_nb.rag.stores.pushing import pushed


@pytest.fixture
def server() -> Iterator[FakePinecone]:
    with fake_pinecone.running() as fake:
        yield fake


@pytest.fixture
def store(server: FakePinecone) -> Iterator[PineconeStore]:
    client = Pinecone(api_key=fake_pinecone.KEY, host=server.address)
    with closing(client), PineconeStore("notes", client=client, namespace="team") as made:
        yield made


def paths(server: FakePinecone) -> list[str]:
    return [path for _, path, _ in server.asked]


def test_a_missing_index_is_made_for_the_vectors_that_come_first(store: PineconeStore, server: FakePinecone):
    store.add([piece("a")])

    _, _, made = next(each for each in server.asked if each[:2] == ("POST", "/indexes"))
    (field_,) = made["schema"]["fields"].values()
    assert (made["name"], field_["dimension"], field_["metric"]) == ("notes", 2, "cosine")


def test_looking_into_an_index_that_is_missing_makes_none(store: PineconeStore, server: FakePinecone):
    assert (store.count(), store.chunk_ids(), store.search([1.0, 0.0])) == (0, [], [])
    store.delete(["a"])
    store.clear()

    assert server.indexes == {}


def test_a_namespace_is_apart_from_the_others(store: PineconeStore, server: FakePinecone):
    store.add([piece("a")])
    client = Pinecone(api_key=fake_pinecone.KEY, host=server.address)
    with closing(client), PineconeStore("notes", client=client, namespace="others") as other:
        assert other.count() == 0
        other.add([piece("b")])
        other.clear()

    assert store.chunk_ids() == ["a"]


def test_a_chunk_that_does_not_fit_is_refused_before_anything_is_sent(store: PineconeStore, server: FakePinecone):
    with pytest.raises(UsageError, match=r"'long' has 8\d,\d+ bytes"):
        store.add([piece("short"), piece("long", content="ü" * 40_000)])

    assert "/data/notes/vectors/upsert" not in paths(server)


def test_many_long_chunks_go_out_in_requests_that_are_taken(store: PineconeStore, server: FakePinecone):
    store.add([piece(f"c{n}", content="word " * 7_000) for n in range(90)])

    assert store.count() == 90
    assert paths(server).count("/data/notes/vectors/upsert") > 1


def test_without_a_key_it_says_which_one_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PINECONE_API_KEY", raising=False)
    store = PineconeStore("notes")

    with pytest.raises(RactoGatewayAuthError, match="PINECONE_API_KEY"):
        store.count()


def test_a_key_that_is_refused_is_not_shown(server: FakePinecone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", server.address)
    with PineconeStore("notes", api_key="sk-wrong-key") as store, pytest.raises(StoreError, match="Invalid API Key") as caught:
        store.count()

    assert "sk-wrong-key" not in repr(store) + str(caught.value) + repr(caught.value.__context__)


def test_a_request_that_failed_for_a_moment_is_tried_again(store: PineconeStore, server: FakePinecone):
    store.add([piece("a")])
    server.fail = [503, 503]

    assert store.count() == 1


@pytest.mark.parametrize(
    ("condition", "said", "exact"),
    [
        ({"team": "red"}, {"team": {"$eq": "red"}}, True),
        ({"year": 2020}, {"year": {"$eq": 2020}}, False),
        ({"team": ["red", "blue"]}, {"team": {"$in": ["red", "blue"]}}, True),
        ({"year": {"ge": 2020, "lt": 2024}}, {"year": {"$gte": 2020, "$lt": 2024}}, False),
        ({"team": {"ne": "red"}}, None, False),
        ({"team": {"contains": "r"}}, None, False),
        ({"team": None}, None, False),
        ({"team": "red", "tags": {"contains": "x"}}, {"team": {"$eq": "red"}}, False),
        ({"or": [{"team": "red"}, {"team": "blue"}]}, {"$or": [{"team": {"$eq": "red"}}, {"team": {"$eq": "blue"}}]}, True),
        ({"a.b": 1}, None, False),
        ({"$where": 1}, None, False),
    ],
)
def test_what_pinecone_is_told_of_a_filter(condition: dict[str, object], said: object, exact: bool):
    made = pushed(as_filter(condition), PineconeWords())

    assert (made.native, made.exact) == (said, exact)


@given(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.floats(allow_nan=False), st.booleans()))
def test_what_is_said_holds_at_least_where_the_filter_holds(name: str, value: str | float):
    chunk = piece("a", **{name: value} if name not in {"a", "content", "processed"} else {})
    made = pushed(field(name) == value, PineconeWords())
    from racto_nb.rag.stores.payload import fields_of

    if made.native is not None and name in chunk.metadata.extra:
        assert fake_pinecone.fits(made.native, fields_of(chunk))

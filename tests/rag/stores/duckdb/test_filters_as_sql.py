"""A filter in SQL finds what `matches` says."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rag.stores.duckdb.chunks import chunk

from racto_nb.exceptions import UsageError
from racto_nb.rag import Chunk, field
from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Range
from racto_nb.rag.matching import matches
from racto_nb.rag.stores import DuckDBStore

TEXTS = st.sampled_from(
    ["", "t", "red", "Red", 'a"b', "a,b", ',"tred",', "o'neil; DROP TABLE chunks", "é", "e\u0301", "\0", "n1", "q", "\\"]
) | st.text(max_size=4)
WHOLE = st.integers(-3, 3) | st.sampled_from(
    [2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64, 10**19, 10**30, -(10**30), 10**30 + 1]
)
NUMBERS = WHOLE | st.sampled_from([1.0, 0.5, -0.0, 1e300, 2.0**53, float("inf"), float("-inf"), float("nan")]) | st.floats()
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
NESTED = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4)
NAMES = st.sampled_from(
    ["k", "k2", "a'b", 'q"', "/~", "é", "$.k", "page", "source", "heading", "content", "chunk_id", "start_char", ""]
)
EXTRAS = st.dictionaries(st.sampled_from(["k", "k2", "a'b", 'q"', "/~", "é", "$.k", "page", ""]), NESTED, max_size=3)
ENDS = st.none() | TEXTS | NUMBERS.filter(lambda value: not math.isnan(value)) | st.just(10**400)
RANGES = (
    st.builds(Range, NAMES, ENDS, ENDS, ENDS, ENDS) | st.builds(Range, NAMES, gt=ENDS) | st.builds(Range, NAMES, le=ENDS, ge=ENDS)
)
LEAVES = (
    st.builds(Eq, NAMES, PLAIN)
    | st.builds(In, NAMES, st.lists(PLAIN, max_size=3).map(tuple))
    | RANGES
    | st.builds(Contains, NAMES, PLAIN)
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=4,
)


def chunks_with(extras: list[dict]) -> list[Chunk]:
    made = [chunk(number, k=None) for number in range(len(extras))]
    for number, (each, extra) in enumerate(zip(made, extras, strict=True)):
        each.metadata.extra = extra
        each.metadata.page = None if number % 2 else number
        each.metadata.heading = None if number % 3 else "red"
    return made


@pytest.fixture(scope="module")
def store():
    return DuckDBStore()


@settings(max_examples=250)
@given(extras=st.lists(EXTRAS, min_size=1, max_size=6), condition=FILTERS)
@example(extras=[{"k": 2**53}, {"k": 2**53 + 1}, {"k": 2.0**53}], condition=Range("k", gt=2**53))
@example(extras=[{"k": -(10**30)}, {"k": -(10**30) - 1}, {"k": -1e30}], condition=Range("k", ge=-(10**30)))
@example(extras=[{"k": ["a", None]}, {"k": None}, {}], condition=Contains("k", None))
@example(extras=[{"k": True}, {"k": 1}, {"k": 1.0}, {"k": "1"}], condition=Eq("k", 1))
def test_sql_finds_what_matches_says(store, extras, condition: Filter):
    chunks = chunks_with(extras)
    store.clear()
    store.add(chunks)

    expected = {each.chunk_id for each in chunks if matches(condition, each)}
    assert set(store.chunk_ids(condition)) == expected
    assert {hit.chunk.chunk_id for hit in store.search(chunks[0].embedding, 10, condition)} == expected


@settings(max_examples=100)
@given(extra=EXTRAS)
def test_metadata_come_back_as_they_were(store, extra):
    (kept,) = chunks_with([extra])
    store.clear()
    store.add([kept])

    (back,) = store.get([kept.chunk_id])
    assert repr(back.metadata) == repr(kept.metadata)


def test_keys_and_values_never_become_sql(store):
    store.clear()
    store.add([chunk(1, **{"x' OR 1=1 --": "y' OR 1=1 --"}), chunk(2)])

    assert store.chunk_ids({"x' OR 1=1 --": "y' OR 1=1 --"}) == ["a.txt-1"]
    assert store.chunk_ids({"chunk_id; DROP TABLE chunks": "x"}) == []
    assert store.count() == 2


def test_half_a_character_equals_nothing_and_ends_no_range(store):
    store.clear()
    store.add([chunk(1, k="x")])

    assert store.chunk_ids({"k": "\ud800"}) == store.chunk_ids(field("content").contains("\ud800")) == []
    assert store.chunk_ids({"k": ["\ud800", "x"]}) == ["a.txt-1"]
    with pytest.raises(UsageError, match="half of a character"):
        store.chunk_ids(field("k") > "\ud800")


def test_a_filter_of_another_library_is_refused(store):
    class Strange(Filter):
        pass

    with pytest.raises(UsageError, match="Strange is no filter"):
        store.chunk_ids(Strange())

"""The language of filters: one meaning in every spelling, errors that name the nearest word, and the laws of logic."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from contracts.store_table import piece
from filter_values import HARD_FILTERS, NAMES, VALUES, filters, hard_chunks
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import Filter, field
from racto_nb.rag.filters import And, Contains, Eq, In, Not, Or, Range, as_filter
from racto_nb.rag.matching import matches, same

CHUNKS = hard_chunks()
conditions = filters()


def fitting(condition: Any) -> list[str]:
    return [chunk.chunk_id for chunk in CHUNKS if matches(as_filter(condition), chunk)]


@pytest.mark.parametrize(
    ("spelt", "same_as"),
    [
        ({"year": 2020}, field("year") == 2020),
        ({"year": {"eq": 2020}}, field("year") == 2020),
        ({"year": {"$eq": 2020}}, field("year") == 2020),
        ({"year": {"ne": 2020}}, field("year") != 2020),
        ({"year": {"in": [2020, 2021]}}, field("year").is_in([2020, 2021])),
        ({"year": [2020, 2021]}, field("year").is_in((2020, 2021))),
        ({"year": {"not_in": [2020]}}, ~field("year").is_in([2020])),
        ({"year": {"$nin": [2020]}}, ~field("year").is_in([2020])),
        ({"year": {"gte": 2020}}, field("year") >= 2020),
        ({"year": {"$gt": 2020}}, field("year") > 2020),
        ({"year": {"lte": 2020}}, field("year") <= 2020),
        ({"year": {"lt": 2020}}, field("year") < 2020),
        ({"year": {"ge": 2020, "lt": 2022}}, Range("year", ge=2020, lt=2022)),
        ({"team": {"contains": "re"}}, field("team").contains("re")),
        ({"team": "red", "year": 2020}, (field("team") == "red") & (field("year") == 2020)),
        ({"or": [{"team": "red"}, {"year": 2020}]}, (field("team") == "red") | (field("year") == 2020)),
        ({"$and": [{"team": "red"}, field("year") == 2020]}, (field("team") == "red") & (field("year") == 2020)),
        ({"not": {"team": "red"}}, ~(field("team") == "red")),
        ({"not": field("team") == "red"}, field("team") != "red"),
        ({"day": date(2020, 1, 2)}, field("day") == "2020-01-02"),
        ({"year": np.int64(2020)}, field("year") == 2020),
    ],
    ids=str,
)
def test_all_spellings_say_the_same(spelt: dict[str, Any], same_as: Filter):
    assert as_filter(spelt) == same_as


@pytest.mark.parametrize("name", ["and", "or", "not", "$or", "eq"])
def test_a_field_may_be_called_as_a_word_of_the_language_is(name: str):
    assert as_filter({name: "x"}) == Eq(name, "x")
    assert matches(field(name) == "x", piece("a", **{name: "x"}))


def test_nothing_said_means_all_chunks():
    assert as_filter(None) is None
    assert as_filter({}) is None
    assert fitting({}) == fitting(None) == [chunk.chunk_id for chunk in CHUNKS]
    assert fitting({"and": []}) == fitting(None)
    assert fitting({"or": []}) == []


@pytest.mark.parametrize(
    ("word", "nearest"), [("contain", "contains"), ("gtee", "ge"), ("notin", "not_in"), ("$equals", None)], ids=str
)
def test_an_unknown_operator_is_refused_with_the_nearest_word(word: str, nearest: str | None):
    with pytest.raises(UsageError, match=rf"'{word.removeprefix('$')}' \(in the filter of 'year'\)") as caught:
        as_filter({"year": {word: 1}})
    assert (f"Did you mean {nearest!r}" in str(caught.value)) == (nearest is not None)


@pytest.mark.parametrize(
    "wrong",
    [{"year": {}}, {"year": {"in": "2020"}}, {"year": {"ge": None}}, {"year": {"lt": True}}, {"year": {"gt": float("nan")}},
     {"year": object()}, {"year": {"eq": [1]}}, {"in": {"x": {}}}, "year", 5, [("year", 1)]],
    ids=lambda wrong: str(wrong).partition(" at 0x")[0],
)  # fmt: skip
def test_what_says_nothing_is_refused(wrong: Any):
    with pytest.raises((UsageError, WrongTypeError)):
        as_filter(wrong)


@pytest.mark.parametrize(
    ("found", "value", "equal"),
    [
        (1, 1.0, True), (1, True, False), (1, "1", False), (True, True, True), (0, False, False), (None, None, True), ("", None, False),
        ([1], 1, False), (2**53 + 1, float(2**53), False), (date(2020, 1, 2), "2020-01-02", True), (float("nan"), float("nan"), False),
        (datetime.fromisoformat("2020-01-02T03:00:00"), "2020-01-02T03:00:00", True), ({"a": 1}, "a", False), (-0.0, 0, True),
    ],
)  # fmt: skip
def test_values_are_the_same_when_they_are_of_one_kind_and_equal(found: object, value: Any, equal: bool):
    assert same(found, value) is equal


def test_own_fields_go_before_those_of_the_extra():
    chunk = piece("a", source="mine.txt", page=3)
    chunk.metadata.extra = {"source": "theirs.txt", "page": 4, "content": "x", "chunk_id": "b", "team": "red"}
    assert matches(as_filter({"source": "mine.txt", "page": 3, "content": "text of a", "chunk_id": "a", "team": "red"}), chunk)


@given(conditions, conditions)
def test_and_or_and_not_mean_what_logic_says(one: Filter, other: Filter):
    for chunk in CHUNKS:
        left, right = matches(one, chunk), matches(other, chunk)
        assert matches(one & other, chunk) == (left and right) == matches(other & one, chunk)
        assert matches(one | other, chunk) == (left or right) == matches(~(~one & ~other), chunk)
        assert matches(~one, chunk) == (not left)
        assert matches(~~one, chunk) == left
        assert matches(~(one & other), chunk) == matches(~one | ~other, chunk)


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(VALUES), max_size=4))
def test_in_is_an_or_of_equals(name: str, values: list[Any]):
    either = Or(tuple(Eq(name, value) for value in values))
    assert fitting(In(name, tuple(values))) == fitting(either)
    assert fitting({name: {"not_in": values}}) == fitting(Not(either))


@given(st.sampled_from(NAMES), st.sampled_from([value for value in VALUES if value is not None and not isinstance(value, bool)]))
def test_a_range_and_its_opposite_never_both_hold(name: str, end: Any):
    below, above, equal = fitting({name: {"lt": end}}), fitting({name: {"gt": end}}), fitting({name: {"eq": end}})
    assert not set(below) & set(above)
    assert not (set(below) | set(above)) & set(equal)
    assert set(fitting({name: {"le": end}})) == set(below) | set(equal)
    assert set(fitting({name: {"ge": end}})) == set(above) | set(equal)


def test_contains_looks_into_texts_letter_for_letter_and_into_lists_value_by_value():
    chunk = piece("a", team="50% Red_", tags=["red", 1, None])
    assert matches(Contains("team", "% R"), chunk)
    assert not matches(Contains("team", "red"), chunk)
    assert matches(Contains("tags", 1.0), chunk)
    assert matches(Contains("tags", None), chunk)
    assert not matches(Contains("tags", "re"), chunk)
    assert not matches(Contains("tags", True), chunk)
    assert not matches(Contains("absent", None), chunk)


@given(conditions)
def test_a_filter_is_a_value(condition: Filter):
    assert hash(condition) == hash(And((condition,)).parts[0])
    assert as_filter(condition) is condition


def test_the_hard_filters_tell_chunks_apart():
    """They are what every store is asked: a table of filters that all hold or all fail would prove nothing."""
    telling = [condition for condition in HARD_FILTERS if 0 < len(fitting(condition)) < len(CHUNKS)]
    assert len(telling) > len(HARD_FILTERS) / 2

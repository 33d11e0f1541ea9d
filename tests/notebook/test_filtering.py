"""`--filter`: a small language without eval, which says what a filter of rag says."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.filtering import OPERATORS, filter_of
from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Range, as_filter, field

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_.-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("category=test", Eq("category", "test")),
        ("category==test", Eq("category", "test")),
        ("year>=2020", Range("year", ge=2020)),
        ("year < 2.5", Range("year", lt=2.5)),
        ("date>2024-01-31", Range("date", gt="2024-01-31")),
        ("page=2", Eq("page", 2)),
        ('page="2"', Eq("page", "2")),
        ("done=true", Eq("done", True)),
        ("heading=null", Eq("heading", None)),
        ("word=NaN", Eq("word", "NaN")),
        ("tags~red", Contains("tags", "red")),
        ("tags!~red", Not(Contains("tags", "red"))),
        ("source!=a b.txt", Not(Eq("source", "a b.txt"))),
        ("team=[red, blue]", In("team", ("red", "blue"))),
        ("page!=[1, 2]", Not(In("page", (1, 2)))),
        ("formula=a = b", Eq("formula", "a = b")),
    ],
)
def test_a_condition_is_read_as_it_is_meant(text: str, said: Filter):
    assert filter_of([text], {}) == said


def test_several_filters_must_all_hold():
    assert filter_of(["a=1", "b=2"], {}) == And((Eq("a", 1), Eq("b", 2)))
    assert filter_of([], {}) is None


@pytest.mark.parametrize("held", [field("year") >= 2020, {"year": {"ge": 2020}}])
def test_a_variable_may_hold_the_filter(held: object):
    assert filter_of(["recent"], {"recent": held}) == Range("year", ge=2020)
    assert filter_of(["box.recent"], {"box": type("Box", (), {"recent": held})}) == Range("year", ge=2020)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("recnet", "Did you mean 'recent'"),
        ("number", "of the type int"),
        ("wrong", "no operator 'atleast'"),
        ("year=", "a value is missing behind '='"),
        ("=2020", "it is no condition"),
        ("two words", "it is no condition"),
        ("", "it is no condition"),
        ("year>=true", "A range ends at"),
        ("year>=[1]", "several values stand behind = or != only"),
        ('year={"ge": 1}', "a value is a text"),
    ],
)
def test_what_says_nothing_is_refused_in_one_line(text: str, says: str):
    names = {"recent": field("year") == 1, "number": 5, "wrong": {"year": {"atleast": 1}}}
    with pytest.raises(UsageError, match=rf"^--filter .*{says}.*Nothing was sent\.$"):
        filter_of([text], names)


def test_nothing_is_evaluated():
    with pytest.raises(UsageError):
        filter_of(["__import__('os').system('true')"], {})
    assert filter_of(["a=__import__('os')"], {}) == Eq("a", "__import__('os')")


@given(
    name=NAMES,
    operator=st.sampled_from(["=", "!=", "~", "!~"]),
    value=st.text(max_size=30) | st.integers() | st.booleans() | st.none(),
)
def test_a_json_value_means_what_python_means(name: str, operator: str, value: object):
    word = {"=": "eq", "!=": "ne", "~": "contains"}.get(operator)
    meant = as_filter({name: {word: value}}) if word else Not(Contains(name, value))
    assert filter_of([f"{name}{operator}{json.dumps(value)}"], {}) == meant


@given(st.text(st.sampled_from("ab ,[]{}\"'=<>!~.1\\\n"), max_size=20))
def test_any_text_is_a_filter_or_one_error(text: str):
    with suppress(UsageError):
        assert isinstance(filter_of([text], {}), Filter)
        assert any(operator in text for operator in OPERATORS)

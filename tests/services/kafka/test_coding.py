"""Keys, values and headers as bytes, for whatever they may be."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from racto_nb.exceptions import WrongTypeError
from racto_nb.kafka.coding import decoded, decoded_key, encoded, header_pairs

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(st.text(), JSON) | st.lists(JSON))
def test_json_comes_back_as_it_was(value):
    assert decoded(encoded(value)) == value


@given(st.text())
def test_a_text_as_a_key_comes_back_as_it_was(text: str):
    assert decoded_key(encoded(text)) == text


@given(st.binary())
def test_no_bytes_break_a_reader_and_those_that_are_no_text_stay(raw: bytes):
    assert decoded_key(raw) in (raw, raw.decode(errors="replace"))
    value = decoded(raw)
    if isinstance(value, bytes):
        assert value == raw
    assert encoded(raw) == raw


@given(st.lists(st.tuples(st.text(), st.text() | st.binary() | st.none()), max_size=6))
def test_headers_stay_in_their_order_with_their_bytes(pairs):
    assert [name for name, _ in header_pairs(pairs)] == [name for name, _ in pairs]
    assert all(isinstance(value, bytes) for _, value in header_pairs(pairs))


def test_models_and_dates_are_json_too():
    class Point(BaseModel):
        x: int

    assert encoded([Point(x=1), datetime(2026, 1, 1, tzinfo=UTC)]) == b'[{"x":1},"2026-01-01T00:00:00Z"]'


def test_a_header_of_another_type_is_refused():
    with pytest.raises(WrongTypeError, match="'h' has a value of type int"):
        header_pairs({"h": 1})


@pytest.mark.parametrize("half", ["\ud83d", {"a": "\ud83d"}])
def test_a_text_with_half_a_character_is_refused(half: object):
    with pytest.raises(WrongTypeError, match="cannot be sent"):
        encoded(half)


@pytest.mark.parametrize("half", [{"h": "\ud83d"}, {"\ud83d": "h"}])
def test_so_is_a_header_with_one(half: dict[str, str]):
    with pytest.raises(WrongTypeError, match="no Unicode"):
        header_pairs(half)


@pytest.mark.parametrize("number", [2**64 + 1, -(2**63) - 1, 10**400], ids=["large", "small", "long"])
def test_integers_of_any_length_stay_integers(number: int):
    assert decoded(encoded({"id": [number]})) == {"id": [number]}
    assert decoded(encoded(number)) == number


@pytest.mark.parametrize("text", ["12e345", "-1e999", "9" * 5000, "NaN", "Infinity", "[1e", '"\\ud83d"'], ids=len)
def test_what_looks_like_a_number_that_nobody_can_hold_stays_a_text(text: str):
    assert decoded(text.encode()) == text


def test_what_is_nested_deeply_is_read_as_json():
    deep = "[" * 900 + "]" * 900
    assert decoded(deep.encode()) == orjson.loads(deep)

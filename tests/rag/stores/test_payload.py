"""A chunk as a row: nothing is lost in its text, and its fields never say what it is not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts.store_table import piece
from filter_values import VALUES, hard_chunks
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import StoreError, WrongTypeError
from racto_nb.rag import Chunk, ChunkMetadata
from racto_nb.rag.filters import plain
from racto_nb.rag.matching import same
from racto_nb.rag.stores.payload import (
    LONGEST_VALUE,
    SURE_NUMBER,
    field_value,
    fields_of,
    is_field_name,
    is_sure,
    key_of,
    read_from,
    written,
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
chunks = st.builds(
    Chunk,
    chunk_id=st.text(min_size=1),
    doc_id=st.text(),
    content=st.text(),
    processed=st.none() | st.text(),
    metadata=st.builds(
        ChunkMetadata,
        source=st.text(), page=st.none() | st.integers(), chunk_index=st.integers(), total_chunks=st.integers(),
        start_char=st.integers(), end_char=st.integers(), doc_id=st.text(), heading=st.none() | st.text(),
        extra=st.dictionaries(st.text(), anything, max_size=4),
    ),
)  # fmt: skip


@given(chunks)
def test_a_chunk_is_read_as_it_was_written(chunk: Chunk):
    text = written(chunk)
    text.encode()
    assert repr(read_from(text, "here").model_dump()) == repr(chunk.model_dump())


def test_the_text_holds_no_vector_and_the_vector_is_put_back():
    chunk = piece("a", (0.25, 0.5))
    assert "embedding" not in json.loads(written(chunk))
    assert read_from(written(chunk), "here", np.asarray([0.25, 0.5], np.float32)) == chunk


def test_dates_tuples_sets_and_numbers_of_numpy_are_written_as_json_can():
    chunk = piece("a", day=date(2020, 1, 2), pair=(1, 2), one={3}, count=np.int64(7), part=np.float32(0.5))
    extra = {"day": "2020-01-02", "pair": [1, 2], "one": [3], "count": 7, "part": 0.5}
    assert read_from(written(chunk), "here").metadata.extra == extra
    assert {name: value for name, value in fields_of(chunk).items() if name in extra} == {
        "day": "2020-01-02",
        "count": 7,
        "part": 0.5,
    }


def test_half_a_surrogate_pair_is_kept():
    chunk = piece("a", torn="\ud83d")
    assert read_from(written(chunk), "here").metadata.extra == {"torn": "\ud83d"}
    assert "torn" not in fields_of(chunk)


@pytest.mark.parametrize(
    ("extra", "named"), [({"file": Path("x")}, r"\['file'\] holds a .*Path"), ({"a": {1: 2}}, r"\['a'\] has the key 1"), ({"a": [b"x"]}, "bytes")]
)  # fmt: skip
def test_what_json_has_no_word_for_is_refused_with_its_place(extra: dict[str, Any], named: str):
    chunk = piece("a")
    chunk.metadata.extra = extra
    with pytest.raises(WrongTypeError, match=named):
        written(chunk)


@pytest.mark.parametrize("body", ["", "{", "{}", None, 5, '{"a": 1}'])
def test_a_row_of_somebody_else_is_named(body: object):
    with pytest.raises(StoreError, match=r"a table holds a row that racto_nb did not write") as caught:
        read_from(body, "a table")
    assert caught.value.place == "a table"


@pytest.mark.parametrize("value", [value for value in VALUES if value is not None], ids=lambda value: repr(value)[:20])
def test_a_sure_value_is_found_by_itself_and_by_nothing_else(value: Any):
    """The rule that lets a database judge: equal fields if and only if the values are the same."""
    if not is_sure("name", value):
        return
    for chunk in hard_chunks():
        for other in chunk.metadata.extra.values():
            found = field_value(other)
            held = found is not None and isinstance(found, bool) == isinstance(value, bool)
            assert (held and found == value) == same(other, plain(value)), (other, value)


def test_fields_have_names_and_values_that_every_database_takes():
    for chunk in hard_chunks():
        for name, value in fields_of(chunk).items():
            assert is_field_name(name)
            assert isinstance(value, str | int | float | bool)
            json.dumps(value, allow_nan=False)
            assert not isinstance(value, str) or (len(value) <= LONGEST_VALUE and "\x00" not in value)
            assert not isinstance(value, int) or abs(value) < SURE_NUMBER


@pytest.mark.parametrize("name", ["a.b", "$or", "", "it's", 'a"b', "größe", "1a", "_id", "a" * 64, "a b", "content", "a\n"])
def test_names_that_databases_disagree_about_are_no_fields(name: str):
    assert not is_field_name(name)
    assert name not in fields_of(piece("x", **{name: 1}) if name != "content" else piece("x"))


def test_numbers_beyond_the_sure_ones_keep_their_place_in_the_order():
    rising = [-(10**400), -1e308, -(2**60), -1.5, 0, 2**53 - 1, 2**53, 2**60, 1e308, float("inf")]
    found = [field_value(value) for value in rising]
    assert found == sorted(found)
    assert field_value(float("nan")) is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_ids_have_two_keys(one: str, other: str):
    assert (key_of(one) == key_of(other)) == (one == other)


def test_a_uuid_is_its_own_key_only_as_it_is_written_usually():
    own = "8236ad07-cdd7-8d57-9f49-fe33b6373b69"
    assert key_of(own) == own
    assert len({key_of(own), key_of(own.upper()), key_of(own.replace("-", "")), key_of(f"{{{own}}}")}) == 4

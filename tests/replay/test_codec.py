"""What is stored comes back as the very same objects; equal requests have one key, and others another."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.models import LLMResponse, ToolCallResult
from racto_nb.providers.embedded.wire import EmbeddedVectors
from racto_nb.providers.wire import Request
from racto_nb.replay.codec import compact, restored, stored
from racto_nb.replay.entries import Entry, read_entry
from racto_nb.replay.keys import asked_from, shortened

texts = st.text(st.characters(codec="utf-8"))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
names = texts | st.sampled_from(["$json", "$text", "$float", "$dict", "$", "$vectors"])
values = st.recursive(
    scalars | st.binary() | st.sampled_from([b'{"a":1}', b'{"a": 1}', b"[DONE]", b'{"a":1,"a":2}', b"[1.0,1e3]", b"\xff"]),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
)
finite = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
plain = st.recursive(finite, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: 1 is not 1.0, and 0.0 is not -0.0."""
    return repr(one) == repr(other)


@given(values)
def test_what_is_stored_comes_back_as_it_was(value: Any):
    assert same(restored(json.loads(compact(stored(value)))), value)


@given(st.lists(values))
def test_a_line_comes_back_as_the_same_line(events: list[Any]):
    asked = asked_from(Request("m", {"a": 1}), kind="stream", provider="p")
    entry = Entry(asked, 3, events=[stored(event) for event in events], seconds=[0.25] * len(events))

    line = entry.line

    assert line.count(b"\n") == 1
    assert read_entry(line).line == line
    assert same([event for _, event in read_entry(line).replayed_events()], events)


@given(plain)
def test_events_that_are_compact_json_can_be_read_in_the_file(value: Any):
    if isinstance(value, dict | list):
        assert stored(compact(value).encode()) == {"$json": value}


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_vectors_come_back_to_the_last_bit(vector: list[float]):
    back = restored(json.loads(compact(stored(EmbeddedVectors([vector], 5)))))

    assert (back.tokens, [math.copysign(1, number) for number in back.vectors[0]]) == (5, [math.copysign(1, n) for n in vector])
    assert back.vectors == [vector]


def test_numbers_that_json_does_not_have_come_back():
    assert repr(restored(json.loads(compact(stored([math.nan, math.inf, -math.inf]))))) == "[nan, inf, -inf]"


def test_half_a_surrogate_pair_comes_back():
    asked = asked_from(Request("m", {}), kind="send", provider="p")

    assert read_entry(Entry(asked, 0, reply={"text": "\ud83d"}).line).replayed_reply() == {"text": "\ud83d"}


def test_responses_of_the_fake_kit_come_back():
    response = LLMResponse(
        content="x", tool_calls=[ToolCallResult(id="1", name="f", arguments={"a": 1})], usage={"total_tokens": 3}
    )

    assert restored(json.loads(compact(stored(response)))) == response


@pytest.mark.parametrize("value", [object(), (1, 2), {1: 2}, {"a": {3}}])
def test_what_no_port_answers_is_refused(value: object):
    with pytest.raises(UsageError, match="cannot be recorded"):
        stored(value)


@given(st.dictionaries(texts, plain), st.randoms())
def test_the_order_of_names_does_not_change_the_key(arguments: dict[str, Any], random: Any):
    shuffled = list(arguments.items())
    random.shuffle(shuffled)

    assert key_of(arguments) == key_of(dict(shuffled))


@given(st.dictionaries(texts, plain), texts, plain)
def test_another_request_has_another_key(arguments: dict[str, Any], name: str, value: Any):
    other = {**arguments, name: value}

    assert (key_of(arguments) == key_of(other)) == same(sorted_json(arguments), sorted_json(other))


def key_of(arguments: dict[str, Any]) -> str:
    return asked_from(Request("m", arguments), kind="send", provider="p").key


def sorted_json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def test_the_key_depends_on_whom_and_how_and_not_on_where_and_how_long():
    base = asked_from(Request("m", {"a": 1}, operation="/chat"), kind="send", provider="p", address="here").key
    same_question = asked_from(
        Request("m", {"a": 1}, timeout=3, operation="/chat"), kind="send", provider="p", address="there"
    ).key
    others = [
        asked_from(Request("m2", {"a": 1}, operation="/chat"), kind="send", provider="p").key,
        asked_from(Request("m", {"a": 1}, operation="/responses"), kind="send", provider="p").key,
        asked_from(Request("m", {"a": 1}, operation="/chat"), kind="stream", provider="p").key,
        asked_from(Request("m", {"a": 1}, operation="/chat"), kind="send", provider="q").key,
    ]

    assert base == same_question
    assert len({base, *others}) == 5


def test_files_stand_in_the_recording_as_their_hash_and_are_told_apart_all_the_same():
    one, other = {"image": "QUJD" * 1000}, {"image": "QUJE" * 1000}

    assert "sha256:" in str(shortened(one))
    assert len(str(shortened(one))) < 100
    assert key_of(one) != key_of(other)
    assert shortened({"text": "words of a long text " * 1000}) == {"text": "words of a long text " * 1000}

"""The language of the wire files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.testing.templates import Mark, rendered, streamed

SCOPE = {"a": 1, "text": "é", "none": None, "deep": {"list": [1, 2]}, "parts": {"pair": ["${left}", "${right|0}"]}, "yes": True}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ("${a}", 1),
        ("${deep.list}", [1, 2]),
        ("${none}", None),
        ("${none|2}", 2),
        ('${missing|{"x": [1]}}', {"x": [1]}),
        ("a=${a}, text=${text}", "a=1, text=é"),
        ("no hole: $a {a}", "no hole: $a {a}"),
        ({"k": {"$if": "yes", "give": "${a}"}}, {"k": 1}),
        ({"k": {"$if": "missing", "give": 1}}, {}),
        ({"k": {"$if": "none", "give": 1, "else": None}}, {"k": None}),
        ([{"$if": "yes", "give": [1, 2]}, 3, {"$if": "none", "give": 4}], [1, 2, 3]),
        ([{"$each": "deep.list", "as": "n", "give": {"n": "${n}"}}], [{"n": 1}, {"n": 2}]),
        ({"$use": "pair", "left": "${a}"}, [1, 0]),
        ({"$use": "pair", "left": {"$use": "pair", "left": 5}, "right": 6}, [[5, 0], 6]),
    ],
)  # fmt: skip
def test_a_template_is_filled(node, value):
    assert rendered(node, SCOPE) == value


@pytest.mark.parametrize("node", ["${missing}", "x ${deep.missing}", {"$use": "missing"}])
def test_a_name_that_is_not_there_is_named(node):
    with pytest.raises(UsageError, match="missing"):
        rendered(node, SCOPE)


def framed(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "give",
    [
        "${p.text}",
        {"t": ["${p.text}"]},
        {"t": "<${p.text}>", "n": "${sequence}"},
        {"n": "${sequence}", "t": "${p.text}", "a": "${a}"},
    ],
)
@given(texts=st.lists(st.text()))
def test_the_events_of_a_repetition_are_those_rendered_one_by_one(give, texts):
    items = [{"text": text} for text in texts]
    node = {"$each": "items", "as": "p", "give": give}
    events = b"".join(streamed([node], SCOPE | {"items": items, "sequence": iter(range(len(items) + 1)).__next__}, framed))
    numbers = iter(range(len(items) + 1))
    alone = [rendered(give, SCOPE | {"p": item, "sequence": numbers.__next__}) for item in items]
    assert [json.loads(line) for line in events.decode().split("\n")[:-1]] == alone


def test_marks_pass_through_a_repetition():
    mark = Mark()
    node = {"$each": "items", "as": "p", "give": ["${p.text}"]}
    flat = {"$each": "items", "as": "p", "give": "${p.text}"}
    for one in (node, flat):
        events = list(streamed([one], SCOPE | {"items": [{"text": "a"}, mark, {"text": "b"}]}, framed))
        assert events == [b'"a"\n', mark, b'"b"\n']

"""A provider's reply as a dict whose keys are attributes."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from racto_nb.models import LLMResponse
from racto_nb.models.raw import RawReply, readable

REPLY: dict[str, Any] = {
    "model": "gpt-6-luna",
    "choices": [{"message": {"content": "4"}, "index": 0}],
    "usage": {"total_tokens": 7},
    "items": 1,
    "not a name": None,
}


def test_keys_are_attributes_at_every_depth_and_within_lists():
    raw = readable(REPLY)
    assert (raw.model, raw.usage.total_tokens, raw.choices[0].message.content) == ("gpt-6-luna", 7, "4")


def test_it_is_still_the_dict_that_it_was():
    raw = readable(REPLY)
    assert isinstance(raw, dict)
    assert raw == REPLY
    assert repr(raw) == repr(REPLY)
    assert json.loads(json.dumps(raw)) == REPLY
    assert type(raw["choices"]) is list


def test_what_is_missing_is_the_error_of_the_way_it_was_asked_for():
    raw = readable(REPLY)
    with pytest.raises(AttributeError, match=r"no 'modle'\. Did you mean 'model'"):
        _ = raw.modle
    with pytest.raises(KeyError):
        _ = raw["modle"]
    assert not hasattr(raw, "_repr_html_")
    assert getattr(raw, "absent", "default") == "default"


def test_a_method_of_dicts_stays_one_and_its_key_is_read_in_brackets():
    raw = readable(REPLY)
    assert callable(raw.items)
    assert raw["items"] == 1


def test_an_attribute_is_never_set_beside_the_keys():
    with pytest.raises(AttributeError):
        readable(REPLY).model = "another"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda raw: pickle.loads(pickle.dumps(raw))])
def test_a_copy_is_read_alike(again: Any):
    raw = again(readable(REPLY))
    assert type(raw) is RawReply
    assert raw == REPLY
    assert raw.usage.total_tokens == 7


def test_tab_offers_the_keys_that_are_names():
    offered = dir(readable(REPLY))
    assert {"model", "choices", "usage"} <= set(offered)
    assert "not a name" not in offered


def test_what_is_nested_without_end_comes_back_as_it_is():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert readable(deep) is deep
    while deep:  # taken apart piece by piece: freeing it at once would recurse too
        deep = deep[0]


@pytest.mark.parametrize("value", [None, "text", 3, [1, "two"]])
def test_all_else_is_left_alone(value: object):
    assert readable(value) == value


def test_a_response_dumps_it_as_plain_json_and_hides_it_in_its_repr():
    response = LLMResponse(content="4", raw=readable(REPLY))
    assert response.model_dump()["raw"] == REPLY
    assert json.loads(response.model_dump_json())["raw"] == REPLY
    assert "gpt-6-luna" not in repr(response)

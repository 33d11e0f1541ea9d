"""What has another shape than it should is taken for empty."""

from __future__ import annotations

import pytest

from racto_nb.providers.shapes import as_object, as_objects, as_text


def test_what_has_its_shape_comes_back():
    assert as_text("said") == "said"
    assert as_object({"key": 1}) == {"key": 1}
    assert as_objects([{"key": 1}, {}]) == [{"key": 1}, {}]


@pytest.mark.parametrize("told", [None, 3, True, 1.5], ids=repr)
def test_what_has_another_shape_is_empty(told):
    assert (as_text(told), as_object(told), as_objects(told)) == ("", {}, [])


def test_other_things_between_the_objects_of_a_list_are_left_out():
    assert as_objects([None, {"key": 1}, "text", [{}]]) == [{"key": 1}]
    assert as_objects({"key": 1}) == []

"""Vectors as providers send them: what is none is told."""

from __future__ import annotations

import pytest

from racto_nb.providers.failures import Unreadable
from racto_nb.providers.vectors import check_lengths, finite, numbers_in


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (None, "a vector of type NoneType"),
        ("AAAA", "a vector of type str"),
        ([], "a vector without numbers"),
        ([1, "2"], "no list of numbers"),
        ([1, 10**400], "no list of numbers"),
        ([1, float("nan")], "nan in it"),
        ([float("inf"), 1], "inf in it"),
    ],
)
def test_what_is_no_vector_is_told(values: object, told: str):
    with pytest.raises(Unreadable, match=told):
        numbers_in(values)


def test_large_numbers_whose_sum_is_too_large_are_numbers_still():
    assert finite([1e308, 1e308]) == [1e308, 1e308]


def test_lengths_are_those_that_were_asked_for_and_all_alike():
    check_lengths([[1.0, 2.0], [3.0, 4.0]], 2)
    check_lengths([[1.0]], None)
    with pytest.raises(Unreadable, match="asked for 3 dimensions, got 1 and 2"):
        check_lengths([[1.0], [1.0, 2.0]], 3)
    with pytest.raises(Unreadable, match="different lengths: 1 and 2"):
        check_lengths([[1.0], [1.0, 2.0]], None)

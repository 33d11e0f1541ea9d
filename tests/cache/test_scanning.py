"""The scan of rounded vectors finds what an exact one finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.cache.scanning import Shelf, unit_vector
from racto_nb.exceptions import UsageError, WrongTypeError


def exact(rows: np.ndarray, vector: np.ndarray, threshold: float) -> set[int]:
    return set(np.flatnonzero(rows @ vector >= threshold).tolist())


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.sampled_from([1, 2, 3, 8, 64, 384]), st.floats(0.0, 1.0), st.booleans())
def test_all_that_are_near_enough_are_found_and_nothing_else(seed: int, count: int, size: int, threshold: float, spiky: bool):
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((count, size)) ** (5 if spiky else 1)  # a few large numbers among small ones, or even ones
    rows = np.array([unit_vector(row) for row in numbers])
    shelf = Shelf(size)
    for row in rows:
        shelf.add(row)
    asked = unit_vector(rows[0] + 0.1 * rng.standard_normal(size))
    found = shelf.near(asked, threshold, count)
    assert exact(rows, asked, threshold + 2e-6) <= {row for row, _ in found} <= exact(rows, asked, threshold - 2e-6)
    assert [likeness for _, likeness in found] == sorted((likeness for _, likeness in found), reverse=True)


def test_a_vector_is_near_itself_at_the_highest_threshold():
    shelf = Shelf(384)
    vectors = [unit_vector(np.random.default_rng(seed).standard_normal(384)) for seed in range(50)]
    for vector in vectors:
        shelf.add(vector)
    assert [shelf.near(vector, 1.0, 8)[0][0] for vector in vectors] == list(range(50))


def test_a_row_that_is_taken_out_leaves_its_place_to_the_last():
    shelf = Shelf(3)
    for numbers in ([1, 0, 0], [0, 1, 0], [0, 0, 1]):
        shelf.add(unit_vector(numbers))
    assert shelf.remove(0) == 2
    assert [row for row, _ in shelf.near(unit_vector([0, 0, 1]), 0.9, 8)] == [0]
    assert shelf.near(unit_vector([1, 0, 0]), 0.9, 8) == []
    assert len(shelf) == 2


@pytest.mark.parametrize("wrong", [[], [[1.0, 2.0]], "text", None, ["a"], 1.0, [None]])
def test_what_is_no_list_of_numbers_is_refused(wrong: object):
    with pytest.raises((WrongTypeError, UsageError), match=r"one list of numbers|no direction"):
        unit_vector(wrong)


@pytest.mark.parametrize("numbers", [[1e200, 1e200], [1e-200, 1e-200], [3, 3], np.array([0.1, 0.1], np.float16)])
def test_only_the_direction_counts(numbers: object):
    assert unit_vector(numbers).tolist() == pytest.approx([2**-0.5, 2**-0.5])


@pytest.mark.parametrize("wrong", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_a_vector_without_a_direction_is_refused(wrong: list[float]):
    with pytest.raises(UsageError, match="no direction"):
        unit_vector(wrong)

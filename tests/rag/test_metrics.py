"""How good a ranking is, and how well places cover each other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.rag.metrics import (
    coverage,
    density,
    joined,
    ndcg_at_k,
    overlap_of_places,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)

PLACES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.integers(1, 10)).map(lambda one: (one[0], one[1], one[1] + one[2])), min_size=1, max_size=6
)  # fmt: skip


def letters(places):
    return {(name, place) for name, start, end in places for place in range(start, end)}


@given(PLACES, PLACES)
def test_places_are_compared_letter_by_letter(found, wanted):
    total = sum(end - start for _, start, end in found)
    shared = len(letters(found) & letters(wanted))

    assert letters(joined(found)) == letters(found)
    assert math.isclose(coverage(found, wanted), shared / len(letters(wanted)))
    assert math.isclose(density(found, wanted), shared / total)
    assert math.isclose(overlap_of_places(found, wanted), shared / (total + len(letters(wanted)) - shared))


def test_what_is_found_twice_counts_twice_against_the_finder():
    assert density([("a", 0, 10)] * 2, [("a", 0, 10)]) == 0.5
    assert overlap_of_places([("a", 0, 10)] * 2, [("a", 0, 10)]) == 0.5


def test_nothing_found_is_nothing_gained():
    wanted = [("a", 0, 10)]

    assert (coverage([], wanted), density([], wanted), overlap_of_places([], wanted)) == (0, 0, 0)
    assert (recall_at_k([], 2, 5), precision_at_k([], 5), reciprocal_rank([], 5), ndcg_at_k([], 2, 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("reached", "recall", "precision", "rank", "ndcg"),
    [
        ([{0}, {1}], 1.0, 1.0, 1.0, 1.0),
        ([set(), {0}], 0.5, 0.5, 0.5, (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
        ([{0}, {0}], 0.5, 1.0, 1.0, 1 / (1 + 1 / math.log2(3))),
        ([{0, 1}, set()], 1.0, 0.5, 1.0, 1.0),
        ([set(), set(), {0, 1}], 0.0, 0.0, 0.0, 0.0),
    ],
)
def test_a_ranking_of_two_hits_for_two_items(reached, recall, precision, rank, ndcg):
    assert recall_at_k(reached, 2, 2) == recall
    assert precision_at_k(reached, 2) == precision
    assert reciprocal_rank(reached, 2) == rank
    assert math.isclose(ndcg_at_k(reached, 2, 2), ndcg)


@given(st.lists(st.sets(st.integers(0, 3)), max_size=8), st.integers(1, 6))
def test_all_figures_lie_between_0_and_1(reached, k):
    figures = [recall_at_k(reached, 4, k), precision_at_k(reached, k), reciprocal_rank(reached, k), ndcg_at_k(reached, 4, k)]

    assert all(0 <= figure <= 1 for figure in figures)
    assert (figures[0] > 0) == (figures[2] > 0) == (figures[3] > 0)

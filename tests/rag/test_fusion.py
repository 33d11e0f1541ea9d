"""Fusing rankings, and choosing hits that differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.rag.fusion import diversified, fused, scaled

NAMES = st.lists(st.integers(0, 30), unique=True, max_size=12)


def test_the_score_is_the_sum_of_the_formula():
    assert dict(fused([["a", "b"], ["b"]], k=60)) == {"a": 1 / 61, "b": 1 / 62 + 1 / 61}


def test_equal_sums_keep_the_order_of_the_first_ranking():
    assert [name for name, _ in fused([["a", "b"], ["b", "a"]])] == ["a", "b"]


def test_a_weight_of_nothing_leaves_the_other_ranking_as_it_is():
    assert [name for name, _ in fused([["a", "b", "c"], ["c", "b", "a"]], weights=[1, 0])] == ["a", "b", "c"]


@pytest.mark.parametrize("weights", [[1], [1, -1], [1, float("nan")], [1, float("inf")]])
def test_weights_that_do_not_fit_are_refused(weights):
    with pytest.raises(UsageError, match="weights are 2 numbers of 0 or more"):
        fused([["a"], ["b"]], weights=weights)


@given(st.lists(NAMES, max_size=4), st.integers(0, 100))
def test_fusing_loses_and_invents_nothing_and_orders_by_score(rankings, k):
    result = fused(rankings, k=k)
    assert {name for name, _ in result} == {name for ranking in rankings for name in ranking}
    assert len(result) == len(dict(result))
    assert [score for _, score in result] == sorted((score for _, score in result), reverse=True)


@given(NAMES, st.integers(0, 100))
def test_fusing_a_ranking_with_itself_changes_no_order(ranking, k):
    assert [name for name, _ in fused([ranking, ranking], k=k)] == ranking


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(1, 100))
def test_what_every_ranking_puts_before_another_stays_before_it(rankings, k):
    order = [name for name, _ in fused(rankings, k=k)]
    for better in rankings[0]:
        for worse in rankings[0]:
            if all(better in each and worse in each and each.index(better) < each.index(worse) for each in rankings):
                assert order.index(better) < order.index(worse)


def unit_rows(seed, count):
    rows = np.random.default_rng(seed).normal(size=(count, 4))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def plainly_diversified(relevance, rows, top_k, balance):
    """The formula as it is written, one candidate at a time."""
    chosen: list[int] = []
    while len(chosen) < min(top_k, len(relevance)):
        values = {
            place: balance * relevance[place] - (1 - balance) * max((float(rows[place] @ rows[one]) for one in chosen), default=0)
            for place in range(len(relevance))
            if place not in chosen
        }
        chosen.append(max(values, key=lambda place: (round(values[place], 9), -place)))
    return chosen


@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 14), st.sampled_from([0, 0.25, 0.5, 0.9, 1]))
def test_the_choice_is_that_of_the_formula(seed, count, top_k, balance):
    rows, relevance = unit_rows(seed, count), np.random.default_rng(seed + 1).uniform(-1, 1, count).tolist()
    chosen = [place for place, _ in diversified(relevance, rows, top_k, balance=balance)]
    assert chosen == plainly_diversified(relevance, rows, top_k, balance)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=12))
def test_relevance_alone_orders_by_relevance(relevance):
    rows = unit_rows(0, len(relevance))
    chosen = [place for place, _ in diversified(relevance, rows, len(relevance), balance=1)]
    assert chosen == sorted(range(len(relevance)), key=lambda place: -relevance[place])


def test_of_nothing_nothing_is_chosen():
    assert diversified([], np.empty((0, 2)), 3, balance=0.5) == []


@given(st.lists(st.floats(-100, 100), min_size=1))
def test_scaled_scores_keep_their_order_between_0_and_1(scores):
    result = scaled(scores)
    assert min(result) >= 0
    assert max(result) == 1
    ordered = [score for _, score in sorted(zip(scores, result, strict=True), key=lambda pair: pair[0])]
    assert ordered == sorted(result)

"""How good a classifier is, and whether another one is better."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipelines.scripted_classifier import Scripted

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.pipelines.list_classifier import ClassifierResult, Evaluation, aevaluate, compare, evaluate, evaluation_of
from racto_nb.pipelines.list_classifier.binomial import interval, lower_bound, mcnemar, upper_bound

TEXTS = ["a", "abcdefg", "b", "bcdefgh"]


def results_of(predicted, gold=None):
    return [
        ClassifierResult(user_query=str(place), options_provided=[*"abc"], selected=[] if label is None else [label])
        for place, label in enumerate(predicted)
    ]


def test_the_figures_are_those_that_are_counted_by_hand():
    found = evaluate(Scripted(cost="0.002"), TEXTS, ["short", "short", "short", "long"])

    assert found.accuracy == 0.75
    assert [(one.label, one.precision, one.recall, one.support) for one in found.labels] == [
        ("long", 0.5, 1.0, 1),
        ("short", 1.0, 2 / 3, 3),
    ]
    assert found.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)
    assert found.cost_per_1000 == Decimal(2)
    assert found.confusions() == [("short", "long", 1)]
    assert found.confusion() == [[1, 0], [1, 2]]
    assert found.mistakes[0].text == "abcdefg"
    assert found.ece == pytest.approx(0.15, abs=0.2)
    assert found.abstention().accuracy == (0.75,)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=40))
def test_the_figures_agree_with_scikit_learn(rows):
    from sklearn.metrics import accuracy_score, f1_score

    gold, predicted = [truth for truth, _ in rows], [label for _, label in rows]
    found = evaluation_of(results_of(predicted), gold)
    given_labels = [label or "(none)" for label in predicted]

    assert found.accuracy == pytest.approx(accuracy_score(gold, given_labels))
    known = sorted({*gold, *given_labels} - {"(none)"})
    assert found.macro_f1 == pytest.approx(f1_score(gold, given_labels, labels=known, average="macro", zero_division=0))
    assert np.sum(found.confusion()) == len(rows)


def test_a_text_that_fails_counts_as_wrong_and_is_listed():
    found = evaluate(Scripted(failing=["b"], cost="0.001"), TEXTS, ["short", "long", "short", "long"])

    assert (found.accuracy, len(found.errors)) == (0.75, 1)
    assert found.errors[0].error == "ValueError: no answer to b"
    assert "(none)" in found.names
    assert found.cost_per_1000 is not None


async def test_both_colours_evaluate_alike():
    assert await aevaluate(Scripted(), TEXTS, ["long"] * 4) == evaluate(Scripted(), TEXTS, ["long"] * 4)


def test_the_table_and_the_picture_of_many_labels_can_be_read():
    names = [f"label number {number}" for number in range(77)]
    gold = names * 2
    found = evaluation_of(results_of([*names, *reversed(names)]), gold)
    figure = found.figure()

    assert figure.layout.height == figure.layout.width > 77 * 14
    assert list(figure.data[0].x) == sorted(names)
    assert figure.layout.xaxis.dtick == figure.layout.yaxis.dtick == 1
    assert repr(found).count("\n") < 20
    assert "and 66 more pairs" in repr(found)
    assert found.to_frame().shape == found.to_frame(library="pandas").shape == (77, 5)


def test_what_is_not_known_is_said():
    found = evaluation_of(results_of(["a"]), ["a"])

    assert (found.ece, found.abstention(), found.cost_per_1000) == (None, None, None)
    assert repr(found).count("not known") == 2


@pytest.mark.parametrize(("texts", "gold"), [(["a"], []), ([], []), ("a", ["a"]), (["a"], [["a"]])])
def test_texts_and_truths_that_do_not_fit_are_refused(texts, gold):
    with pytest.raises((UsageError, WrongTypeError)):
        evaluate(Scripted(), texts, gold)


def evaluations(only_one, only_other, both, neither):
    rows = [(1, 0)] * only_one + [(0, 1)] * only_other + [(1, 1)] * both + [(0, 0)] * neither
    return [Evaluation(["a"] * len(rows), results_of(["a" if row[side] else "b" for row in rows])) for side in (0, 1)]


def test_a_clear_difference_is_told_as_one_with_its_interval():
    found = compare(*evaluations(5, 40, 100, 5), names=("old", "new"))

    assert found.difference == pytest.approx(35 / 150)
    assert 0 < found.low < found.difference < found.high
    assert found.is_clear
    assert found.verdict.startswith("new is better than old by 23.3% of 150 texts")
    assert repr(found).count("\n") == 6
    assert compare(*reversed(evaluations(5, 40, 100, 5)), names=("new", "old")).verdict.startswith("new is better than old")


def test_a_difference_that_may_be_chance_is_told_as_such():
    found = compare(*evaluations(5, 8, 100, 5))

    assert not found.is_clear
    assert "No clear difference on 118 texts" in found.verdict
    assert found.low < 0 < found.high


def test_the_same_seed_gives_the_same_interval():
    pair = evaluations(5, 40, 100, 5)

    assert compare(*pair) == compare(*pair)


def test_evaluations_of_other_texts_are_not_compared():
    one, other = evaluations(1, 1, 1, 1)
    with pytest.raises(UsageError, match="other texts"):
        compare(one, Evaluation(["b", *one.gold[1:]], other.results))
    with pytest.raises(UsageError, match="names differ"):
        compare(one, other, names=("a", "a"))


@given(st.integers(1, 300), st.data(), st.sampled_from([0.8, 0.95, 0.995]))
def test_the_bound_is_the_share_under_which_the_count_would_be_rare(rows, data, confidence):
    successes = data.draw(st.integers(0, rows))
    low, high = lower_bound(successes, rows, confidence), upper_bound(successes, rows, confidence)

    assert low <= successes / rows <= high
    if successes:
        tail = sum(math.comb(rows, count) * low**count * (1 - low) ** (rows - count) for count in range(successes, rows + 1))
        assert tail == pytest.approx(1 - confidence, rel=1e-6)


def test_the_interval_of_a_share_is_that_of_the_tables():
    assert [round(end, 4) for end in interval(8, 10)] == [0.4439, 0.9748]
    assert interval(0, 10)[0] == 0.0
    assert interval(10, 10)[1] == 1.0
    for wrong in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(UsageError):
            interval(*wrong)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_exact_test_is_that_of_a_fair_coin(one, other):
    rows = one + other
    tail = sum(math.comb(rows, count) for count in range(max(one, other), rows + 1)) / 2**rows

    assert mcnemar(one, other) == pytest.approx(min(1.0, 2 * tail))
    assert mcnemar(one, other) == mcnemar(other, one)


def test_a_text_that_failed_is_wrong_whatever_its_true_label_is_called():
    failed = ClassifierResult(user_query="text", options_provided=[], error="down")

    assert evaluation_of([failed], ["(none)"]).accuracy == 0


def test_texts_are_whatever_holds_texts_and_gold_is_never_one_text():
    assert evaluate(Scripted(), iter(["a", "a long one"]), ["short", "long"]).accuracy == 1
    with pytest.raises(UsageError, match="two lists"):
        evaluate(Scripted(), ["a", "b"], "ab")
    with pytest.raises(WrongTypeError, match="list of texts"):
        evaluate(Scripted(), "ab", ["short", "short"])

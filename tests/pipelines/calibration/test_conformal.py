"""Sets that hold the true label as often as was asked for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.calibration.test_calibrating import scored
from pipelines.scripted_classifier import InParts, Scripted

from racto_nb.exceptions import CalibrationWarning, UsageError
from racto_nb.pipelines.list_classifier import (
    Calibrator,
    CarefulClassifier,
    ClassifierResult,
    ConformalSets,
    abstention_curve,
    coverage_of,
)

METHODS = ["lac", "aps", "raps"]


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.8, 0.9, 0.95]), st.sampled_from(METHODS), st.floats(0.3, 3))
def test_sets_hold_the_true_label_as_often_as_was_asked_whatever_the_classifier_says(seed, coverage, method, temperature):
    results, gold = scored(1_500, seed, temperature)
    sets = ConformalSets.fit(results[:500], gold[:500], coverage=coverage, method=method)

    found = coverage_of([sets.prediction_set(one) for one in results[500:]], gold[500:])
    # 500 rows to fit and 1,000 to look at: five standard deviations of both together.
    spread = math.sqrt(coverage * (1 - coverage) * (1 / 500 + 1 / 1_000))
    assert abs(found.share - coverage) < 5 * spread + 1 / 501


@given(st.integers(1, 60), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_limit_is_the_quantile_of_finite_samples(rows, coverage):
    scores = [{"a": 1 - place / 100, "b": 0.0} for place in range(rows)]
    if math.ceil((rows + 1) * coverage - 1e-9) > rows:
        with pytest.warns(CalibrationWarning, match="every label"):
            sets = ConformalSets.fit(scores, ["a"] * rows, coverage=coverage)
        assert sets.prediction_set({"a": 0.0, "b": 0.0}) == ["a", "b"]
    else:
        sets = ConformalSets.fit(scores, ["a"] * rows, coverage=coverage)
        held = sum("a" in sets.prediction_set(row) for row in scores)
        assert held == math.ceil((rows + 1) * coverage - 1e-9)


def test_with_by_label_each_label_is_covered():
    chance = np.random.default_rng(3)
    gold = ["easy" if number % 2 else "hard" for number in range(4_000)]
    scores = []
    for truth in gold:
        good = float(chance.uniform(0.7, 1.0) if truth == "easy" else chance.uniform(0.0, 0.8))
        scores.append({truth: good, ("hard" if truth == "easy" else "easy"): 1 - good})
    together = ConformalSets.fit(scores[:2_000], gold[:2_000], coverage=0.9)
    apart = ConformalSets.fit(scores[:2_000], gold[:2_000], coverage=0.9, by_label=True)

    def covered(sets, label):
        rows = [(row, truth) for row, truth in zip(scores[2_000:], gold[2_000:], strict=True) if truth == label]
        return coverage_of([sets.prediction_set(row) for row, _ in rows], [truth for _, truth in rows]).share

    assert covered(together, "hard") < 0.84
    assert covered(together, "easy") > 0.96
    assert covered(apart, "hard") == pytest.approx(0.9, abs=0.04)
    assert covered(apart, "easy") == pytest.approx(0.9, abs=0.04)


def test_a_label_with_few_rows_is_in_every_set_and_a_warning_says_so():
    scores = [{"a": 0.9, "rare": 0.1}] * 20
    with pytest.warns(CalibrationWarning, match="'rare'"):
        sets = ConformalSets.fit(scores, ["a"] * 20, coverage=0.9, by_label=True)

    assert sets.prediction_set({"a": 0.95, "rare": 0.05}) == ["a", "rare"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("by_label", [False, True])
def test_sets_are_the_same_after_their_json_and_each_time(method, by_label):
    results, gold = scored(300)
    sets = ConformalSets.fit(results, gold, method=method, by_label=by_label, seed=4)

    again = ConformalSets.from_json(sets.to_json())
    assert again == sets
    assert [sets.prediction_set(one) for one in results] == [again.prediction_set(one) for one in results]


def test_sets_refuse_what_they_cannot_be_made_from():
    row = ClassifierResult(user_query="?", options_provided=["a"], selected=["a"])
    with pytest.raises(UsageError, match="no score"):
        ConformalSets.fit([{"a": 1.0}], ["b"])
    with pytest.raises(UsageError, match="ask the classifier for all scores"):
        ConformalSets.fit([row], ["a"])
    with pytest.raises(UsageError, match="between 0 and 1"):
        ConformalSets.fit([{"a": 1.0}], ["a"], coverage=1.0)
    with pytest.raises(UsageError, match="one for each"):
        ConformalSets.fit([], [])
    with pytest.raises(UsageError, match="Fit them again"):
        ConformalSets.from_json('{"form": 1}')


def test_larger_coverage_never_takes_a_label_away():
    results, gold = scored(500)
    narrow, wide = (ConformalSets.fit(results, gold, coverage=coverage) for coverage in (0.8, 0.95))

    assert all(set(narrow.prediction_set(one)) <= set(wide.prediction_set(one)) for one in results)


def test_a_careful_classifier_calibrates_gives_sets_and_abstains():
    sure = {"a": 0.99, "bb": 0.6, "ccccccc": 0.2}
    classifier = Scripted(confidence=lambda text: sure.get(text, 0.9))
    calibrator = Calibrator.fit([0.9] * 60, [True] * 45 + [False] * 15, method="isotonic")
    sets = ConformalSets.fit(
        [{"short": 0.9, "long": 0.1}] * 50 + [{"short": 0.35, "long": 0.65}] * 50, ["short"] * 100, coverage=0.9
    )
    careful = CarefulClassifier(classifier, calibrator=calibrator, sets=sets)

    found = [careful.run(text) for text in sure]
    assert [one.prediction_set for one in found] == [["short"], ["short", "long"], ["short"]]
    assert [one.uncertain for one in found] == [False, True, False]
    assert {one.confidence_kind for one in found} == {"calibrated"}
    assert [one.top_confidence for one in found] == [0.75, 0.75, 0.75]


async def test_a_careful_classifier_is_the_same_in_both_colours_and_at_once():
    classifier = InParts(confidence=lambda text: len(text) / 10)
    careful = CarefulClassifier(classifier, threshold=0.5)
    texts = ["a", "abc", "abcdef"]

    found = careful.batch_run(texts)
    assert found == await careful.abatch_run(texts) == [careful.run(text) for text in texts]
    assert found[0] == await careful.arun("a")
    assert [one.uncertain for one in found] == [True, True, False]
    assert classifier.parts == [texts, texts]
    assert careful.texts_at_once == 4
    assert careful.identity != CarefulClassifier(classifier, threshold=0.6).identity
    with pytest.raises(UsageError, match="none was given"):
        CarefulClassifier(classifier)
    with pytest.raises(UsageError, match="threshold"):
        CarefulClassifier(classifier, threshold=2)


def test_a_confidence_that_is_not_known_is_under_every_threshold():
    assert CarefulClassifier(Scripted(confidence=None), threshold=0.0).run("a").uncertain


def test_the_curve_of_abstention_rises_to_the_surest_rows():
    curve = abstention_curve([0.9, 0.8, 0.8, 0.2], [True, True, False, False])

    assert curve.answered == (1.0, 0.75, 0.25)
    assert curve.accuracy == (0.5, 2 / 3, 1.0)
    assert curve.threshold_for(0.6) == 0.8
    assert curve.threshold_for(1.0) == 0.9
    assert abstention_curve([0.5], [False]).threshold_for(0.9) is None
    assert curve.accuracy_at(0.5) == 2 / 3
    assert len(curve.figure().data[0].x) == 3


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.7, 0.9]), st.booleans()), min_size=1))
def test_each_point_of_the_curve_is_what_counting_gives(rows):
    curve = abstention_curve([sure for sure, _ in rows], [right for _, right in rows])

    for threshold, answered, accuracy in zip(curve.thresholds, curve.answered, curve.accuracy, strict=True):
        kept = [right for sure, right in rows if sure >= threshold]
        assert answered == pytest.approx(len(kept) / len(rows))
        assert accuracy == pytest.approx(sum(kept) / len(kept))
    assert curve.answered[0] == 1.0


def test_results_with_an_error_are_left_out_of_the_fit():
    results, gold = scored(200, 1, 1.0)
    failed = results[0].model_copy(update={"error": "no answer", "all_scores": None})

    assert ConformalSets.fit([*results, failed], [*gold, gold[0]]) == ConformalSets.fit(results, gold)
    with pytest.raises(UsageError, match="All 2 results have an error"):
        ConformalSets.fit([failed, failed], gold[:2])


def test_scores_that_are_no_numbers_are_refused_and_never_a_limit():
    with pytest.raises(UsageError, match="NaN"):
        ConformalSets.fit([{"a": math.nan, "b": 0.2}] * 20, ["a"] * 20)

"""Confidences that come true."""

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import CalibrationWarning, UsageError
from racto_nb.pipelines.list_classifier import Calibrator, ClassifierResult, expected_calibration_error, reliability
from racto_nb.pipelines.list_classifier.measuring import bins_of, brier_score
from racto_nb.pipelines.list_classifier.searching import least_at

METHODS = ["temperature", "isotonic"]


def drawn(rows, seed=0, *, too_sure=1.0):
    """Confidences and outcomes: what is said has log-odds `too_sure` times those that come true."""
    chance = np.random.default_rng(seed)
    true = chance.uniform(0.3, 0.99, rows)
    odds = np.log(true / (1 - true)) * too_sure
    return (1 / (1 + np.exp(-odds))).tolist(), (chance.uniform(size=rows) < true).tolist()


def scored(rows, seed=0, temperature=1.0, labels=5):
    """Results whose scores, at `temperature`, are the true probabilities; and the true labels."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 1.5, (rows, labels))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    said = true**temperature / (true**temperature).sum(1, keepdims=True)
    names = [f"label {number}" for number in range(labels)]
    gold = [names[chance.choice(labels, p=row)] for row in true]
    return [result(names, row) for row in said], gold


def result(names, row):
    best = int(np.argmax(row))
    scores = dict(zip(names, map(float, row), strict=True))
    return ClassifierResult(
        user_query="?", options_provided=names, selected=[names[best]], confidences=[float(row[best])], all_scores=scores,
        confidence_kind="embedding",
    )  # fmt: skip


@pytest.mark.parametrize("binning", ["mass", "width"])
def test_confidences_that_come_true_have_nearly_no_calibration_error(binning):
    sure, right = drawn(20_000)

    assert expected_calibration_error(sure, right, binning=binning) < 0.015


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("too_sure", [0.4, 2.5])
def test_a_calibrator_makes_confidences_come_true_on_rows_it_has_not_seen(method, too_sure):
    calibrator = Calibrator.fit(*drawn(2_000, 1, too_sure=too_sure), method=method)
    sure, right = drawn(20_000, 2, too_sure=too_sure)

    before = expected_calibration_error(sure, right)
    after = expected_calibration_error(calibrator.confidences(sure), right)
    assert after < 0.03
    assert before > 0.07


def test_a_temperature_is_found_again():
    calibrator = Calibrator.fit(*scored(5_000, temperature=2.0), method="temperature")

    assert calibrator.temperature == pytest.approx(2.0, rel=0.1)
    assert calibrator.fitted.over_scores


def test_calibrated_scores_still_add_up_and_name_the_same_label():
    results, gold = scored(300, temperature=2.0)
    calibrator = Calibrator.fit(results, gold, method="temperature")

    for one in results[:20]:
        sure = calibrator.calibrated(one)
        assert sum(sure.all_scores.values()) == pytest.approx(1)
        assert sure.confidences == [sure.all_scores[sure.first]]
        assert (sure.first, sure.confidence_kind, sure.top_confidence < one.top_confidence) == (one.first, "calibrated", True)
        assert calibrator.calibrated(sure) is sure  # once is enough


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80), st.sampled_from(METHODS), st.data())
@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.CalibrationWarning")
def test_a_surer_text_is_never_made_the_less_sure_one(rows, method, data):
    calibrator = Calibrator.fit([sure for sure, _ in rows], [right for _, right in rows], method=method)
    low, high = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))

    one, other = calibrator.confidences([low, high])
    assert 0 <= one <= other + 1e-12 <= 1 + 1e-9


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.sampled_from(["temperature", "isotonic"]))
@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.CalibrationWarning")
def test_a_calibrator_is_the_same_after_its_file(rows, method):
    calibrator = Calibrator.fit([sure for sure, _ in rows], [right for _, right in rows], method=method)

    assert Calibrator.from_json(calibrator.to_json()) == calibrator


def test_a_calibrator_is_kept_in_a_file(tmp_path):
    calibrator = Calibrator.fit(*drawn(100))
    calibrator.save(tmp_path / "calibrator.json")

    assert Calibrator.load(tmp_path / "calibrator.json") == calibrator


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": 1, "method": "isotonic", "rows": 1, "over_scores": false, "temperature": 1, "shift": 0, "corners": []}', '{"form": 1, "method": "temperature", "rows": 1, "over_scores": false, "temperature": -1, "shift": 0, "corners": []}'])  # fmt: skip
def test_a_text_that_is_no_calibrator_is_refused(text):
    with pytest.raises(UsageError, match="Fit it again"):
        Calibrator.from_json(text)


def test_few_rows_give_a_calibrator_and_a_warning():
    with pytest.warns(CalibrationWarning, match="20 rows are few"):
        calibrator = Calibrator.fit(*drawn(20))

    assert calibrator.method == "temperature"


def test_auto_takes_the_line_where_one_number_cannot_bend_so():
    sure = np.linspace(0.01, 0.99, 1_000)
    right = (np.arange(1_000) % 10 < np.where(sure < 0.5, 2, np.where(sure < 0.75, 7, 3.5)).astype(int)).tolist()

    assert Calibrator.fit(sure.tolist(), right).method == "isotonic"
    assert Calibrator.fit(*drawn(1_000, too_sure=2.0)).method == "temperature"


def test_results_without_a_confidence_are_left_out_and_stay_as_they_are():
    unknown = ClassifierResult(user_query="?", options_provided=["a"], selected=["a"])
    results, gold = scored(100)
    calibrator = Calibrator.fit([*results, unknown], [*gold, "a"])

    assert calibrator.rows == 100
    assert calibrator.calibrated(unknown) is unknown


def test_a_calibrator_of_scores_refuses_results_without_them():
    results, gold = scored(100)
    calibrator = Calibrator.fit(results, gold, method="temperature")
    bare = results[0].model_copy(update={"all_scores": None})

    with pytest.raises(UsageError, match="this result has none"):
        calibrator.calibrated(bare)
    with pytest.raises(UsageError, match="give calibrated"):
        calibrator.confidences([0.5])


@pytest.mark.parametrize(
    ("confidences", "correct"), [([], []), ([0.5], []), ([1.5], [True]), ([float("nan")], [True]), ([None], [True]), ([0.5], [2])]
)
def test_rows_that_are_none_are_refused(confidences, correct):
    with pytest.raises(UsageError):
        Calibrator.fit(confidences, correct)


def test_an_unknown_method_is_refused():
    with pytest.raises(UsageError, match="isotonic"):
        Calibrator.fit([0.5], [True], method="magic")


def test_bins_of_equal_mass_hold_equally_many_rows():
    sure, right = drawn(100)

    assert {each.rows for each in bins_of(sure, right, bins=10)} == {10}
    assert sum(each.rows for each in bins_of(sure, right, bins=10, binning="width")) == 100
    with pytest.raises(UsageError, match="binning"):
        bins_of(sure, right, binning="weight")


def test_the_calibration_error_is_the_one_that_is_worked_out_by_hand():
    sure, right = [0.9, 0.9, 0.6, 0.6], [True, False, True, True]

    assert expected_calibration_error(sure, right, bins=10, binning="width") == pytest.approx((0.4 + 0.4) / 2)
    assert brier_score(sure, right) == pytest.approx((0.01 + 0.81 + 0.16 + 0.16) / 4)


def test_a_reliability_diagram_has_a_figure_and_a_table():
    found = reliability(*drawn(1_000), bins=10)

    assert [len(trace.x) for trace in found.figure().data] == [2, 10]
    assert repr(found).count("\n") == 11
    assert "1,000 rows" in repr(found)


@given(st.floats(-3, 3))
def test_the_lowest_place_of_a_valley_is_found(place):
    assert least_at(lambda x: (x - place) ** 2, -4, 4) == pytest.approx(place, abs=1e-3)


def test_the_calibration_error_does_not_depend_on_the_order_of_the_rows():
    right = [True] * 80 + [False] * 20

    assert expected_calibration_error([0.8] * 100, right) == pytest.approx(0)
    assert expected_calibration_error([0.8] * 100, right[::-1]) == pytest.approx(0)


@given(
    st.lists(st.tuples(st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0]), st.booleans()), min_size=1, max_size=60), st.integers(1, 20)
)
def test_equally_sure_rows_are_in_one_bin(rows, bins):
    sure, right = [one for one, _ in rows], [hit for _, hit in rows]
    found = bins_of(sure, right, bins=bins)

    assert len(found) <= bins
    assert sum(each.rows for each in found) == len(rows)
    assert all(one.high < other.low for one, other in pairwise(found))


@pytest.mark.parametrize(("right", "word"), [(True, "right"), (False, "wrong")])
def test_rows_that_are_all_right_or_all_wrong_are_warned_about(right, word):
    with pytest.warns(CalibrationWarning, match=f"All 60 rows are {word}"):
        Calibrator.fit([0.7, 0.8, 0.9] * 20, [right] * 60)


@pytest.mark.parametrize("column", [np.array, pl.Series, lambda rows: pd.Series(rows, index=range(5, 5 + len(rows)))])
def test_rows_come_in_arrays_and_columns_too(column):
    sure, right = [0.1, 0.6, 0.9] * 40, [False, True, True, False, False, True] * 20

    assert Calibrator.fit(column(sure), column(right)) == Calibrator.fit(sure, right)

"""Banking77, all 3,080 tested texts, sorted by the embedded model's vectors and no chat model."""

import pytest
from shared_material import MISSING, shared_path
from test_benchmarks import loaded

from racto_nb.pipelines.list_classifier import coverage_of, evaluate, evaluation_of

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(900)]
SHARED = shared_path()
EACH = 20
"""Examples of each label: with all 10,003 the vectors alone would take minutes. The benchmark has those figures."""


@pytest.fixture(scope="module")
def measured():
    """The module of the benchmark, and the evaluations by names alone and with 20 examples of each label."""
    if SHARED is None:
        pytest.skip(MISSING)
    module = loaded("classifying")
    module.SHARED = SHARED / "data" / "banking77"
    train, test, kit = module.rows_of("train"), module.rows_of("test"), module.Remembering()
    texts, gold = [text for text, _ in test], [label for _, label in test]
    found = {count: evaluate(module.classifier_of(kit, module.examples_of(train, count)), texts, gold) for count in (0, EACH)}
    assert (len(train), len(test), len(set(gold))) == (10_003, 3_080, 77)
    return module, found


def test_names_alone_sort_most_texts_and_examples_nearly_all(measured):
    _, found = measured

    assert found[0].accuracy > 0.60
    assert found[EACH].accuracy > 0.86
    assert found[EACH].macro_f1 == pytest.approx(found[EACH].accuracy, abs=0.01)
    assert found[EACH].errors == []


def test_texts_that_are_also_to_learn_from_change_little(measured):
    module, found = measured
    known = module.leaked(module.rows_of("train"), module.rows_of("test"))
    kept = [place for place, leak in enumerate(known) if not leak]
    without = evaluation_of([found[EACH].results[place] for place in kept], [found[EACH].gold[place] for place in kept])

    assert sum(known) == 25
    assert abs(without.accuracy - found[EACH].accuracy) < 0.005


@pytest.mark.parametrize("count", [0, EACH])
def test_calibrated_confidences_come_true_on_texts_that_the_calibrator_has_not_seen(measured, count):
    module, found = measured

    assert module.calibrated(found[count]).ece <= 0.03
    assert module.calibrated(found[count]).accuracy == found[count].accuracy


@pytest.mark.parametrize("method", ["lac", "aps", "raps"])
@pytest.mark.parametrize("coverage", [0.9, 0.95])
@pytest.mark.parametrize("count", [0, EACH])
def test_prediction_sets_hold_the_true_label_as_often_as_they_should(measured, count, coverage, method):
    module, found = measured
    told = coverage_of(module.sets_of(found[count], coverage, method), found[count].gold)

    assert told.rows == 3_080
    assert abs(told.share - coverage) <= 0.02


def test_the_rows_that_are_left_unanswered_are_the_wrong_ones(measured):
    module, found = measured
    curve = module.calibrated(found[EACH]).abstention()

    assert curve.accuracy_at(1.0) < 0.9
    assert curve.accuracy_at(0.8) > 0.95
    assert curve.accuracy_at(0.5) > 0.98

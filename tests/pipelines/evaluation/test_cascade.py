"""A cheap classifier first, an expensive one for what it is not sure of."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from pipelines.scripted_classifier import OPTIONS, InParts, Scripted

from racto_nb.exceptions import BudgetExceededError, CalibrationWarning, RactoGatewayAuthError, UsageError
from racto_nb.pipelines import Cascade, classify_frame
from racto_nb.pipelines.list_classifier import savings
from racto_nb.pipelines.list_classifier.cascade import threshold_of


def by_number(text):
    return int(text.split()[1]) / 1_000


def pair(texts=1_000, wrong_under=0.3):
    """A cheap classifier that is sure of high numbers and wrong under a confidence; an expensive one that is always right."""
    cheap = InParts(confidence=by_number, answer=lambda text: OPTIONS[by_number(text) >= wrong_under], cost="0", identity="cheap")
    dear = Scripted(answer=lambda text: "long", cost="0.01", identity="dear")
    return cheap, dear, [f"text {number}" for number in range(texts)]


def test_only_unsure_texts_go_up_and_the_price_is_told():
    cheap, dear, texts = pair(10)
    cascade = Cascade(cheap, dear, threshold=0.007)

    found = cascade.batch_run(texts)
    assert [one.sent_up for one in found] == [True] * 7 + [False] * 3
    assert dear.asked == texts[:7]
    assert found[0].cost == Decimal("0.01")
    assert str(savings(found)) == "7 of 10 rows (70.0%) went up; $0.07 spent, $0.03 of $0.10 saved (30%)"


def test_without_prices_nothing_is_said_to_be_saved():
    cheap, _, texts = pair(4)

    found = Cascade(cheap, Scripted(), threshold=0.002).batch_run(texts)
    assert savings(found).saved is None
    assert "not known" in str(savings(found))


def test_the_threshold_is_the_lowest_of_which_the_agreement_is_sure_enough():
    cheap, dear, texts = pair()
    cascade = Cascade.fit(cheap, dear, texts, target_agreement=0.95)

    assert cascade.threshold == 0.3
    assert (cascade.fitted.kept, cascade.fitted.agreed) == (700, 700)
    assert cascade.fitted.bound > 0.99
    assert "keeps 700 of 1,000" in str(cascade.fitted)


def test_for_all_texts_together_less_has_to_go_up():
    cheap, dear, texts = pair()

    cascade = Cascade.fit(cheap, dear, texts, target_agreement=0.85, among="all")
    assert cascade.threshold == 0.2
    assert cascade.fitted.bound > 0.85


async def test_the_async_fit_and_run_are_the_same():
    cheap, dear, texts = pair()
    cascade = await Cascade.afit(cheap, dear, texts, target_agreement=0.9)

    assert cascade.fitted == Cascade.fit(cheap, dear, texts, target_agreement=0.9).fitted
    assert await cascade.arun("text 5") == cascade.run("text 5")
    assert await cascade.abatch_run(texts[:20]) == cascade.batch_run(texts[:20])


def test_where_no_threshold_is_good_enough_all_go_up_and_a_warning_says_so():
    cheap, dear, texts = pair(30)

    with pytest.warns(CalibrationWarning, match="all go up"):
        cascade = Cascade.fit(cheap, dear, texts)
    assert cascade.threshold is None
    assert cascade.run("text 29").sent_up


def test_the_promised_agreement_is_kept_as_often_as_promised():
    chance = np.random.default_rng(0)
    broken, target = 0, 0.9
    for _ in range(100):
        sure = chance.uniform(size=300)
        agreed = chance.uniform(size=300) < 0.7 + 0.3 * sure  # the agreement is that of its confidence
        fitted = threshold_of(list(zip(sure.tolist(), agreed.tolist(), strict=True)), target, 0.9, "kept")
        # Above a threshold t the true agreement is 0.7 + 0.3 * (1 + t) / 2.
        broken += fitted.threshold is not None and 0.7 + 0.15 * (1 + fitted.threshold) < target
    assert broken <= 100 * 0.1


def test_what_the_cheap_one_does_not_know_goes_up():
    dear = Scripted()

    assert Cascade(Scripted(confidence=None), dear, threshold=0.0).run("a").sent_up
    assert dear.asked == ["a"]


def test_a_sample_without_confidences_is_refused():
    with pytest.raises(UsageError, match="no confidence"):
        Cascade.fit(Scripted(confidence=None), Scripted(), ["a", "b"])
    with pytest.raises(UsageError, match="between 0 and 1"):
        Cascade.fit(Scripted(), Scripted(), ["a"], target_agreement=1)


def test_a_failure_of_the_expensive_one_loses_no_other_answer(tmp_path):
    cheap, _, texts = pair(12)
    dear = Scripted(failing=["text 3"], identity="dear")
    cascade = Cascade(cheap, dear, threshold=0.006)

    found = classify_frame(
        cascade, pl.DataFrame({"text": texts}), "text", columns=["label", "sent_up"], checkpoint=tmp_path / "c.jsonl"
    )
    assert found["error"].to_list()[3] == "ValueError: no answer to text 3"
    assert found["error"].null_count() == 11
    assert sorted(dear.asked) == sorted(texts[:6])
    assert cascade.identity != Cascade(cheap, dear, threshold=0.5).identity
    with pytest.raises(ValueError, match="no answer"):
        cascade.run("text 3")


@pytest.mark.parametrize(("error", "raised"), [(RactoGatewayAuthError, True), (BudgetExceededError, False)])
def test_what_fails_for_all_texts_is_raised_and_a_spent_budget_is_not(error, raised):
    cheap, _, texts = pair(8)
    make = error if raised else lambda text: BudgetExceededError(text, limit=1, spent=1, needed=1)
    cascade = Cascade(cheap, Scripted(failing=texts, error=make), threshold=0.004)

    if raised:
        with pytest.raises(error):
            cascade.batch_run(texts)
    else:
        found = cascade.batch_run(texts)
        assert [one.error is None for one in found] == [False] * 4 + [True] * 4


def test_a_cheap_classifier_with_a_price_is_no_part_of_what_the_expensive_one_alone_would_cost():
    cheap, dear, texts = pair(10)
    cheap.cost = "0.001"

    found = savings(Cascade(cheap, dear, threshold=0.005).batch_run(texts))
    assert (found.spent, found.alone, found.saved) == (Decimal("0.060"), Decimal("0.100"), Decimal("0.040"))

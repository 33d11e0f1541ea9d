"""A frame of texts through a classifier."""

import asyncio
import threading

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.scripted_classifier import InParts, Scripted

from racto_nb.batch import OpenAIBatchProcessor
from racto_nb.budgets import Budget
from racto_nb.exceptions import BudgetExceededError, RactoGatewayAuthError, UsageError, WrongTypeError
from racto_nb.pipelines import aclassify_frame, classify_frame
from racto_nb.pipelines.list_classifier import EmbeddingClassifier, FrameInterrupted
from racto_nb.testing import FakeKit

FRAMES = [pl.DataFrame, pd.DataFrame]
cells = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["a", "a long text", "", "  ", "ä🙂"]))


def values(column):
    """The values of a column, None where there is none."""
    return [value if isinstance(value, str) or value == value else None for value in column.to_list()]  # noqa: PLR0124  (not NaN)


@settings(max_examples=60)
@given(st.lists(cells), st.sampled_from(FRAMES), st.integers(1, 5), st.sampled_from([Scripted, InParts]))
def test_rows_order_and_columns_stay_and_each_row_has_a_label_or_an_error(texts, kind, concurrency, classifier):
    frame = kind(
        {
            "text": pd.Series(texts, dtype=object) if kind is pd.DataFrame else pl.Series(texts, dtype=pl.String),
            "n": range(len(texts)),
        }
    )
    before = frame.copy() if kind is pd.DataFrame else frame.clone()
    asked = classifier()

    found = classify_frame(asked, frame, "text", concurrency=concurrency)

    assert type(found) is kind
    assert frame.equals(before)
    assert list(found.columns) == ["text", "n", "label", "confidence", "error"]
    assert found[["text", "n"]].equals(before)
    for text, label, sure, error in zip(*(values(found[name]) for name in ("text", "label", "confidence", "error")), strict=True):
        good = isinstance(text, str) and bool(text.strip())
        assert (label is None, error is None) == (not good, good)
        assert label == (("long" if len(text) > 5 else "short") if good else None)
        assert sure == (0.9 if good else None)
    assert sorted(asked.asked) == sorted({text for text in texts if text and text.strip()})


def test_an_index_of_any_kind_is_kept():
    frame = pd.DataFrame({"text": ["a", "b", "abcdefg"]}, index=pd.Index(["x", "x", "y"], name="id"))

    found = classify_frame(Scripted(), frame, "text")
    assert found.index.equals(frame.index)
    assert list(found["label"]) == ["short", "short", "long"]


@pytest.mark.parametrize("kind", FRAMES)
def test_a_bad_row_has_an_error_and_the_others_a_label(kind):
    frame = kind({"text": ["a", "bad", "x" * 50]})

    found = classify_frame(Scripted(failing=["bad"]), frame, "text", most_characters=40)
    assert values(found["label"]) == ["short", None, None]
    assert values(found["error"]) == [
        None,
        "ValueError: no answer to bad",
        "the text has 50 characters; most_characters is 40",
    ]


@pytest.mark.parametrize(
    ("cell", "why"), [(float("nan"), "empty"), (pd.NA, "empty"), (pd.NaT, "empty"), (3, "3 (int)"), (b"x", "bytes")]
)
def test_cells_that_are_no_texts_say_so(cell, why):
    found = classify_frame(Scripted(), pd.DataFrame({"text": pd.Series([cell, "a"], dtype=object)}), "text")

    assert why in found["error"][0]
    assert values(found["error"])[1] is None


def test_one_text_that_spoils_its_part_does_not_spoil_the_others():
    classifier = InParts(failing=["bad"])

    found = classify_frame(classifier, pl.DataFrame({"text": ["a", "b", "bad", "c", "d"]}), "text", concurrency=1)
    assert found["label"].to_list() == ["short", "short", None, "short", "short"]
    assert classifier.parts[0] == ["a", "b", "bad", "c"]


def test_what_must_fail_for_all_rows_is_raised():
    classifier = Scripted(failing=["a"], error=RactoGatewayAuthError)

    with pytest.raises(RactoGatewayAuthError):
        classify_frame(classifier, pl.DataFrame({"text": ["a", "b"]}), "text")


def test_the_columns_that_are_wanted_come_under_the_prefix():
    frame = pl.DataFrame({"text": ["a", None], "label": [1, 2]})
    wanted = [
        "label",
        "labels",
        "confidences",
        "scores",
        "confidence_kind",
        "uncertain",
        "out_of_scope",
        "origin",
        "cost",
        "prediction_set",
        "reasoning",
        "sent_up",
    ]

    found = classify_frame(Scripted(cost="0.5"), frame, "text", columns=wanted, prefix="my_")
    first = found.row(0, named=True)
    assert list(found.columns) == ["text", "label", *(f"my_{name}" for name in wanted), "my_error"]
    assert first["my_labels"] == ["short"]
    assert first["my_scores"] == {"short": 0.9, "long": pytest.approx(0.1)}
    assert (first["my_uncertain"], first["my_origin"], first["my_cost"], first["my_sent_up"]) == (False, "model", 0.5, None)
    assert [value for name, value in found.row(1, named=True).items() if name.startswith("my_")][:-1] == [None] * len(wanted)
    as_pandas = classify_frame(Scripted(), frame.to_pandas(), "text", columns=wanted, prefix="my_")
    assert as_pandas["my_scores"][0] == {"short": 0.9, "long": pytest.approx(0.1)}
    assert as_pandas["my_uncertain"].tolist() == [False, pd.NA]


def test_a_classifier_of_several_labels_gives_lists():
    classifier = Scripted()
    classifier.selection_mode = "multiple"

    found = classify_frame(classifier, pl.DataFrame({"text": ["a"]}), "text")
    assert found.row(0) == ("a", ["short"], [0.9], None)


def test_frames_and_columns_that_cannot_be_used_are_refused_before_anything_is_asked():
    classifier, frame = Scripted(), pl.DataFrame({"text": ["a"], "error": [1]})
    with pytest.raises(UsageError, match="prefix"):
        classify_frame(classifier, frame, "text")
    with pytest.raises(UsageError, match="Its columns are"):
        classify_frame(classifier, frame, "txt", prefix="my_")
    with pytest.raises(UsageError, match=r"0 columns|2 columns"):
        classify_frame(classifier, pd.DataFrame([["a", "b"]], columns=["t", "t"]), "t")
    with pytest.raises(UsageError, match="columns are some of"):
        classify_frame(classifier, frame, "text", columns=["colour"], prefix="my_")
    with pytest.raises(WrongTypeError, match="collect"):
        classify_frame(classifier, frame.lazy(), "text")
    with pytest.raises(WrongTypeError, match="DataFrame of pandas or polars"):
        classify_frame(classifier, {"text": ["a"]}, "text")
    with pytest.raises(UsageError, match="concurrency"):
        classify_frame(classifier, frame, "text", prefix="my_", concurrency=0)
    with pytest.raises(WrongTypeError, match="on_progress"):
        classify_frame(classifier, frame, "text", prefix="my_", on_progress=3)
    with pytest.raises(WrongTypeError, match="batches"):
        classify_frame(classifier, frame, "text", prefix="my_", batch=OpenAIBatchProcessor("gpt-6-luna", api_key="no key"))
    assert classifier.asked == []


def test_progress_never_goes_back_and_ends_at_all_rows():
    told = []
    classify_frame(
        Scripted(cost="0.01", failing=["bad"]),
        pl.DataFrame({"text": ["a", "b", "a", "bad", None]}),
        "text",
        on_progress=told.append,
    )

    done = [one.done for one in told]
    assert done == sorted(done)
    assert (done[0], told[-1].ended, told[-1].rows, told[-1].failed, told[-1].asked, told[-1].texts) == (1, True, 5, 2, 3, 3)
    assert told[-1].cost is None  # nobody knows what the failed one cost


def test_without_a_callback_the_log_hears_how_far_it_is(caplog):
    with caplog.at_level("INFO", logger="racto_nb.pipelines.progress"):
        classify_frame(Scripted(cost="0.01"), pl.DataFrame({"text": ["a", "b"]}), "text")

    last = caplog.records[-1]
    assert last.rows_progress.ended
    assert last.getMessage() == "2 of 2 rows · 2 texts asked · $0.02"
    assert len({id(record.rows_run) for record in caplog.records}) == 1


async def test_both_colours_give_the_same_frame():
    frame = pl.DataFrame({"text": ["a", None, "bad", "abcdefgh", "a"]})

    found = await aclassify_frame(InParts(failing=["bad"]), frame, "text")
    assert found.equals(await asyncio.to_thread(classify_frame, InParts(failing=["bad"]), frame, "text"))


def test_no_more_than_the_wanted_number_is_asked_at_once():
    gate, most, now = threading.Barrier(3, timeout=30), [], []

    class Together(Scripted):
        def run(self, user_query):
            now.append(1)
            most.append(len(now))
            gate.wait()
            now.pop()
            return super().run(user_query)

    classify_frame(Together(), pl.DataFrame({"text": list("abcdef")}), "text", concurrency=3)
    assert max(most) <= 3


def test_over_the_budget_nothing_more_is_asked_and_the_rows_say_so():
    class Paying(Scripted):
        def run(self, user_query):
            if len(self.asked) == 2:
                raise BudgetExceededError("the budget is spent", limit=1, spent=1, needed=1)
            return super().run(user_query)

    budget = Budget(max_usd=1)
    found = classify_frame(Paying(), pl.DataFrame({"text": list("abcd")}), "text", concurrency=1, budget=budget)
    assert found["label"].to_list() == ["short", "short", None, None]
    assert found["error"].to_list()[2:] == ["not asked: the budget is spent"] * 2


def test_a_budget_holds_for_all_rows_of_a_real_kit():
    kit = FakeKit()
    classifier = EmbeddingClassifier(["late delivery", "refund"], kit=kit)

    found = classify_frame(classifier, pl.DataFrame({"text": ["late", "money"]}), "text", budget=Budget(max_tokens=100_000))
    assert found["error"].to_list() == [None, None]
    with pytest.raises(WrongTypeError):
        classify_frame(classifier, pl.DataFrame({"text": ["a"]}), "text", budget=3)


def test_an_interrupt_keeps_what_is_done():
    class Interrupted(Scripted):
        def run(self, user_query):
            if user_query == "c":
                raise KeyboardInterrupt
            return super().run(user_query)

    with pytest.raises(FrameInterrupted) as caught:
        classify_frame(Interrupted(), pl.DataFrame({"text": list("abcd")}), "text", concurrency=1)
    assert caught.value.frame["label"].to_list() == ["short", "short", None, None]
    assert caught.value.frame["error"].to_list()[2:] == ["not asked: the classification was interrupted"] * 2


@pytest.mark.parametrize("kind", FRAMES)
def test_an_empty_frame_gets_its_columns(kind):
    frame = kind({"text": []}) if kind is pd.DataFrame else kind({"text": []}, schema={"text": pl.String})

    assert list(classify_frame(Scripted(), frame, "text", columns=["label", "scores"]).columns) == [
        "text",
        "label",
        "scores",
        "error",
    ]


def test_columns_of_pandas_may_be_numbers_or_tuples():
    numbered = pd.DataFrame([["short", "x"]])
    assert classify_frame(Scripted(), numbered, "0")["label"].tolist() == ["short"]

    tuples = pd.DataFrame([["short", "x"]], columns=pd.MultiIndex.from_tuples([("t", "a"), ("t", "b")]))
    found = classify_frame(Scripted(), tuples, ("t", "a"))
    assert found["label", ""].tolist() == ["short"]


def test_what_is_written_into_the_new_frame_is_not_written_into_the_given_one():
    given = pd.DataFrame({"text": ["short"]})
    found = classify_frame(Scripted(), given, "text")

    found.loc[0, "text"] = "other"
    assert given["text"].tolist() == ["short"]

"""The Python side of a classifier panel: real classifiers on fake kits, real frames, real checkpoints."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pandas as pd
import polars as pl
import pytest

from racto_nb._warnings import CalibrationWarning
from racto_nb.budgets import Budget
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.notebook.widgets.classifier.fitting import calibrated
from racto_nb.pipelines import ListClassifierPipeline
from racto_nb.pipelines.list_classifier import CarefulClassifier, Cascade, ClassifierResult, EmbeddingClassifier
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.testing import FakeKit
from racto_nb.widgets import ClassifierPanel

TEXTS = ["my delivery is late", None, "a refund please", "refund", "late"]
FRAME = pl.DataFrame({"text": TEXTS, "gold": ["late delivery", None, "refund", None, None]})


def nearest() -> EmbeddingClassifier:
    return EmbeddingClassifier({"late delivery": "where a parcel is", "refund": ""}, kit=FakeKit())


class Slow:
    """A classifier that is asked one text at a time, and waits from the second one on until it is let."""

    options = ("a", "b")
    identity = "slow"
    selection_mode = "single"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.free = threading.Event()

    def run(self, user_query: str) -> ClassifierResult:
        self.asked.append(user_query)
        return ClassifierResult(user_query=user_query, options_provided=["a", "b"], selected=["a"], confidences=[0.5])

    async def arun(self, user_query: str) -> ClassifierResult:
        if self.asked and not self.free.is_set():
            await asyncio.Event().wait()
        return self.run(user_query)


@pytest.fixture
def opened():
    panels: list[ClassifierPanel] = []

    def panel(*args: object, **kwargs: object) -> ClassifierPanel:
        panels.append(ClassifierPanel(*args, **kwargs))
        return panels[-1]

    yield panel
    for each in panels:
        each.close()


def until(is_true) -> None:
    for _ in range(1000):
        if is_true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never came true")


def test_a_text_is_tried_and_the_result_is_in_python(opened):
    panel = opened(nearest())
    panel.try_text("a refund please")
    panel.wait(30)

    assert panel.tried.first == "refund"
    assert "<b>refund</b>" in panel.trial["html"]
    assert panel.about["labels"] == [["late delivery", "where a parcel is"], ["refund", ""]]


def test_a_text_that_fails_says_why_beside_it(opened):
    panel = opened(ListClassifierPipeline(FakeKit(["?"] * 9), options=["a", "b"]))
    panel.try_text("hello")
    panel.wait(30)

    assert "ClassificationError" in panel.trial["failed"]
    with pytest.raises(UsageError, match="ClassificationError"):
        _ = panel.tried


def test_a_secret_is_not_sent(opened, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-one-0123456789")
    kit = FakeKit(['{"selected": "a"}'])
    panel = opened(ListClassifierPipeline(kit, options=["a", "b"]))
    panel.try_text("my key is sk-not-a-real-one-0123456789")
    panel.wait(30)

    assert kit.calls == []
    assert "OPENAI_API_KEY" in panel.trial["failed"]
    assert "0123456789" not in str(panel.trial)


@pytest.mark.parametrize("frame", [FRAME, FRAME.to_pandas()])
def test_the_rows_of_a_frame_are_sorted_and_come_back_as_a_frame(opened, frame):
    panel = opened(nearest(), frame=frame, column="text", truth="gold")
    panel.run()
    panel.wait(30)

    assert [result.first for result in panel.results] == ["late delivery", None, "refund", "refund", "late delivery"]
    assert panel.evaluation.accuracy == 1.0
    assert panel.progress.done == 5

    panel.mark(3, "late delivery")
    made = panel.labelled_frame(prefix="topic_")

    assert list(made["topic_label"])[2:] == ["refund", "late delivery", "late delivery"]
    assert list(made["topic_error"])[1] == "the cell is empty"
    assert pd.isna(list(made["topic_confidence"])[3])
    assert panel.labelled == [("refund", "late delivery")]


def test_stop_keeps_what_was_answered_and_the_next_run_asks_for_the_rest(opened, tmp_path):
    slow = Slow()
    frame = pl.DataFrame({"text": ["t1", "t2", "t3"]})
    panel = opened(slow, frame=frame, column="text", concurrency=1, checkpoint=tmp_path / "rows.jsonl")
    panel.run()
    until(lambda: slow.asked == ["t1"] and panel.going.get("done") == 1)
    panel.stop()
    panel.wait(30)

    assert [result is not None for result in panel.results] == [True, False, False]
    assert panel.going["why"].startswith("Stopped.")

    slow.free.set()
    panel.run()
    panel.wait(30)

    assert slow.asked == ["t1", "t2", "t3"]
    assert panel.going["missing"] == 0

    other = opened(slow, frame=frame, column="text", checkpoint=tmp_path / "rows.jsonl")
    other.run()
    other.wait(30)

    assert slow.asked == ["t1", "t2", "t3"]  # another session goes on from the file
    assert other.progress.known == 3


def test_what_fails_for_all_rows_is_said_once(opened, tmp_path):
    (tmp_path / "rows.jsonl").write_text("something else\n", encoding="utf-8")
    panel = opened(nearest(), frame=FRAME, column="text", checkpoint=tmp_path / "rows.jsonl")
    panel.run()
    panel.wait(30)

    assert "is no checkpoint" in panel.going["why"]
    assert [result for result in panel.results if result is not None and result.error is None] == []


def test_a_classifier_that_breaks_ends_the_run_and_says_why(opened):
    class Broken(Slow):
        texts_at_once = 8

        def prepare(self) -> None: ...

        async def aprepare(self) -> None:
            raise RuntimeError("no disk")

    panel = opened(Broken(), frame=FRAME, column="text")
    panel.run()
    panel.wait(30)

    assert panel.going["why"] == "RuntimeError: no disk"
    assert not panel.going["running"]


def test_nothing_is_asked_that_does_not_fit_into_the_budget(opened):
    kit = FakeKit(['{"selected": "a", "confidence": 0.9}'] * 5)
    panel = opened(
        ListClassifierPipeline(kit, options=["a", "b"]), frame=FRAME, column="text", budget=Budget(max_tokens=1)
    )  # fmt: skip
    panel.run()
    panel.wait(30)

    assert kit.calls == []
    assert "udget" in panel.going["why"]
    assert panel.going["missing"] == 4


def test_labels_by_hand_feed_the_calibration_and_a_careful_classifier(opened):
    panel = opened(nearest(), frame=FRAME, column="text")
    panel.run()
    panel.wait(30)
    for row, label in {0: "late delivery", 2: "refund", 3: "late delivery"}.items():
        panel.mark(row, label)
    with pytest.warns(CalibrationWarning, match="few"):
        calibrator = panel.calibrate()

    assert calibrator.rows == 3
    assert {result.confidence_kind for result in panel.results if result.error is None} == {"calibrated"}
    assert "fitted on" in panel.figures["notes"][-1]

    panel.threshold = 0.99

    assert isinstance(panel.careful(), CarefulClassifier)
    assert panel.careful().run("refund").uncertain
    assert panel.waiting


def test_calibration_that_is_a_guess_for_most_rows_says_so(opened):
    texts = [f"text number {number}" for number in range(40)]

    class Ranked(Slow):
        identity = "ranked"

        def run(self, user_query: str) -> ClassifierResult:
            sure = int(user_query.rsplit(maxsplit=1)[-1]) / 40
            return ClassifierResult(user_query=user_query, options_provided=["a", "b"], selected=["a"], confidences=[sure])

        async def arun(self, user_query: str) -> ClassifierResult:
            return self.run(user_query)

    panel = opened(Ranked(), frame=pl.DataFrame({"text": texts}), column="text")
    panel.run()
    panel.wait(30)
    for row in range(10):
        panel.mark(row, "a" if row % 2 else "b")
    with pytest.warns(CalibrationWarning):
        panel.calibrate()

    assert any("it is a guess" in note for note in panel.figures["notes"])


def test_what_cannot_be_calibrated_is_refused(opened):
    panel = opened(Slow(), frame=pl.DataFrame({"text": ["t1"]}), column="text")
    with pytest.raises(UsageError, match="known to be true"):
        panel.calibrate()


def test_labels_of_wrapped_classifiers_and_of_pipelines_are_known(opened):
    pipeline = ListClassifierPipeline(FakeKit(), options=["a", "b"], option_descriptions={"a": "what a is"})
    careful = opened(CarefulClassifier(pipeline, threshold=0.5))

    assert careful.about["labels"] == [["a", "what a is"], ["b", ""]]
    assert careful.about["asks"].startswith("fake:")
    assert opened(Cascade(nearest(), pipeline, threshold=0.5)).about["labels"] == [["a", "what a is"], ["b", ""]]
    assert opened(ListClassifierPipeline(FakeKit(), options=["a", "b"], selection_mode="multiple")).about["several"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"frame": FRAME}, UsageError), ({"column": "text"}, UsageError), ({"truth": "gold"}, UsageError),
        ({"frame": FRAME, "column": "nothing"}, UsageError), ({"threshold": 2}, UsageError),
        ({"frame": pl.DataFrame({"text": ["a"], "gold": [3]}), "column": "text", "truth": "gold"}, WrongTypeError),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_refused(given, error):
    with pytest.raises(error):
        ClassifierPanel(nearest(), **given)


def test_a_page_that_lies_changes_nothing_and_its_fault_is_shown(opened):
    panel = opened(nearest(), frame=FRAME, column="text")
    for content in ({"do": "mark", "row": 10**9, "label": "refund"}, {"do": "mark", "row": 0, "label": "none"}, {"do": "fit"}, 7):
        panel._heard(None, content)
        assert panel.fault["text"]

    assert panel.marks == {}
    assert panel.results == [None] * 5


@pytest.mark.filterwarnings("ignore::racto_nb._warnings.CalibrationWarning")
@pytest.mark.parametrize("fails", [False, True])
def test_stop_while_confidences_are_calibrated_loses_no_result(opened, monkeypatch, fails):
    begun, free = threading.Event(), threading.Event()

    def slowly(calibrator, results):
        begun.set()
        free.wait(30)
        if fails:
            raise ValueError("no curve")
        return calibrated(calibrator, results)

    monkeypatch.setattr("racto_nb.notebook.widgets.classifier.sorting.calibrated", slowly)
    panel = opened(nearest(), frame=FRAME, column="text", truth="gold")
    panel._state = replace(panel._state, calibrator=Calibrator.fit([0.6, 0.7, 0.9], [False, True, True]))
    panel.run()
    assert begun.wait(30)
    panel.stop()
    free.set()
    until(lambda: not panel._state.running)

    assert [result is not None for result in panel.results] == [True] * 5
    panel.run(anew=True)
    until(lambda: not panel._state.running)

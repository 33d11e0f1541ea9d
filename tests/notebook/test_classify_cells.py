"""`%%racto classify NAME` and `%racto classify NAME --frame …`: what is asked, shown and kept."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import ClassificationError, UsageError
from racto_nb.notebook.display.classes import classification_bundle
from racto_nb.notebook.display.labelled import rows_bundle
from racto_nb.pipelines import EmbeddingClassifier, ListClassifierPipeline
from racto_nb.pipelines.list_classifier import Cascade
from racto_nb.pipelines.list_classifier.evaluating import evaluation_of
from racto_nb.pipelines.list_classifier.reporting import RowsProgress
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.testing import FakeKit
from racto_nb.widgets import ClassifierPanel

BILLING = '{"selected": "Billing", "confidence": 0.9}'
LABELS = '--labels "Billing, Sales"'
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook["kit"] = FakeKit([BILLING] * 4)
    notebook["sorter"] = ListClassifierPipeline(FakeKit([BILLING]), options=["Billing", "Sales"], output_format="string")
    notebook["nearest"] = EmbeddingClassifier(["late delivery", "refund"], kit=FakeKit())
    notebook["frame"] = pl.DataFrame({"text": ["my delivery is late", None, "a refund please"]})
    return notebook


def test_a_text_is_sorted_by_labels_of_the_line(notebook: Notebook):
    notebook.ok(f"%%racto classify {LABELS} --model kit --into found\nI was charged twice")
    assert "Billing  0.90 · as the model says itself: not measured" in notebook.text
    assert notebook["found"] is notebook["_racto"]
    assert notebook["found"].first == "Billing"


def test_a_classifier_of_the_notebook_gives_whole_results_whatever_it_was_made_to_give(notebook: Notebook):
    notebook.ok("%%racto classify sorter\nI was charged twice")
    assert notebook["_racto"].first == "Billing"


def test_another_model_is_asked_by_the_classifier_of_a_variable(notebook: Notebook):
    notebook.ok("%%racto classify sorter --model kit\nI was charged twice")
    assert len(notebook["kit"].calls) == 1
    assert "asks no chat model" in str(notebook.failed("%%racto classify nearest --model kit\nI was charged twice"))


def test_the_rows_of_a_frame_are_sorted_by_the_line_magic(notebook: Notebook):
    notebook.ok("%racto classify nearest --frame frame --column text --into labelled")
    assert notebook["labelled"]["label"].to_list() == ["late delivery", None, "refund"]
    assert "3 rows · 1 failed, such as: the cell is empty" in notebook.text


def test_a_pandas_frame_and_a_checkpoint_give_the_same_again(notebook: Notebook, tmp_path):
    notebook["frame"] = pd.DataFrame({"text": ["charged twice", "twice charged", None]})
    line = f"%racto classify {LABELS} --model kit --frame frame --column text --checkpoint {tmp_path / 'rows.jsonl'} --into done"
    notebook.ok(line)
    asked = len(notebook["kit"].calls)
    notebook.ok(line)
    assert len(notebook["kit"].calls) == asked == 2
    assert notebook["done"]["label"].tolist()[:2] == ["Billing", "Billing"]


def test_a_dry_run_shows_what_would_be_sent(notebook: Notebook):
    notebook.ok(f"%%racto classify {LABELS} --model kit --dry-run\nI was charged twice")
    assert notebook["kit"].calls == []
    assert "I was charged twice" in notebook.text
    assert "not sent" in notebook.text
    notebook.ok(f"%racto classify {LABELS} --model kit --dry-run --frame frame --column text")
    assert "my delivery is late" in notebook.text


def test_an_answer_that_names_no_label_fails_the_cell(notebook: Notebook):
    notebook["kit"] = FakeKit(["I do not know"] * 9)
    assert isinstance(notebook.failed(f"%%racto classify {LABELS} --model kit\nHello"), ClassificationError)
    notebook["safe"] = ListClassifierPipeline(FakeKit(["?"] * 9), options=["Billing", "Sales"], safe_mode=True)
    assert isinstance(notebook.failed("%%racto classify safe\nHello"), ClassificationError)
    assert "Failed: " in notebook.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("\nHello", "Say by which labels"),
        ("sortre\nHello", "Did you mean 'sorter'?"),
        ("frame\nHello", "not a classifier"),
        (f"sorter {LABELS}\nHello", "has labels of its own"),
        ('--labels "a,,b"\nHello', "empty label"),
        ("sorter --multiple\nHello", "--multiple belongs to --labels"),
        ("sorter --frame frame\n", "--frame needs --column"),
        ("sorter --column text\nHello", "--column is about the rows of --frame"),
        ("sorter --frame frame --column text\nHello", "Leave one out"),
        ("sorter\n ", "The cell is empty"),
        ("sorter --into sorter\nHello", "would overwrite the classifier"),
        ("sorter --frame frame --column text --concurrency 0\n", "--concurrency is 1 to"),
    ],
)
def test_what_cannot_be_sorted_is_said_before_anything_is_sent(notebook: Notebook, line: str, said: str):
    head, _, body = line.partition("\n")
    source = f"%%racto classify {head}\n{body}" if body else f"%racto classify {head}"
    error = notebook.failed(source)
    assert isinstance(error, UsageError)
    assert said in str(error)


def test_doubt_is_said_in_words_and_an_unknown_confidence_is_unknown():
    result = ClassifierResult(
        user_query=EVIL,
        options_provided=["A", "B"],
        selected=["A"],
        uncertain=True,
        out_of_scope=True,
        prediction_set=["A", "B"],
        all_scores={"A": 0.5, "B": 0.4},
        reasoning=EVIL,
    )
    shown = classification_bundle(result)
    for said in ("confidence unknown", "looked at by a person", "none of the labels", "May be any of: A, B."):
        assert said in shown["text/plain"]
    assert "<script" not in shown["text/html"]


def test_an_evaluation_as_the_last_line_of_a_cell_shows_each_label(notebook: Notebook):
    results = [ClassifierResult(user_query=text, options_provided=["a", "b"], selected=[text]) for text in "aab"]
    notebook["found"] = evaluation_of(results, ["a", "b", "b"])
    data, _ = notebook.shell.display_formatter.format(notebook["found"])
    assert "<summary>each label</summary>" in data["text/html"]
    assert "accuracy         0.667" in data["text/plain"]


def test_the_bar_says_how_far_it_is():
    bundle = rows_bundle(RowsProgress(rows=100, done=40, texts=80, asked=30))
    assert '<progress value="40" max="100"' in bundle["text/html"]
    assert "40 of 100 rows" in bundle["text/plain"]


def test_the_line_without_a_frame_opens_a_panel_and_with_one_sorts_as_before(notebook: Notebook):
    notebook.ok("%racto classify nearest")
    assert isinstance(notebook["panel"], ClassifierPanel)
    assert "late delivery" in notebook.text

    notebook.ok("%racto classify nearest --frame frame --column text --into done")
    assert notebook["done"]["label"].to_list() == ["late delivery", None, "refund"]

    notebook["frame"] = pl.DataFrame({"text": ["a refund please"], "truth": ["refund"]})
    notebook.ok("%racto classify nearest --frame frame --column text --truth truth --panel --into mine")
    assert notebook["mine"].about["truth"] == "truth"
    notebook["mine"].close()
    notebook["panel"].close()


def test_classifiers_that_wrap_others_are_known_by_their_names(notebook: Notebook):
    notebook["cascade"] = Cascade(notebook["nearest"], notebook["sorter"], threshold=0.5)
    notebook.ok("%%racto classify cascade\nmy delivery is late")
    assert notebook["_racto"].sent_up is False


def test_the_line_refuses_what_makes_no_sense(notebook: Notebook):
    assert "--frame NAME, which is not given" in str(notebook.failed("%racto classify nearest --panel"))
    assert "--truth belongs" in str(notebook.failed("%racto classify nearest --frame frame --column text --truth truth"))
    notebook["panel"] = 3
    assert "would be lost" in str(notebook.failed("%racto classify nearest"))
    assert "empty" in str(notebook.failed("%%racto classify nearest\n"))
    assert "empty" in str(notebook.failed("%racto classify nearest --dry-run"))

"""`%racto dataset`: what is in a dataset, what its checks find, what training costs and how long its examples are."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb import RactoDataset
from racto_nb.exceptions import UsageError

MODEL = "gpt-4o-mini-2024-07-18"


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook["tutor"] = RactoDataset.from_pairs([(f"What is {number}?", f"It is {number}.") for number in range(12)])
    return notebook


def test_all_datasets_are_listed(notebook: Notebook):
    notebook.ok("%racto dataset")
    assert "tutor  12        24" in notebook.text


def test_where_there_is_none_it_is_said_how_to_make_one(notebook: Notebook):
    del notebook.shell.user_ns["tutor"]
    notebook.ok("%racto dataset")
    assert "from_pairs" in notebook.text


def test_figures_findings_and_a_histogram_are_shown(notebook: Notebook):
    notebook.ok(f"%racto dataset tutor --model {MODEL} --epochs 2")
    report, chart = notebook.shown
    assert "examples: 12" in report["text/plain"]
    assert "training, 2 times through: $0.0" in report["text/plain"]
    assert "no errors" in report["text/plain"]
    assert chart["application/vnd.plotly.v1+json"]["data"]
    assert 'alt="Tokens of 12 examples' in chart["text/html"]
    assert "12 examples" in chart["text/plain"]


def test_the_price_of_a_model_that_nobody_knows_is_unknown(notebook: Notebook):
    notebook.ok("%racto dataset tutor --model gpt-nobody")
    assert "price unknown" in notebook.text


def test_what_stands_in_both_datasets_is_found(notebook: Notebook):
    notebook.ok("validation = tutor.sample(3, seed=1)")
    notebook.ok("%racto dataset tutor --validation validation")
    assert "leakage" in notebook.text


def test_findings_are_shown_by_their_rules(notebook: Notebook):
    notebook.ok("tutor.add(type(tutor).from_pairs([('<b>What?</b>', '')])[0])")
    notebook.ok("display(tutor.validate())")
    (shown,) = notebook.shown
    assert "<b>What?" not in shown["text/html"]
    assert "empty content" in shown["text/html"]
    assert "Example 12" in shown["text/plain"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tutr", "Did you mean 'tutor'"),
        ("number", "number is a int, not a RactoDataset"),
        ("--provider openai", "Write the variable with the dataset first"),
        ("tutor --provder openai", "Did you mean '--provider'"),
        ("tutor --provider opnai", "openai"),
        ("tutor --validation number", "not a RactoDataset"),
    ],
)
def test_what_cannot_be_meant_is_one_line(notebook: Notebook, line: str, says: str):
    notebook["number"] = 5
    error = notebook.failed(f"%racto dataset {line}")
    assert isinstance(error, UsageError)
    assert says in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("provider", ["sharegpt", "racto", "gemini_preference"])
def test_findings_are_shown_where_nobody_prices_the_format(notebook: Notebook, provider: str):
    notebook.ok(f"%racto dataset tutor --provider {provider} --model gpt-4o-mini")
    assert "price unknown" in notebook.shown[0]["text/plain"]
    assert "Nothing is known of training" in notebook.shown[0]["text/plain"]

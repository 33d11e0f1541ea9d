"""`%racto dataset edit NAME`: what the line opens, and what it refuses."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb.notebook.completing.options import Known, verb_offers
from racto_nb.widgets import DatasetEditor


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook.ok("from racto_nb import RactoDataset\ntutor = RactoDataset.from_pairs([('What is if?', 'A word.')] * 12)")
    yield notebook
    if "editor" in notebook:
        notebook["editor"].close()


@pytest.mark.parametrize("line", ["edit tutor --who Ann", "tutor --edit --who Ann"])
def test_an_editor_is_kept_and_its_twin_is_shown_where_no_page_is(notebook: Notebook, line: str):
    notebook.ok(f"%racto dataset {line}")

    assert isinstance(notebook["editor"], DatasetEditor)
    assert notebook["editor"].data is notebook["tutor"]
    assert "12 examples · tutor" in notebook.text


def test_opened_again_it_takes_the_place_of_the_one_before(notebook: Notebook):
    notebook.ok("%racto dataset edit tutor")
    before = notebook["editor"]
    notebook.ok("editor.select(0); editor.write(1, 'Other.')")
    notebook.ok("%racto dataset edit tutor")

    assert before.closed
    assert notebook["editor"].data[0].messages[1].content == "Other."


def test_a_line_that_is_refused_closes_no_editor(notebook: Notebook, tmp_path):
    notebook.ok(f"%racto dataset edit tutor --path {tmp_path / 'a.jsonl'}")
    before = notebook["editor"]
    notebook.failed(f"%racto dataset edit tutor --path {tmp_path / 'a.jsonl'} --provider opnai")

    assert notebook["editor"] is before
    assert not before.closed
    notebook.ok(f"%racto dataset edit tutor --path {tmp_path / 'a.jsonl'}")
    assert before.closed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("edit", "variable with the dataset first"), ("edit --who Ann", "variable with the dataset first"), ("edit nobody", "nobody"),
        ("edit tutor --into tutor", "would be lost"), ("edit tutor --validation nobody", "nobody"), ("edit tutor --provider openia", "openia"),
        ("edit tutor --epochs 3", "--epochs"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_and_nothing_is_lost(notebook: Notebook, line: str, says: str):
    data = notebook["tutor"]

    assert says in str(notebook.failed(f"%racto dataset {line}"))
    assert notebook["tutor"] is data
    assert "editor" not in notebook


def test_tab_offers_edit_and_the_datasets_behind_it(notebook: Notebook):
    known = Known({"tutor": notebook["tutor"]}, {}, list, list, list, lambda _: [])

    assert verb_offers("dataset ", ["dataset"], known).texts == ["edit", "tutor"]
    assert verb_offers("dataset edit t", ["dataset"], known).texts == ["edit tutor"]

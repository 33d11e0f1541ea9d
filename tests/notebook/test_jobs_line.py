"""`%racto jobs`: whose jobs are shown, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process_notebook import Notebook

from racto_nb.batch import BatchItem, OpenAIBatchProcessor
from racto_nb.testing import FakeProvider


@pytest.fixture
def notebook(notebook: Notebook, tmp_path: Path) -> Iterator[Notebook]:
    with (
        FakeProvider(["Four."]) as server,
        OpenAIBatchProcessor("gpt-6-luna", api_key="any", base_url=server.base_url("openai"), jobs=tmp_path) as batches,
    ):
        batches.submit_batch([BatchItem(custom_id="q1", user_message="2 + 2?")])
        notebook["batches"] = batches
        yield notebook
        if "jobs" in notebook:
            notebook["jobs"].close()


def test_the_jobs_of_all_processors_are_shown(notebook: Notebook):
    notebook.ok("%racto jobs --every 0")
    notebook.ok("jobs.look(); display(jobs)")

    assert "completed" in notebook.text
    assert "batches" in notebook.text


def test_one_is_named(notebook: Notebook):
    notebook["others"] = 3
    notebook.ok("%racto jobs batches --into mine --every 0")

    assert [source["name"] for source in notebook["mine"].sources] == ["batches"]
    notebook["mine"].close()


def test_a_processor_that_two_variables_hold_is_shown_once(notebook: Notebook):
    notebook["same"] = notebook["batches"]
    notebook.ok("%racto jobs --every 0")

    assert [source["name"] for source in notebook["jobs"].sources] == ["batches"]


@pytest.mark.parametrize(
    ("line", "says"), [("batchez", "Did you mean 'batches'"), ("kit", "no variable 'kit'"), ("batches --every soon", "soon")]
)
def test_what_has_no_jobs_is_said(notebook: Notebook, line: str, says: str):
    assert says in str(notebook.failed(f"%racto jobs {line}"))


def test_where_there_is_no_processor_it_is_said_how_to_make_one(notebook: Notebook):
    del notebook.shell.user_ns["batches"]

    notebook.ok("%racto jobs")
    assert "OpenAIBatchProcessor" in notebook.text

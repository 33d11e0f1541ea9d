"""`%racto sql`: what the line opens, and what it refuses."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb.notebook.widgets.sql import SqlAnalyst


@pytest.fixture
def notebook(notebook: Notebook):
    notebook.ok("import polars as pl\nkit = FakeKit(['SELECT count(*) AS n FROM shops'], repeat_last=True)")
    notebook.ok("shops = pl.DataFrame({'city': ['Oslo', 'Rome']})")
    yield notebook
    notebook.ok("[each.close() for each in list(globals().values()) if type(each).__name__ == 'SqlAnalyst'];")


def test_a_widget_over_a_frame_is_kept_and_its_twin_is_shown_where_no_page_is(notebook: Notebook):
    notebook.ok("%racto sql shops --model kit --no-answer")

    assert isinstance(notebook["analyst"], SqlAnalyst)
    assert notebook.text == "frames shops · fake:fake-model · nothing was asked"
    notebook.ok("analyst.ask('How many?'); analyst.wait(60); display(analyst)")
    assert "> How many?" in notebook.text
    assert notebook["analyst"].result.raw_rows == [{"n": 2}]


def test_the_line_alone_says_what_it_takes(notebook: Notebook):
    notebook.ok("%racto sql")

    assert "a frame, a connection, a pipeline, a file or an address" in notebook.text


def test_a_pipeline_keeps_its_own_kit_and_stays_open(notebook: Notebook):
    notebook.ok("from racto_nb.pipelines import SQLAnalystPipeline\npipe = SQLAnalystPipeline(kit, engine={'shops': shops})")
    notebook.ok("%racto sql pipe --into mine --max-rows 1")
    notebook.ok("mine.run('SELECT city FROM shops'); mine.wait(60); mine.close()")

    assert notebook["mine"].result.row_count == 1
    notebook.ok("rows = pipe.run_sql('SELECT city FROM shops').row_count; pipe.close()")
    assert notebook["rows"] == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--max-rows 5", "Say what to ask"),
        ("nothing_here", "no variable and no file"),
        ("shops --into kit", "would be lost"),
        ("shops --candidates 99 --model kit", "candidates"),
        ("shops --modle kit", "--model"),
    ],
)
def test_what_cannot_be_opened_is_said_and_nothing_is_lost(notebook: Notebook, line: str, says: str):
    error = notebook.failed(f"%racto sql {line}")

    assert says in str(error)
    assert "analyst" not in notebook

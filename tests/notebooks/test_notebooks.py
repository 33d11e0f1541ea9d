"""The example notebooks are one series, run without a network, show what they have shown, and are fit to be read by others."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebooks.saving import METADATA, places

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("home", "root", "work", "tmp", "Users", "opt", "var")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SANITISING = Path(__file__).with_name("sanitising.cfg")
NOTHING_MORE = {"00_quickstart", "01_prompt_builder", "05_sql_analyst", "07_finetune_dataset"}
"""They need what `racto-nb[embedded,lab]` brings, and no other extra."""
LARGEST_OUTPUT, LARGEST_FILE = 40_000, 200_000
"""In bytes. A code host shows no more of a file than it likes to, and a reader loads all of it."""


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path: Path) -> list[nbformat.NotebookNode]:
    return [output for cell in code_cells(path) for output in cell.outputs]


def by_name(paths):
    return [pytest.param(path, id=path.stem) for path in paths]


every_notebook = pytest.mark.parametrize("path", by_name(NOTEBOOKS))


@pytest.mark.slow
@pytest.mark.model
@every_notebook
def test_a_notebook_shows_again_what_it_has_shown(path, tmp_path):
    """nbval in its own process, with none of this project's settings and no network: each code cell is one of its tests."""
    settings = tmp_path / "empty.ini"
    settings.write_text("[pytest]\n")
    options = [
        "--nbval",
        f"--nbval-sanitize-with={SANITISING}",
        "--nbval-current-env",
        "--nbval-cell-timeout=300",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:asyncio",
        "-q",
    ]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", str(settings), "--rootdir", str(tmp_path), *options, str(path)],
        cwd=tmp_path, env={**os.environ, **places(tmp_path)}, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(code_cells(path))} passed" in done.stdout


@every_notebook
def test_a_notebook_opens_with_its_goal_and_ends_with_a_check(path):
    first, *_, heading, last = read(path).cells

    assert re.match(r"# .+\n\nThe goal: \*\*", first.source)
    assert heading.source.startswith("## Check")
    assert "assert " in last.source
    assert ("pip install 'racto-nb[" in first.source) == (path.stem not in NOTHING_MORE), "which extras does it need?"
    assert [output.name for output in last.outputs if output.output_type == "stream"] == ["stdout"]


def test_the_notebooks_lead_from_one_to_the_next():
    for number, path in enumerate(NOTEBOOKS, start=1):
        line = read(path).cells[0].source.rpartition("\n\n")[2]
        around = [other.name for other in (NOTEBOOKS[number - 2 : number - 1] + NOTEBOOKS[number : number + 1])]

        assert line.startswith(f"*Part {number} of {len(NOTEBOOKS)}.")
        assert re.findall(r"\]\((.+?)\)", line) == around


@every_notebook
def test_a_notebook_was_saved_after_a_run_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path)]

    assert counts == list(range(1, len(counts) + 1))
    assert dict(read(path).metadata) == METADATA


@every_notebook
def test_saved_outputs_are_small(path):
    assert [len(json.dumps(output)) for output in outputs(path) if len(json.dumps(output)) > LARGEST_OUTPUT] == []
    assert path.stat().st_size <= LARGEST_FILE


@every_notebook
def test_saved_outputs_hold_nothing_of_the_machine_they_were_made_on(path):
    text = json.dumps([cell.outputs for cell in code_cells(path)])

    assert re.findall(rf"/(?:{'|'.join(FOLDERS)})/|[A-Z]:\\\\Users", text) == []
    assert re.findall(r"0x[0-9a-f]{6,}", text) == []
    assert re.findall(r"(?:localhost|127\.0\.0\.1|::1\]):\d+", text) == []


@every_notebook
def test_saved_outputs_hold_no_warnings(path):
    assert [output.text for output in outputs(path) if output.output_type == "stream" and output.name == "stderr"] == []


@every_notebook
def test_saved_outputs_have_html_and_a_text_twin(path):
    shown = [output for output in outputs(path) if output.output_type == "display_data"]
    plain = [output.data["text/plain"] for output in outputs(path) if output.output_type in {"display_data", "execute_result"}]

    assert shown
    assert [output for output in shown if not {"text/html", "text/plain"} <= set(output.data)] == []
    assert [text for text in plain if re.search(r"<\w[\w.]* object", text)] == [], "an object is no text"


@every_notebook
def test_saved_charts_are_pictures_where_plotly_is_not(path):
    charts = [output.data["text/html"] for output in outputs(path) if "application/vnd.plotly.v1+json" in output.get("data", {})]

    assert [html for html in charts if "data:image/" not in html] == []


@every_notebook
def test_only_cells_that_say_so_end_with_an_error(path):
    failed = [
        cell.source
        for cell in code_cells(path)
        if any(output.output_type == "error" for output in cell.outputs)
        and "raises-exception" not in cell.metadata.get("tags", [])
    ]

    assert failed == []


@every_notebook
def test_most_of_what_a_notebook_shows_is_compared(path):
    """Left out is what a model on this machine writes, and likeness to the last digit: both depend on the processor."""
    showing = [cell for cell in code_cells(path) if cell.outputs]
    left_out = [cell for cell in showing if "nbval-ignore-output" in cell.metadata.get("tags", [])]

    assert len(left_out) <= len(showing) / 2

"""The example notebooks run, and what is saved in them is fit to be read by others."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("home", "root", "work", "tmp", "Users", "opt", "var")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def by_name(paths):
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path):
    """nbval in its own process, with none of this project's settings: each code cell is one of its tests."""
    settings = tmp_path / "empty.ini"
    settings.write_text("[pytest]\n")
    places = {"IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    environment = {**os.environ, **places, "RACTO_DISPLAY": "static", "PYTHONWARNINGS": "error::UserWarning"}
    options = [
        "--nbval-lax",
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
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(code_cells(path))} passed" in done.stdout


@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_saved_outputs_hold_nothing_of_the_machine_they_were_made_on(path):
    text = json.dumps([cell.outputs for cell in code_cells(path)])

    assert re.findall(rf"/(?:{'|'.join(FOLDERS)})/|[A-Z]:\\\\Users", text) == []
    assert re.findall(r"0x[0-9a-f]{6,}", text) == []
    assert re.findall(r"(?:localhost|127\.0\.0\.1|::1\]):\d+", text) == []


@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_saved_outputs_hold_no_warnings(path):
    outputs = [output for cell in code_cells(path) for output in cell.outputs]

    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []


@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_saved_outputs_have_html_and_a_text_twin(path):
    shown = [output for cell in code_cells(path) for output in cell.outputs if output.output_type == "display_data"]

    assert shown
    assert [output for output in shown if not {"text/html", "text/plain"} <= set(output.data)] == []


@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_only_cells_that_say_so_end_with_an_error(path):
    failed = [
        cell.source
        for cell in code_cells(path)
        if any(output.output_type == "error" for output in cell.outputs)
        and "raises-exception" not in cell.metadata.get("tags", [])
    ]

    assert failed == []


@pytest.mark.parametrize("path", by_name(NOTEBOOKS))
def test_something_in_each_notebook_is_compared(path):
    assert [cell for cell in code_cells(path) if "nbval-check-output" in cell.metadata.get("tags", [])]

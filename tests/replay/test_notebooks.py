"""A notebook that was recorded with the models is replayed without them, without the network, to the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from racto_nb.replay.file import entries_of

EMBED = """from racto_nb import embedded_developer_kit as embedded
found = embedded.Chat().embed(embedded.EmbeddingConfig(texts=['red', 'blue']))
[vector.embedding[:3] for vector in found.vectors], found.usage"""
CELLS = (
    "from racto_nb.testing import forbid_network\nfence = forbid_network(allow_loopback=True)\n_ = fence.__enter__()",
    "%load_ext racto_nb",
    "%%racto --model embedded:smollm2-135m\nSay hello in one short sentence.",
    EMBED,
    "(_racto.origin, _racto.seconds, _racto.cost) if _racto.origin == 'replay' else 'recorded'",
)
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=240, kernel_name="python3", store_widget_state=False).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.mark.model
@pytest.mark.slow
def test_a_notebook_is_replayed_to_the_same_bytes_without_models_and_network(tmp_path: Path):
    written, shown = tmp_path / "a.ipynb", tmp_path / "shown.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in CELLS]), written)
    tape, nowhere = tmp_path / "a.replay.jsonl", tmp_path / "empty"
    nowhere.mkdir()
    executed(written, tmp_path / "recorded.ipynb", {"RACTO_REPLAY": f"record:{tape}"})
    before = tape.read_bytes()
    replaying = {"RACTO_REPLAY": f"replay:{tape}", "RACTO_CACHE_DIR": str(nowhere), "RACTO_DOWNLOAD": "never"}

    executed(written, shown, replaying)
    reports = [compared(shown, tmp_path, replaying) for _ in range(2)]
    executed(written, tmp_path / "again.ipynb", replaying)
    papermill = [sys.executable, "-m", "papermill", "--kernel", "python3", "--no-progress-bar"]
    run([*papermill, str(written), str(tmp_path / "milled.ipynb")], tmp_path, replaying)

    assert [entry.asked.kind for entry in entries_of(tape)] == ["stream", "send"]
    assert [f"{len(CELLS)} passed" in report for report in reports] == [True, True], reports
    assert outputs_of(tmp_path / "again.ipynb") == outputs_of(tmp_path / "milled.ipynb") == outputs_of(shown)
    assert outputs_of(tmp_path / "recorded.ipynb")[3] == outputs_of(shown)[3]  # vectors, to the last bit
    assert "tokens · replay" in outputs_of(shown)[2][0]["data"]["text/html"]
    assert outputs_of(shown)[4][0]["data"]["text/plain"] == "('replay', 0.0, 0.0)"
    assert (tape.read_bytes(), list(nowhere.iterdir())) == (before, [])


def executed(source: Path, target: Path, environment: Mapping[str, str]) -> None:
    run([sys.executable, "-c", EXECUTE, str(source), str(target)], source.parent, environment)


def compared(notebook: Path, folder: Path, environment: Mapping[str, str]) -> str:
    """The report of nbval, which compares every output with the saved one."""
    settings = folder / "empty.ini"
    settings.write_text("[pytest]\n")
    options = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=240", "-p", "no:cacheprovider", "-p", "no:asyncio", "-q"]
    command = [sys.executable, "-m", "pytest", "-c", str(settings), "--rootdir", str(folder), *options, str(notebook)]
    return run(command, folder, environment)


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    own = {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "RACTO_DISPLAY": "static"}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **own, **environment}, capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outputs_of(path: Path) -> list[Any]:
    return [cell["outputs"] for cell in nbformat.read(path, 4).cells]

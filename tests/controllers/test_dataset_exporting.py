"""What a page may have an editor of a dataset write, and what it may not, whatever it says."""

from __future__ import annotations

import time

import pytest

from racto_nb.finetune import RactoDataset
from racto_nb.notebook.controllers.dataset.events import Export
from racto_nb.widgets import DatasetEditor


def made():
    return RactoDataset.from_pairs([("What is a list?", "A sequence."), ("And a set?", "No order.")])


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """An editor of `data/train.jsonl`, in a kernel that works in `desk`."""
    for name in ("desk", "data", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    editor = DatasetEditor(made(), path=tmp_path / "data" / "train.jsonl")
    yield editor
    editor.close()


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def heard(editor, path, *, overwrite=False):
    """What a page says."""
    editor.fault = {}
    editor._heard(None, {"do": "export", "path": str(path), "form": "openai", "overwrite": overwrite})


@pytest.mark.parametrize("path", ["out.jsonl", "{root}/desk/out.JSONL", "{root}/data/deeper/out.json"])
def test_a_page_exports_data_below_the_working_directory_and_beside_the_data(editor, tmp_path, path):
    (tmp_path / "data" / "deeper").mkdir()
    heard(editor, path.replace("{root}", str(tmp_path)))
    until(lambda: editor.now.saving.done)
    (written,) = tmp_path.rglob("out.*")
    assert RactoDataset.from_jsonl(written, "openai") == made()

    heard(editor, written)
    until(lambda: editor.fault)
    assert "already" in editor.fault["text"]


@pytest.mark.parametrize(
    "path",
    [
        "{root}/elsewhere/out.jsonl", "../elsewhere/out.jsonl", "~/out.jsonl", "link/out.jsonl", "linked.jsonl", "{root}/desk", "..", "",
        ".ssh/out.json", ".out.jsonl", "{root}/data/.train.jsonl.edits", "code.py", "notebook.ipynb", "out", "jsonl", "out.jsonl\0.py",
    ],
)  # fmt: skip
def test_a_page_writes_nothing_elsewhere_and_over_nothing_that_is_no_data(editor, tmp_path, path):
    desk, elsewhere = tmp_path / "desk", tmp_path / "elsewhere"
    (desk / ".ssh").mkdir()
    (desk / "link").symlink_to(elsewhere)
    (elsewhere / "kept.jsonl").write_text("kept")
    (desk / "linked.jsonl").symlink_to(elsewhere / "kept.jsonl")
    for name in ("code.py", "notebook.ipynb"):
        (desk / name).write_text("kept")
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}

    heard(editor, path.replace("{root}", str(tmp_path)), overwrite=True)

    assert editor.fault["text"]
    assert "export" not in editor._working
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before


def test_python_exports_wherever_it_wants(editor, tmp_path):
    editor.tell(Export(str(tmp_path / "elsewhere" / "out"), "openai"))
    until(lambda: editor.now.saving.done)
    assert RactoDataset.from_jsonl(tmp_path / "elsewhere" / "out", "openai") == made()

"""What an editor of a dataset keeps beside its file, and how far the file is from the data: real files, kernels that die."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.finetune import RactoDataset, RactoTrainingExample
from racto_nb.notebook.controllers.dataset.events import Copy, Delete, Pair, Save
from racto_nb.notebook.widgets.dataset import editing, looking
from racto_nb.widgets import DatasetEditor


def made(count=6):
    return RactoDataset.from_pairs([(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(count)])


@pytest.fixture
def path(tmp_path):
    return made().export_jsonl(tmp_path / "train.jsonl")


@pytest.fixture
def opened(path):
    """Opens the file in another editor, as after a kernel has died."""
    editors = []

    def make(data=None):
        for editor in editors:
            editor.close()
        editors.append(DatasetEditor(RactoDataset.from_jsonl(path) if data is None else data, path=path))
        return editors[-1]

    yield make
    for editor in editors:
        editor.close()


def answers(editor):
    return [example.messages[1].content for example in editor.data]


def key(editor):
    return editor.now.opened.key


def write(editor, place, text):
    editor.select(place)
    editor.write(1, text)


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_what_was_saved_and_taken_back_afterwards_is_restored_with_all_edits_after_it(opened):
    editor = opened()
    write(editor, 0, "A")
    write(editor, 1, "B")
    editor.save(overwrite=True)
    editor.undo()
    editor.undo()
    write(editor, 2, "C")
    assert editor.unsaved == 3

    again = opened()
    assert answers(again) == answers(editor) == ["It is 0.", "It is 2.", "C", "It is 6.", "It is 8.", "It is 10."]
    assert again.unsaved == 3
    assert "3 edits of an earlier session were made again" in again.now.saving.notice
    again.undo()
    again.undo()
    assert opened().data == again.data


def test_an_example_that_was_saved_as_gone_comes_back_to_its_place(opened):
    editor = opened()
    editor.select(2)
    editor.tell(Delete(key(editor)))
    editor.save(overwrite=True)
    editor.undo()
    write(editor, 5, "last")

    again = opened()
    assert again.data == editor.data
    assert again.data.history[0].what == "insert"


def test_unsaved_is_the_way_from_the_file_to_the_data_in_edits(opened):
    editor = opened()
    write(editor, 0, "A")
    editor.save(overwrite=True)
    editor.undo()
    assert editor.unsaved == 1
    editor.redo()
    assert editor.unsaved == 0
    editor.undo()
    write(editor, 1, "B")
    assert editor.unsaved == 2
    editor.undo()
    assert editor.unsaved == 1
    assert opened().data == editor.data


def test_edits_that_are_made_while_the_file_is_written_are_unsaved_and_restored(opened, monkeypatch):
    editor = opened()
    write(editor, 0, "A")
    write(editor, 1, "B")
    export = RactoDataset.export_jsonl

    def slow(self, *given, **options):
        editor.undo()
        write(editor, 2, "C")
        return export(self, *given, **options)

    monkeypatch.setattr(editing.RactoDataset, "export_jsonl", slow)
    editor.save(overwrite=True)
    monkeypatch.undo()

    assert editor.unsaved == 2
    assert opened().data == editor.data


def test_a_change_in_a_cell_is_seen_that_leaves_as_many_examples_and_edits_as_before(opened):
    editor = opened()
    write(editor, 3, "X")
    editor.data.undo()
    editor.data.replace(0, RactoTrainingExample.from_pair("N", "M"))
    write(editor, 1, "Y")
    assert editor.now.log.undo == "rewrite turn 1"
    assert editor.unsaved == 3

    again = opened()
    assert answers(again)[:4] == ["It is 0.", "It is 2.", "It is 4.", "X"]
    assert "changed elsewhere" in again.now.saving.notice


def test_an_edit_whose_data_came_to_something_else_is_not_made_again_but_put_aside(opened, path):
    editor = opened()
    write(editor, 0, "A")
    write(editor, 1, "B")
    editor.close()
    kept = path.with_name(".train.jsonl.edits")
    first, one, two = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(first + one + two.replace(b'"total":', b'"total":1', 1))

    again = opened()
    assert answers(again)[:2] == ["A", "It is 2."]
    assert "later edits were not made" in again.now.saving.notice
    assert path.with_name(".train.jsonl.edits.1").read_bytes().count(b"\n") == 3
    assert opened().data == again.data


def test_one_save_goes_on_at_a_time_and_a_second_one_is_refused(opened, monkeypatch):
    editor = opened()
    write(editor, 0, "A")
    export, begun, go, written = RactoDataset.export_jsonl, threading.Event(), threading.Event(), []

    def slow(self, *given, **options):
        begun.set()
        assert go.wait(20)
        written.append(len(self))
        return export(self, *given, **options)

    monkeypatch.setattr(editing.RactoDataset, "export_jsonl", slow)
    editor._heard(None, {"do": "save", "overwrite": True})
    assert begun.wait(20)
    editor._heard(None, {"do": "save", "overwrite": True})
    assert "being saved" in editor.fault["text"]
    with pytest.raises(UsageError, match="being saved"):
        editor.save(overwrite=True)
    write(editor, 1, "B")
    go.set()
    until(lambda: editor.now.saving.done)
    assert (written, editor.unsaved) == ([6], 1)

    until(lambda: not editor._hand.saving)
    editor.tell(Save(overwrite=True))
    until(lambda: editor.unsaved == 0)
    assert RactoDataset.from_jsonl(editor._hand.path) == editor.data


@pytest.mark.parametrize("ends", ["example = 1", "no condition"])
def test_a_slow_filter_that_another_one_has_taken_the_place_of_says_nothing_any_more(opened, monkeypatch, ends):
    editor = opened()
    begun, go, over = threading.Event(), threading.Event(), []
    filtered, narrow = looking.filtered, looking.Looking._narrow

    def slow(examples, where, *given):
        if where == ends:
            begun.set()
            assert go.wait(20)
        return filtered(examples, where, *given)

    def counted(self, *given):
        try:
            narrow(self, *given)
        finally:
            over.append(given)

    monkeypatch.setattr(looking, "filtered", slow)
    monkeypatch.setattr(looking.Looking, "_narrow", counted)
    editor._heard(None, {"do": "filter", "where": ends})
    assert begun.wait(20)
    editor._heard(None, {"do": "filter", "where": "example >= 4"})
    until(lambda: editor.now.sheet.shown == 2)
    go.set()
    until(lambda: len(over) == 2)

    sheet = editor.now.sheet
    assert (sheet.shown, sheet.where, sheet.told, editor.fault) == (2, "example >= 4", "", {})


def test_leaks_go_along_with_the_examples_and_those_of_a_changed_example_are_gone():
    data = made()
    editor = DatasetEditor(data, validation=RactoDataset([data[1], data[3], data[4]]))
    editor.leaks()
    found = [(leak.validation, leak.train) for leak in editor.now.leaking.leaks if leak.kind == "exact"]
    assert found == [(0, 1), (1, 3), (2, 4)]
    editor.tell(Pair(0))

    editor.select(0)
    editor.tell(Delete(key(editor)))
    write(editor, 3, "changed")

    leaking = editor.now.leaking
    assert [(leak.validation, leak.train) for leak in leaking.leaks if leak.kind == "exact"] == [(0, 0), (1, 2)]
    assert (leaking.state, leaking.both) == ("edited", None)
    editor.tell(Pair(1))
    assert editor.leaking["both"]["sides"][0] == editor.leaking["both"]["sides"][1]
    data.remove(0)
    editor.refresh()
    assert (editor.now.leaking.state, editor.now.leaking.leaks) == ("never", ())
    editor.close()


def test_an_editor_of_the_same_file_in_the_same_kernel_takes_over_with_all_edits(opened, path):
    editor = opened()
    write(editor, 0, "A")
    again = DatasetEditor(RactoDataset.from_jsonl(path), path=path)  # the cell is run again

    assert answers(again)[0] == "A"
    assert (editor.closed, again.closed) == (True, False)
    assert "Another editor has taken 'train.jsonl' over. This one is closed." in editor._twin()["text/plain"]
    with pytest.raises(UsageError, match="closed"):
        editor.write(1, "late")
    with pytest.raises(UsageError, match="closed"):
        editor.save(overwrite=True)
    write(again, 1, "B")
    third = DatasetEditor(again.data, path=path.parent / ".." / path.parent.name / path.name)  # the same file, and the same data
    assert (again.closed, answers(third)[:2], third.unsaved) == (True, ["A", "B"], 2)
    third.close()
    assert sorted(each.name for each in path.parent.iterdir()) == [".train.jsonl.edits", "train.jsonl"]


def test_a_folder_without_locks_is_said_to_be_one(path, monkeypatch):
    def refused(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(pytest.importorskip("fcntl"), "flock", refused)
    with pytest.raises(UsageError, match="has no locks for files"):
        DatasetEditor(made(), path=path)


def test_an_editor_in_another_kernel_has_the_file_until_that_kernel_dies(path):
    code = (
        "import sys; from racto_nb.finetune import RactoDataset; from racto_nb.widgets import DatasetEditor\n"
        "DatasetEditor(RactoDataset.from_jsonl(sys.argv[1]), path=sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(UsageError, match="Another editor"):
            DatasetEditor(made(), path=path)
        other.kill()
    DatasetEditor(made(), path=path).close()


def test_an_editor_that_cannot_be_opened_leaves_the_file_to_others(path):
    edits = path.with_name(".train.jsonl.edits")
    edits.mkdir()
    with pytest.raises(OSError, match="directory"):
        DatasetEditor(made(), path=path)
    edits.rmdir()
    DatasetEditor(made(), path=path).close()


def test_edits_that_only_moved_an_example_are_restored_too(opened):
    editor = opened()
    editor.select(0)
    editor.tell(Copy(key(editor)))
    editor.select(0)
    editor.tell(Delete(key(editor)))

    again = opened()
    assert (again.data, again.unsaved) == (editor.data, 2)
    assert "2 edits of an earlier session" in again.now.saving.notice
    same = opened(again.data)
    assert (len(same.data), same.unsaved, same.now.saving.notice) == (6, 2, "")

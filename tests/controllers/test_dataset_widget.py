"""The Python side of the editor: a real dataset, real files, a real database for the filter."""

from __future__ import annotations

import time

import pytest

from racto_nb.exceptions import DatasetFileExistsError, UsageError, WrongTypeError
from racto_nb.finetune import RactoDataset, RactoTrainingExample
from racto_nb.notebook.controllers.dataset.events import Compare, Copy, Delete, Export, For, Mend, New, Pair, Save, Sign, Tag
from racto_nb.notebook.widgets.dataset import looking, narrowing
from racto_nb.widgets import DatasetEditor


def made(count=20):
    return RactoDataset.from_pairs([(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(count)], system="Be brief.")


@pytest.fixture
def opened():
    """Makes editors that are closed in the end, and where another one has their file then."""
    editors = []

    def make(*given, **options):
        for editor in editors if "path" in options else ():
            editor.close()
        editors.append(DatasetEditor(*given, **options))
        return editors[-1]

    yield make
    for editor in editors:
        editor.close()


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def key(editor):
    return editor.now.opened.key


def heard(editor, content):
    """Say what a page says."""
    editor._heard(None, content)


def test_an_edit_changes_the_dataset_in_place_is_signed_and_is_taken_back_and_done_again(opened):
    data = made()
    editor = opened(data, who="Ann")
    editor.select(3)
    editor.tell(Sign("Ann", "typo"))
    editor.write(2, "Six.")

    assert data[3].messages[2].content == "Six."
    assert (data.history[-1].who, data.history[-1].why) == ("Ann", "typo; rewrite turn 2")
    assert editor.selected is data[3]

    editor.undo()
    assert data == made()
    editor.redo()
    assert data[3].messages[2].content == "Six."
    with pytest.raises(UsageError, match="nothing to redo"):
        editor.redo()


def test_examples_are_removed_and_added_and_rows_findings_and_counts_go_along(opened):
    data = made()
    data.replace(5, RactoTrainingExample.from_conversation([("human", "x"), ("assistant", "y")]))
    editor = opened(data)
    editor.check()
    editor.search(where="example >= 4")
    editor.select(4)
    editor.tell(Delete(key(editor)))

    assert len(data) == 19
    assert editor.place == 4
    assert editor.now.opened.row == 0
    assert {finding.example for finding in editor.findings} == {4}
    assert len(editor._hand.desk.tokens) == 19

    editor.undo()
    assert {finding.example for finding in editor.findings} == {5}
    editor.tell(New())
    assert editor.place == 20
    editor.select(0)
    editor.tell(Copy(key(editor)))
    assert data[21] == data[0]


def test_the_rows_are_searched_and_filtered_by_sql(opened):
    editor = opened(made(30))

    editor.search("PLUS 7")
    assert [example.messages[1].content for example in editor.shown] == ["What is 7 plus 7?"]
    editor.search("plus", where="answer LIKE '%1_.' AND turns = 3 AND list_contains(roles, 'user') -- a comment")
    assert len(editor.shown) == 5
    editor.search()
    assert len(editor.shown) == 30


@pytest.mark.parametrize(
    "where",
    [
        "1) ; SELECT (1", "nothing = 3", "example IN (SELECT 1 FROM read_csv('{file}'))", "example IN (SELECT 1 FROM data)", "1; DROP TABLE examples",
        "example IN (SELECT 1 FROM read_text('{file}'))", "1) UNION SELECT 1; SET enable_external_access = true; SELECT (1",
        "\x00", "turns = 3 \ud83d",
    ],
)  # fmt: skip
def test_a_filter_reaches_nothing_but_the_examples(opened, tmp_path, where):
    data = made(3)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    editor = opened(data)

    with pytest.raises(UsageError, match="filter"):
        editor.search(where=where.replace("{file}", str(secret)))
    assert len(editor.shown) == 3


ENDLESS = "(SELECT count(*) FROM range(1000000000) a, range(1000000) b) > 1"


@pytest.mark.parametrize(
    "does",
    [
        lambda editor: heard(editor, {"do": "filter", "where": ""}),
        lambda editor: editor.search("plus"),
        lambda editor: editor.close(),
    ],
    ids=["another filter", "a search in a cell", "closing"],
)
def test_a_filter_that_nobody_waits_for_is_stopped(opened, monkeypatch, does):
    ended, filtered = [], looking.filtered

    def recorded(*given):
        try:
            return filtered(*given)
        finally:
            ended.append(given[1])

    monkeypatch.setattr(looking, "filtered", recorded)
    monkeypatch.setattr(narrowing, "PATIENCE", 600.0)
    editor = opened(made())
    heard(editor, {"do": "filter", "where": ENDLESS})
    time.sleep(0.3)
    does(editor)
    until(lambda: ended == [ENDLESS])

    assert editor.closed or not editor.sheet["busy"]


def test_a_filter_that_takes_too_long_is_said(opened, monkeypatch):
    monkeypatch.setattr(narrowing, "PATIENCE", 0.2)

    with pytest.raises(UsageError, match="took more than"):
        opened(made()).search(where=ENDLESS)


def test_a_search_that_breaks_leaves_nothing_busy(opened, monkeypatch):
    def broken(*_):
        raise MemoryError("There is no room.")

    editor = opened(made())
    monkeypatch.setattr(looking, "searched", broken)
    heard(editor, {"do": "seek", "value": "plus"})
    until(lambda: editor.fault)

    assert "no room" in editor.fault["text"]
    assert not editor.sheet["busy"]


def test_edits_outlive_the_kernel_in_a_file_beside_the_data_which_is_not_touched(opened, tmp_path):
    path = made().export_jsonl(tmp_path / "train.jsonl")
    before = path.read_bytes()
    editor = opened(RactoDataset.from_jsonl(path), path=path, who="Ann")
    editor.select(3)
    editor.write(2, "Six.")
    editor.write(2, "six")
    editor.undo()
    editor.tell(Tag(key(editor), "label", "sum"))
    editor.tell(Delete(key(editor)))
    editor.tell(New())
    edits = path.with_name(".train.jsonl.edits")
    edits.write_bytes(edits.read_bytes() + b'{"total": 12, "wh')  # the kernel dies in the middle of a line

    again = opened(RactoDataset.from_jsonl(path), path=path)

    assert path.read_bytes() == before
    assert again.data == editor.data
    assert again.unsaved == 4
    assert "4 edits of an earlier session were made again" in again.now.saving.notice
    assert again.data.history[0].who == "Ann"

    again.select(0)
    again.write(1, "later")
    third = opened(RactoDataset.from_jsonl(path), path=path)
    assert third.data == again.data


def test_saving_writes_the_file_when_told_to_overwrite_it_and_forgets_the_edits(opened, tmp_path):
    path = made().export_jsonl(tmp_path / "train.jsonl")
    editor = opened(RactoDataset.from_jsonl(path), path=path)
    editor.select(0)
    editor.write(1, "Other")

    with pytest.raises(DatasetFileExistsError):
        editor.save()
    assert editor.unsaved == 1
    editor.save(overwrite=True)

    assert (editor.unsaved, RactoDataset.from_jsonl(path)) == (0, editor.data)
    assert not path.with_name(".train.jsonl.edits").exists()
    assert opened(RactoDataset.from_jsonl(path), path=path).now.saving.notice == ""


def test_edits_of_other_data_are_kept_aside_and_said(opened, tmp_path):
    path = made().export_jsonl(tmp_path / "train.jsonl")
    editor = opened(RactoDataset.from_jsonl(path), path=path)
    editor.select(0)
    editor.write(1, "Other")
    other = opened(made(7), path=path)

    assert "edits of other data" in other.now.saving.notice
    assert path.with_name(".train.jsonl.edits.1").exists()
    assert other.data == made(7)


def test_the_same_dataset_opened_again_in_one_kernel_is_not_edited_twice(opened, tmp_path):
    data = made()
    path = data.export_jsonl(tmp_path / "train.jsonl")
    editor = opened(data, path=path)
    editor.tell(New())
    again = opened(data, path=path)

    assert len(data) == 21
    assert again.unsaved == 1


def test_what_a_cell_does_to_the_dataset_is_seen_and_is_not_taken_for_an_edit(opened, tmp_path):
    path = made().export_jsonl(tmp_path / "train.jsonl")
    editor = opened(RactoDataset.from_jsonl(path), path=path)
    editor.select(0)
    editor.write(1, "one")
    editor.data.remove(5)

    with pytest.raises(UsageError, match="nothing to undo"):
        editor.undo()
    assert editor.now.sheet.count == 19
    editor.select(1)
    editor.write(1, "two")

    again = opened(RactoDataset.from_jsonl(path), path=path)
    assert again.data[0].messages[1].content == "one"
    assert len(again.data) == 20
    assert "changed elsewhere" in again.now.saving.notice


def test_what_one_finding_says_is_mended_at_a_press_and_all_of_a_rule_as_one_edit(opened):
    data = RactoDataset.from_pairs([("Hi ", "Hello"), ("mail ann@example.org", "Yes"), ("Ho ", "Hey")])
    editor = opened(data)
    editor.select(1)
    editor.tell(Mend("personal_data", key(editor)))
    assert data[1].messages[0].content == "mail [EMAIL_1]"

    editor.check()
    editor.tell(Mend("whitespace_at_ends"))
    until(lambda: data[2].messages[0].content == "Ho")
    until(lambda: editor.now.log.undo == "mend whitespace_at_ends in 2 examples")
    editor.undo()
    assert [example.messages[0].content for example in data] == ["Hi ", "mail [EMAIL_1]", "Ho "]


def test_an_edited_example_is_checked_at_once_for_the_provider_that_is_chosen(opened):
    editor = opened(made())
    editor.select(2)
    assert editor.now.opened.found == ()
    editor.write(2, "")
    assert [finding.rule for finding in editor.now.opened.found if finding.severity == "error"] == ["empty_content"]
    editor.tell(For("openai_dpo"))
    assert "preference_pair" in {finding.rule for finding in editor.now.opened.found}


def test_leaks_link_both_examples(opened):
    held = RactoDataset.from_pairs([("Something else entirely?", "Yes."), ("what is 7 plus 7", "14")])
    editor = opened(made(), validation=held)
    editor.leaks()
    editor.tell(Pair(0))

    both = editor.leaking["both"]
    assert (both["validation"], both["train"]) == (1, 7)


def test_the_data_is_exported_and_compared_and_nothing_is_overwritten_unasked(opened, tmp_path):
    editor = opened(made())
    target = tmp_path / "out.jsonl"
    editor.select(0)
    editor.write(1, "Other")
    editor.tell(Export(str(target), "anthropic"))
    until(target.exists)
    editor.tell(Export(str(target), "openai"))
    until(lambda: editor.fault)
    assert "already" in editor.fault["text"]
    editor.tell(Compare())
    until(lambda: editor.edits["diff"])
    assert "1 changed, 19 kept" in editor.edits["diff"]
    editor.tell(Save())
    until(lambda: "not known where" in editor.fault["text"])


def test_a_page_that_says_what_cannot_be_done_is_told_and_changes_nothing(opened):
    data = made()
    editor = opened(data)
    editor.select(0)
    for content in (
        {"do": "write", "key": "e99", "turn": 1, "value": "late"}, {"do": "open", "row": 5, "shape": 999}, {"do": "go", "place": 10**9},
        {"do": "attach", "key": key(editor), "turn": 0, "names": ["a"], "types": ["text/plain"]}, {"do": "eval"}, {"do": "for", "value": "x"},
    ):  # fmt: skip
        editor.fault = {}
        heard(editor, content)
        assert editor.fault, content
    assert data == made()


def test_only_a_dataset_is_edited_for_a_provider_that_is_known():
    with pytest.raises(WrongTypeError, match="RactoDataset"):
        DatasetEditor([("a", "b")])
    with pytest.raises(UsageError, match="openia"):
        DatasetEditor(made(), provider="openia")

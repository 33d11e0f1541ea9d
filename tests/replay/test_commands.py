"""`racto-nb replay`: list, prune, diff and scrub."""

from __future__ import annotations

from pathlib import Path

import pytest

from racto_nb.command_line import main
from racto_nb.models import ChatConfig
from racto_nb.replay import record, replay
from racto_nb.replay.entries import HEADER
from racto_nb.replay.file import entries_of
from racto_nb.testing import FakeKit, FakeReply

FIRST, SECOND = ChatConfig(user_message="Who wrote Faust?"), ChatConfig(user_message="And Hamlet?")


def made(path: Path, first: str = "Goethe wrote it.", second: str = "Shakespeare did.") -> Path:
    with record(path):
        list(FakeKit([FakeReply.of(first)]).stream(FIRST))
        FakeKit([second]).chat(SECOND)
    return path


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return made(tmp_path / "t.jsonl")


def test_list_names_each_interaction(tape: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["replay", "list", str(tape)]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("#0 stream fake:fake-model: 'Who wrote Faust?'")
    assert second.endswith("#0 send fake:fake-model: 'And Hamlet?'")


def test_prune_drops_what_was_recorded_again_and_keeps_the_order(tape: Path, capsys: pytest.CaptureFixture[str]):
    before = tape.read_bytes().splitlines()
    made(tape, first="It was Goethe.")

    assert main(["replay", "prune", str(tape)]) == 0

    assert "1 of 3 interactions dropped, 2 kept" in capsys.readouterr().out
    after = tape.read_bytes().splitlines()
    assert [line == other for line, other in zip(before, after, strict=True)] == [True, False, True]
    with replay(tape):
        assert "".join(chunk.delta.text for chunk in FakeKit().stream(FIRST)) == "It was Goethe."


def test_prune_drops_what_a_run_did_not_use(tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    notes = tmp_path / "notes.txt"
    monkeypatch.setenv("RACTO_REPLAY_USED", str(notes))
    with replay(tape):
        FakeKit().chat(SECOND)

    assert main(["replay", "prune", "--used", str(notes), str(tape)]) == 0

    assert [entry.asked.kind for entry in entries_of(tape)] == ["send"]


def test_notes_that_are_none_drop_nothing(tape: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = tape.read_bytes()
    (tmp_path / "notes").write_text("no notes of any run\n")

    assert main(["replay", "prune", "--used", str(tmp_path / "notes"), str(tape)]) == 1

    assert "holds no notes of a run" in capsys.readouterr().err
    assert tape.read_bytes() == before


def test_diff_says_which_answers_changed_and_in_which_words(tape: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    other = made(tmp_path / "u.jsonl", first="Schiller wrote it.", second="Shakespeare did.")
    with record(other):
        FakeKit(["x"]).chat(ChatConfig(user_message="And Emma?"))

    assert main(["replay", "diff", str(tape), str(other)]) == 1

    changed, how, added = capsys.readouterr().out.splitlines()
    assert changed.startswith("changed")
    assert "[Goethe → Schiller] wrote it." in how
    assert added.startswith("added")
    assert "And Emma?" in added


def test_diff_of_the_same_is_nothing(tape: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["replay", "diff", str(tape), str(tape)]) == 0
    assert "The same was asked" in capsys.readouterr().out


def test_scrub_takes_texts_patterns_and_secrets_out(
    tape: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MY_SECRET", "Shakespeare")
    tape.chmod(0o640)

    assert main(["replay", "scrub", str(tape), "Goethe", "--pattern", r"Ham\w+"]) == 0

    assert "2 of 2 interactions held some of it" in capsys.readouterr().out
    written = tape.read_text()
    assert not any(word in written for word in ("Goethe", "Hamlet"))
    assert "Shakespeare" in written  # letters only: a word, and no secret
    assert tape.stat().st_mode & 0o777 == 0o640
    assert written.startswith(HEADER.decode())
    with replay(tape):
        assert "".join(chunk.delta.text for chunk in FakeKit().stream(FIRST)) == "[removed] wrote it."
        assert FakeKit().chat(SECOND).content == "Shakespeare did."


def test_a_mark_of_the_file_is_not_scrubbed(tape: Path):
    main(["replay", "scrub", str(tape), "response"])

    with replay(tape):
        assert FakeKit().chat(SECOND).content == "Shakespeare did."


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["scrub", "t.jsonl", ""], "An empty text is everywhere"),
        (["scrub", "t.jsonl", "--pattern", "("], "is no regular expression"),
        (["list", "nowhere.jsonl"], "There is no recording"),
    ],
)
def test_wrong_lines_change_nothing_and_say_why(tape: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]):
    before = tape.read_bytes()

    assert main(["replay", *words]) == 1

    assert says in capsys.readouterr().err
    assert tape.read_bytes() == before

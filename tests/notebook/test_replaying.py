"""`%racto replay`, and cells whose answers come from a recording: the same output each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process_notebook import Notebook

from racto_nb._taping import TAPING
from racto_nb.exceptions import ReplayFileError, ReplayMissError, UsageError

ASK = "%%racto --model kit\nWhat is 2 + 2?"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("RACTO_REPLAY", "RACTO_REPLAY_FILE", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    TAPING.set(None)


@pytest.fixture
def recorded(notebook: Notebook) -> Notebook:
    """A notebook whose one question is recorded; its kit has no more answers."""
    notebook.ok("%racto replay record t.jsonl")
    notebook.ok("kit = FakeKit([FakeReply(('4', ' it is.'), thinking='two and two', delay=0.06)])")
    notebook.ok(ASK)
    return notebook


def test_a_replayed_cell_shows_the_same_each_time_and_says_that_it_is_a_replay(recorded: Notebook):
    assert "· fresh" in recorded.text
    outputs = []
    for _ in range(2):
        recorded.ok("%racto replay replay t.jsonl")
        recorded.ok(ASK)
        outputs.append(recorded.shown)

    assert outputs[0] == outputs[1]
    assert "tokens · replay" in recorded.text
    assert " s ·" not in recorded.text
    assert (recorded["_racto"].origin, recorded["_racto"].cost, recorded["_racto"].seconds) == ("replay", 0.0, 0.0)
    assert recorded["_racto"].thinking == "two and two"


def test_what_is_not_recorded_fails_the_cell_the_same_each_time(recorded: Notebook):
    outputs = []
    for _ in range(2):
        recorded.ok("%racto replay replay t.jsonl")
        error = recorded.failed("%%racto --model kit\nWhat is 3 + 3?")
        assert isinstance(error, ReplayMissError)
        outputs.append((recorded.shown, str(error)))

    assert outputs[0] == outputs[1]
    assert "What is [2 + 2? → 3 + 3?]" in outputs[0][1]


def test_the_line_says_what_holds(recorded: Notebook):
    recorded.ok("%racto replay")
    assert recorded.text == "Calls are asked and recorded in 't.jsonl' from now on."
    recorded.ok("%racto replay off")
    recorded.ok("%racto replay")
    assert recorded.text == "Calls are neither recorded nor replayed."


def test_without_a_file_it_is_the_one_beside_the_notebook(notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "work.ipynb"))

    notebook.ok("%racto replay record")

    assert repr(str(tmp_path / "work.replay.jsonl")) in notebook.text


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        ("reply", UsageError, "Did you mean 'replay'"),
        ("replay 'no such file.jsonl'", ReplayFileError, "There is no recording 'no such file.jsonl'"),
    ],
)
def test_a_wrong_line_changes_nothing(recorded: Notebook, line: str, kind: type[Exception], says: str):
    error = recorded.failed(f"%racto replay {line}")

    assert isinstance(error, kind)
    assert says in str(error)
    recorded.ok("%racto replay")
    assert "asked and recorded in 't.jsonl'" in recorded.text


def test_several_models_and_answers_in_the_background_are_replayed(notebook: Notebook):
    notebook.ok("%racto replay record t.jsonl")
    notebook.ok("one, two = FakeKit(['1'], model='m1'), FakeKit(['2'], model='m2')\nthree = FakeKit(['3'], model='m3')")
    notebook.ok("%%racto --model one --model two\nA number?")
    notebook.ok("%%racto --model three --background --into late\nA number?")
    notebook.ok("late.result()")
    notebook.ok("%racto replay replay t.jsonl")
    notebook.ok("%%racto --model one --model two\nA number?")
    several = notebook["_racto"]
    notebook.ok("%%racto --model three --background --into late\nA number?")
    notebook.ok("late.result()")

    assert [(answer.text, answer.origin) for answer in several.values()] == [("1", "replay"), ("2", "replay")]
    assert (notebook["late"].text, notebook["late"].origin) == ("3", "replay")


def test_a_kit_that_was_opened_without_a_key_for_a_replay_is_not_asked_afterwards(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    notebook.ok("%racto replay auto t.jsonl")
    notebook.ok("%racto use openai:gpt-6-luna")
    notebook.ok("%racto replay off")

    assert "OPENAI_API_KEY" in str(notebook.failed("%%racto\nWhat is 2 + 2?"))

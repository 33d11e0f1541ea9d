"""`racto-nb cost` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from paid_kit import PaidKit

from racto_nb.command_line import main
from racto_nb.ledger import ledger_at
from racto_nb.models import ChatConfig
from racto_nb.models.usage import usage_of
from racto_nb.testing import FakeReply


@pytest.mark.parametrize("words", [[], ["day"], ["provider", "today"]])
def test_cost_prints_what_was_spent(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with ledger_at(tmp_path):
        PaidKit([FakeReply(("4",), usage=usage_of(1000, 100))]).chat(ChatConfig(user_message="Hi"))
        assert main(["cost", *words]) == 0
    said = capsys.readouterr().out
    assert said.startswith(words[0] if words else "model")
    assert "$0.00015 for 1 call" in said


@pytest.mark.parametrize("words", [["chart"], ["session"], ["nonsense"]])
def test_wrong_words_are_told_in_one_line(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with ledger_at(tmp_path):
        assert main(["cost", *words]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_ledger_that_is_off_is_told(capsys: pytest.CaptureFixture[str]):
    with ledger_at(None):
        assert main(["cost"]) == 0
    assert "The ledger is off." in capsys.readouterr().out

"""Answers in the background that are turns of a conversation: it waits for them, and nothing brings back what was forgotten."""

import threading

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb import load_ipython_extension, unload_ipython_extension
from racto_nb.exceptions import UsageError
from racto_nb.models.response import FinishReason
from racto_nb.notebook import conversations
from racto_nb.notebook.magics.pending import PendingAnswer
from racto_nb.testing import FakeKit, FakeReply

NEVER = FakeReply(("never",), delay=1000)
SLOW = FakeReply(("one ", "two ", "three"), delay=0.02)
HALF = FakeReply(("half",), finish_reason=FinishReason.LENGTH)


@pytest.fixture(autouse=True)
def _stop(shell: InteractiveShell):
    yield
    shell.magics_manager.registry["RactoMagics"].close()


def ask(shell: InteractiveShell, line: str, *, replies: list) -> PendingAnswer:
    shell.user_ns["kit"] = FakeKit(replies, repeat_last=True)
    shell.run_cell_magic("racto", f"--model kit --background --into first {line}", "a question")
    return shell.user_ns["first"]


def ended(answer: PendingAnswer) -> None:
    """Wait, as nobody's cell does, until it has ended."""
    while not answer.done:
        threading.Event().wait(0.005)


def test_a_turn_joins_its_conversation_when_it_is_whole(shell: InteractiveShell):
    answer = ask(shell, "--history talk", replies=[SLOW])
    assert "talk" not in conversations()
    answer.result()
    assert [turn.content for turn in conversations()["talk"]] == ["a question", "one two three"]


def test_a_conversation_whose_turn_is_being_written_takes_no_other(shell: InteractiveShell):
    answer = ask(shell, "--history talk", replies=[NEVER, "second"])
    for line in ("", "--background --into other", "--new"):
        with pytest.raises(UsageError, match=r"'talk' waits for 'first'.*await first"):
            shell.run_cell_magic("racto", f"--model kit --history talk {line}", "q")
    assert len(shell.user_ns["kit"].calls) <= 1
    answer.cancel()
    ended(answer)
    shell.run_cell_magic("racto", "--model kit --history talk", "q")
    assert [turn.content for turn in conversations()["talk"]] == ["q", "second"]


@pytest.mark.parametrize("name", ["talk", ""])
def test_a_conversation_whose_turn_is_being_written_is_not_forgotten(shell: InteractiveShell, name: str):
    conversations().append("talk", "before", "yes")
    answer = ask(shell, "--history talk", replies=[SLOW])
    with pytest.raises(UsageError, match=r"'talk' waits for 'first'.*await first.*Nothing was forgotten"):
        shell.run_line_magic("racto", f"reset {name}")
    answer.result()
    shell.run_line_magic("racto", f"reset {name}")
    assert "talk" not in conversations()


def test_a_conversation_without_a_turn_being_written_is_forgotten_beside_one(shell: InteractiveShell):
    conversations().append("other", "before", "yes")
    ask(shell, "--history talk", replies=[NEVER])
    shell.run_line_magic("racto", "reset other")
    assert "other" not in conversations()


def test_a_turn_follows_its_conversation_to_its_new_name(shell: InteractiveShell):
    conversations().append("talk", "before", "yes")
    answer = ask(shell, "--history talk", replies=[SLOW])
    conversations().rename("talk", "trip")
    with pytest.raises(UsageError, match="'trip' waits for 'first'"):
        shell.run_cell_magic("racto", "--model kit --history trip", "q")
    answer.result()
    assert conversations().names() == ["trip"]
    assert [turn.content for turn in conversations()["trip"]] == ["before", "yes", "a question", "one two three"]


def test_a_turn_does_not_bring_a_forgotten_conversation_back(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    conversations().append("talk", "before", "yes")
    answer = ask(shell, "--history talk", replies=[SLOW])
    conversations().reset("talk")
    answer.result()
    assert "talk" not in conversations()
    shell.run_cell("1 + 1")
    said = "The conversation 'talk' was forgotten or replaced while 'first' was written. "
    assert capsys.readouterr().err == said + "The turn was not added to it; the answer is in first.\n"


def test_a_failed_turn_joins_no_conversation(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    ended(ask(shell, "--history talk", replies=[HALF]))
    assert "talk" not in conversations()
    unload_ipython_extension(shell)
    assert "TruncatedAnswerError" in capsys.readouterr().err
    load_ipython_extension(shell)


@pytest.mark.parametrize("line", ["", "--new"])
def test_a_turn_does_not_join_another_conversation_that_has_taken_its_name(shell: InteractiveShell, line: str):
    conversations().append("other", "before", "yes")
    answer = ask(shell, f"--history talk {line}", replies=[SLOW])
    conversations().rename("other", "talk")
    answer.result()
    assert [turn.content for turn in conversations()["talk"]] == ["before", "yes"]

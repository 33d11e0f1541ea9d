"""`%racto chat`: what the line opens, and what it refuses."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import UsageError
from racto_nb.notebook.widgets.chat import Chat


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook.ok("kit = FakeKit(['One.', 'Two.'], model='a'); other = FakeKit(['Else.'], model='b')")
    return notebook


def test_a_chat_is_kept_and_its_twin_is_shown_where_no_page_is(notebook: Notebook):
    notebook.ok("%racto chat kit other")

    assert isinstance(notebook["chat"], Chat)
    assert notebook.text == "Chat · fake:a, fake:b · nothing was asked"
    notebook.ok("chat.ask('Why?'); chat.wait(30); display(chat)")
    assert "> Why?" in notebook.text


def test_it_goes_on_from_a_conversation_of_cells(notebook: Notebook):
    notebook.ok("%%racto --model kit --history plan\nFirst?")
    notebook.ok("%racto chat kit --history plan --into plan_chat")
    notebook.ok("plan_chat.ask('Second?'); plan_chat.wait(30)")

    assert [message.content for message in notebook["plan_chat"].messages] == ["First?", "One.", "Second?", "Two."]


def test_opened_again_it_takes_the_place_of_the_one_before(notebook: Notebook):
    notebook.ok("%racto chat kit")
    before = notebook["chat"]
    notebook.ok("%racto chat kit")

    assert before.closed
    assert not notebook["chat"].closed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nobody", "nobody"),
        ("kit --into kit", "would be lost"),
        ("kit --into 3x", "no name of a variable"),
        ("kit --prompt kit", "not a RactoPrompt"),
        ("kit --rag kit", "not a RactoRAG"),
        ("kit --toolz x", "--tools"),
        ("kit --max-tokens many", "many"),
    ],
)
def test_what_cannot_be_opened_is_said_and_nothing_is_lost(notebook: Notebook, line: str, says: str):
    kit = notebook["kit"]
    error = notebook.failed(f"%racto chat {line}")

    assert says in str(error)
    assert notebook["kit"] is kit
    assert "chat" not in notebook


def test_the_error_is_one_of_ours(notebook: Notebook):
    assert isinstance(notebook.failed("%racto chat kit --rag kit"), UsageError)

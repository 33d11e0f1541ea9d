"""`%racto prompt`: a builder, empty or with a prompt of the notebook, that knows the notebook's classes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_process_notebook import Notebook
from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.prompts import RactoPrompt
from racto_nb.testing import FakeKit
from racto_nb.widgets import PromptBuilder

PROMPT = RactoPrompt(role="You count.", aim="Count the words.", constraints=["Digits only."], tone="Terse", output_format="text")


class Movie(BaseModel):
    title: str


@pytest.fixture
def notebook(notebook: Notebook) -> Iterator[Notebook]:
    for name, value in {"Movie": Movie, "mine": PROMPT, "number": 3, "counter": FakeKit(["2"])}.items():
        notebook[name] = value
    yield notebook
    for value in list(notebook.shell.user_ns.values()):
        if isinstance(value, PromptBuilder):
            value.close()


def test_a_prompt_of_the_notebook_is_opened_and_shown_as_text_where_nothing_is_live(notebook: Notebook):
    notebook.ok("%racto prompt mine --model counter")
    (shown,) = notebook.shown

    assert "[AIM]\nCount the words." in shown["text/plain"]
    assert "Count the words." in shown["text/html"]
    assert notebook["builder"].prompt == PROMPT
    assert [each["label"] for each in notebook["builder"].form["classes"]] == ["Movie"]


def test_classes_that_come_later_are_found_and_replaced_ones_too(notebook: Notebook):
    notebook.ok("%racto prompt --model counter --into form")
    notebook["Play"] = Movie
    notebook["form"]._plain._handle_custom_msg({"do": "look"}, [])

    assert [each["label"] for each in notebook["form"].form["classes"]] == ["Movie", "Play"]


def test_a_second_builder_takes_the_place_of_the_first(notebook: Notebook):
    notebook.ok("%racto prompt --model counter")
    first = notebook["builder"]
    notebook.ok("%racto prompt mine --model counter")

    assert first.closed
    assert not notebook["builder"].closed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("mime", "Did you mean 'mine'"), ("number", "it is a int"), ("mine --into number", "would be lost"),
        ("mine --model nowhere:x", "nowhere"), ("mine --colour", "colour"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_done_says_why(notebook: Notebook, line: str, says: str):
    with pytest.raises(Exception, match=says) as caught:
        notebook.ok(f"%racto prompt {line}")

    assert isinstance(caught.value, UsageError | LookupError | ValueError)
    assert "builder" not in notebook.shell.user_ns

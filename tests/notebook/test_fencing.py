"""A text as one block of code: which language colours it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.notebook.display.bundling import Pane
from racto_nb.notebook.display.fencing import told_in
from racto_nb.notebook.display.steps import Step, steps_html


@pytest.mark.parametrize("text", ["It is West.", "  Sorry, no.\n", "Éclair", "Infinity and beyond"])
def test_prose_is_not_coloured_as_json(text):
    assert told_in("json", text) == "text"


@pytest.mark.parametrize("text", ['{"a": ', " [1", '"x', "-1", "4", "true", "null", "```json\n{}\n```", ""])
def test_what_may_become_json_is_coloured_as_json(text):
    assert told_in("json", text) == "json"


@given(st.text())
def test_another_language_stays(text):
    assert told_in("python", text) == "python"


def test_prose_in_place_of_json_is_one_block_without_colours():
    for html in (Pane("It is West.", code="json").html, steps_html([Step("It is West.", again="no JSON")])):
        assert ">It is West." in html
        assert "rn-" not in html


def test_json_keeps_its_colours():
    assert "rn-" in Pane('{"a": 1}', code="json").html

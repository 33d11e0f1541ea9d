"""Tab in a cell of a real front end offers what the magic's line can hold."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch


@pytest.fixture(scope="module")
def page(scratch: Scratch) -> NotebookPage:
    opened = scratch.open(["%load_ext racto_nb", ""])
    opened.run(0)
    return opened


def test_an_option_that_was_begun_is_completed(page: NotebookPage):
    offered = page.complete(1, "%%racto --mo")
    assert "--model" in offered or [text.rstrip() for text in offered] == ["%%racto --model"]


def test_an_option_that_does_not_exist_is_not_completed(page: NotebookPage):
    assert page.complete(1, "%%racto --zzz") == []


def test_what_is_taken_stands_in_the_cell(page: NotebookPage):
    page.complete(1, "%%racto --mo", take=True)
    assert page.source(1).rstrip() == "%%racto --model"


def test_models_of_a_provider_are_offered(page: NotebookPage):
    offered = page.complete(1, "%%racto --model embedded:")
    assert "embedded:smollm2-135m" in offered


def test_the_text_for_the_model_is_left_alone(page: NotebookPage):
    assert page.complete(1, "%%racto\n--mo") == []

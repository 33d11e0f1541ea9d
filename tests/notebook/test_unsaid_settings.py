"""What a cell does not say is not taken for a wish: no model warns of an option that nobody set."""

import warnings

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import DroppedOptionWarning
from racto_nb.testing import FakeProvider


@pytest.fixture
def notebook(notebook):
    with (
        FakeProvider(["Yes."], repeat_last=True) as server,
        gpt.Chat("gpt-6-luna", api_key="any", base_url=server.base_url("openai")) as kit,
    ):
        notebook["kit"] = kit
        yield notebook


def warned(notebook, cell):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        notebook.ok(cell)
    return [str(each.message) for each in told if isinstance(each.message, DroppedOptionWarning)]


def test_a_cell_without_a_temperature_does_not_warn_of_one(notebook):
    assert warned(notebook, "%%racto --model kit\nx") == []


def test_a_temperature_of_the_cell_is_a_wish(notebook):
    assert warned(notebook, "%%racto --model kit -t 0\nx") == []
    assert "temperature=0 was not sent" in notebook["_racto"].notes[0]

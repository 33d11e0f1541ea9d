"""Errors in a cell: one line, no key, and pointing to what a cell has."""

import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import RactoGatewayAPIError, RactoGatewayError, StreamInterruptedError
from racto_nb.models import LLMResponse
from racto_nb.notebook.extension import load, unload
from racto_nb.notebook.magics.crediting import answered_by
from racto_nb.notebook.magics.failing import LONGEST_LINE, in_one_line
from racto_nb.testing import FakeKit


def line_of(error: Exception) -> str:
    lines = in_one_line(error)._render_traceback_()

    assert len(lines) == 1
    return lines[0]


def test_several_lines_become_one():
    assert line_of(RactoGatewayAPIError("boom\nsecond\n\tthird")) == "RactoGatewayAPIError: boom second third"


def test_a_long_message_is_clipped():
    assert len(line_of(RactoGatewayAPIError("x" * 5000))) == LONGEST_LINE


def test_a_key_that_a_provider_repeats_is_not_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdef")

    assert line_of(RactoGatewayAPIError("bad key sk-1234567890abcdef")) == "RactoGatewayAPIError: bad key [OPENAI_API_KEY]"


def test_it_points_to_what_a_cell_has():
    assert "kept in _racto.text" in line_of(StreamInterruptedError("It broke off, kept in .partial.", partial="a"))


def test_what_a_cell_refuses_before_anything_is_sent(shell):
    notebook = Notebook(shell)
    notebook["kit"] = FakeKit(["fine"])
    refused = {
        "%%racto --model kit --into kit\nhi": "would overwrite the kit",
        "%%racto --model kit --seed 99999999999999999999\nhi": "--seed is between 0 and",
        "%%racto --model kit --max-tokens 99999999999999999999\nhi": "--max-tokens is between 1 and",
        "%%racto --dry-run --model nope:nothing\nhi": "no provider 'nope'",
        "%%racto --model kit\n{{half}}": "Nothing was sent",
    }
    notebook["half"] = "\ud800 hi"

    for cell, words in refused.items():
        error = notebook.failed(cell)
        assert isinstance(error, RactoGatewayError)
        assert words in str(error)
    assert notebook["kit"].calls == []


def test_who_answered_in_place_of_another_isanswered_by():
    kit = FakeKit(["hi"], model="larger")

    assert [answered_by(kit, LLMResponse(model=model)) for model in (None, "larger", "smaller")] == [
        "fake:larger",
        "fake:larger",
        "fake:smaller in place of larger",
    ]


def test_a_refused_setting_does_not_keep_the_extension_from_loading(shell):
    unload(shell)
    shell.config.RactoMagics.temperature = 5

    with pytest.warns(UserWarning, match="were dropped"):
        load(shell)

    assert "racto" in shell.magics_manager.magics["cell"]

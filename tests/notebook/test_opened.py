"""Kits that cells open by name: kept, and opened anew when the environment says something else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.exceptions import RactoGatewayAuthError
from racto_nb.notebook.magics.opened import OpenedKits
from racto_nb.testing import FakeProvider

RIGHT = "sk-right-key-0000000001"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with FakeProvider(["Hello"], repeat_last=True, keys={RIGHT}) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url("openai"))
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-0000000001")
        yield running


def shown(shell: InteractiveShell) -> list[str]:
    return [output["data"]["text/plain"] for output in shell.display_pub.outputs]


def test_a_kit_is_opened_once_for_a_model():
    kits = OpenedKits()
    environ = {"OPENAI_API_KEY": RIGHT}

    assert kits.kit("embedded:smollm2-135m", environ) is kits.kit("embedded:smollm2-135m", environ)


@pytest.mark.usefixtures("server")
def test_a_mended_key_is_used_by_the_next_cell(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    refused = shell.run_cell("%%racto --model openai:gpt-6-luna\nHi")
    monkeypatch.setenv("OPENAI_API_KEY", RIGHT)
    answered = shell.run_cell("%%racto --model openai:gpt-6-luna\nHi")

    assert isinstance(refused.error_in_exec, RactoGatewayAuthError)
    assert answered.success
    assert shell.user_ns["_racto"].text == "Hello"


@pytest.mark.usefixtures("server")
def test_that_a_model_is_shut_down_is_said_once_in_the_output_and_not_as_a_warning(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", RIGHT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            shell.run_cell("%%racto --model openai:gpt-4-turbo\nHi").raise_error()

    said = [text for text in shown(shell) if "shut down" in text]
    assert len(said) == 1
    assert "gpt-4-turbo was shut down on 2026-10-23" in said[0]
